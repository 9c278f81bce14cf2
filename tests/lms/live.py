"""Servers in threads, and a tool with nothing but its launch: what tests of the LTI side start from."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from campus.database import Database
from campus.errors import CampusError
from campus.models.catalogue import LearningUnit
from campus.models.organisations import OrganisationKind
from campus.outbound import Outbound
from lti_tool.launch import launch, registrations
from lti_tool.launch.session import current_launch
from lti_tool.launch.store import ToolKey
from lti_tool.settings import Settings
from lti_tool.wiring import Services
from tests import factories
from tests.lms.app import create_lms, registration_values
from tests.lms.config import Config, Link, User
from tests.lms.platform import Platform
from tests.lms.state import State, new_private_pem

AYLIN: dict[str, Any] = {"id": "7", "name": "Aylin Kaya", "email": "kaya@example.org", "role": "learner"}
BERND: dict[str, Any] = {"id": "8", "name": "Bernd Ohm", "email": "ohm@example.org", "role": "learner"}
TEACHER: dict[str, Any] = {"id": "2", "name": "Clara Lehr", "email": "lehr@example.org", "role": "teacher"}


@dataclass
class KeptJobs:
    """Takes jobs and does none: ``asked`` lists (follower, arguments)."""

    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def failed(self) -> list[str]:
        return []

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        self.asked.append((follower, arguments))


@dataclass
class Clock:
    """The real time, moved by a test: the LMS's library looks at the real one."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(tz=UTC) + self.ahead

    __hash__ = object.__hash__


ENCRYPTION_KEY = Fernet.generate_key()


@cache
def _lms_key() -> str:
    """Make the LMS's key once for all tests of a process: that takes longest."""
    return new_private_pem()


@cache
def _tool_key() -> str:
    """Make the tool's key once, encrypted as it lies in the database."""
    return Fernet(ENCRYPTION_KEY).encrypt(new_private_pem().encode()).decode()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        return None


@contextmanager
def serve(make_app: Callable[[str], Any]) -> Iterator[str]:
    """Serve an application that is told its own address; give the address."""
    app: list[Any] = []
    server = make_server(
        "127.0.0.1",
        0,
        lambda environ, start: app[0](environ, start),  # noqa: PLW0108 - the application comes later
        threaded=True,
        request_handler=_Quiet,
    )
    url = f"http://127.0.0.1:{server.port}"
    with closing(server.socket):
        app.append(make_app(url))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class World:
    """A tool and an LMS that know each other. `registration_id` is the LMS's row at the tool."""

    services: Services
    tool: Flask
    platform: Platform
    unit: LearningUnit
    registration_id: int
    clock: Clock
    lms_calls: list[str] = field(default_factory=list)

    @property
    def aylin(self) -> User:
        return User(**AYLIN)

    @property
    def link(self) -> Link:
        return self.platform.config.links[0]

    def begin(self, client: FlaskClient, user: User | None = None, link: Link | None = None) -> dict[str, str]:
        """Begin a login in this browser; return the authorisation request that the tool makes of it."""
        fields = self.platform.login_fields(user or self.aylin, link or self.link)
        answer = client.post("/lti/login", data=fields)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def launch(self, client: FlaskClient, user: User | None = None, link: Link | None = None) -> str:
        """Launch as the LMS does it; return the address of the launch's page."""
        form = self.platform.authorise(self.begin(client, user, link))
        answer = client.post("/lti/launch", data={"state": form["state"], "id_token": form["id_token"]})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def claims(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Return the claims of the LMS's honest answer, for a test to spoil."""
        return self.platform.claims(self.aylin, self.link, asked["nonce"])


def settings(public_url: str, database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        public_url=public_url,
        encryption_keys=(ENCRYPTION_KEY.decode(),),
        allow_loopback_http=True,
    )


def tool_app(services: Services) -> Flask:
    """Return a tool with its launch alone: a refusal is its code, the launch's page what pages see of it."""
    app = Flask("tool")
    app.register_blueprint(launch.blueprint(services))

    @app.errorhandler(CampusError)
    def refused(error: CampusError) -> tuple[dict[str, str], int]:
        return {"code": error.code}, error.status

    @app.get("/launch/<public_id>/")
    def page(public_id: str) -> dict[str, Any]:
        with services.database.read() as session:
            found = current_launch(session, request, public_id, now=services.clock())
        return {"person": found.person_id, "unit": found.unit_id, "teacher": found.is_teacher}

    return app


@contextmanager
def world(database: Database, folder: Path, app: Callable[[Services], Flask] = tool_app) -> Iterator[World]:
    """Give a tool and an LMS, both served; the tool has the LMS's registration and one unit.

    ``app`` makes the tool: its launch alone, or ``create_app`` for the whole application.
    """
    clock = Clock()
    made: list[Services] = []
    tools: list[Flask] = []
    platforms: list[Platform] = []
    calls: list[str] = []

    def make_tool(url: str) -> Flask:
        given = settings(url, database.url)
        fernet = MultiFernet([Fernet(key) for key in given.encryption_keys])
        outbound = Outbound(allow_loopback_http=True)
        made.append(Services(given, database, KeptJobs(), outbound, fernet, clock=clock, random=Random(1)))
        tools.append(app(made[0]))
        return tools[0]

    def make_lms(url: str) -> Flask:
        config = Config.of(values, url=url, tool_url=made[0].settings.public_url)
        platforms.append(Platform(config, State(folder / "lms.sqlite", _lms_key)))
        lms = create_lms(platforms[0])
        lms.before_request(lambda: calls.append(request.path))
        return lms

    with database.write() as session:
        unit = factories.unit(session)
        town = factories.organisation(session, OrganisationKind.MUNICIPALITY)
        key = ToolKey(number=1, kid="tool-1", private_pem_encrypted=_tool_key(), created_at=clock(), signs_from=clock())
        session.add(key)
    values = {
        "client_id": "kc-client",
        "deployment_id": "1",
        "course": {"id": "kurs-1", "title": "Digitale Verwaltung"},
        "users": [AYLIN, BERND, TEACHER],
        "links": [{"id": "link-1", "title": unit.code, "custom": {"unit": unit.public_id}}],
    }
    with serve(make_tool), serve(make_lms):
        given = registration_values(platforms[0].config)
        deployment = given.pop("deployment_id")
        with database.write() as session:
            row = registrations.register(
                session, session.merge(town), name="Lernportal", deployment_ids=[deployment], now=clock(), **given
            )
        yield World(made[0], tools[0], platforms[0], unit, row.id, clock, calls)

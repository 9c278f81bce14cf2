"""The application with an administrator's browser, and platforms that register themselves at it."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus.outbound import Outbound
from campus.outbound import Response as Answer
from lti_tool.app import create_app
from lti_tool.launch.store import PlatformStanding, Registration, RegistrationInvite
from tests.lms import registration
from tests.lms.app import create_lms
from tests.lms.config import Config, Link, User
from tests.lms.live import AYLIN, serve
from tests.lms.platform import Platform
from tests.lms.registration import RegistrationDesk
from tests.lms.state import State, new_private_pem
from tests.pages import World

HTML = {"Accept": "text/html"}
CODE = re.compile(r"<code>([a-z_]+\.[a-z_]+)</code>")


def invite(world: World, name: str = "Moodle der Stadt") -> str:
    """Make a link as an administrator does it; return its token."""
    form = {"organisation": world.provider("A").public_id, "name": name}
    return token_in(world.office().post("/verwaltung/plattformen/links", data=form))


def token_in(page: TestResponse) -> str:
    """Read the token from the page that shows a link."""
    assert page.status_code == 200, page.get_data(as_text=True)
    found = re.search(r'value="http://localhost/lti/register/([\w-]+)"', page.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def register(world: World, token: str, parameters: Mapping[str, str]) -> TestResponse:
    """Open the link as a platform does it."""
    return world.browser().get(f"/lti/register/{token}", query_string=parameters, headers=HTML)


def code_of(page: TestResponse) -> str:
    """Return the code of an error page."""
    found = CODE.search(page.get_data(as_text=True))
    return found.group(1) if found else ""


def platforms(world: World, *, standing: PlatformStanding | None = None) -> list[Registration]:
    """Return the registrations but the demo world's own, with their deployments loaded."""
    with world.database.read() as session:
        found = select(Registration).where(Registration.issuer != "http://127.0.0.1:1").order_by(Registration.id)
        rows = list(session.scalars(found))
        for row in rows:
            assert row.deployments is not None
    return [row for row in rows if standing in {None, row.standing}]


def is_open(world: World, name: str = "Moodle der Stadt") -> bool:
    """Say whether the link can still be used."""
    with world.database.read() as session:
        return session.scalars(select(RegistrationInvite).where(RegistrationInvite.name == name)).one().used_at is None


@contextmanager
def desk(**options: Any) -> Iterator[RegistrationDesk]:
    """Serve a platform that does nothing but register tools."""
    made: list[RegistrationDesk] = []

    def make(url: str) -> Flask:
        app = Flask("desk")
        made.append(registration.desk_of(url, **options))
        registration.add_routes(app, made[0])
        return app

    with serve(make):
        yield made[0]


@contextmanager
def served(make: Callable[[Flask, str], None]) -> Iterator[str]:
    """Serve an application whose routes ``make`` adds."""

    def build(url: str) -> Flask:
        app = Flask("odd")
        make(app, url)
        return app

    with serve(build) as url:
        yield url


@cache
def _key(client_id: str) -> str:
    """Make an LMS's key once for all tests of a process: that takes longest."""
    return new_private_pem()


@contextmanager
def lms(folder: Path, *, unit: str, client_id: str = "kc-dynamic") -> Iterator[tuple[Platform, RegistrationDesk]]:
    """Serve the demo LMS with its desk for registrations."""
    made: list[tuple[Platform, RegistrationDesk]] = []
    values = {
        "client_id": client_id,
        "deployment_id": "4",
        "course": {"id": "kurs-1", "title": "Digitale Verwaltung"},
        "users": [AYLIN],
        "links": [{"id": "link-1", "title": "A2", "custom": {"unit": unit}}],
    }

    def make(url: str) -> Flask:
        config = Config.of(values, url=url, tool_url="http://localhost")
        platform = Platform(config, State(folder / f"{client_id}.sqlite", lambda: _key(client_id)))
        front = registration.desk_of(url, client_id=client_id, deployment_id="4")
        app = create_lms(platform, desk=front)
        made.append((platform, front))
        return app

    with serve(make):
        yield made[0]


def launch(client: FlaskClient, platform: Platform) -> TestResponse:
    """Launch the LMS's link as its learner; return the tool's answer to the login or to the launch."""
    user, link = User(**AYLIN), Link("link-1", "A2", dict(platform.config.links[0].custom))
    begun = client.post("/lti/login", data=platform.login_fields(user, link), headers=HTML)
    if begun.status_code != 302:
        return begun
    form = platform.authorise(dict(parse_qsl(urlsplit(begun.headers["Location"]).query)))
    return client.post("/lti/launch", data={"state": form["state"], "id_token": form["id_token"]}, headers=HTML)


def changed(world: World, **other: Any) -> World:
    """Return the world with an application of other services."""
    services = dataclasses.replace(world.services, **other)
    return World(services, create_app(services), world.queue, world.clock)


def approve_all(world: World) -> None:
    """Approve what waits."""
    office = world.office()
    for row in platforms(world, standing=PlatformStanding.PENDING):
        assert office.post(f"/verwaltung/plattformen/{row.public_id}/freigeben").status_code == 303


def post_login(world: World, fields: dict[str, str]) -> Any:
    """Begin a login in a new browser."""
    return world.browser().post("/lti/login", data=fields, headers=HTML)


class Answering(Outbound):
    """A client that says the same at every public address."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(allow_loopback_http=False, resolve=lambda _host, _port: ["93.184.216.34"])
        self._told = told

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.check(url)
        return Answer(200, {}, json.dumps(self._told).encode())


def to_address(host: str) -> str:
    """Resolve as the tests' names say."""
    names = {"localhost": "127.0.0.1", "intern.example": "10.1.2.3", "meta.example": "169.254.169.254"}
    return names.get(host, host if host[0].isdigit() or ":" in host else "93.184.216.34")

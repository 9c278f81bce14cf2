"""The record store as a small application of its own, and a client that speaks its protocol."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus.database import Database
from campus.models.organisations import Organisation
from lti_tool import errors
from tests.factories import NOW
from tests.unit.xapi.samples import PUBLIC_URL
from xapi import keys, routes
from xapi.combining import Writer
from xapi.keys import Clients, Scope
from xapi.vocabulary import Edition

ENCRYPTION = MultiFernet([Fernet(Fernet.generate_key())])
VERSION_HEADER = "X-Experience-API-Version"
BASES = {edition: base for base, edition in routes.BASES.items()}


@dataclass
class StoreServices:
    """What the record store takes of the application's services; ``now`` may be moved."""

    database: Database
    now: datetime = NOW
    limit: int = 0
    """Of requests of one client in a minute."""
    settings: Any = field(default_factory=lambda: SimpleNamespace(public_url=PUBLIC_URL))

    def clock(self) -> datetime:
        return self.now

    @cached_property
    def xapi_clients(self) -> Clients:
        return Clients(self.database, PUBLIC_URL, self.clock, ENCRYPTION, self.limit)

    @cached_property
    def xapi_writer(self) -> Writer:
        return Writer(self.database, self.clock)


@dataclass
class Lrs:
    """A client with the keys it was given. ``edition`` chooses the base path and the version it says."""

    client: FlaskClient
    services: StoreServices
    edition: Edition = Edition.V2
    key: str = "all"

    @property
    def base(self) -> str:
        """The path of the edition's resources."""
        return BASES[self.edition]

    def add_key(self, name: str, *scopes: Scope, of: Organisation | None = None) -> None:
        """Make a key whose secret is ``secret-of-<name>``."""
        with self.services.database.write() as session:
            keys.create_key(session, name, scopes, of, token=lambda: _secret(name), now=self.services.now)

    def ask(self, method: str, resource: str = "statements", *, key: str | None = None, **request: Any) -> TestResponse:
        """Send a request to a resource, or to a path that begins with a slash ("more")."""
        name = key or self.key
        headers = {VERSION_HEADER: self.edition.value} | request.pop("headers", {})
        path = resource if resource.startswith("/") else f"{self.base}/{resource}"
        return self.client.open(path, method=method, auth=(name, _secret(name)), headers=headers, **request)

    def get(self, resource: str = "statements", **parameters: str) -> TestResponse:
        return self.ask("GET", resource, query_string=parameters)

    def post(self, body: Any, **request: Any) -> TestResponse:
        """Post statements as JSON."""
        return self.ask("POST", json=body, **request)

    def put(self, body: Any, statement_id: str, **request: Any) -> TestResponse:
        """Put a statement as JSON."""
        return self.ask("PUT", query_string={"statementId": statement_id}, json=body, **request)

    def ids(self, **parameters: str) -> list[str]:
        """Ask for statements and give the ids of the first page, in order."""
        answer = self.get(**parameters)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.get_json()["statements"]]

    def all_ids(self, **parameters: str) -> list[str]:
        """Ask for statements and give the ids of all pages."""
        answer = self.get(**parameters).get_json()
        found = [one["id"] for one in answer["statements"]]
        while answer["more"]:
            answer = self.ask("GET", urlsplit(answer["more"]).path, query_string=urlsplit(answer["more"]).query)
            answer = answer.get_json()
            found += [one["id"] for one in answer["statements"]]
        return found


def _secret(name: str) -> str:
    return f"secret-of-{name}"


def store_app(services: StoreServices) -> Flask:
    """Return a small application with these routes and the application's own answers to refusals."""
    app = Flask(__name__)
    errors.install(app)
    app.register_blueprint(routes.blueprint(services))
    return app


def open_store(database: Database, edition: Edition = Edition.V2) -> Lrs:
    """Return a client of the store in this database, with the key ``all`` of the whole campus."""
    services = StoreServices(database)
    lrs = Lrs(store_app(services).test_client(), services, edition)
    lrs.add_key("all", Scope.ALL)
    return lrs


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check a refusal and return its problem details."""
    problem: dict[str, Any] = answer.get_json(force=True)
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.content_type == "application/problem+json"
    assert answer.headers[VERSION_HEADER]
    return problem


def utc(text: str) -> datetime:
    """Read a time as the store writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)

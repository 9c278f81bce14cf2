"""Our server on a new database, with a client's key for the record store: for measuring, and for a foreign suite."""

import base64
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.fernet import Fernet

from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.migrations.upgrade import migrate
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for
from tests.stack import HOST, PROGRAM, Ports
from tests.waiting import wait_for
from xapi.keys import Scope, create_key

NAME, SECRET = "client", "a-secret-that-opens-nothing"
AUTHORIZATION = "Basic " + base64.b64encode(f"{NAME}:{SECRET}".encode()).decode()
"""The header's value."""
WORKERS = 2


@dataclass(frozen=True)
class Serving:
    """A running server."""

    port: int
    pid: int


def environment(database_url: str, port: int) -> dict[str, str]:
    """Return settings for a server that holds nobody back."""
    return {
        "DATABASE_URL": database_url,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOW_LOOPBACK_HTTP": "true",
        "LOG_LEVEL": "WARNING",
        "LOGINS_PER_MINUTE": "0",
        "XAPI_REQUESTS_PER_MINUTE": "0",
    }


def prepare(environ: dict[str, str]) -> Services:
    """Make the tables and a provider with a key (``NAME``, ``SECRET``) that may do all in its store."""
    migrate(environ["DATABASE_URL"])
    services = services_for(Settings.from_env(environ))
    now = services.clock()
    with services.database.write() as session:
        provider = Organisation(kind=OrganisationKind.PROVIDER, slug="client", name={"de": "Client"}, created_at=now)
        session.add(provider)
        session.flush()
        create_key(session, NAME, [Scope.ALL], provider, token=lambda: SECRET, now=now)
    return services


@contextmanager
def serving(database_url: str) -> Iterator[Serving]:
    """Serve a new database with two workers until the end."""
    port = Ports.free().tool
    environ = environment(database_url, port)
    prepare(environ).database.dispose()
    with served([*PROGRAM, "serve", "--workers", str(WORKERS), "--port", str(port)], environ, port) as pid:
        yield Serving(port, pid)


@contextmanager
def served(command: list[str], environ: dict[str, str], port: int) -> Iterator[int]:
    """Run a server until the end, once it answers on its port; give its process id."""
    process = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        wait_for(lambda: _listens(port), "the server's answer")
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0

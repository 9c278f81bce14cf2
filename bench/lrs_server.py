"""Our server with the record store, as the load finds it: its processes, their CPU and memory, a client's key."""

import base64
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from bench.servers import cpu_seconds, served
from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.migrations.upgrade import migrate
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for
from tests.stack import HOST, Ports
from xapi.keys import Scope, create_key

WORKERS = 2
NAME, SECRET = "bench", "bench-secret-of-a-client"
SAMPLED_EVERY = 0.2
"""Seconds."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int
    authorization: str
    """The header's value."""

    def cpu(self) -> float:
        """Return the CPU seconds of all its processes so far."""
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        """Return the resident bytes of its largest worker."""
        return max(_resident(pid) for pid in self._workers())

    def _workers(self) -> list[int]:
        children = Path("/proc").glob(f"{self.pid}/task/*/children")
        return [int(pid) for one in children for pid in one.read_text(encoding="ascii").split()]


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def environment(database_url: str, port: int) -> dict[str, str]:
    """Return the settings of a server for the benchmark."""
    return {
        "DATABASE_URL": database_url,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOW_LOOPBACK_HTTP": "true",
        "LOG_LEVEL": "WARNING",
    }


def prepare(environ: dict[str, str]) -> tuple[Services, str]:
    """Make the tables and a provider with a key that may do all; return the services and the key's header."""
    migrate(environ["DATABASE_URL"])
    services = services_for(Settings.from_env(environ))
    now = services.clock()
    with services.database.write() as session:
        provider = Organisation(kind=OrganisationKind.PROVIDER, slug="bench", name={"de": "Bench"}, created_at=now)
        session.add(provider)
        session.flush()
        create_key(session, NAME, [Scope.ALL], provider, token=lambda: SECRET, now=now)
    return services, "Basic " + base64.b64encode(f"{NAME}:{SECRET}".encode()).decode()


@contextmanager
def running(database_url: str) -> Iterator[Server]:
    """Serve a new database until the end."""
    port = Ports.free().tool
    environ = environment(database_url, port)
    services, authorization = prepare(environ)
    services.database.dispose()
    command = [sys.executable, "-m", "lti_tool", "serve", "--workers", str(WORKERS), "--port", str(port)]
    with served(command, environ, port) as pid:
        yield Server(port, pid, authorization)


@dataclass
class Memory:
    """Samples of a worker's resident memory while something goes on."""

    samples: list[int] = field(default_factory=list)

    def thirds(self) -> tuple[float, float]:
        """Return the means of the first and of the last third, in MiB."""
        part = max(1, len(self.samples) // 3)
        first, last = self.samples[:part], self.samples[-part:]
        return sum(first) / len(first) / 2**20, sum(last) / len(last) / 2**20


@contextmanager
def watched(server: Server) -> Iterator[Memory]:
    """Sample the memory of a server's largest worker until the end."""
    memory, done = Memory([server.memory()]), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLED_EVERY):
            memory.samples.append(server.memory())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()

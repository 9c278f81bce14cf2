"""The real server, clients that load it, and what it had acknowledged when something was killed."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from campus.clock import system_clock
from campus.database import Database
from tests.killing import children, kill
from tests.serving import environment
from tests.stack import HOST, PROGRAM, Ports
from tests.unit.xapi.samples import agent, statement
from tests.waiting import wait_for
from xapi.keys import Scope, create_key

KEY, SECRET = "load", "secret-of-load"
WORKERS = 2
BATCH = 5
ACCESS: dict[str, Any] = {"auth": (KEY, SECRET), "headers": {"X-Experience-API-Version": "2.0.0"}}


@dataclass
class Server:
    """The tool's server with its worker processes, to be killed and started again."""

    folder: Path
    """Where its log is."""
    port: int
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/xapi/statements"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [*PROGRAM, "serve", "--host", HOST, "--port", str(self.port), "--workers", str(WORKERS)]
        with (self.folder / "server.log").open("ab") as log:
            environ = os.environ | self.environ
            self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
        wait_for(self.answers, "the server answers")

    def answers(self) -> bool:
        try:
            return requests.get(self.address, params={"limit": "1"}, timeout=5, **ACCESS).ok
        except requests.RequestException:
            return False

    def workers(self) -> list[int]:
        """Give the processes that answer requests."""
        assert self.process is not None
        return [child for child in children(self.process.pid) if b"resource_tracker" not in command_of(child)]

    def kill(self) -> None:
        """SIGKILL it with all its processes."""
        if self.process is not None:
            kill(*children(self.process.pid), self.process.pid)
            self.process.wait()


def command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[Server]:
    """Make the key that the load has, start the server, and kill it at the end."""
    database = Database(database_url)
    with database.write() as session:
        create_key(session, KEY, [Scope.ALL], None, token=lambda: SECRET, now=system_clock())
    database.dispose()
    port = Ports.free().tool
    server = Server(folder, port, environment(database_url, port))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@dataclass
class Load:
    """Clients that send batches until they are told to stop."""

    address: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    """The statements' ids by batch."""
    kept: set[str] = field(default_factory=set)
    """The batches that were acknowledged."""
    failed: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def by(self, clients: int) -> Iterator["Load"]:
        """Send from so many threads while the block runs."""
        threads = [threading.Thread(target=self._send_all) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def wait_for_more(self, batches: int) -> None:
        """Wait until so many more batches were acknowledged."""
        wanted = len(self.kept) + batches
        wait_for(lambda: len(self.kept) >= wanted, f"{batches} more batches are acknowledged")

    def _send_all(self) -> None:
        with requests.Session() as session:
            while not self._over.is_set():
                name = str(uuid4())
                batch = [
                    statement(id=str(uuid4()), actor=agent(f"{name}-{index}"), context={"registration": str(uuid4())})
                    for index in range(BATCH)
                ]
                self.sent[name] = [one["id"] for one in batch]
                try:
                    answer = session.post(self.address, json=batch, timeout=30, **ACCESS)
                except requests.RequestException:
                    self.failed += 1
                    self._over.wait(0.05)
                    continue
                if answer.ok:
                    assert answer.json() == self.sent[name]
                    self.kept.add(name)
                else:
                    self.failed += 1

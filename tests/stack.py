"""The whole thing as processes: the tool's server and worker, the demo LMS, and a Moodle that replays recordings.

The journey, the concurrency tests and ``make demo`` start it. Everything runs on loopback.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import requests
from cryptography.fernet import Fernet

from tests.moodle.server import TOKEN as MOODLE_TOKEN
from tests.waiting import wait_for

HOST = "127.0.0.1"
PROGRAM = [sys.executable, "-m", "lti_tool"]


@dataclass(frozen=True)
class Ports:
    """Where each part listens."""

    tool: int
    lms: int
    moodle: int

    @classmethod
    def free(cls) -> "Ports":
        """Take three free ports of this machine."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in range(3)]
            for one in sockets:
                one.bind((HOST, 0))
            return cls(*(one.getsockname()[1] for one in sockets))


@dataclass
class Stack:
    """The running processes. The tool's two can be killed and started again."""

    folder: Path
    database_url: str
    ports: Ports
    workers: int = 1
    kill_on_score: bool = False
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0

    @property
    def tool_url(self) -> str:
        """The tool's address. It differs from the LMS's in its name, so that browsers see two sites."""
        return f"http://localhost:{self.ports.tool}"

    @property
    def lms_url(self) -> str:
        """The demo LMS's address."""
        return f"http://{HOST}:{self.ports.lms}"

    @property
    def moodle_url(self) -> str:
        """The replayed Moodle's address."""
        return f"http://{HOST}:{self.ports.moodle}"

    @property
    def environment(self) -> dict[str, str]:
        """The tool's settings; the key stays the same over restarts."""
        key = self.folder / "key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_bytes(Fernet.generate_key())
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "PUBLIC_URL": self.tool_url,
            "ENCRYPTION_KEYS": key.read_text(encoding="ascii"),
            "ALLOW_LOOPBACK_HTTP": "true",
            "LOG_LEVEL": "WARNING",
        }

    def command(self, *arguments: str) -> str:
        """Run one of the tool's commands to its end and return what it printed."""
        done = subprocess.run(
            [*PROGRAM, *arguments], env=self.environment, stdout=subprocess.PIPE, text=True, check=True, timeout=120
        )
        return done.stdout

    def prepare(self) -> None:
        """Migrate the database and load the demo world, which tells the demo LMS what to link to."""
        self.command("migrate")
        config = str(self.folder / "lms.json")
        addresses = ["--lms-url", self.lms_url, "--moodle-url", self.moodle_url]
        self.command("demo", "load", *addresses, "--lms-config", config)

    def start(self) -> None:
        """Start all parts and wait until each answers."""
        self.start_lms()
        self._start(
            "moodle", [*_module("tests.moodle.server"), "--port", str(self.ports.moodle), "--token", MOODLE_TOKEN]
        )
        self.start_tool()
        for url in (self.lms_url, self.moodle_url):
            wait_for(lambda url=url: _answers(url), url)  # type: ignore[misc] # bound at once

    def start_lms(self) -> None:
        """Start the demo LMS; its gradebook survives restarts."""
        arguments = ["--port", str(self.ports.lms), "--tool-url", self.tool_url]
        arguments += ["--config", str(self.folder / "lms.json"), "--state", str(self.folder / "lms.sqlite")]
        if self.kill_on_score:
            arguments += ["--on-score-kill", str(self.folder / "pids")]
        self._start("lms", [*_module("tests.lms.app"), *arguments])

    def start_tool(self) -> None:
        """Start the tool's server and worker, whichever isn't running, until the server answers.

        A supervisor's work: whoever is killed while we wait is started again.
        """

        def answers() -> bool:
            self._revive()
            return _answers(f"{self.tool_url}/lti/keys")

        wait_for(answers, "the tool answers")

    def _revive(self) -> None:
        serve = ["serve", "--host", HOST, "--port", str(self.ports.tool), "--workers", str(self.workers)]
        for name, arguments in (("server", serve), ("worker", ["worker"])):
            running = self._running.get(name)
            if running is None or running.poll() is not None:
                self.kills += running is not None and running.returncode == -signal.SIGKILL
                self._start(name, [*PROGRAM, *arguments])
                self._write_pids()

    def _write_pids(self) -> None:
        """Tell the demo LMS whom to kill: whole process groups, which ``kill`` takes as negative numbers."""
        pids = [f"-{self._running[name].pid}" for name in ("server", "worker") if name in self._running]
        (self.folder / "pids").write_text("\n".join(pids), encoding="ascii")

    def kill_tool(self) -> None:
        """SIGKILL server and worker with all their processes, wherever they are in their work."""
        for name in ("server", "worker"):
            process = self._running[name]
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def is_whole(self) -> bool:
        """Say whether server and worker are both running."""
        return all(self._running[name].poll() is None for name in ("server", "worker"))

    def stop(self) -> None:
        """Stop everything, politely."""
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str, command: Sequence[str]) -> None:
        log: IO[bytes]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Start a prepared stack and stop it at the end."""
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2, allow_redirects=False)
    except requests.RequestException:
        return False
    return True

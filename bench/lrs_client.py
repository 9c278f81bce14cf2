"""Clients that cost little beside the server they measure: bare sockets, and processes that ask and keep the time."""

import json
import multiprocessing
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple, TypeVar

from tests.serving import AUTHORIZATION, Serving
from tests.stack import HOST

OK = 200
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"
READ_AT_ONCE = 1 << 20
First = TypeVar("First")
Job = TypeVar("Job")
Done = TypeVar("Done")


class Answer(NamedTuple):
    """Status and body of a response."""

    status: int
    body: bytes


@dataclass
class Connection:
    """One connection to the store that is kept alive, for one thread."""

    server: Serving
    _socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        """Connect."""
        self._socket = socket.create_connection((HOST, self.server.port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, target: str, body: bytes = b"") -> Answer:
        """Send a request and return the answer, which must say its length."""
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {HOST}:{self.server.port}",
            f"Authorization: {AUTHORIZATION}",
            "X-Experience-API-Version: 2.0.0",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendall("\r\n".join(lines).encode() + _END + body)
        got = self._socket.recv(READ_AT_ONCE)
        while (end := got.find(_END)) < 0:
            got += self._more()
        head, parts = got[:end], [got[end + len(_END) :]]
        length = _LENGTH.search(head)
        if length is None:
            raise ConnectionError("the answer doesn't say its length")
        left = int(length[1]) - len(parts[0])
        while left > 0:
            parts.append(self._more())
            left -= len(parts[-1])
        return Answer(int(head.split(b" ", 2)[1]), b"".join(parts))

    def _more(self) -> bytes:
        got = self._socket.recv(READ_AT_ONCE)
        if not got:
            raise ConnectionError("the server hung up")
        return got

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Page(NamedTuple):
    """What a client process tells of one request."""

    seconds: float
    status: int
    statement_ids: list[str]
    more: str


def read_page(connection: Connection, target: str) -> Page:
    """Ask for statements; only the request is timed, not the reading of its answer."""
    begun = time.perf_counter()
    answer = connection.ask("GET", target)
    seconds = time.perf_counter() - begun
    if answer.status != OK:
        return Page(seconds, answer.status, [], "")
    told = json.loads(answer.body)
    found = told.get("statements", [told])
    return Page(seconds, answer.status, [one["id"] for one in found], told.get("more", ""))


def read_pages(server: Serving, targets: Sequence[str]) -> list[Page]:
    """Ask for one after the other on one connection: the work of a client process."""
    connection = Connection(server)
    try:
        return [read_page(connection, target) for target in targets]
    finally:
        connection.close()


class Crowd:
    """Client processes that wait for work: each takes its share, and all begin at once."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Pipe] = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            context.Process(target=_serve_work, args=(theirs,), daemon=True).start()
            theirs.close()
            self._pipes.append(ours)

    def do(self, work: Callable[[First, list[Job]], list[Done]], first: First, jobs: Sequence[Job]) -> list[Done]:
        """Let the processes do ``work(first, share of jobs)``; return what they gave, in the order of ``jobs``."""
        count = len(self._pipes)
        for number, pipe in enumerate(self._pipes):
            pipe.send((work, first, list(jobs[number::count])))
        shares: list[list[Done]] = [pipe.recv() for pipe in self._pipes]
        return [shares[number % count][number // count] for number in range(len(jobs))]

    def close(self) -> None:
        """Send the processes home."""
        for pipe in self._pipes:
            pipe.send(None)


def _serve_work(pipe: Pipe) -> None:
    while (told := pipe.recv()) is not None:
        work, first, jobs = told
        pipe.send(work(first, jobs))


@contextmanager
def crowd(count: int) -> Iterator[Crowd]:
    """Give client processes until the end."""
    made = Crowd(count)
    try:
        yield made
    finally:
        made.close()

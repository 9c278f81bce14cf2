"""A child process for what must be taken apart by large libraries although a stranger made it: PDF and pictures.

``run("pdf", content)`` calls ``certificates.reading.pdf.read(content)`` in a fresh Python, which has a limited memory,
CPU and wall time, no environment of ours (so no secrets), writes no files, starts nothing and calls nobody. A bomb
ends the child alone; here it is a refusal. It costs a process each time, some tenths of a second: what the standard
library's own parsers can read (a PNG's chunks, JSON) needs none.

**To have a function of yours run here**, add a line to ``READERS``. It takes ``content: bytes`` and any keyword
arguments that are JSON values (times as ISO texts, certificates as PEM), and returns a JSON value. It may raise any
subclass of UnreadableFileError that ``certificates.errors`` has, which comes out here as the same class; whatever else
it raises means "unreadable". Its module should import little: the child waits for each import.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import BoundedSemaphore
from types import TracebackType
from typing import Any

from campus.errors import TooManyError
from certificates.errors import TooCostlyFileError, UnreadableFileError

READERS = {
    "codes": "certificates.reading.codes:read",
    "pdf": "certificates.reading.pdf:read",
    "picture": "certificates.reading.pictures:read",
    "pkcs12": "certificates.reading.pkcs12:read",
    "signatures": "certificates.reading.signatures:read",
}
"""What can be run: a name -> ``module:function``."""

MAX_MEMORY = 768 * 1024 * 1024
"""Bytes of address space, of which Python and the libraries take about a third."""
MAX_CPU_SECONDS = 10
LESS_CPU_SECONDS = {READERS["pkcs12"]: 2}
"""For what the server does once more itself, when the child has shown that it can be done."""
MAX_SECONDS = 20
"""By the clock: a busy machine gives the child only a part of the time."""
MAX_ANSWER = 32 * 1024 * 1024
MAX_OPEN_FILES = 64
AT_ONCE = 2
"""Children of one server process at a time."""
PATIENCE = 10
"""Seconds to wait for a turn."""

ROOT = Path(__file__).parents[2]
FORBIDDEN = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"),
)
"""Python's own events (PEP 578) that no reading needs. They stop a library that is led astray, not foreign code."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

_turns = BoundedSemaphore(AT_ONCE)


def run(reader: str, content: bytes, **options: Any) -> Any:
    """Return what the reader says of the content; ``options`` are JSON values that it takes by name.

    Raises UnreadableFileError or one of its subclasses; TooManyError when others have been waiting too.
    """
    with _turn(), tempfile.TemporaryFile() as answer:
        try:
            ended = subprocess.run(  # noqa: S603 - our own module, no shell
                [sys.executable, "-s", "-P", "-B", "-m", "certificates.reading.sandbox", READERS[reader]],
                input=json.dumps(options).encode() + b"\n" + content,
                stdout=answer,
                stderr=subprocess.DEVNULL,  # libraries quote the file there
                env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
                cwd="/",
                timeout=MAX_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TooCostlyFileError("reading the file takes too long") from None
        if ended.returncode < 0:
            raise TooCostlyFileError(f"reading the file was ended by signal {-ended.returncode}")
        answer.seek(0)
        return _value(answer.read(MAX_ANSWER))


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise TooManyError("too many files are being read now", after=PATIENCE)
    try:
        yield
    finally:
        _turns.release()


def _value(raw: bytes) -> Any:
    """Return the child's answer, which is trusted as little as the file that it has read."""
    try:
        answer = json.loads(raw)
        value, refused, message = answer["value"], answer["refused"], str(answer["message"])[:200]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableFileError("the file can't be read: the reading ended without an answer") from None
    if refused is not None:
        raise _refusals().get(refused, UnreadableFileError)(message)
    return value


def _refusals() -> dict[str, type[UnreadableFileError]]:
    found, waiting = {}, [UnreadableFileError]
    while waiting:
        one = waiting.pop()
        found[one.code] = one
        waiting += one.__subclasses__()
    return found


def _answer(value: Any = None, *, refused: str | None = None, message: str = "") -> None:
    json.dump({"value": value, "refused": refused, "message": message}, sys.stdout)
    sys.stdout.flush()


def _unforeseen(kind: type[BaseException], _error: BaseException, _where: TracebackType | None) -> None:
    """Tell what kind of exception it was and nothing of what it says: that may be the file's own text."""
    refusal = TooCostlyFileError if issubclass(kind, MemoryError | RecursionError) else UnreadableFileError
    _answer(refused=refusal.code, message=f"the file can't be read ({kind.__name__})")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
        raise PermissionError(event)


def _limit(cpu_seconds: int) -> None:
    for what, limit in {
        resource.RLIMIT_AS: MAX_MEMORY,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: MAX_ANSWER,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }.items():
        _, most = resource.getrlimit(what)
        allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(what, (allowed, allowed))


def _child(target: str) -> None:
    """Read options and content from the standard input and write the answer to the standard output."""
    sys.excepthook = _unforeseen
    _limit(LESS_CPU_SECONDS.get(target, MAX_CPU_SECONDS))
    sys.addaudithook(_guard)
    options = json.loads(sys.stdin.buffer.readline())
    module, _, function = target.partition(":")
    try:
        _answer(getattr(import_module(module), function)(sys.stdin.buffer.read(), **options))
    except UnreadableFileError as refusal:
        _answer(refused=refusal.code, message=str(refusal))


if __name__ == "__main__":
    _child(sys.argv[1])

"""Servers as processes of their own, and what they cost."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack import HOST
from tests.waiting import wait_for

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and its children so far."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


@contextmanager
def served(command: list[str], environ: dict[str, str], port: int) -> Iterator[int]:
    """Run a server until the end, once it answers on its port; give its process id."""
    process = subprocess.Popen(command, env={**os.environ, **environ})  # noqa: S603 - our own programs
    try:
        wait_for(lambda: socket.socket().connect_ex((HOST, port)) == 0, "the server's answer")
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)

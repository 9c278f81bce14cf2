"""What servers cost: CPU and memory."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving import Serving

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLED_EVERY = 0.2
"""Seconds."""


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


def resident(pid: int) -> int:
    """Return the resident bytes of the largest of a server's workers, which are its children."""
    children = [int(child) for one in Path("/proc").glob(f"{pid}/task/*/children") for child in one.read_text().split()]
    pages = [int(Path(f"/proc/{child}/statm").read_text(encoding="ascii").split()[1]) for child in children]
    return max(pages) * os.sysconf("SC_PAGE_SIZE")


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
def watched(server: Serving) -> Iterator[Memory]:
    """Sample the memory of a server's largest worker until the end."""
    memory, done = Memory([resident(server.pid)]), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLED_EVERY):
            memory.samples.append(resident(server.pid))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()

"""Processes as the kernel knows them, to kill them where they stand."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.waiting import wait_for


def children(process: int) -> list[int]:
    """Give the processes that a process has started and that still run."""
    return [int(child) for one in Path(f"/proc/{process}/task").glob("*/children") for child in one.read_text().split()]


def kill(*processes: int) -> None:
    """SIGKILL processes and wait until they are gone; one that nobody has buried yet counts as gone."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for process in processes:
        wait_for(lambda process=process: not _is_alive(process), f"process {process} is gone")  # type: ignore[misc] # bound at once


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"

"""Waiting for what another process does, without guessing how long it takes."""

import threading
import time
from collections.abc import Callable

_PAUSE = threading.Event()


def wait_for(condition: Callable[[], object], what: str, *, seconds: float = 30.0, every: float = 0.02) -> None:
    """Come back as soon as ``condition`` holds; raise TimeoutError naming ``what`` when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain: {what}")
        _PAUSE.wait(every)

"""A worker whose one follower writes a line into a file. ``python -m tests.processes.counting_worker URL FILE MODE``.

MODE ``once`` writes; ``later`` fails twice with TryLaterError first; ``die`` kills the process at its first job,
after the line is written and before the job is known to be done; ``fail`` fails and names a person.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from campus.jobs import TryLaterError, Worker


def main() -> None:
    url, file, mode = sys.argv[1:]
    lines = Path(file)

    def count(arguments: Mapping[str, Any]) -> None:
        with lines.open("a", encoding="utf-8") as out:
            out.write(f"{arguments['number']}\n")
        made = len(lines.read_text(encoding="utf-8").splitlines())
        if mode == "later" and made <= 2:
            raise TryLaterError("not yet", after=timedelta(milliseconds=50))
        if mode == "fail":
            raise RuntimeError("DETAIL: Key (name)=(Aylin Kaya) already exists.")
        if mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)

    worker = Worker(url, {"count": count}, executor_id="worker-1")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    worker.start()
    stop.wait()
    worker.stop()


if __name__ == "__main__":
    main()

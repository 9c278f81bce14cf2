"""``make journey``: walk the journey on each database; end with 1 at the first thing that is not as it should be.

JOURNEY_DATABASES names them (``sqlite,postgresql``); without it, PostgreSQL is walked too where a server is found.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases
from tests.journey.browser import UnexpectedError
from tests.journey.walk import Journey
from tests.stack import Ports, Stack, running


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'campus.sqlite'}"
        return
    with databases.postgresql_server() as server, server.database("campus_journey") as url:
        yield url


def wanted() -> list[str]:
    """Say on which databases to walk."""
    named = os.environ.get("JOURNEY_DATABASES")
    if named:
        return named.split(",")
    if databases.postgresql_available():
        return ["sqlite", "postgresql"]
    if os.environ.get("REQUIRE_ALL") == "1":
        raise UnexpectedError("REQUIRE_ALL=1, but no PostgreSQL was found")
    print("PostgreSQL was not found: the journey is walked on SQLite only")
    return ["sqlite"]


def walk(name: str, *, kill: bool) -> None:
    """Walk on one database, in a folder that is deleted afterwards; the logs are shown when it fails."""
    with tempfile.TemporaryDirectory(prefix="journey-") as made:
        folder = Path(made)
        with database(name, folder) as url:
            stack = Stack(folder, url, Ports.free(), kill_on_score=kill)
            try:
                stack.prepare()
                with running(stack):
                    Journey(stack, kill=kill).walk()
            except BaseException:
                for log in sorted(folder.glob("*.log")):
                    print(
                        f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}", file=sys.stderr
                    )
                raise


def main() -> int:
    """Walk on all databases."""
    parser = argparse.ArgumentParser(prog="python -m tests.journey", description=__doc__)
    parser.add_argument("--kill", choices=["each"], help="SIGKILL server and worker between all steps")
    given = parser.parse_args()
    for name in wanted():
        started = time.monotonic()
        print(f"\nThe journey on {name}{', killed at each step' if given.kill else ''}")
        try:
            walk(name, kill=given.kill == "each")
        except (UnexpectedError, TimeoutError) as error:
            print(f"  NOT AS IT SHOULD BE: {error}", file=sys.stderr)
            return 1
        print(f"  done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the record store costs: ``python -m bench.lrs`` measures, ``python -m bench.lrs profile batch`` looks inside.

On SQLite and on a PostgreSQL of its own, where a commit waits for the disk, our server with two workers takes
statements and gives them back; beside it, in turns, the floor does the same straight with the database
(``bench.lrs_floor``). Figures compare within a run only.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import lrs_profile, lrs_report
from bench.lrs_client import Crowd, crowd
from bench.lrs_floor import BATCH, Floor, PostgresqlFloor, SqliteFloor, batches_of, rows_of
from bench.lrs_load import Load, Middle, ask, walk
from bench.lrs_report import Measured, Round
from bench.lrs_statements import Generator, Held, Json
from bench.servers import watched
from tests.databases import postgresql_server
from tests.serving import serving

BATCH_CLIENTS, SINGLE_CLIENTS, READERS = 4, 16, 4
ROUNDS = 3
"""Of writing, ours and the floor in turns."""
FILL = 5000
"""Statements that are made and posted at a time where only the store's size matters."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: statements in the store at each point, and statements or questions of each round."""

    small: int = 20_000
    written_at: int = 100_000
    large: int = 200_000
    batch: int = 5000
    single: int = 1600
    questions: int = 100


QUICK = Sizes(small=2000, written_at=10_000, large=20_000, batch=2000, single=800, questions=40)


@dataclass
class Bench:
    """One database being measured: the store that our server keeps in it, and the floor beside."""

    database_url: str
    floor: Floor
    load: Load
    crowd: Crowd
    sizes: Sizes
    generator: Generator

    def measure(self, name: str) -> Measured:
        """Measure everything on a new store."""
        sizes = self.sizes
        self.fill(sizes.small)
        small = self.ask()
        self.fill(sizes.written_at)
        self.fill_floor(sizes.written_at)
        batch = [self.round(sizes.batch, BATCH, BATCH_CLIENTS) for _ in range(ROUNDS)]
        single = [self.round(sizes.single, 1, SINGLE_CLIENTS) for _ in range(ROUNDS)]
        with watched(self.load.server) as memory_in:
            self.fill(sizes.large)
        large = self.ask()
        with watched(self.load.server) as memory_out:
            walked = walk(self.load)
        memory = {"in": memory_in.thirds(), "out": memory_out.thirds()}
        points = (sizes.small, sizes.written_at, sizes.large)
        return Measured(name, points, batch, single, small, large, walked, memory, self.load.problems)

    def make(self, count: int) -> list[Json]:
        """Make new statements."""
        return [self.generator.one() for _ in range(count)]

    def fill(self, size: int) -> None:
        """Post batches until the store holds ``size`` statements."""
        while (missing := size - len(self.load.held.facts)) > 0 and not self.load.problems:
            made = self.make(min(FILL, missing))
            self.load.post(_parts(made, BATCH), BATCH_CLIENTS)
        print(f"  {len(self.load.held.facts)} statements", file=sys.stderr)

    def fill_floor(self, size: int) -> None:
        """Let the floor hold ``size`` statements."""
        for _ in range(0, size, FILL):
            self.floor.fill(batches_of(self.make(FILL)))

    def ask(self) -> dict[str, Middle]:
        """Ask all kinds of questions."""
        return ask(self.load, self.crowd, self.database_url, self.sizes.questions)

    def round(self, count: int, size: int, clients: int) -> Round:
        """Write ``count`` statements straight into the database and as many through the server, ``size`` at a time."""
        straight = [rows_of(part) for part in _parts(self.make(count), size)]
        parts = _parts(self.make(count), size)
        floor = self.floor.batches(straight) if size > 1 else {"": self.floor.singles(straight, clients)}
        posted = self.load.post(parts, clients)
        made = Round(
            count / posted.seconds,
            {way: count / seconds for way, seconds in floor.items()},
            posted.cpu / count * 1000,
            posted.cpu / posted.seconds,
        )
        print(f"  {made}", file=sys.stderr)
        return made


def _parts(statements: list[Json], size: int) -> list[list[Json]]:
    return [statements[first : first + size] for first in range(0, len(statements), size)]


def measure(name: str, database_url: str, floor: Callable[[], Floor], sizes: Sizes) -> Measured:
    """Measure on one new database."""
    now = datetime.now(tz=UTC)
    with serving(database_url) as server, crowd(READERS) as clients:
        print(name, file=sys.stderr)
        load = Load(server, Held(now))
        return Bench(database_url, floor(), load, clients, sizes, Generator(1, now)).measure(name)


def main() -> None:
    """Measure or profile, on SQLite and PostgreSQL; the exit code is 1 if anything was wrong or unreadable."""
    parser = argparse.ArgumentParser(prog="python -m bench.lrs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    lrs_profile.add_command(parser)
    given = parser.parse_args()
    sizes = QUICK if given.quick else Sizes()
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        told = []
        if given.database != "postgresql":
            url = f"sqlite:///{folder}/store.sqlite"
            if given.command == "profile":
                lrs_profile.profile(url, given.what)
            else:
                told.append(measure("SQLite", url, lambda: SqliteFloor(f"{folder}/floor.sqlite"), sizes))
        if given.database != "sqlite":
            server = stack.enter_context(postgresql_server(durable=True))
            url = stack.enter_context(server.database("store"))
            floor_url = stack.enter_context(server.database("floor"))
            if given.command == "profile":
                lrs_profile.profile(url, given.what)
            else:
                told.append(measure("PostgreSQL", url, lambda: PostgresqlFloor(floor_url), sizes))
    for one in told:
        lrs_report.show(one)
    print(f"\nall of it took {time.monotonic() - begun:.0f} s")
    if any(one.problems for one in told):
        sys.exit(1)


if __name__ == "__main__":
    main()

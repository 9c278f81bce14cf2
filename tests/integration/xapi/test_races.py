"""Several processes write at once, others read meanwhile: nothing fails, nothing is seen twice or missed."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import func, select

from campus.clock import system_clock
from campus.database import Database
from tests.integration.xapi.keeping import found
from tests.record_store import Lrs, open_store
from tests.unit.xapi.samples import agent, statement
from xapi import descriptions, parts
from xapi.descriptions import ACTIVITY, AGENT, VERB, description_digest
from xapi.resources.statements import CONSISTENT_HEADER
from xapi.store import CAMPUS, StatementRow

pytestmark = pytest.mark.processes

Batches = Sequence[Sequence[dict[str, Any]]]
TOGETHER = 4
"""Processes that write at once."""
TIMES = 5
"""How often it is read meanwhile, by who polls and by who reads from the newest one back, at least."""


@dataclass
class Keepers:
    """Processes that store batches. They serve all tests here: starting one takes longer than its work."""

    processes: list[subprocess.Popen[str]]
    pool: ThreadPoolExecutor

    def begin(self, database_url: str, work: Sequence[Batches]) -> list["Future[list[str]]"]:
        """Give each list of batches to a process; all begin at once. Each will say what came of each batch."""
        chosen = list(zip(self.processes, work, strict=False))
        assert len(chosen) == len(work)
        for process, batches in chosen:
            say(process, json.dumps({"database": database_url, "batches": batches}))
        for process, _ in chosen:
            assert heard(process) == "ready"
        for process, _ in chosen:
            say(process, "go")
        return [self.pool.submit(lambda one: json.loads(heard(one)), process) for process, _ in chosen]

    def keep(self, database_url: str, work: Sequence[Batches]) -> list[list[str]]:
        """Let them store all of it; give what came of each batch, by process."""
        return [said.result(timeout=60) for said in self.begin(database_url, work)]


@pytest.fixture(scope="module")
def keepers() -> Iterator[Keepers]:
    command = [sys.executable, "-m", "tests.integration.xapi.keeping_process"]
    with ExitStack() as stack:
        processes = []
        for _ in range(TOGETHER):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.callback(process.communicate)
            stack.callback(process.kill)
            processes.append(process)
        yield Keepers(processes, stack.enter_context(ThreadPoolExecutor(TOGETHER)))


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def ids(random: Random, count: int) -> list[str]:
    return [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(count)]


def test_two_processes_race_for_the_same_ids(database: Database, database_url: str, keepers: Keepers) -> None:
    """Equal ones are there once; of different ones one wins, batches are stored whole, and stored rises with id."""
    shared = ids(Random(1), 20)
    equal = [[statement(id=one)] for one in shared[:10]]
    work = [equal + [[statement(id=one, actor=agent(name)), statement()] for one in shared[10:]] for name in "ab"]
    said = keepers.keep(database_url, work)
    assert [each[:10] for each in said] == [["kept"] * 10] * 2
    for pair in zip(said[0][10:], said[1][10:], strict=True):
        assert sorted(pair) == ["kept", "xapi.statement_conflict"]
    with database.read() as session:
        assert session.scalar(select(func.count(StatementRow.id))) == 10 + 10 * 2
        times = session.scalars(select(StatementRow.stored).order_by(StatementRow.id)).all()
    assert list(times) == sorted(times)
    assert times[-1] <= datetime.now(tz=UTC)


def test_processes_that_speak_of_the_same_things_in_any_order(
    database: Database, database_url: str, keepers: Keepers
) -> None:
    """Shared agents, verbs and activities, each batch in an order of its own: elsewhere this deadlocks."""
    things = 8
    work = [_sharing(Random(writer), f"x-w{writer}", things) for writer in range(TOGETHER)]
    assert keepers.keep(database_url, work) == [["kept"] * len(batches) for batches in work]
    assert len(found(database, limit=500)) == sum(len(batch) for batches in work for batch in batches)
    languages = {f"x-w{writer}" for writer in range(TOGETHER)}
    with database.read() as session:
        for thing in range(things):
            names = [(ACTIVITY, f"x:{thing}"), (VERB, "x:did"), (AGENT, str(parts.agent_key(agent(str(thing)))))]
            keys = [description_digest(CAMPUS, kind, name) for kind, name in names]
            known = descriptions.known(session, keys)
            activity, verb, called = (known[key] for key in keys)
            assert set(activity["name"]) == set(verb) == set(called) == languages, "everybody's words are in it"


def _sharing(random: Random, language: str, things: int) -> Batches:
    """Give batches that name the same things, in an order of their own, in a language of their own."""
    batches = []
    for _ in range(8):
        order = random.sample(range(things), things)
        batches.append(
            [
                statement(
                    actor=agent(str(thing)) | {"name": language},
                    verb={"id": "x:did", "display": {language: "did"}},
                    object={"id": f"x:{thing}", "definition": {"name": {language: "Thing"}}},
                )
                for thing in order
            ]
        )
    return batches


@dataclass
class Poller:
    """Asks a store for what is new, as Moodle's plugins do: since the last Consistent-Through."""

    lrs: Lrs
    since: str = "1970-01-01T00:00:00Z"
    seen: Counter[str] = field(default_factory=Counter)

    def poll(self) -> None:
        """Read what is new, over all pages; the first one says how far it goes."""
        self.lrs.services.now = system_clock()
        answer = self.lrs.get(since=self.since, limit="7")
        self.since = answer.headers[CONSISTENT_HEADER]
        while True:
            page = answer.get_json()
            self.seen.update(one["id"] for one in page["statements"])
            if not page["more"]:
                return
            answer = follow(self.lrs, page["more"])


@dataclass
class Walker:
    """Follows "more" from the oldest statement on, as far as it leads; then asks its last page once more."""

    lrs: Lrs
    address: str = "/xapi/statements?ascending=true&limit=11"
    seen: Counter[str] = field(default_factory=Counter)

    def step(self) -> bool:
        """Read a page; say whether there are more."""
        page = follow(self.lrs, self.address).get_json()
        if page["more"]:
            self.seen.update(one["id"] for one in page["statements"])
            self.address = page["more"]
        return bool(page["more"])

    def finish(self) -> None:
        """Read to the end, and the last page."""
        while self.step():
            pass
        self.seen.update(one["id"] for one in follow(self.lrs, self.address).get_json()["statements"])


def follow(lrs: Lrs, address: str) -> Any:
    parted = urlsplit(address)
    return lrs.ask("GET", parted.path, query_string=parted.query)


def test_who_reads_while_three_processes_write_sees_everything_once(
    database: Database, database_url: str, keepers: Keepers
) -> None:
    """They write, in rounds, until it was read in between often enough, however fast the one or the other is."""
    lrs = open_store(database)
    random = Random(3)
    everything: set[str] = set()
    poller, walker = Poller(lrs), Walker(lrs)
    between = back = 0
    while between < TIMES or back < TIMES:
        work = [[[statement(id=one) for one in ids(random, random.randint(1, 9))] for _ in range(10)] for _ in range(3)]
        everything |= {one["id"] for batches in work for batch in batches for one in batch}
        running = keepers.begin(database_url, work)
        while not all(said.done() for said in running):
            before = len(poller.seen)
            poller.poll()
            between += before < len(poller.seen) < len(everything)
            walker.step()
            if back < TIMES:
                back += _newest_first(lrs)
        assert [said.result() for said in running] == [["kept"] * len(batches) for batches in work]
    poller.poll()
    walker.finish()
    assert poller.seen == Counter(everything)
    assert walker.seen == Counter(everything)


def _newest_first(lrs: Lrs) -> int:
    """Walk back from the newest one: what was there at the first page comes once, what comes later doesn't."""
    page = lrs.get(limit="25").get_json()
    if not page["more"]:
        return 0
    first = page["statements"][0]["stored"]
    seen = [one["id"] for one in page["statements"]]
    while page["more"]:
        page = follow(lrs, page["more"]).get_json()
        seen += [one["id"] for one in page["statements"]]
    assert seen == lrs.all_ids(until=first, limit="500")
    return 1

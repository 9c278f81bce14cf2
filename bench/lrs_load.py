"""The load on a record store, and what came of it: writing, asking, paging through everything."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from bench.lrs_client import OK, Connection, Crowd, Page, read_page, read_pages
from bench.lrs_floor import read_rows
from bench.lrs_statements import KINDS, Held, Json, compact, iso
from bench.servers import cpu_seconds
from tests.serving import Serving
from xapi.query import LARGEST_PAGE

STATEMENTS = "/xapi/statements"
LIMIT = 50
"""Of a first page."""


class Posted(NamedTuple):
    """What it cost to hand statements in."""

    seconds: float
    """Of the clock."""
    cpu: float
    """CPU seconds of the server, its database's not among them."""


@dataclass
class Load:
    """Clients of one server; what was acknowledged and what went wrong is kept."""

    server: Serving
    held: Held
    problems: Counter[str] = field(default_factory=Counter)

    def post(self, batches: Sequence[Sequence[Json]], clients: int) -> Posted:
        """Post batches from ``clients`` threads; a batch of one is posted as a single statement."""
        bodies = [compact(batch if len(batch) > 1 else batch[0]).encode() for batch in batches]
        left, answers = iter(range(len(batches))), [b""] * len(batches)
        begin = threading.Barrier(clients + 1)

        def client() -> None:
            connection = Connection(self.server)
            begin.wait()
            for number in left:
                answer = connection.ask("POST", STATEMENTS, bodies[number])
                if answer.status == OK:
                    answers[number] = answer.body
                else:
                    self.problems[f"a post was answered with {answer.status} {answer.body[:200]!r}"] += 1
            connection.close()

        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        cpu = cpu_seconds(self.server.pid)
        begin.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        posted = Posted(time.perf_counter() - begun, cpu_seconds(self.server.pid) - cpu)
        for batch, answer in zip(batches, answers, strict=True):
            self._acknowledged(batch, answer)
        return posted

    def _acknowledged(self, batch: Sequence[Json], answer: bytes) -> None:
        if not answer:
            return
        if json.loads(answer) != [one["id"] for one in batch]:
            self.problems["a post was answered with other ids"] += 1
        for one in batch:
            self.held.add(one)


class Middle(NamedTuple):
    """Medians of one kind of question, in milliseconds, and the mean rows of its first page."""

    ours: float
    floor: float
    """Rows by id, read and serialised."""
    bare: float
    """Rows by id, their texts as they are."""
    rows: float
    cpu: float
    """CPU milliseconds of the server for a page, its database's not among them."""


def p50(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds, a value that did occur."""
    return sorted(seconds)[math.ceil(len(seconds) / 2) - 1] * 1000


def ask(load: Load, crowd: Crowd, database_url: str, count: int) -> dict[str, Middle]:
    """Ask ``count`` questions of each kind, then read the same rows straight from the database."""
    middles = {}
    now = datetime.now(tz=UTC)
    for kind in KINDS:
        questions = load.held.questions(kind, count, now)
        limit = {} if kind == "statementId" else {"limit": str(LIMIT)}
        targets = [f"{STATEMENTS}?{urlencode(question.parameters | limit)}" for question in questions]
        cpu = cpu_seconds(load.server.pid)
        pages = crowd.do(read_pages, load.server, targets)
        cpu = cpu_seconds(load.server.pid) - cpu
        for page, question in zip(pages, questions, strict=True):
            _check(load, kind, page, question.rows)
        straight = crowd.do(read_rows, database_url, [page.statement_ids for page in pages])
        rows = sum(len(page.statement_ids) for page in pages) / count
        middles[kind] = Middle(
            p50([page.seconds for page in pages]),
            p50([one.serialised for one in straight]),
            p50([one.bare for one in straight]),
            rows,
            cpu / count * 1000,
        )
    return middles


def _check(load: Load, kind: str, page: Page, rows: int | None) -> None:
    if page.status != OK:
        load.problems[f"{kind}: answered with {page.status}"] += 1
    elif rows is not None and len(page.statement_ids) != min(rows, LIMIT):
        load.problems[f"{kind}: {len(page.statement_ids)} rows instead of {min(rows, LIMIT)}"] += 1


class Walk(NamedTuple):
    """A walk through everything."""

    statements: int
    seconds: float
    first_page: float
    """Median milliseconds of a page in the first tenth."""
    last_page: float
    """The same in the last tenth."""


def walk(load: Load) -> Walk:
    """Page through everything that was written, and look whether all that was acknowledged is there, once."""
    connection = Connection(load.server)
    since = iso(load.held.begun - timedelta(seconds=1))
    target = f"{STATEMENTS}?{urlencode({'since': since, 'ascending': 'true', 'limit': LARGEST_PAGE})}"
    pages: list[float] = []
    seen: Counter[str] = Counter()
    while target:
        page = read_page(connection, target)
        if page.status != OK:
            load.problems[f"paging: answered with {page.status}"] += 1
            break
        pages.append(page.seconds)
        seen.update(page.statement_ids)
        target = page.more
    acknowledged = {fact.statement_id for fact in load.held.facts}
    if twice := sum(times > 1 for times in seen.values()):
        load.problems["paging: shown twice"] += twice
    for statement_id in acknowledged - seen.keys():
        answer = connection.ask("GET", f"{STATEMENTS}?statementId={statement_id}")
        load.problems["acknowledged and not read back" if answer.status != OK else "not found by paging"] += 1
    connection.close()
    tenth = max(1, len(pages) // 10)
    return Walk(len(seen), sum(pages), p50(pages[:tenth]), p50(pages[-tenth:]))

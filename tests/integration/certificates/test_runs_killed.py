"""A run of 200 by the real worker, killed in the middle: taken up again, everybody has one certificate."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.jobs import Jobs
from certificates import runs
from certificates.runs import RunKind
from certificates.store import Award, AwardState, Run, in_state
from lti_tool import reactions
from tests.factories import NOW
from tests.integration.certificates import crowd
from tests.killing import kill
from tests.waiting import wait_for

pytestmark = pytest.mark.processes

PEOPLE = 200
KEY = "0123456789abcdef0123456789abcdef0123456789A="


@contextmanager
def worker(url: str) -> Iterator[int]:
    """Start the tool's worker; give its process id."""
    settings = {"DATABASE_URL": url, "PUBLIC_URL": "https://campus.example", "ENCRYPTION_KEYS": KEY}
    with subprocess.Popen([sys.executable, "-m", "lti_tool", "worker"], env={**os.environ, **settings}) as process:
        yield process.pid
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)


@pytest.fixture
def jobs(database_url: str) -> Iterator[Jobs]:
    jobs = Jobs(database_url)
    yield jobs
    jobs.close()


def progress(database: Database, run: str) -> tuple[int, bool]:
    """Return how many subjects were taken, and whether the run is finished."""
    with database.read() as session:
        found = runs.by_public_id(session, run)
        return found.done, found.finished_at is not None


def test_a_run_whose_worker_is_killed_goes_on_and_does_nothing_twice(database: Database, jobs: Jobs) -> None:
    with database.write() as session:
        unit, people = crowd.unit_with(session, PEOPLE)
        run = runs.begin(
            session,
            RunKind.ISSUE,
            unit.provider_id,
            [person.public_id for person in people],
            {"unit": unit.public_id},
            by=people[0].id,
            by_office=True,
            now=NOW,
            publish=reactions.publisher(session, jobs),
        ).public_id
    with worker(database.url) as process:
        wait_for(lambda: progress(database, run)[0] > 0, "the first chunk is done", every=0.01)
        kill(process)
    done, finished = progress(database, run)
    assert 0 < done < PEOPLE, "killed too late to prove anything"
    assert not finished
    with worker(database.url):
        wait_for(lambda: progress(database, run)[1], "the run is finished")
        wait_for(lambda: jobs.unfinished() == 0, "nothing is left to do")
    with database.read() as session:
        found = session.scalars(select(Run)).one()
        assert (found.done, found.changed, found.problems) == (PEOPLE, PEOPLE, [])
        holders = session.scalars(select(Award.person_id).where(in_state(AwardState.VALID))).all()
        assert sorted(holders) == sorted(person.id for person in people)  # type: ignore[type-var] # nobody is erased
        ids = {json.loads(text)["id"] for text in session.scalars(select(Award.credential)) if text}
        assert len(ids) == PEOPLE
        places = select(func.count(func.distinct(Award.status_index)))
        assert session.scalar(places) == PEOPLE
    assert jobs.failed() == []

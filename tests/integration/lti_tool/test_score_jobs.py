"""Scores by real jobs: enqueued with the credit in one transaction, done by a worker process that may be killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from campus.database import Database
from campus.jobs import Jobs
from lti_tool.services.store import ScoreState
from tests.conformance.lti.grading import cells, earn, kept
from tests.lms.live import ENCRYPTION_KEY, World, world
from tests.waiting import wait_for

pytestmark = pytest.mark.processes


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    """Give a world with real jobs; the learner has launched."""
    with world(database, tmp_path) as made:
        made.launch(made.tool.test_client())
        jobs = Jobs(database.url)
        yield replace(made, services=replace(made.services, jobs=jobs))
        jobs.close()


@contextmanager
def worker(lti: World) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DATABASE_URL": lti.services.settings.database_url,
        "PUBLIC_URL": lti.services.settings.public_url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY.decode(),
        "ALLOW_LOOPBACK_HTTP": "true",
        "LOG_LEVEL": "ERROR",
    }
    with subprocess.Popen([sys.executable, "-m", "lti_tool", "worker"], env=environment) as process:
        yield process
        process.terminate()


def unfinished(lti: World) -> int:
    jobs = lti.services.jobs
    assert isinstance(jobs, Jobs)
    return jobs.unfinished()


def test_score_survives_trouble_and_a_killed_worker(lti: World) -> None:
    lti.platform.moods = [(503, {"Retry-After": "1"}), (401, {})]
    earn(lti)
    with worker(lti) as process:
        wait_for(lambda: len(lti.platform.moods) < 2, "the first try")
        process.kill()
    assert cells(lti) == {}
    with worker(lti):
        wait_for(lambda: cells(lti) and unfinished(lti) == 0, "all jobs done", seconds=90)
    assert (cells(lti), kept(lti).state) == ({"7": [80.0]}, ScoreState.SENT)
    assert lti.services.jobs.failed() == []


def test_credit_that_is_rolled_back_sends_nothing(lti: World) -> None:
    def refused() -> None:
        with lti.services.database.write() as session:
            lti.services.jobs.enqueue(session, "score", "x", {"credit": "never"})
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        refused()
    assert unfinished(lti) == 0

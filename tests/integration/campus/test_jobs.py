"""Durable jobs with a real worker process, killed where it hurts."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from campus.database import Database
from campus.jobs import Jobs
from tests.waiting import wait_for

pytestmark = pytest.mark.processes


@contextmanager
def worker(url: str, file: Path, mode: str = "once") -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.processes.counting_worker", url, str(file), mode]
    with subprocess.Popen(command) as process:
        yield process
        process.send_signal(signal.SIGTERM)


@pytest.fixture
def jobs(database_url: str) -> Iterator[Jobs]:
    jobs = Jobs(database_url)
    yield jobs
    jobs.close()


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def put(database: Database, jobs: Jobs, *numbers: int) -> None:
    with database.write() as session:
        for number in numbers:
            jobs.enqueue(session, "count", str(number), {"number": number})


def test_a_job_is_there_only_if_its_transaction_is(database: Database, jobs: Jobs, tmp_path: Path) -> None:
    def refused() -> None:
        with database.write() as session:
            jobs.enqueue(session, "count", "1", {"number": 1})
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        refused()
    put(database, jobs, 2)
    with worker(database.url, tmp_path / "out"):
        wait_for(lambda: jobs.unfinished() == 0, "all jobs done")
    assert lines(tmp_path / "out") == ["2"]


def test_asking_twice_is_asking_once(database: Database, jobs: Jobs, tmp_path: Path) -> None:
    put(database, jobs, 1, 1)
    put(database, jobs, 1)
    with worker(database.url, tmp_path / "out"):
        wait_for(lambda: jobs.unfinished() == 0, "all jobs done")
    put(database, jobs, 1)
    assert lines(tmp_path / "out") == ["1"]


def test_a_job_that_can_t_be_done_now_is_tried_again(database: Database, jobs: Jobs, tmp_path: Path) -> None:
    put(database, jobs, 1)
    with worker(database.url, tmp_path / "out", "later"):
        wait_for(lambda: len(lines(tmp_path / "out")) == 3 and jobs.unfinished() == 0, "third try succeeded")
    assert jobs.failed() == []


def test_a_job_that_fails_says_where_and_keeps_its_values_to_itself(
    database: Database, jobs: Jobs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(database, jobs, 1)
    with worker(database.url, tmp_path / "out", "fail") as process:
        wait_for(lambda: jobs.failed() == ["count:1"], "the job was given up")
        process.terminate()
        process.wait(30)
    logged = "".join(capfd.readouterr())
    [kept] = jobs.client.list_workflows(status=["ERROR"])
    assert "count ended in RuntimeError" in str(kept.error)
    assert "counting_worker.py" in logged
    assert "Aylin" not in f"{kept} {logged}"


def test_a_job_whose_worker_was_killed_goes_on_with_the_next(database: Database, jobs: Jobs, tmp_path: Path) -> None:
    put(database, jobs, 1)
    with worker(database.url, tmp_path / "out", "die") as dying:
        assert dying.wait(30) == -signal.SIGKILL
    assert jobs.unfinished() == 1
    with worker(database.url, tmp_path / "out"):
        wait_for(lambda: jobs.unfinished() == 0, "the interrupted job was done")
    assert lines(tmp_path / "out") == ["1", "1"]
    assert jobs.failed() == []

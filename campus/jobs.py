"""Durable jobs: what follows an event, done later, surviving crashes. The one file that knows the engine (DBOS).

A job is enqueued inside the transaction that caused it: both are there, or neither. Its id is made of the follower
and what it is about, so asking twice is asking once. Whatever a job does must be safe to do again: after a crash the
interrupted job runs anew.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import structlog
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    run_dbos_database_migrations,
)
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campus.errors import CampusError, frames

APPLICATION = "kommunalcampus"
VERSION = "1"
"""Pinned: jobs of another version would wait silently."""
QUEUE = "followers"
WORKFLOW = "follow"
CONCURRENCY = 16
POLLING_SECONDS = 0.1
MAX_TRIES = 360
"""With the longest wait between them, two weeks: longer than holidays, shorter than for ever."""
LONGEST_WAIT = timedelta(hours=1)

Handler = Callable[[Mapping[str, Any]], None]
"""Does one kind of job; its arguments are ids and numbers."""

log = structlog.get_logger(__name__)


class TryLaterError(CampusError):
    """The job can't be done now but may be later, for example because an LMS is down."""

    code = "jobs.try_later"
    status = 503

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        """Take the wait that the other side asked for, if it did."""
        super().__init__(message)
        self.after = after


class JobFailedError(CampusError):
    """A job ended in an exception. The message names follower and exception class only: the engine keeps it."""

    code = "jobs.failed"
    status = 500


class JobQueue(Protocol):
    """Where jobs are put; pages and services know no more of the engine."""

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        """Put a job into the session's transaction. A job with the same follower and key is the same job."""

    def failed(self) -> list[str]:
        """List the ids of jobs that were given up: ``follower:key``."""


class Jobs:
    """The queue as the application sees it; connects when it is first used."""

    def __init__(self, database_url: str) -> None:
        """Take the database that the application uses: the engine's tables lie beside the application's."""
        self._url = _engine_url(database_url)
        self._client: DBOSClient | None = None

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        """See JobQueue."""
        self.client.enqueue_in_transaction(
            session.connection(), _options(follower, key, tries=0), follower, key, dict(arguments), 0
        )

    @property
    def client(self) -> DBOSClient:
        """The engine's client, made on first use: a forked web process makes its own."""
        if self._client is None:
            self._client = DBOSClient(
                system_database_url=self._url,
                serializer=DBOSPortableJSONSerializer(),
                application_name=APPLICATION,
                lazy=True,
            )
        return self._client

    def unfinished(self) -> int:
        """Count the jobs that wait or run."""
        waiting = self.client.list_workflows(
            status=["ENQUEUED", "PENDING", "DELAYED"], load_input=False, load_output=False
        )
        return len(waiting)

    def failed(self) -> list[str]:
        """List the ids of jobs that were given up."""
        given_up = self.client.list_workflows(
            status=["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"], load_input=False, load_output=False
        )
        return [job.workflow_id for job in given_up]

    def close(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            self._client.destroy()
            self._client = None


class Worker:
    """The process that does the jobs. Only one per executor id may run: a stable id takes up where it was killed."""

    def __init__(self, database_url: str, handlers: Mapping[str, Handler], *, executor_id: str) -> None:
        """Take the followers' handlers by name."""
        self._handlers = handlers
        config = _config(database_url)
        config["executor_id"] = executor_id
        DBOS(config=config)

        def follow(follower: str, key: str, arguments: dict[str, Any], tries: int) -> None:
            self._follow(follower, key, arguments, tries)

        DBOS.workflow(name=WORKFLOW)(follow)  # the engine marks the function: a bound method can't be marked

    def start(self) -> None:
        """Begin to work in threads of the engine; interrupted jobs of this executor go on first."""
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=CONCURRENCY,
            polling_interval_sec=POLLING_SECONDS,
            on_conflict="always_update",
        )

    def stop(self, *, seconds: int = 10) -> None:
        """Let running jobs end, at most so long."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)

    def _follow(self, follower: str, key: str, arguments: dict[str, Any], tries: int) -> None:
        later = DBOS.run_step({"name": follower}, self._do, follower, arguments, tries)
        if later is not None:
            DBOS.enqueue_workflow_with_options(
                _options(follower, key, tries=tries + 1, delay_seconds=later),
                follower,
                key,
                arguments,
                tries + 1,
            )

    def _do(self, follower: str, arguments: dict[str, Any], tries: int) -> float | None:
        """Do the job; return None, or the seconds to wait before the next try. Raises JobFailedError."""
        try:
            self._handlers[follower](arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is: its message may quote rows, and the engine keeps it
            failure = error
        else:
            return None
        if isinstance(failure, TryLaterError | OperationalError) and tries < MAX_TRIES:
            wait = wait_after(tries, asked=failure.after if isinstance(failure, TryLaterError) else None)
            log.warning("job.later", follower=follower, tries=tries, seconds=wait.total_seconds())
            return wait.total_seconds()
        kind = type(failure).__name__
        code = failure.code if isinstance(failure, CampusError) else None
        log.error("job.failed", follower=follower, tries=tries, error=kind, code=code, frames=frames(failure))
        raise JobFailedError(f"{follower} ended in {kind}")


def wait_after(tries: int, *, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many tries (0 after the first): twice as long each time, at most an hour.

    Not sooner than was ``asked`` for, nor at that pace for ever: maintenance outlasts many a "try in 30 seconds".
    """
    return max(asked or timedelta(0), min(timedelta(seconds=2 ** min(tries, 12)), LONGEST_WAIT))


def migrate(database_url: str) -> None:
    """Make or update the engine's own tables; they are left out of Alembic."""
    run_dbos_database_migrations(system_database_url=_engine_url(database_url))


def _options(follower: str, key: str, *, tries: int, delay_seconds: float = 0.0) -> EnqueueOptions:
    """Name the job; each later try is a job of its own."""
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": f"{follower}:{key}" + (f"/{tries}" if tries else ""),
        "app_version": VERSION,
    }
    if delay_seconds:
        options["delay_seconds"] = delay_seconds
    return options


def _config(database_url: str) -> DBOSConfig:
    """Configure the engine to stay at home: no conductor, no tracing, no upgrades of its own."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    return {
        "name": APPLICATION,
        "system_database_url": _engine_url(database_url),
        "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "run_migrations": False,
        "log_level": "WARNING",
        "enable_otlp": False,
    }


def _engine_url(database_url: str) -> str:
    """Give the URL in the form that the engine takes."""
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)

"""Storing what several requests hand in at once in one transaction.

A commit waits for the disk, and writers take turns anyway (``clock.take``). So who comes to write writes for all who
wait by then: sixteen requests cost a few commits. Each request still gets its own answer after its own commit, and
each batch is stored whole or not at all.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campus.database import Database
from xapi import service
from xapi.batches import Batch
from xapi.clock import Held, take

MOST_STATEMENTS = 1000
"""In one transaction, if more than one request is in it."""
TRIES = 3
"""Of a transaction that lost to another one (a deadlock, a busy database)."""


@dataclass
class _Waiting:
    batch: Batch
    woken: threading.Event = field(default_factory=threading.Event)
    """Its answer is there; or it is the one that writes now."""
    done: bool = False
    refusal: BaseException | None = None


@dataclass
class Writer:
    """Stores batches for the threads of this process."""

    database: Database
    clock: Callable[[], datetime]
    on_stored: Callable[[Session, Held, Sequence[Batch]], None] | None = None
    """Sees the batches that were accepted, in the transaction that stores them."""
    _queue: deque[_Waiting] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: bool = False

    def keep(self, batch: Batch) -> None:
        """Store a batch; on return it is committed. Raises StatementConflictError, then nothing of it is stored."""
        mine = _Waiting(batch)
        with self._lock:
            self._queue.append(mine)
            writes, self._writing = not self._writing, True
        if not writes:
            mine.woken.wait()
        if not mine.done:
            self._write()
        if mine.refusal is not None:
            raise mine.refusal

    def _write(self) -> None:
        """Store what waits, the caller's batch first, and let the next one write who came too late for it."""
        group = self._commit_group()
        with self._lock:
            following = [self._queue[0]] if self._queue else []
            self._writing = bool(following)
        for one in (*group, *following):
            one.woken.set()

    def _commit_group(self) -> list[_Waiting]:
        """Store what waits once the store is ours; should that fail as a whole, each batch by itself."""
        group: list[_Waiting] = []

        def take_what_waits() -> list[_Waiting]:
            group.extend(() if group else self._take())  # once: a second try is for the same
            return group

        try:
            self._store(take_what_waits)
        except BaseException as error:  # noqa: BLE001 - every waiting request must get an answer; its own one raises this
            if len(take_what_waits()) == 1:
                group[0].refusal = error
            else:
                for one in group:
                    self._store_alone(one)
        for one in group:
            one.done = True
        return group

    def _store_alone(self, one: _Waiting) -> None:
        try:
            self._store(lambda: [one])
        except BaseException as error:  # noqa: BLE001 - as above
            one.refusal = error

    def _store(self, waiting: Callable[[], list[_Waiting]]) -> None:
        """Store in one transaction what waits when the store is ours; again, should the database be in the way."""
        for left in reversed(range(TRIES)):
            try:
                with self.database.write(by_index=True) as session:
                    held = take(session)
                    group = waiting()
                    refusals = self._keep(session, held, [one.batch for one in group])
            except OperationalError:
                if not left:
                    raise
            else:
                for one, refusal in zip(group, refusals, strict=True):
                    one.refusal = refusal
                return

    def _keep(self, session: Session, held: Held, batches: Sequence[Batch]) -> Sequence[Exception | None]:
        refusals = service.keep_held(session, held, batches, now=self.clock())
        stored = [batch for batch, refusal in zip(batches, refusals, strict=True) if refusal is None]
        if self.on_stored and stored:
            self.on_stored(session, held, stored)
        return refusals

    def _take(self) -> list[_Waiting]:
        """Take from the queue what one transaction holds; at least one."""
        taken: list[_Waiting] = []
        size = 0
        with self._lock:
            while self._queue and (not taken or size + len(self._queue[0].batch.prepared) <= MOST_STATEMENTS):
                taken.append(self._queue.popleft())
                size += len(taken[-1].batch.prepared)
        return taken

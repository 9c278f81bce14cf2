"""Storing what several requests hand in at once in one transaction.

A commit waits for the disk, and writers take turns anyway (``clock.tick``). So who comes to write writes for all who
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

MOST_STATEMENTS = 1000
"""In one transaction, if more than one request is in it."""
TRIES = 3
"""Of a transaction that lost to another one (a deadlock, a busy database)."""


@dataclass
class _Waiting:
    batch: Batch
    done: bool = False
    refusal: Exception | None = None


@dataclass
class Writer:
    """Stores batches for the threads of this process."""

    database: Database
    clock: Callable[[], datetime]
    on_stored: Callable[[Session, Sequence[Batch]], None] | None = None
    """Sees the batches that were accepted, in the transaction that stores them."""
    _queue: deque[_Waiting] = field(default_factory=deque)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, batch: Batch) -> None:
        """Store a batch; on return it is committed. Raises StatementConflictError, then nothing of it is stored."""
        mine = _Waiting(batch)
        self._queue.append(mine)
        with self._turn:
            while not mine.done:
                self._write(self._take())
        if mine.refusal is not None:
            raise mine.refusal

    def _take(self) -> list[_Waiting]:
        """Take from the queue what one transaction holds; at least one."""
        taken: list[_Waiting] = []
        size = 0
        while self._queue and (not taken or size + len(self._queue[0].batch.prepared) <= MOST_STATEMENTS):
            taken.append(self._queue.popleft())
            size += len(taken[-1].batch.prepared)
        return taken

    def _write(self, group: Sequence[_Waiting]) -> None:
        """Store a group in one transaction; should that fail as a whole, each batch in one of its own."""
        try:
            refusals = self._commit([one.batch for one in group])
        except Exception as error:  # noqa: BLE001 - every waiting request must get an answer; its own one raises this
            if len(group) > 1:
                for one in group:
                    self._write([one])
                return
            refusals = [error]
        for one, refusal in zip(group, refusals, strict=True):
            one.refusal, one.done = refusal, True

    def _commit(self, batches: Sequence[Batch]) -> Sequence[Exception | None]:
        for left in reversed(range(TRIES)):
            try:
                with self.database.write() as session:
                    refusals = service.keep(session, batches, now=self.clock())
                    stored = [batch for batch, refusal in zip(batches, refusals, strict=True) if refusal is None]
                    if self.on_stored and stored:
                        self.on_stored(session, stored)
                    return refusals
            except OperationalError:
                if not left:
                    raise
        raise AssertionError("unreachable")

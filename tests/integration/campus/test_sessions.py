"""Attendance lists: who may be marked, and when."""

from datetime import timedelta

import pytest

from campus import sessions
from campus.database import Database
from campus.rules.credit import Outcome
from campus.sessions import NotYetHeldError, OwnAttendanceError
from tests.factories import NOW, Heard, learner, tutorial, unit


def test_nobody_vouches_for_themself(database: Database) -> None:
    with database.write() as session:
        held = tutorial(session, unit(session))
        _, person = learner(session)
        sessions.expect(session, held, person, now=NOW)
        marks = {person.public_id: Outcome.PRESENT}
        with pytest.raises(OwnAttendanceError):
            sessions.mark(session, held, marks, teacher_id=person.id, now=NOW, publish=Heard())


def test_who_was_there_is_known_once_it_has_begun_but_excused_before(database: Database) -> None:
    with database.write() as session:
        held = tutorial(session, unit(session))
        _, person = learner(session)
        _, teacher = learner(session)
        sessions.expect(session, held, person, now=NOW)
        before = held.starts_at - timedelta(days=1)
        for outcome in (Outcome.PRESENT, Outcome.ABSENT):
            with pytest.raises(NotYetHeldError):
                sessions.mark(
                    session, held, {person.public_id: outcome}, teacher_id=teacher.id, now=before, publish=Heard()
                )
        marks = {person.public_id: Outcome.EXCUSED}
        assert sessions.mark(session, held, marks, teacher_id=teacher.id, now=before, publish=Heard())

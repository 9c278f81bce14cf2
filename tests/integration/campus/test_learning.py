"""Exams and evaluations in the tool: one person, perhaps several accounts."""

from random import Random
from typing import Any

from sqlalchemy import select

from campus import credits, evidence, learning, people
from campus.database import Database
from campus.models.catalogue import Activity, LearningUnit
from campus.models.learning import EvaluationBox, ExamAttempt
from campus.models.people import Identity, Person
from campus.rules.credit import Standing
from tests.factories import NOW, Heard, all_facts, learner, tutorial, unit

RIGHT: dict[str, Any] = {"q1": "true", "q2": "3"}
WRONG: dict[str, Any] = {"q1": "false", "q2": "7"}


def activity(of: LearningUnit, kind: str) -> Activity:
    return next(a for phase in of.phases for a in phase.activities if a.kind == kind)


def sit(session: Any, person: Person, identity: Identity, exam: Activity, answers: dict[str, Any]) -> ExamAttempt:
    attempt = learning.start_attempt(session, person, identity.id, exam, now=NOW)
    return learning.submit_attempt(session, identity, attempt, answers, now=NOW, publish=Heard())


def test_an_exam_passed_under_another_account_of_the_person_stays_passed(database: Database) -> None:
    with database.write() as session:
        b1 = unit(session)
        exam, held = activity(b1, "quiz"), tutorial(session, b1)
        first, someone = learner(session)
        rest = [fact for fact in all_facts(b1, held, first) if fact.percent is None]
        evidence.record(session, rest, now=NOW, publish=Heard())
        sit(session, someone, first, exam, RIGHT)
        second, person = learner(session)
        people.link(session, first, person, reason="one person", decided_by_id=None, now=NOW, publish=Heard())
        sit(session, person, second, exam, WRONG)
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None
        assert (credit.standing, credit.percent, credit.contested) == (Standing.ACHIEVED, 100.0, False)
        assert [attempt.score for attempt in learning.attempts(session, person, exam)] == [2.0, 0.0]
        assert learning.attempts(session, someone, exam) == []


def test_the_box_of_an_evaluation_tells_no_order(database: Database) -> None:
    with database.write() as session:
        b1 = unit(session)
        form = activity(b1, "feedback")
        said = ["sehr zufrieden"] * 10 + ["weniger zufrieden"] * 10
        for answer in said:
            identity, _ = learner(session)
            learning.hand_in_evaluation(
                session, identity, form, {"e1": answer}, now=NOW, random=Random(len(answer)), publish=Heard()
            )
        (box,) = session.scalars(select(EvaluationBox)).all()
        kept = [given["e1"] for given in box.answers]
        assert sorted(kept) == sorted(said)
        assert kept != said

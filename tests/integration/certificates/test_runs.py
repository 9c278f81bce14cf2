"""Runs over many awards, and what correcting one means, on both databases."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select

import lti_tool.erasure
from campus import courses, tasks
from campus.database import Database
from campus.errors import NotFoundError
from campus.events import AwardsWanted
from campus.models.catalogue import Course, LearningUnit
from campus.models.credits import Credit, Task
from campus.models.people import Person
from certificates import correction, runs, store
from certificates.award import award_unit
from certificates.errors import (
    AwardErasedError,
    AwardRevokedError,
    AwardSupersededError,
    AwardSuspendedError,
    BadFactsError,
    NobodyChosenError,
    NotEarnedError,
)
from certificates.facts import AwardKind
from certificates.issue import revoke, supersede, suspend
from certificates.runs import RunKind
from certificates.store import Award, AwardState
from tests import factories
from tests.factories import NOW, Heard
from tests.integration.certificates import crowd
from tests.integration.certificates.halls import Hall
from tests.unit.certificates.samples import PUBLIC_URL


@pytest.fixture
def hall(database: Database) -> Hall:
    with database.write() as session:
        unit, people = crowd.unit_with(session, 3)
    return Hall(database, unit, people)


@pytest.fixture
def large(database: Database) -> Hall:
    with database.write() as session:
        unit, people = crowd.unit_with(session, runs.CHUNK * 2 + 1)
    return Hall(database, unit, people)


def test_a_run_issues_for_everybody_chunk_by_chunk_and_says_how_far_it_is(large: Hall) -> None:
    run = large.begin(RunKind.ISSUE, [one.public_id for one in large.people], unit=large.unit.public_id)
    assert large.heard == [AwardsWanted(run.public_id)]
    seen = []
    for more in (True, True, False):
        assert large.step(run) is more
        with large.database.read() as session:
            found = runs.by_public_id(session, run.public_id)
            assert session.scalar(select(func.count(Award.id))) == found.done == found.changed
            seen.append((found.done, found.finished_at))
    assert seen == [(runs.CHUNK, None), (runs.CHUNK * 2, None), (runs.CHUNK * 2 + 1, NOW)]
    assert large.step(run) is False, "taken up again when it is over"
    assert len(large.awards()) == len(large.people)


def test_two_workers_at_once_take_each_chunk_once(large: Hall) -> None:
    run = large.begin(RunKind.ISSUE, [one.public_id for one in large.people], unit=large.unit.public_id)
    workers = [Thread(target=large.finish, args=[run]) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    with large.database.read() as session:
        found = runs.by_public_id(session, run.public_id)
        assert (found.done, found.changed, found.problems) == (len(large.people), len(large.people), [])
    assert len(large.awards()) == len(large.people)


def test_issuing_twice_changes_nothing(hall: Hall) -> None:
    first = hall.issue_all()
    again = hall.do(RunKind.ISSUE, [one.public_id for one in hall.people], unit=hall.unit.public_id)
    assert (again.done, again.changed, again.problems) == (3, 0, [])
    assert [award.id for award in hall.awards()] == [award.id for award in first]


def test_who_has_not_earned_it_is_named_and_the_others_go_on(hall: Hall) -> None:
    with hall.database.write() as session:
        _, stranger = factories.learner(session)
    subjects = [hall.people[0].public_id, stranger.public_id, "nobody", hall.people[1].public_id]
    run = hall.do(RunKind.ISSUE, subjects, unit=hall.unit.public_id)
    assert (run.done, run.changed) == (4, 2)
    assert run.problems == [
        {"subject": stranger.public_id, "code": "certificate.not_earned"},
        {"subject": "nobody", "code": "certificate.not_earned"},
    ]


def test_a_subject_that_comes_twice_is_taken_once(hall: Hall) -> None:
    one = hall.people[0].public_id
    assert hall.begin(RunKind.ISSUE, [one, one], unit=hall.unit.public_id).subjects == [one]


def test_a_run_about_nobody_or_without_a_reason_is_refused(hall: Hall) -> None:
    with pytest.raises(NobodyChosenError):
        hall.begin(RunKind.REVOKE, [], reason="x")
    with pytest.raises(BadFactsError):
        hall.begin(RunKind.REVOKE, ["x"], reason="  ")
    with pytest.raises(NobodyChosenError):
        hall.begin(RunKind.REVOKE, [str(number) for number in range(runs.MOST + 1)], reason="x")
    assert hall.heard == []
    with hall.database.write() as session, pytest.raises(NotFoundError):
        runs.follow(session, "x", hall.how)


def test_a_run_revokes_with_one_reason_and_leaves_what_was_revoked(hall: Hall) -> None:
    awards = hall.issue_all()
    with hall.database.write() as session:
        revoke(session, store.award(session, awards[0].public_id), reason="Vorher", by=None, now=NOW)
    run = hall.do(RunKind.REVOKE, [award.public_id for award in awards], reason="Prüfung fehlerhaft")
    assert (run.done, run.changed, run.problems) == (3, 2, [])
    revoked = hall.awards(AwardState.REVOKED)
    assert [award.revoked_reason for award in revoked] == ["Vorher", *["Prüfung fehlerhaft"] * 2]
    assert [award.revoked_by_id for award in revoked] == [None, hall.people[0].id, hall.people[0].id]


def test_a_correction_takes_the_names_of_today_and_links_both(hall: Hall) -> None:
    old = hall.issue_all()[1]
    hall.rename(1, "Lernende von Ärzen")
    hall.now += timedelta(days=1)
    run = hall.do(RunKind.REISSUE, [old.public_id])
    assert (run.changed, run.problems) == (1, [])
    with hall.database.read() as session:
        before = store.award(session, old.public_id)
        after = before.superseded_by
        assert after is not None
        assert (before.state, after.state) == (AwardState.SUPERSEDED, AwardState.VALID)
        assert (before.revoked_at, before.credential) == (hall.now, old.credential)
        assert store.facts_of(before).recipient.name == "Lernende 001"
        facts = store.facts_of(after)
        assert (facts.recipient.name, facts.supersedes) == ("Lernende von Ärzen", old.public_id)


def test_a_correction_can_leave_what_would_say_the_same(hall: Hall) -> None:
    awards = hall.issue_all()
    hall.rename(2, "Anders")
    hall.now += timedelta(days=1)
    run = hall.do(RunKind.REISSUE, [award.public_id for award in awards], only_changed=True)
    assert (run.done, run.changed, run.problems) == (3, 1, [])
    assert [award.id for award in hall.awards(AwardState.SUPERSEDED)] == [awards[2].id]
    everything = hall.do(RunKind.REISSUE, [awards[0].public_id])
    assert everything.changed == 1


def test_what_is_not_valid_is_not_corrected_in_bulk(hall: Hall) -> None:
    awards = hall.issue_all()
    with hall.database.write() as session:
        first, second, third = (store.award(session, award.public_id) for award in awards)
        revoke(session, first, reason="x", by=None, now=NOW)
        suspend(session, second, reason="x", by=None, now=NOW)
        lti_tool.erasure.erase(session, session.get_one(Person, third.person_id), public_url=PUBLIC_URL, now=NOW)
    run = hall.do(RunKind.REISSUE, [award.public_id for award in awards])
    codes = [problem["code"] for problem in run.problems]
    assert codes == [AwardRevokedError.code, AwardSuspendedError.code, AwardErasedError.code]
    assert len(hall.awards()) == 3
    with hall.database.read() as session:
        assert hall.people[2].public_id not in {person.public_id for person, _ in _candidates(hall)}
        assert session.scalar(select(func.count(Award.id)).where(Award.suspended_at.is_not(None))) == 1


def test_correcting_twice_corrects_once(hall: Hall) -> None:
    award = hall.issue_all()[0]
    for _ in range(2):
        run = hall.do(RunKind.REISSUE, [award.public_id])
    assert run.problems == [{"subject": award.public_id, "code": AwardSupersededError.code}]
    assert len(hall.awards()) == 4


def test_what_is_not_earned_any_more_is_not_issued_anew(hall: Hall) -> None:
    award = hall.issue_all()[0]
    with hall.database.write() as session:
        session.execute(Credit.__table__.update().values(standing="in_progress"))  # type: ignore[attr-defined]
    run = hall.do(RunKind.REISSUE, [award.public_id])
    assert run.problems == [{"subject": award.public_id, "code": NotEarnedError.code}]
    assert hall.awards(AwardState.VALID)[0].id == award.id


def _candidates(hall: Hall, target: LearningUnit | Course | None = None) -> list[tuple[Person, Award | None]]:
    with hall.database.read() as session:
        return [(person, award) for person, award in session.execute(runs.candidates(target or hall.unit))]


def test_candidates_have_earned_it_and_have_no_valid_certificate(hall: Hall) -> None:
    assert [person.id for person, _ in _candidates(hall)] == [person.id for person in hall.people]
    hall.do(RunKind.ISSUE, [hall.people[0].public_id, hall.people[1].public_id], unit=hall.unit.public_id)
    first, second = hall.awards()
    with hall.database.write() as session:
        revoke(session, store.award(session, first.public_id), reason="x", by=None, now=NOW)
        suspend(session, store.award(session, second.public_id), reason="x", by=None, now=NOW)
    found = [(person.id, award and award.id) for person, award in _candidates(hall)]
    assert found == [(hall.people[0].id, first.id), (hall.people[2].id, None)]


def test_issued_again_after_a_revocation_the_new_one_names_the_old_and_the_task_is_done(hall: Hall) -> None:
    old = hall.issue_all()[0]
    person, later = hall.people[0], NOW + timedelta(days=2)
    with hall.database.write() as session:
        revoke(session, store.award(session, old.public_id), reason="Verwechslung", by=None, now=NOW)
        credit = session.scalars(select(Credit).where(Credit.person_id == person.id)).one()
        credit.changed_at = NOW + timedelta(days=1)
        found = award_unit(session, credit, replace(hall.how, now=later))
        assert found is not None
        assert found.id == old.id
        assert [task.kind for task in tasks.open_tasks(session)] == [tasks.EARNED_AFTER_REVOCATION]
    hall.now = later
    run = hall.do(RunKind.ISSUE, [person.public_id], unit=hall.unit.public_id)
    assert (run.changed, run.problems) == (1, [])
    with hall.database.read() as session:
        before = store.award(session, old.public_id)
        assert (before.state, before.revoked_reason, before.revoked_at) == (AwardState.SUPERSEDED, "Verwechslung", NOW)
        assert before.superseded_by is not None
        assert store.facts_of(before.superseded_by).supersedes == old.public_id
        closed = session.scalars(select(Task)).one()
        assert (closed.closed_at, closed.closed_by_id) == (later, person.id)
        credit = session.scalars(select(Credit).where(Credit.person_id == person.id)).one()
        award = award_unit(session, credit, hall.how)
        assert award is not None
        assert award.id == before.superseded_by.id


def test_a_provider_s_run_does_not_go_over_a_revocation(hall: Hall) -> None:
    old = hall.issue_all()[0]
    person = hall.people[0].public_id
    hall.by_office = False
    begun = hall.begin(RunKind.ISSUE, [person], unit=hall.unit.public_id)
    with hall.database.write() as session:  # it is revoked after the run was begun
        revoke(session, store.award(session, old.public_id), reason="Täuschung", by=None, now=NOW)
    run = hall.finish(begun)
    assert (run.changed, run.problems) == (0, [{"subject": person, "code": AwardRevokedError.code}])
    with hall.database.read() as session:
        assert store.award(session, old.public_id).state is AwardState.REVOKED


def test_what_is_suspended_meanwhile_is_not_replaced(hall: Hall) -> None:
    award = hall.issue_all()[0]
    hall.rename(0, "Anna Neu")
    with hall.database.write() as session:
        facts = correction.today(session, session.merge(award), hall.how)
        suspend(session, store.award(session, award.public_id), reason="Verdacht", by=None, now=NOW)
    with pytest.raises(AwardSuspendedError), hall.database.write() as session:
        supersede(session, store.award(session, award.public_id), facts, hall.how, by=None)
    with hall.database.read() as session:
        assert store.award(session, award.public_id).state is AwardState.SUSPENDED


@pytest.fixture
def course(hall: Hall) -> Course:
    """Give a course of three units that the first person has completed and the second takes."""
    with hall.database.write() as session:
        others = [factories.unit(session, code) for code in ("B2", "B3")]
        session.add_all(
            Credit(person_id=hall.people[0].id, unit_id=one.id, revision=1, standing="achieved", changed_at=NOW)
            for one in others
        )
        unit = session.get_one(LearningUnit, hall.unit.id)
        made = courses.create(
            session,
            code="K1",
            title={"de": "Kurs", "en": "Course"},
            summary={"de": "Kurs", "en": "Course"},
            provider=unit.provider,
            units=[(one, True) for one in (unit, *others)],
            now=NOW,
        )
        for person in hall.people[:2]:
            courses.enrol(session, made, session.get_one(Person, person.id), now=NOW, publish=Heard())
    return made


def test_a_run_issues_a_course_s_certificate_to_those_who_completed_it(hall: Hall, course: Course) -> None:
    assert [person.id for person, _ in _candidates(hall, course)] == [hall.people[0].id]
    subjects = [person.public_id for person in hall.people[:2]]
    run = hall.do(RunKind.ISSUE, subjects, course=course.public_id)
    assert run.problems == [{"subject": subjects[1], "code": NotEarnedError.code}]
    (award,) = hall.awards()
    assert (award.kind, award.person_id) == (AwardKind.COURSE, hall.people[0].id)
    assert _candidates(hall, course) == []
    hall.do(RunKind.REVOKE, [award.public_id], reason="x")
    assert hall.do(RunKind.ISSUE, subjects[:1], course=course.public_id).changed == 1
    assert len(hall.awards(AwardState.VALID)) == 1


def test_a_correction_shows_before_what_it_would_change(hall: Hall, course: Course) -> None:
    hall.do(RunKind.ISSUE, [hall.people[0].public_id], course=course.public_id)
    (award,) = hall.awards()
    hall.rename(0, "Neu")
    with hall.database.write() as session:
        session.get_one(Course, course.id).title = {"de": "Kurs II", "en": "Course II"}
        session.get_one(LearningUnit, hall.unit.id).hours = 99
    with hall.database.read() as session:
        found = store.award(session, award.public_id)
        changes = correction.changes(store.facts_of(found), correction.today(session, found, hall.how))
        assert [change.field for change in changes] == [
            "recipient.name",
            "achievement.title",
            "achievement.hours",
            "parts",
        ]
        assert (changes[0].before, changes[0].after) == ("Lernende 000", "Neu")

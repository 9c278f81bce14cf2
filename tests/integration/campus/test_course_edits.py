"""Courses are made and changed: what somebody has completed doesn't move, what an edit completes is certified."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campus import courses, evidence
from campus.courses import CodeTakenError, CompletedCourseError, Plan
from campus.database import Database
from campus.errors import ForbiddenError, InvalidInputError
from campus.events import CourseCompleted
from campus.extent import Competency, Extent
from campus.models.catalogue import Course, LearningUnit
from campus.models.learning import CourseParticipant
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from tests.factories import NOW, Heard, all_facts, learner, organisation, tutorial, unit

TEXT = {"de": "Kurs", "en": "Course"}
CODES = ("A2", "B1", "B2", "C1")


def make(session: Session, count: int = 3, **other: Any) -> tuple[Course, list[LearningUnit]]:
    """Make a course of compulsory units, and one unit more."""
    provider = organisation(session)
    made = [unit(session, code, provider) for code in CODES]
    course = courses.create(
        session,
        code="K",
        title=TEXT,
        summary=TEXT,
        provider=provider,
        units=[(one, True) for one in made[:count]],
        now=NOW,
        **other,
    )
    return course, made


def take(session: Session, course: Course, achieved: list[LearningUnit], heard: Heard) -> Person:
    """Let somebody achieve units and take the course."""
    identity, person = learner(session)
    for one in achieved:
        evidence.record(session, all_facts(one, tutorial(session, one), identity), now=NOW, publish=heard)
    courses.enrol(session, course, person, now=NOW, publish=heard)
    return person


def edit(session: Session, course: Course, heard: Heard, **other: Any) -> None:
    values: dict[str, Any] = {"code": "K", "title": TEXT, "summary": TEXT, "extent": Extent(), "plan": None}
    courses.edit(session, course, **{**values, **other}, now=NOW, publish=heard)


def completed(heard: Heard) -> list[str]:
    return [event.person for event in heard if isinstance(event, CourseCompleted)]


def test_texts_and_extent_change(database: Database) -> None:
    skill = Competency({"de": "Register lesen"}, "http://data.europa.eu/esco/skill/1")
    with database.write() as session:
        course, _ = make(session)
        edit(session, course, Heard(), code="K2", title={"de": "Neu"}, extent=Extent(2.5, 6, (skill,)))
    with database.read() as session:
        found = courses.by_public_id(session, course.public_id)
        assert (found.code, found.title, found.ects, found.eqf_level) == ("K2", {"de": "Neu"}, 2.5, 6)
        assert found.competencies == [{"title": {"de": "Register lesen"}, "url": "http://data.europa.eu/esco/skill/1"}]


def test_who_has_all_that_the_changed_course_asks_for_completes_it(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        course, made = make(session, count=4)
        ready = take(session, course, made[:3], heard)
        take(session, course, made[:1], heard)
        assert completed(heard) == []
        plan = Plan([*((one, True) for one in made[:3]), (made[3], False)])
        edit(session, course, heard, plan=plan)
        edit(session, course, heard, plan=plan)  # nothing new
        assert completed(heard) == [ready.public_id]
        assert [(part.unit_id, part.compulsory) for part in course.units] == [
            (one.id, one is not made[3]) for one in made
        ]


@pytest.mark.parametrize("change", ["unit", "compulsory", "electives"])
def test_what_somebody_has_completed_asks_for_the_same_for_ever(database: Database, change: str) -> None:
    heard = Heard()
    with database.write() as session:
        course, made = make(session)
        person = take(session, course, made[:3], heard)
    plans = {
        "unit": Plan([(one, True) for one in made]),
        "compulsory": Plan([(one, place > 0) for place, one in enumerate(made[:3])]),
        "electives": Plan([(one, False) for one in made[:3]], electives_needed=1),
    }
    with pytest.raises(CompletedCourseError), database.write() as session:
        edit(session, session.get_one(Course, course.id), heard, plan=plans[change])
    with database.write() as session:
        found = session.get_one(Course, course.id)
        edit(session, found, heard, title={"de": "Texte ja"}, plan=Plan([(one, True) for one in made[:3]]))
        assert courses.is_complete_for(session, found, person.id)
        assert session.query(CourseParticipant).one().completed_at == NOW


def test_code_of_another_course_is_taken(database: Database) -> None:
    with database.write() as session:
        course, made = make(session)
        rest: dict[str, Any] = {"title": TEXT, "summary": TEXT, "provider": course.provider, "now": NOW}
        units = [(one, True) for one in made[:3]]
        other = courses.create(session, code="L", units=units, **rest)
        with pytest.raises(CodeTakenError):
            courses.create(session, code="K", units=units, **rest)
        with pytest.raises(CodeTakenError):
            edit(session, other, Heard())


def test_individual_course_is_for_one_person(database: Database) -> None:
    with database.write() as session:
        _, person = learner(session)
        _, somebody = learner(session)
        course, _ = make(session, individual_for=person)
        courses.enrol(session, course, person, now=NOW, publish=Heard())
        with pytest.raises(ForbiddenError):
            courses.enrol(session, course, somebody, now=NOW, publish=Heard())


def test_awarding_bodies_are_other_providers_each_once_in_order(database: Database) -> None:
    with database.write() as session:
        course, _ = make(session)
        bodies = [organisation(session) for _ in range(6)]
        town = organisation(session, OrganisationKind.MUNICIPALITY)
        courses.award_with(session, course, bodies[:3])
        courses.award_with(session, course, bodies[2:0:-1])
        assert [one.organisation_id for one in course.awarding_bodies] == [bodies[2].id, bodies[1].id]
        wrong: list[list[Organisation]] = [bodies, [bodies[0], bodies[0]], [course.provider], [town]]
        for given in wrong:
            with pytest.raises(InvalidInputError):
                courses.award_with(session, course, given)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("ects", {"ects": 0.0}),
        ("ects", {"ects": 61.0}),
        ("ects", {"ects": float("nan")}),
        ("eqf_level", {"eqf_level": 9}),
        ("competencies", {"competencies": (Competency({"de": "A"}), Competency({"de": "A"}))}),
        ("competencies", {"competencies": tuple(Competency({"de": str(n)}) for n in range(13))}),
    ],
)
def test_extent_that_is_none_is_refused(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Extent(**values)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://",
        "skill/1",
        "https://a b.example",
        "https://a.example/%zz",
        "https://a.example/<",
    ],
)
def test_address_that_can_not_be_signed_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        Competency({"de": "A"}, url)


@pytest.mark.parametrize("title", [{}, {"en": "Only English"}, {"de": "x" * 201}])
def test_competency_has_a_german_title(title: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        Competency(title)


def test_who_enrols_while_the_course_changes_is_judged_by_the_new_plan(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        course, made = make(session, count=4)
        identity, person = learner(session)
        for one in made[:3]:
            evidence.record(session, all_facts(one, tutorial(session, one), identity), now=NOW, publish=heard)

    def enrol() -> None:
        with database.write() as session:
            found = session.get_one(Course, course.id)
            assert found.units
            courses.enrol(session, found, session.get_one(Person, person.id), now=NOW, publish=heard)

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            edit(session, session.get_one(Course, course.id), heard, plan=Plan([(one, True) for one in made[:3]]))
            enrolling = pool.submit(enrol)
            assert wait([enrolling], timeout=0.5).not_done
        enrolling.result(timeout=30)
    assert completed(heard) == [person.public_id]

"""A learner's work, looked at from the gradebook: by who may teach the unit, and of their own platform's learners."""

from typing import Any

import pytest
from sqlalchemy import select

from campus import people
from campus.database import Database
from campus.models.access import TeachingGrant
from campus.models.people import Identity, Person
from lti_tool.app import create_app
from lti_tool.launch.claims import SUBMISSION_REVIEW_REQUEST
from tests import visits
from tests.factories import Heard
from tests.http.test_learner_pages import text_of
from tests.visits import Campus, Visitor, finish, take_exam


@pytest.fixture
def campus(database: Database) -> Campus:
    made = visits.campus_of(database)
    made.app = create_app(made.services)
    return made


def review(campus: Campus, subject: str | None) -> Visitor:
    """Let the teacher look at the work of whom the platform knows as ``subject``; None: it never launched."""
    reviewed = None
    if subject is not None:
        with campus.database.read() as session:
            reviewed = session.scalars(select(Identity.id).filter_by(client_id="kc", subject=subject)).one()
    kind: dict[str, Any] = {"message_type": SUBMISSION_REVIEW_REQUEST, "reviewed_id": reviewed}
    return campus.visit("Clara Lehr", subject="2", is_teacher=True, page="arbeit/", **kind)


def test_teacher_sees_standing_attempts_and_answers(campus: Campus) -> None:
    campus.grant()
    aylin = campus.visit()
    take_exam(campus, aylin, {"q1": "a2"})
    finish(campus, aylin)
    shown = review(campus, "7").get()
    said = text_of(shown)
    assert shown.status_code == 200
    assert "Arbeit von Aylin Kaya" in said
    assert "Versuch 2" in said
    assert "Versuch 1" in said
    assert said.index("Versuch 2") < said.index("Versuch 1")
    assert "580" in said, "what was typed"
    assert "Prüfungsergebnis, das zählt: 100" in said


def test_without_the_providers_grant_nothing_is_shown(campus: Campus) -> None:
    finish(campus, campus.visit())
    shown = review(campus, "7").get()
    assert (shown.status_code, "teaching.not_granted" in text_of(shown)) == (403, True)
    assert "Aylin" not in text_of(shown)


def test_learner_who_never_came_has_a_page_that_says_so(campus: Campus) -> None:
    campus.grant()
    shown = review(campus, None).get()
    assert (shown.status_code, "noch nicht geöffnet" in text_of(shown)) == (200, True)


def test_learner_who_only_opened_the_unit_has_no_attempt(campus: Campus) -> None:
    campus.grant()
    campus.visit()
    assert "Noch kein Versuch" in text_of(review(campus, "7").get())


def test_attempt_that_is_running_shows_no_answers(campus: Campus) -> None:
    campus.grant()
    aylin = campus.visit()
    aylin.post(f"{campus.address('Abschlussprüfung A1')}/attempts")
    said = text_of(review(campus, "7").get())
    assert "noch nicht abgegeben" in said
    assert "Frage für Frage" not in said


@pytest.mark.parametrize("by_name", [False, True], ids=["platform", "person"])
def test_attempts_of_another_platform_are_for_who_was_granted_the_unit_by_name(
    campus: Campus, *, by_name: bool
) -> None:
    campus.grant()
    aylin, elsewhere = campus.visit(), campus.visit("Aylin Kaya", subject="77")
    take_exam(campus, elsewhere, {"q1": "a2"})
    with campus.database.write() as session:
        identity = session.query(Identity).filter_by(subject="77").one()
        person = session.get_one(Person, aylin.person.id)
        now, heard = campus.clock(), Heard()
        people.link(session, identity, person, reason="same", decided_by_id=None, now=now, publish=heard)
    visitor = review(campus, "7")
    if by_name:
        with campus.database.write() as session:
            grant = TeachingGrant(unit_id=campus.unit.id, person_id=visitor.person.id, granted_at=campus.clock())
            session.add(grant)
    said = text_of(visitor.get())
    assert ("Versuch 1" in said) is by_name
    assert ("1 weiterer Versuch wurde auf einer anderen Plattform gemacht" in said) is not by_name


def test_other_launches_look_at_nobodys_work(campus: Campus) -> None:
    campus.grant()
    assert campus.visit("Clara Lehr", subject="2", is_teacher=True).get("arbeit/").status_code == 404

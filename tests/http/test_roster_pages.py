"""The roster in a teacher's pages and on the attendance list, and in the office's search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus.database import Database
from campus.models.learning import SessionParticipant
from campus.models.people import Identity, IdentityLink, Person
from lti_tool.launch.store import Context, LaunchRow, Registration, ResourceLink
from lti_tool.pages.attendance import ON_A_LIST
from lti_tool.services.store import Member, Roster, RosterState
from tests import factories, pages, visits
from tests.databases import ON_SQLITE
from tests.visits import PLATFORM, Campus, Visitor


@dataclass
class Asked:
    """Takes jobs and does none."""

    jobs: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def failed(self) -> list[str]:
        return []

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        self.jobs.setdefault((follower, key), arguments)


@pytest.fixture
def campus(database: Database) -> Campus:
    made = visits.campus_of(database)
    object.__setattr__(made.services, "jobs", Asked())
    made.grant()
    return made


def text_of(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def make_context(
    campus: Campus, memberships_url: str | None = f"{PLATFORM}/members", title: str = "Digitale Verwaltung"
) -> int:
    with campus.database.write() as session:
        context = Context(
            deployment_id=campus.link.deployment_id,
            context_id=title,
            title=title,
            memberships_url=memberships_url,
            created_at=campus.clock(),
        )
        session.add(context)
        session.flush()
        return context.id


def teacher(campus: Campus, context_id: int | None, subject: str = "2") -> Visitor:
    """Let a teacher launch from a course."""
    visitor = campus.visit("Clara Lehr", subject=subject, is_teacher=True)
    with campus.database.write() as session:
        session.execute(update(LaunchRow).where(LaunchRow.person_id == visitor.person.id).values(context_id=context_id))
        session.execute(update(ResourceLink).values(context_id=context_id))
    return visitor


def enrol(
    campus: Campus,
    context_id: int,
    subject: str,
    name: str | None,
    *,
    groups: tuple[str, ...] = (),
    is_teacher: bool = False,
    present: bool = True,
) -> Identity:
    """Let the roster know somebody."""
    key = {"issuer": PLATFORM, "client_id": "kc", "subject": subject}
    with campus.database.write() as session:
        identity = session.scalars(select(Identity).filter_by(**key)).one_or_none()
        if identity is None:
            identity = Identity(kind="lti", name=name, created_at=campus.clock(), **key)
            session.add(identity)
            session.flush()
        member = {"is_teacher": is_teacher, "present": present, "groups": list(groups), "seen_at": campus.clock()}
        session.add(Member(context_id=context_id, identity_id=identity.id, **member))
        return identity


def know(
    campus: Campus, context_id: int, state: str = RosterState.SYNCED, detail: str = "", *, minutes: int = 10
) -> None:
    """Let the roster have been asked for so many minutes ago."""
    asked = campus.clock() - timedelta(minutes=minutes)
    with campus.database.write() as session:
        synced = asked if state == RosterState.SYNCED else None
        session.add(Roster(context_id=context_id, state=state, detail=detail, asked_at=asked, synced_at=synced))


def announced(campus: Campus, visitor: Visitor) -> str:
    with campus.database.write() as session:
        held = factories.tutorial(session, session.merge(campus.unit))
        return f"tutorial/sessions/{held.public_id}"


def test_teacher_sees_who_is_in_the_course_and_how_old_that_is(campus: Campus) -> None:
    course = make_context(campus)
    campus.visit("Aylin Kaya", subject="7")
    visitor = teacher(campus, course)
    enrol(campus, course, "7", "Aylin Kaya", groups=("Rot",))
    enrol(campus, course, "8", None)
    enrol(campus, course, "9", "Weg Gegangen", present=False)
    enrol(campus, course, "2", "Clara Lehr", is_teacher=True)
    know(campus, course)
    page = text_of(visitor.get("teilnehmende"))
    for words in ("Digitale Verwaltung", "Aylin Kaya", "Rot", "Lerneinheit geöffnet", "Ohne Namen"):
        assert words in page
    assert "nicht mehr im Kurs" in page
    assert "02.11.2026, 09:50" in page


def test_roster_of_another_course_is_not_shown(campus: Campus) -> None:
    course, other = make_context(campus), make_context(campus, title="Anderer Kurs")
    enrol(campus, other, "8", "Bernd Ohm")
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    assert "Bernd Ohm" not in text_of(visitor.get("teilnehmende"))
    assert "Bernd Ohm" not in text_of(visitor.get(address))


@pytest.mark.parametrize(
    ("state", "detail", "words"),
    [
        (RosterState.REFUSED, "service.forbidden", "„Names and Role Provisioning“ einschalten"),
        (RosterState.REFUSED, "service.gone", "keinen solchen Kurs mehr"),
        (RosterState.REFUSED, "service.list_unreadable", "keine Liste"),
        (RosterState.REFUSED, "service.refused", "verweigert"),
        (RosterState.WANTED, "service.unavailable", "nicht erreichbar"),
        (RosterState.WANTED, "service.token_refused", "keinen Zugang"),
        (RosterState.WANTED, "", "wird gerade abgeholt"),
    ],
)
@ON_SQLITE
def test_failures_are_told_in_words(campus: Campus, state: str, detail: str, words: str) -> None:
    course = make_context(campus)
    know(campus, course, state, detail)
    assert words in text_of(teacher(campus, course).get("teilnehmende"))


@ON_SQLITE
def test_platform_without_the_service_or_the_course_is_told_of(campus: Campus) -> None:
    nowhere = teacher(campus, None, "3")
    assert "in keinem Kurs" in text_of(nowhere.get("teilnehmende"))
    assert nowhere.post("teilnehmende/abgleich").status_code == 404
    untold = teacher(campus, make_context(campus, None))
    assert "teilt nicht mit, wer im Kurs ist" in text_of(untold.get("teilnehmende"))
    assert untold.post("teilnehmende/abgleich").status_code == 404


def test_asking_again_makes_one_job_and_not_another_at_once(campus: Campus) -> None:
    course = make_context(campus)
    know(campus, course)
    visitor = teacher(campus, course)
    jobs = campus.services.jobs
    assert isinstance(jobs, Asked)
    for expected in ("gefragt=1", "gefragt=0"):
        assert visitor.post("teilnehmende/abgleich").headers["Location"].endswith(expected)
        assert [follower for follower, _ in jobs.jobs] == ["roster_now"]
    assert "wird gerade abgeholt" in text_of(visitor.get("teilnehmende?gefragt=1"))
    campus.clock.now += timedelta(minutes=2)
    visitor.post("teilnehmende/abgleich")
    assert len(jobs.jobs) == 2


@ON_SQLITE
def test_group_and_page_are_chosen(campus: Campus) -> None:
    course = make_context(campus)
    for number in range(60):
        enrol(campus, course, f"m{number}", f"Person {number:02}", groups=("Rot",) if number % 2 else ("Blau & Co",))
    know(campus, course)
    visitor = teacher(campus, course)
    assert "Seite 1 von 2, 60 Einträge" in text_of(visitor.get("teilnehmende"))
    second = text_of(visitor.get("teilnehmende?seite=2"))
    assert ("Person 59" in second, "Person 01" in second) == (True, False)
    some = text_of(visitor.get("teilnehmende?gruppe=Blau+%26+Co"))
    assert ("Person 00" in some, "Person 01" in some) == (True, False)
    assert "Person 01" in text_of(visitor.get("teilnehmende?gruppe=unbekannt"))


def test_who_never_opened_the_unit_can_be_put_on_the_list_and_becomes_a_person_then(campus: Campus) -> None:
    course = make_context(campus)
    bernd = enrol(campus, course, "8", "Bernd Ohm", groups=("Rot",))
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    page = text_of(visitor.get(address))
    assert ("Bernd Ohm" in page, "Lerneinheit noch nicht geöffnet" in page) == (True, True)
    for _ in range(2):
        assert visitor.post(f"{address}/list", {"person": bernd.public_id}).status_code == 303
    with campus.database.read() as session:
        link = session.scalars(select(IdentityLink).where(IdentityLink.identity_id == bernd.id)).one()
        person = session.get_one(Person, link.person_id)
        assert (person.name, link.reason) == ("Bernd Ohm", ON_A_LIST)
        assert session.scalars(select(SessionParticipant.person_id)).all() == [person.id]
    name = f"attendance-{person.public_id}"
    assert visitor.post(f"{address}/attendance", {name: "present"}).status_code == 303
    assert campus.visit("Bernd Ohm", subject="8").person.id == person.id


def test_who_opens_the_unit_while_the_teacher_chooses_is_put_on_the_list_all_the_same(campus: Campus) -> None:
    course = make_context(campus)
    bernd = enrol(campus, course, "8", "Bernd Ohm")
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    person = campus.visit("Bernd Ohm", subject="8").person
    assert visitor.post(f"{address}/list", {"person": bernd.public_id}).status_code == 303
    with campus.database.read() as session:
        assert session.scalars(select(SessionParticipant.person_id)).all() == [person.id]


@ON_SQLITE
def test_candidates_are_learners_who_are_there(campus: Campus) -> None:
    course = make_context(campus)
    enrol(campus, course, "8", "Bernd Ohm", present=False)
    enrol(campus, course, "9", "Zweite Lehrkraft", is_teacher=True)
    visitor = teacher(campus, course)
    page = text_of(visitor.get(announced(campus, visitor)))
    assert ("Bernd Ohm" in page, "Zweite Lehrkraft" in page) == (False, False)


def test_who_left_the_course_stays_on_the_list_and_is_marked(campus: Campus) -> None:
    course = make_context(campus)
    bernd = enrol(campus, course, "8", "Bernd Ohm")
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    visitor.post(f"{address}/list", {"person": bernd.public_id})
    assert "nicht mehr im Kurs" not in text_of(visitor.get(address))
    with campus.database.write() as session:
        session.execute(update(Member).values(present=False))
    page = text_of(visitor.get(address))
    assert ("Bernd Ohm" in page, "nicht mehr im Kurs" in page) == (True, True)


@ON_SQLITE
def test_attendance_list_of_one_group(campus: Campus) -> None:
    course = make_context(campus)
    red, blue = (
        enrol(campus, course, "8", "Bernd Ohm", groups=("Rot",)),
        enrol(campus, course, "9", "Cem Can", groups=("Blau",)),
    )
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    page = text_of(visitor.get(f"{address}?gruppe=Rot"))
    assert ("Bernd Ohm" in page, "Cem Can" in page) == (True, False)
    answer = visitor.post(f"{address}/list?gruppe=Rot", {"person": [red.public_id, blue.public_id]})
    assert answer.headers["Location"].endswith("?gruppe=Rot")
    page = text_of(visitor.get(f"{address}?gruppe=Rot"))
    assert ("Bernd Ohm" in page, "Cem Can" in page) == (True, False)


@ON_SQLITE
def test_identity_of_a_foreign_course_can_not_be_put_on_the_list(campus: Campus) -> None:
    course, other = make_context(campus), make_context(campus, title="Anderer Kurs")
    stranger = enrol(campus, other, "8", "Bernd Ohm")
    visitor = teacher(campus, course)
    address = announced(campus, visitor)
    assert visitor.post(f"{address}/list", {"person": stranger.public_id}).status_code == 422
    with campus.database.read() as session:
        assert session.scalars(select(IdentityLink).filter_by(identity_id=stranger.id)).all() == []


@pytest.fixture
def world(database: Database) -> pages.World:
    return pages.world_of(database)


def in_office(world: pages.World, **told: Any) -> Identity:
    """Let a roster of the demo LMS know somebody who never launched; the platform forbids to read it again."""
    with world.database.write() as session:
        registration = session.scalars(select(Registration)).one()
        context = Context(
            deployment_id=registration.deployments[0].id, context_id="k", title="Kurs Nord", created_at=world.clock()
        )
        source = {"issuer": registration.issuer, "client_id": registration.client_id}
        identity = Identity(kind="lti", subject="4711", created_at=world.clock(), **source, **told)
        session.add_all([context, identity])
        session.flush()
        now = world.clock()
        session.add(
            Member(
                context_id=context.id, identity_id=identity.id, is_teacher=False, present=True, groups=[], seen_at=now
            )
        )
        session.add(Roster(context_id=context.id, state=RosterState.REFUSED, detail="service.forbidden", asked_at=now))
        return identity


@pytest.mark.parametrize("search", ["unverwechsel", "niemals@", "P-4711"], ids=["name", "e-mail", "number"])
def test_office_finds_members_of_rosters(world: pages.World, search: str) -> None:
    found = in_office(world, name="Una Unverwechselbar", email="niemals@example.org", sourced_id="P-4711")
    page = text_of(world.office().get("/verwaltung/personen", query_string={"suche": search}))
    assert "Una Unverwechselbar" in page
    assert f"/verwaltung/identitaeten/{found.public_id}" in page
    assert "Kurs Nord" in page


@ON_SQLITE
def test_office_finds_people_by_the_number_of_their_accounts(world: pages.World) -> None:
    person = world.person("102")
    with world.database.write() as session:
        session.execute(update(Identity).where(Identity.subject == "102").values(sourced_id="P-102"))
    page = text_of(world.office().get("/verwaltung/personen?suche=p-102"))
    assert f"/verwaltung/personen/{person.public_id}" in page


@ON_SQLITE
def test_members_of_rosters_are_nothing_that_waits_for_the_office(world: pages.World) -> None:
    found = in_office(world, name="Una Unverwechselbar")
    assert found.public_id not in text_of(world.office().get("/verwaltung/identitaeten"))


@ON_SQLITE
def test_office_sees_which_rosters_are_refused(world: pages.World) -> None:
    in_office(world, name="Una Unverwechselbar")
    assert "/verwaltung/kurslisten" in text_of(world.office().get("/verwaltung/personen"))
    page = text_of(world.office().get("/verwaltung/kurslisten"))
    assert ("Kurs Nord" in page, "„Names and Role Provisioning“" in page) == (True, True)

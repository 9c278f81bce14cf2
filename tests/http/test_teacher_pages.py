"""The teacher's pages: the provider's grant opens them, nothing else does."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from campus import people, sessions
from campus.database import Database
from campus.models.access import Role, RoleGrant, TeachingGrant
from campus.models.evidence import Evidence
from campus.models.learning import SessionParticipant, TutorialSession
from campus.models.organisations import OrganisationKind
from lti_tool.launch import registrations
from lti_tool.launch.store import LinkLearner
from tests import factories, visits
from tests.http.test_learner_pages import text_of
from tests.visits import Campus, Visitor

FIELDS = {"starts_at": "2026-12-01T09:00", "ends_at": "2026-12-01T12:30", "zone": "Europe/Berlin", "place": "Raum 2"}


@pytest.fixture
def campus(database: Database) -> Campus:
    return visits.campus_of(database)


def teacher(campus: Campus) -> Visitor:
    return campus.visit("Clara Lehr", subject="2", is_teacher=True)


def announced(campus: Campus, visitor: Visitor) -> str:
    """Announce a session; return its path in the launch."""
    answer = visitor.post("tutorial/sessions", FIELDS)
    assert answer.status_code == 303, text_of(answer)
    address: str = answer.headers["Location"]
    return address.removeprefix(visitor.url)


@pytest.mark.parametrize("path", ["tutorial", "teilnehmende", "bewertungen"])
def test_teacher_without_grant_reads_everywhere_the_same_of_what_to_do(campus: Campus, path: str) -> None:
    page = teacher(campus).get(path)
    assert page.status_code == 403
    shown = text_of(page)
    said = ("nicht für Ihre Plattform freigegeben", "Wer das in dieser Lerneinheit darf, entscheidet")
    for part in (*said, visits.PLATFORM, "Client kc", campus.unit.code):
        assert part in shown
    assert "teaching.not_granted" in shown


def test_teacher_without_grant_writes_nothing(campus: Campus) -> None:
    refused = teacher(campus).post("tutorial/sessions", FIELDS)
    assert (refused.status_code, "teaching.not_granted" in text_of(refused)) == (403, True)
    with campus.database.read() as session:
        assert session.scalar(select(func.count()).select_from(TutorialSession)) == 0


def test_learner_may_not_even_where_the_platform_is_granted(campus: Campus) -> None:
    campus.grant()
    visitor = campus.visit()
    for answer in (visitor.get("tutorial"), visitor.post("tutorial/sessions", FIELDS)):
        assert (answer.status_code, "access.forbidden" in text_of(answer)) == (403, True)


def test_person_who_was_granted_the_unit_finds_the_way_whatever_the_platform_calls_them(campus: Campus) -> None:
    visitor = campus.visit()
    assert f"{visitor.url}tutorial" not in visitor.get().get_data(as_text=True)
    with campus.database.write() as session:
        session.add(TeachingGrant(unit_id=campus.unit.id, person_id=visitor.person.id, granted_at=campus.clock()))
    page = visitor.get()
    assert f"{visitor.url}tutorial" in page.get_data(as_text=True)
    assert "Sie lehren diese Lerneinheit" in text_of(page)
    assert visitor.get("tutorial").status_code == 200


def test_session_is_announced_in_the_time_of_its_place_and_learners_see_it(campus: Campus) -> None:
    campus.grant()
    visitor = teacher(campus)
    announced(campus, visitor)
    with campus.database.read() as session:
        made = session.scalars(select(TutorialSession)).one()
        assert made.starts_at.isoformat() == "2026-12-01T08:00:00+00:00"
    seen = "01.12.2026, 09:00 – 12:30 Uhr (deutsche Zeit), Raum 2"
    assert seen in text_of(visitor.get("tutorial"))
    assert seen in text_of(campus.visit().get())


@pytest.mark.parametrize(
    ("name", "value"),
    [("starts_at", "morgen"), ("ends_at", "2026-12-01T08:00"), ("place", " "), ("zone", "Mars/Olympus")],
)
def test_what_does_not_fit_is_marked_and_the_rest_stays(campus: Campus, name: str, value: str) -> None:
    campus.grant()
    visitor = teacher(campus)
    answer = visitor.post("tutorial/sessions", {**FIELDS, name: value})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{name}-error"' in body
    kept = "2026-12-01T09:00" if name != "starts_at" else "Raum 2"
    assert kept in body


def test_attendance_is_marked_changed_and_taken_back(campus: Campus) -> None:
    campus.grant()
    aylin, visitor = campus.visit(), teacher(campus)
    address = announced(campus, visitor)
    campus.clock.now = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)  # it is over
    aylin, visitor = campus.visit(), teacher(campus)
    assert "Aylin Kaya" in text_of(visitor.get(address))
    assert visitor.post(f"{address}/list", {"person": aylin.person.public_id}).status_code == 303
    name = f"attendance-{aylin.person.public_id}"
    shown = {"present": "anwesend", "excused": "entschuldigt", "none": "offen"}
    for mark in ("present", "present", "excused", "none"):
        assert visitor.post(f"{address}/attendance", {name: mark}).headers["Location"].endswith("?saved=1")
        assert f"Raum 2 (vorbei) {shown[mark]}" in text_of(aylin.get())
    assert f'name="{name}"' in visitor.get(address).get_data(as_text=True)
    with campus.database.read() as session:
        told = session.scalars(select(Evidence).order_by(Evidence.id)).all()
        assert [fact.outcome for fact in told] == ["present", "excused", "retracted"]
        assert {fact.recorded_by_id for fact in told} == {visitor.person.id}


@pytest.mark.parametrize("mark", ["present", "passed"])
def test_marking_someone_who_is_not_on_the_list_or_oddly_is_refused(campus: Campus, mark: str) -> None:
    campus.grant()
    aylin, visitor = campus.visit(), teacher(campus)
    address = announced(campus, visitor)
    if mark == "passed":
        visitor.post(f"{address}/list", {"person": aylin.person.public_id})
    refused = visitor.post(f"{address}/attendance", {f"attendance-{aylin.person.public_id}": mark})
    assert (refused.status_code, "attendance" in text_of(refused)) == (422, True)
    with campus.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_nobody_is_put_on_the_list_who_never_opened_the_unit(campus: Campus) -> None:
    campus.grant()
    visitor = teacher(campus)
    address = announced(campus, visitor)
    assert visitor.post(f"{address}/list", {"person": visitor.person.public_id}).status_code == 422
    with campus.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SessionParticipant)) == 0


def test_session_of_another_unit_is_not_found(campus: Campus) -> None:
    campus.grant()
    with campus.database.write() as session:
        foreign = factories.tutorial(session, factories.unit(session)).public_id
    visitor = teacher(campus)
    assert visitor.get(f"tutorial/sessions/{foreign}").status_code == 404
    assert visitor.post(f"tutorial/sessions/{foreign}/attendance").status_code == 404


def _learner_elsewhere(campus: Campus) -> str:
    """Let someone open the unit from another town's platform; return their public id."""
    with campus.database.write() as session:
        other = registrations.register(
            session,
            factories.organisation(session),
            name="Anderes Portal",
            issuer="https://other.example",
            client_id="x",
            deployment_ids=["1"],
            auth_login_url="https://other.example/auth",
            auth_token_url="https://other.example/token",
            key_set_url="https://other.example/keys",
            now=campus.clock(),
        )
        link = visits.make_link(session, other, session.merge(campus.unit), "far")
        identity, person = factories.learner(session, "77", issuer="https://other.example")
        came = {"resource_link_id": link.id, "identity_id": identity.id, "first_launched_at": campus.clock()}
        session.add(LinkLearner(**came))
        return person.public_id


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_teacher", [False, True])
def test_roles_do_not_come_with_a_launch_for_an_lms_can_launch_as_anybody(
    campus: Campus, role: Role, is_teacher: bool
) -> None:
    visitor = campus.visit(is_teacher=is_teacher)
    with campus.database.write() as session:
        provider = campus.unit.delivering_provider_id
        for organisation_id in (provider, factories.organisation(session, OrganisationKind.OFFICE).id):
            session.add(
                RoleGrant(
                    person_id=visitor.person.id, organisation_id=organisation_id, role=role, granted_at=campus.clock()
                )
            )
    assert "Sie lehren diese Lerneinheit" not in text_of(visitor.get())
    refused = (visitor.get("tutorial"), visitor.post("tutorial/sessions", FIELDS))
    assert [answer.status_code for answer in refused] == [403, 403]


def test_platforms_instructor_sees_its_own_learners_who_was_granted_the_unit_all(campus: Campus) -> None:
    campus.grant()
    stranger = _learner_elsewhere(campus)
    campus.visit()
    visitor = teacher(campus)
    address = announced(campus, visitor)
    assert "Person 77" not in text_of(visitor.get(address))
    assert visitor.post(f"{address}/list", {"person": stranger}).status_code == 422
    with campus.database.write() as session:
        session.add(TeachingGrant(unit_id=campus.unit.id, person_id=visitor.person.id, granted_at=campus.clock()))
    assert "Person 77" in text_of(visitor.get(address))
    assert visitor.post(f"{address}/list", {"person": stranger}).status_code == 303


def test_others_on_the_list_are_counted_and_not_named(campus: Campus) -> None:
    campus.grant()
    stranger = _learner_elsewhere(campus)
    visitor = teacher(campus)
    address = announced(campus, visitor)
    with campus.database.write() as session:
        held = session.scalars(select(TutorialSession)).one()
        sessions.expect(session, held, people.by_public_id(session, stranger), now=campus.clock())
    page = text_of(visitor.get(address))
    assert "Person 77" not in page
    assert "noch 1 Person von einer anderen Plattform" in page
    assert visitor.post(f"{address}/attendance", {f"attendance-{stranger}": "present"}).status_code == 422

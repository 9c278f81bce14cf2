"""Pages of scores, the teacher's and the office's: what they say, trying again, comparing, and the export."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import accounts
from campus.database import Database
from campus.models.access import Role, RoleGrant, TeachingGrant
from campus.models.catalogue import LearningUnit
from campus.models.evidence import ObjectMapping
from campus.models.organisations import OrganisationKind
from campus.models.people import Identity, IdentityLink, Person
from lti_tool.app import create_app
from lti_tool.services.ags import RESULT_SCOPE
from lti_tool.services.store import ScoreState, SentScore
from tests import factories
from tests.conformance.lti.grading import LINK, cells, credit_of, earn, follow, kept, link_of, withdraw
from tests.lms.config import User
from tests.lms.live import BERND, TEACHER, KeptJobs, World, world

LOGIN, PASSWORD = "buero@example.invalid", "sehr-lang-und-geheim"
OFFICE = "/verwaltung/bewertungen"


@dataclass
class Desk:
    """A world whose LMS may teach the unit, and a teacher who has opened the page of scores."""

    lti: World
    teacher: FlaskClient
    page: str

    def text(self, query: str = "") -> str:
        answer = self.teacher.get(self.page + query)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def post(self, **form: str) -> int:
        return self.teacher.post(self.page, data=form).status_code

    def learner(self, subject: str = "7") -> str:
        with self.lti.services.database.read() as session:
            return session.scalars(select(Identity.public_id).filter_by(subject=subject)).one()

    def office(self) -> FlaskClient:
        """Sign an administrator of the campus office in."""
        with self.lti.services.database.write() as session:
            person = Person(name="Büro", created_at=self.lti.clock())
            session.add(person)
            office = factories.organisation(session, OrganisationKind.OFFICE)
            session.flush()
            grant = {"organisation_id": office.id, "role": Role.ADMINISTRATOR, "granted_at": self.lti.clock()}
            session.add(RoleGrant(person_id=person.id, **grant))
            password = accounts.hash_password(PASSWORD)
            accounts.claim(session, person, login=LOGIN, password=password, now=self.lti.clock())
        client = self.lti.tool.test_client()
        assert client.post("/anmelden", data={"login": LOGIN, "password": PASSWORD}).status_code == 303
        return client


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    with world(database, tmp_path, create_app) as lti:
        with database.write() as session:
            config = lti.platform.config
            grant = {"issuer": config.url, "client_id": config.client_id, "granted_at": lti.clock()}
            session.add(TeachingGrant(unit_id=lti.unit.id, **grant))
        lti.launch(lti.tool.test_client())
        teacher = lti.tool.test_client()
        yield Desk(lti, teacher, lti.launch(teacher, User(**TEACHER)) + "bewertungen")


def refuse(lti: World) -> None:
    """Let the learner's score be refused."""
    earn(lti)
    lti.platform.moods = [(400, {})]
    follow(lti)
    assert kept(lti).state == ScoreState.REFUSED


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_states_are_told_in_words(desk: Desk) -> None:
    assert "noch kein Ergebnis" in desk.text()
    earn(desk.lti)
    assert "wartet" in desk.text()
    follow(desk.lti)
    assert "gesendet" in desk.text()
    assert "Aylin Kaya" in desk.text()
    withdraw(desk.lti)
    follow(desk.lti)
    assert "zurückgenommen, steht noch im Bewertungsbuch" in desk.text()
    assert "withdrawn, still in the gradebook" in desk.text("?lang=en")


def test_refused_score_says_why_and_is_tried_again(desk: Desk) -> None:
    refuse(desk.lti)
    assert "nimmt für diese Person kein Ergebnis an" in desk.text()
    assert desk.post(action="again", learner=desk.learner()) == 303
    follow(desk.lti)
    assert (cells(desk.lti), kept(desk.lti).state) == ({"7": [80.0]}, ScoreState.SENT)


def test_trying_again_twice_doubles_nothing(desk: Desk) -> None:
    refuse(desk.lti)
    desk.post(action="again")
    desk.post(action="again")
    follow(desk.lti)
    assert cells(desk.lti) == {"7": [80.0]}
    assert sum(cell.posts for cell in desk.lti.platform.state.gradebook()) == 1


def test_withdrawn_score_is_taken_out_when_a_teacher_says_so(desk: Desk) -> None:
    earn(desk.lti)
    follow(desk.lti)
    withdraw(desk.lti)
    follow(desk.lti)
    assert cells(desk.lti) == {"7": [80.0]}
    assert desk.post(action="clear") == 422
    assert desk.post(action="clear", learner=desk.learner()) == 303
    follow(desk.lti)
    assert (cells(desk.lti), kept(desk.lti).state) == ({"7": [80.0, None]}, ScoreState.CLEARED)
    assert "aus dem Bewertungsbuch genommen" in desk.text()


def test_score_that_is_earned_is_never_taken_out(desk: Desk) -> None:
    earn(desk.lti)
    follow(desk.lti)
    desk.post(action="clear", learner=desk.learner())
    follow(desk.lti)
    assert (cells(desk.lti), kept(desk.lti).state) == ({"7": [80.0]}, ScoreState.SENT)


def test_comparing_shows_what_the_gradebook_holds(desk: Desk) -> None:
    earn(desk.lti, 70.0)
    follow(desk.lti)
    desk.lti.platform.state.set_grade(LINK, "7", 61, 100)
    assert "noch nicht gefragt" in desk.text()
    assert desk.post(action="compare") == 303
    follow(desk.lti)
    text = desk.text()
    assert "61\u00a0%" in text
    assert "weicht ab" in text


@pytest.mark.parametrize("form", [{}, {"action": "count"}, {"action": "delete"}])
def test_unknown_actions_are_refused(desk: Desk, form: dict[str, str]) -> None:
    assert desk.post(**form) == 422


def test_learner_of_another_link_is_unknown(desk: Desk) -> None:
    assert desk.post(action="again", learner=link_of(desk.lti).public_id) == 404


def test_teacher_without_grant_sees_nobody(desk: Desk) -> None:
    with desk.lti.services.database.write() as session:
        session.delete(session.scalars(select(TeachingGrant)).one())
    answer = desk.teacher.get(desk.page)
    assert (answer.status_code, "Aylin" in answer.get_data(as_text=True)) == (403, False)
    assert desk.teacher.get(desk.page + "/export").status_code == 403
    assert desk.post(action="again") == 403


def test_link_without_gradebook_says_so(desk: Desk) -> None:
    with desk.lti.services.database.write() as session:
        link = session.merge(link_of(desk.lti))
        link.ags_scopes, link.lineitem_url, link.lineitems_url = [], None, None
    assert "Dieser Link hat kein Bewertungsbuch" in desk.text()


@pytest.mark.parametrize(
    "values",
    [{"ags_scopes": [RESULT_SCOPE]}, {"lineitem_url": None, "phase": "exam"}],
    ids=["no scope for scores", "one phase without a column"],
)
def test_learner_of_a_link_that_takes_no_scores_waits_for_nothing(desk: Desk, values: dict[str, Any]) -> None:
    earn(desk.lti)
    assert "wartet" in desk.text()
    with desk.lti.services.database.write() as session:
        link = session.merge(link_of(desk.lti))
        link.lineitems_url = "https://lms.example.invalid/lineitems"
        for name, value in values.items():
            setattr(link, name, value)
    text = desk.text()
    assert ("wartet" in text, "kein Bewertungsbuch" in text, "Dieser Link hat kein" in text) == (False, True, True)
    office = desk.office()
    assert ["Aylin Kaya" in office.get(OFFICE + query).get_data(as_text=True) for query in ("", "?stand=untaken")] == [
        False,
        True,
    ]
    follow(desk.lti)
    assert cells(desk.lti) == {}


def test_export_is_rfc_4180_and_no_formula(desk: Desk) -> None:
    name = '=HYPERLINK("https://böse.example","Klick, mich")'
    with desk.lti.services.database.write() as session:
        link = select(IdentityLink).join(Identity, Identity.id == IdentityLink.identity_id)
        person_id = session.scalars(link.where(Identity.subject == "7")).one().person_id
        session.get_one(Person, person_id).name = name
    earn(desk.lti, 57.14)
    follow(desk.lti)
    answer = desk.teacher.get(desk.page + "/export")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert text.count("\r\n") == text.count("\n") == 2
    headings, (learner, platform, unit, *rest) = rows(text)
    assert headings[0] == "Lernende Person"
    assert (learner, platform, unit) == (f"'{name}", "Lernportal", desk.lti.unit.code)
    assert rest[1] == "57.14"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Max;=cmd|'/c calc'!A1;", "Max;'=cmd|'/c calc'!A1;"),
        ("Max,=1+1", "Max,'=1+1"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("Müller; Max", "Müller; Max"),
    ],
)
def test_name_in_the_export_stays_one_cell_and_no_formula(desk: Desk, name: str, cell: str) -> None:
    with desk.lti.services.database.write() as session:
        session.scalars(select(Person).where(Person.name == "Aylin Kaya")).one().name = name
    text = desk.teacher.get(desk.page + "/export").get_data(as_text=True)
    assert rows(text)[1][0] == cell
    assert text.startswith('\ufeff"Lernende Person";"')
    assert text.splitlines()[1].startswith(f'"{cell}";"Lernportal";')


def test_export_is_named_after_the_unit_whatever_its_code(desk: Desk) -> None:
    with desk.lti.services.database.write() as session:
        session.get_one(LearningUnit, desk.lti.unit.id).code = 'Ü"1;'
    answer = desk.teacher.get(desk.page + "/export")
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"bewertungen-_1_.csv\"; filename*=UTF-8''bewertungen-%C3%9C%221%3B.csv"
    )


def test_office_filters_and_exports(desk: Desk) -> None:
    refuse(desk.lti)
    desk.lti.launch(desk.lti.tool.test_client(), User(**BERND))
    earn(desk.lti, 90.0, "8")
    office = desk.office()
    for query, shown in (
        ("", {"Aylin Kaya", "Bernd Ohm"}),
        ("?stand=refused", {"Aylin Kaya"}),
        ("?stand=waiting", {"Bernd Ohm"}),
        ("?stand=sent", set()),
        ("?stand=nonsense", {"Aylin Kaya", "Bernd Ohm"}),
        ("?plattform=unknown", set()),
    ):
        answer = office.get(OFFICE + query)
        text = answer.get_data(as_text=True)
        assert (answer.status_code, {name for name in ("Aylin Kaya", "Bernd Ohm") if name in text}) == (200, shown)
        exported = rows(office.get(f"{OFFICE}/export{query}").get_data(as_text=True))
        assert {row[0] for row in exported[1:]} == shown


def test_office_tries_all_again_that_the_filters_leave(desk: Desk) -> None:
    refuse(desk.lti)
    desk.lti.launch(desk.lti.tool.test_client(), User(**BERND))
    earn(desk.lti, 90.0, "8")
    jobs = desk.lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    jobs.asked.clear()
    office = desk.office()
    answer = office.post(f"{OFFICE}?stand=refused", data={"action": "again", "all": "yes"})
    assert (answer.status_code, "stand=refused" in answer.headers["Location"]) == (303, True)
    assert [about["credit"] for follower, about in jobs.asked if follower == "score"] == [credit_of(desk.lti).public_id]
    follow(desk.lti)
    assert cells(desk.lti) == {"7": [80.0]}
    refused = {"action": "clear", "all": "yes"}
    assert office.post(OFFICE, data=refused).status_code == 422


def test_office_tries_one_again(desk: Desk) -> None:
    refuse(desk.lti)
    one = {"action": "again", "learner": desk.learner(), "link": link_of(desk.lti).public_id}
    office = desk.office()
    assert office.post(OFFICE, data=one).status_code == 303
    follow(desk.lti)
    assert kept(desk.lti).state == ScoreState.SENT
    assert office.post(OFFICE, data=one | {"learner": "nobody"}).status_code == 422


def test_office_lets_a_gradebook_count_with_a_reason(desk: Desk) -> None:
    """For a platform that may not teach the unit: what it says counts only by an administrator's word."""
    with desk.lti.services.database.write() as session:
        session.delete(session.scalars(select(TeachingGrant)).one())
    earn(desk.lti, 40.0)
    follow(desk.lti)
    desk.lti.platform.state.set_grade(LINK, "7", 95, 100)
    office, link = desk.office(), link_of(desk.lti).public_id
    assert office.post(OFFICE, data={"action": "compare", "link": link}).status_code == 303
    follow(desk.lti)
    assert not credit_of(desk.lti).contested
    assert office.post(OFFICE, data={"action": "count", "link": link}).status_code == 422
    counted = {"action": "count", "link": link, "reason": "Prüfung in Präsenz, Protokoll liegt vor"}
    assert office.post(OFFICE, data=counted).status_code == 303
    assert credit_of(desk.lti).contested
    with desk.lti.services.database.read() as session:
        mapping = session.scalars(select(ObjectMapping).order_by(ObjectMapping.id.desc())).first()
        assert mapping is not None
        assert (mapping.reason, mapping.decided_by_id is not None) == (counted["reason"], True)


def test_row_of_an_erased_learner_leaves_the_pages_whole(desk: Desk) -> None:
    earn(desk.lti)
    follow(desk.lti)
    with desk.lti.services.database.write() as session:
        session.delete(session.scalars(select(SentScore)).one())
    assert "wartet" in desk.text()

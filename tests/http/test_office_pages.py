"""The office's pages: contradictions, tasks, certificates, platforms, Moodle sites, people."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campus import credits, evidence
from campus.database import Database
from campus.evidence import OWN_SOURCE, Fact
from campus.models.access import AuditEntry
from campus.models.credits import Task
from campus.models.evidence import Evidence
from campus.models.people import Identity
from campus.rules.credit import Outcome
from moodle_sync.store import MoodleSite
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.moodle.server import FakeMoodle
from tests.pages import World


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def contested(world: World) -> World:
    """Anna Müller passed B1 here with 85 percent; her Moodle says failed with 57.14."""
    world.earn("102", "B1")
    world.contradict()
    return world


def hidden(page: Any, name: str) -> list[str]:
    """Read the values of a form's hidden fields, as a browser would send them back."""
    return re.findall(rf'type="hidden" name="{name}" value="([^"]+)"', page.get_data(as_text=True))


def standing(world: World, learner: str = "102", code: str = "B1") -> str:
    with world.database.read() as session:
        found = credits.state(session, world.person(learner).id, world.unit(code).id)
        assert found is not None
        return found.standing


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def decision(world: World, page: Any, **other: str) -> tuple[str, dict[str, Any]]:
    address = f"/verwaltung/abgleich/{world.person('102').public_id}/{world.unit('B1').public_id}/entscheidung"
    form = {"requirement": hidden(page, "requirement")[0], "evidence": hidden(page, "evidence")}
    return address, form | {"outcome": "passed", "reason": "Beaufsichtigte Wiederholung"} | other


def test_contradiction_shows_both_claims_with_their_sources(contested: World) -> None:
    page = contested.office().get("/verwaltung/widersprueche")
    for part in (
        "Anna Müller, B1",
        "85",
        "57,1",
        "Moodle der Hochschule Ahrenfeld",
        "KommunalCampus",
        "course:2/cm:11",
    ):
        assert part in text_of(page)
    assert len(hidden(page, "evidence")) == 2


def test_decision_settles_it_and_stands_in_the_record(contested: World) -> None:
    office = contested.office()
    address, form = decision(contested, office.get("/verwaltung/widersprueche"))
    assert standing(contested) == "attended"
    answer = office.post(address, data=form)
    assert answer.status_code == 303
    assert standing(contested) == "achieved"
    page = text_of(office.get(answer.headers["Location"]))
    for part in ("Beaufsichtigte Wiederholung", "Verwaltung Campus", "Entschieden:"):
        assert part in page
    assert "Keine Widersprüche" in text_of(office.get("/verwaltung/widersprueche"))
    assert audited(contested)[-1] == "credit.decided"


@pytest.mark.parametrize(
    "other", [{"reason": "  "}, {"outcome": "absent"}, {"outcome": "nonsense"}, {"requirement": ""}]
)
def test_decision_without_reason_or_beside_the_evidence_is_refused(contested: World, other: dict[str, str]) -> None:
    office = contested.office()
    address, form = decision(contested, office.get("/verwaltung/widersprueche"), **other)
    assert office.post(address, data=form).status_code == 422
    assert standing(contested) == "attended"


def test_evidence_that_arrives_meanwhile_is_not_settled(contested: World) -> None:
    office = contested.office()
    address, form = decision(contested, office.get("/verwaltung/widersprueche"))
    contested.clock.now += timedelta(minutes=1)
    contested.contradict(percent=40.0)
    assert office.post(address, data=form).status_code in {303, 422}
    assert standing(contested) == "attended"
    assert "Anna Müller" in text_of(office.get("/verwaltung/widersprueche"))


def test_reconciliation_names_what_is_proven_and_what_is_missing(world: World) -> None:
    with world.database.write() as session:
        unit = world.unit("B1")
        identity = session.scalars(select(Identity).where(Identity.subject == "103")).one()
        first = session.merge(unit).phases[0].activities[0]
        fact = Fact(identity.id, OWN_SOURCE, f"activity:{first.public_id}", Outcome.DONE, occurred_at=world.clock())
        evidence.record(session, [fact], now=world.clock(), publish=world.services.publish(session))
    address = f"/verwaltung/abgleich/{world.person('103').public_id}/{unit.public_id}"
    page = text_of(world.office().get(address))
    assert (page.count("fehlt"), page.count(" belegt ")) == (6, 2)  # each once in a heading
    nothing = text_of(world.office().get(f"/verwaltung/abgleich/{world.person('104').public_id}/{unit.public_id}"))
    assert "Über diese Person in dieser Lerneinheit wurde noch nichts gesagt" in nothing


def withdrawn(world: World) -> None:
    """Earn B1, then let the teacher take the attendance back."""
    world.earn("102", "B1")
    with world.database.write() as session:
        found = session.scalars(select(Evidence).where(Evidence.outcome == Outcome.PRESENT)).one()
        fact = Fact(found.identity_id, OWN_SOURCE, found.object.reference, Outcome.RETRACTED, occurred_at=world.clock())
        evidence.record(session, [fact], now=world.clock(), publish=world.services.publish(session))
    world.queue.run(world.services)


def test_withdrawn_credit_is_a_task_and_its_certificate_stays_until_somebody_decides(world: World) -> None:
    withdrawn(world)
    office = world.office()
    assert "Anna Müller, B1" in text_of(office.get("/verwaltung/aufgaben"))
    assert world.award("102").revoked_at is None
    with world.database.read() as session:
        task = session.scalars(select(Task.public_id)).one()
    address = f"/verwaltung/aufgaben/{task}/schliessen"
    assert office.post(address, data={"note": ""}).status_code == 422
    assert office.post(address, data={"note": "Liste geprüft, Nachweis bleibt"}).status_code == 303
    assert "Keine offenen Aufgaben" in text_of(office.get("/verwaltung/aufgaben"))
    assert "Nachweis bleibt" in text_of(office.get("/verwaltung/aufgaben?stand=alle"))
    assert office.post(address, data={"note": "noch einmal"}).status_code == 409
    assert audited(world)[-1] == "task.closed"


def test_certificate_is_found_and_revoked_once_with_a_reason(world: World) -> None:
    world.earn("102", "B1")
    office, award = world.office(), world.award("102").public_id
    for search in ("müller", "MÜLLER", "b1", award):
        assert "Anna Müller" in text_of(office.get("/verwaltung/nachweise", query_string={"suche": search}))
    for search in ("%", "_", "zzz"):
        assert "Kein Nachweis gefunden" in text_of(office.get("/verwaltung/nachweise", query_string={"suche": search}))
    address = f"/verwaltung/nachweise/{award}/widerruf"
    assert office.post(address, data={"reason": " "}).status_code == 422
    assert office.post(address, data={"reason": "Täuschung"}).status_code == 303
    again = office.post(address, data={"reason": "anders"})
    assert again.status_code == 409
    page = text_of(office.get(f"/verwaltung/nachweise/{award}"))
    assert "Täuschung" in page
    assert "Verwaltung Campus" in page
    assert "Täuschung" in text_of(world.browser().get(f"/nachweis/{award}"))
    assert audited(world)[-1] == "award.revoked"


def test_moodle_course_is_linked_read_and_its_user_named(world: World) -> None:
    editor, provider = world.editor(), world.provider("A").public_id
    with pages.BACKUP.open("rb") as backup:
        preview = editor.post(f"/anbieter/{provider}/import", data={"backup": (backup, "a.mbz")}).headers["Location"]
    editor.post(preview, data={"code": "A1", "title_de": "OZG", "summary_de": "OZG", "hours": "8"})
    office = world.office()
    with FakeMoodle() as moodle:
        added = office.post(
            "/verwaltung/moodle",
            data={"organisation": provider, "name": "Neues", "base_url": moodle.url, "token": "demo-moodle-token"},
        )
        site = added.headers["Location"]
        with world.database.read() as session:
            kept = session.scalars(select(MoodleSite).where(MoodleSite.name == "Neues")).one()
            assert "demo-moodle-token" not in kept.token_encrypted
        linked = office.post(
            f"{site}/kurse", data={"course": "2", "unit": world.unit("A1").public_id, "reason": "Sicherung daraus"}
        )
        course = linked.headers["Location"]
        assert "Abschlussprüfung A1" in text_of(office.get(course))
        named = office.post(f"{site}/personen", data={"user": "6"})
        person = world.person("102").public_id
        link = f"{named.headers['Location']}/zuordnen"
        assert office.post(link, data={"person": person, "reason": ""}).status_code == 422
        assert office.post(link, data={"person": person, "reason": "Personalnummer verglichen"}).status_code == 303
        read = office.post(f"{course}/abgleich", data={"who": "linked"})
        assert read.status_code == 303
        assert "1 Nutzer abgefragt" in text_of(office.get(read.headers["Location"]))
        again = office.post(f"{course}/abgleich", data={"who": "linked"})
        assert "davon 0 neu" in text_of(office.get(again.headers["Location"]))
    reconciled = text_of(office.get(f"/verwaltung/abgleich/{person}/{world.unit('A1').public_id}"))
    assert "nicht bestanden (57,1" in reconciled
    assert {"moodle.site_added", "moodle.course_linked", "identity.linked", "moodle.synchronised"} <= set(
        audited(world)
    )


def test_moodle_that_is_away_is_told_and_nothing_is_recorded(world: World) -> None:
    office, site = world.office(), f"/verwaltung/moodle/{world.site().public_id}"
    form = {"course": "2", "unit": world.unit("A2").public_id, "reason": "Sicherung daraus"}
    course = office.post(f"{site}/kurse", data=form).headers["Location"]
    answer = office.post(f"{course}/abgleich", data={"who": "linked"})
    assert (answer.status_code, 'role="alert"' in answer.get_data(as_text=True)) == (502, True)
    with world.database.read() as session:
        assert session.scalars(select(Evidence)).all() == []


def test_module_is_mapped_to_the_tutorial_by_decision(world: World) -> None:
    office, site = world.office(), f"/verwaltung/moodle/{world.site().public_id}"
    form = {"course": "2", "unit": world.unit("A2").public_id, "reason": "Sicherung daraus"}
    course = office.post(f"{site}/kurse", data=form).headers["Location"]
    assert "Keine Aktivität ist zugeordnet" in text_of(office.get(course))
    mapped = {"cmid": "33", "requirement": "tutorial", "reason": "Anwesenheitsliste der Hochschule"}
    assert office.post(f"{course}/zuordnung", data=mapped | {"requirement": "nonsense"}).status_code == 422
    assert office.post(f"{course}/zuordnung", data=mapped).status_code == 303
    assert "course:2/cm:33 Tutorium" in text_of(office.get(course))


def test_reassigning_an_identity_moves_its_evidence_with_it(contested: World) -> None:
    office = contested.office()
    with contested.database.read() as session:
        identity = session.scalars(
            select(Identity).where(Identity.subject == "6", Identity.issuer == pages.MOODLE)
        ).one()
    person = contested.person("103").public_id
    page = text_of(office.get(f"/verwaltung/identitaeten/{identity.public_id}?suche=Schmidt"))
    assert "Bernd Schmidt" in page
    form = {"person": person, "reason": "Verwechslung der Personalnummer"}
    assert office.post(f"/verwaltung/identitaeten/{identity.public_id}/zuordnen", data=form).status_code == 303
    assert (standing(contested), standing(contested, "103")) == ("achieved", "in_progress")
    assert "Verwechslung der Personalnummer" in text_of(office.get(f"/verwaltung/personen/{person}"))


@ON_SQLITE
def test_long_lists_come_in_pages(world: World) -> None:
    with world.database.write() as session:
        session.add_all(AuditEntry(at=world.clock(), actor_id=None, action=f"test.{n}", details={}) for n in range(60))
    office = world.office()
    first, last = office.get("/verwaltung/protokoll"), office.get("/verwaltung/protokoll?seite=3")
    assert "Seite 1 von 3" in text_of(first)
    assert "test.59" in text_of(first)
    assert "test.0" in text_of(last)
    for nonsense in ("0", "-1", "abc", "99999999999", "½"):
        assert office.get("/verwaltung/protokoll", query_string={"seite": nonsense}).status_code == 200


@ON_SQLITE
def test_overview_counts_what_waits(contested: World) -> None:
    page = text_of(contested.office().get("/verwaltung/"))
    for part in ("1 Widersprüche zu entscheiden", "1 Nachweise, davon 0 widerrufen", "B1 Prozesse verstehen"):
        assert part in page


def test_overview_shows_what_the_worker_gave_up(world: World) -> None:
    world.queue.given_up.append("attendance_award:1234:2")
    page = world.office().get("/verwaltung/").get_data(as_text=True)
    assert "attendance_award:1234:2" in page

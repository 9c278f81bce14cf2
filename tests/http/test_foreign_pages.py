"""Credentials from elsewhere over HTTP: a learner hands in, the office decides, the learner sees what it counts for."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import credits
from campus.database import Database
from campus.models.access import AuditEntry
from certificates.elmo import document, signature
from certificates.foreign.store import ForeignCredential
from certificates.issuers import keys
from certificates.signatures import proof
from tests import pages
from tests.http.test_learner_pages import text_of
from tests.pages import World
from tests.unit.certificates import samples
from tests.unit.certificates.seals import seal

STRANGER = replace(samples.COURSE, issuer=replace(samples.COURSE.issuer, did="did:web:stranger.example"))
MADE = datetime(2026, 6, 1, tzinfo=UTC)


def elmo(name: str = "Anna Müller") -> bytes:
    facts = replace(STRANGER, recipient=replace(STRANGER.recipient, name=name))
    built = document.build(facts, samples.ADDRESSES, generated_at=MADE)
    return signature.sign(built, seal("Hochschule Anderswo"))


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def learner(world: World) -> FlaskClient:
    return world.browser(world.account_of("102"))


def hand_in(browser: FlaskClient, file: bytes) -> TestResponse:
    return browser.post("/konto/eingereicht", data={"datei": (io.BytesIO(file), "nachweis.xml")})


def handed_in(browser: FlaskClient, file: bytes | None = None) -> str:
    answer = hand_in(browser, elmo() if file is None else file)
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"].rpartition("/")[2]


def decide(office: FlaskClient, credential: str, form: dict[str, str], part: int = 0) -> TestResponse:
    return office.post(f"/verwaltung/eingereicht/{credential}/teile/{part}", data=form)


ALL = {f"kind_{kind}": "yes" for kind in ("activity", "tutorial", "exam", "evaluation")}


def test_a_learner_hands_in_and_sees_what_was_found(learner: FlaskClient) -> None:
    credential = handed_in(learner)
    page = text_of(learner.get(f"/konto/eingereicht/{credential}"))
    for said in (
        "Das Onlinezugangsgesetz umsetzen",
        "Hochschule A",
        "CN=Hochschule Anderswo",
        "Seit der Unterschrift unverändert.",
        "issuer.key_only",
        "noch nicht entschieden",
        "85.71%",
    ):
        assert said in page
    assert "anderen Namen" not in page
    assert "Das Onlinezugangsgesetz umsetzen" in text_of(learner.get("/konto/eingereicht"))


def test_the_same_file_is_there_once(learner: FlaskClient, world: World) -> None:
    assert handed_in(learner, elmo_file := elmo()) == handed_in(learner, elmo_file)
    with world.database.read() as session:
        assert len(session.scalars(select(ForeignCredential)).all()) == 1


def test_a_file_of_ours_is_refused_though_its_key_is_gone(learner: FlaskClient, world: World) -> None:
    world.earn("102", "A2", percent=72.5)
    with world.database.write() as session:
        keys.compromise(session, world.provider("A").id, 1, now=world.clock())
    answer = hand_in(learner, (world.award("102").credential or "").encode())
    assert (answer.status_code, "Dieser Nachweis ist von hier" in text_of(answer)) == (409, True)


def test_the_office_sees_who_else_has_handed_in_the_same_file(learner: FlaskClient, world: World) -> None:
    file, office = elmo(), world.office()
    credential = handed_in(learner, file)
    warning = "Auch andere haben diese Datei eingereicht"
    assert warning not in text_of(office.get(f"/verwaltung/eingereicht/{credential}"))
    handed_in(world.browser(world.account_of("103", "andere@example.invalid")), file)
    page = office.get(f"/verwaltung/eingereicht/{credential}")
    assert warning in text_of(page)
    assert world.person("103").public_id in page.get_data(as_text=True)


def test_the_office_decides_and_the_unit_is_earned(learner: FlaskClient, world: World) -> None:
    credential, office, unit = handed_in(learner), world.office(), world.unit("B1").public_id
    assert "1" in text_of(office.get("/verwaltung/"))
    assert "Anna Müller" in text_of(office.get("/verwaltung/eingereicht"))
    answer = decide(office, credential, ALL | {"unit": unit, "percent": "90", "reason": "Gleicher Stoff"})
    assert answer.status_code == 303, text_of(answer)
    with world.database.read() as session:
        found = credits.state(session, world.person("102").id, world.unit("B1").id)
        assert found is not None
        assert (found.standing, found.percent) == ("achieved", 90.0)
        assert "foreign.decided" in session.scalars(select(AuditEntry.action)).all()
    world.queue.run(world.services)
    said = json.loads(world.award("102").credential or "")
    assert {one["name"] for one in said["evidence"]} == {"Nachweis von anderer Stelle / Credential from elsewhere"}
    assert "Hochschule A / University A" in said["evidence"][0]["description"]
    page = text_of(office.get(f"/verwaltung/eingereicht/{credential}"))
    assert "Selbststudium, Tutorium, Kurzprüfung, Evaluation" in page
    assert "Gleicher Stoff" in page
    assert "Gleicher Stoff" in text_of(learner.get(f"/konto/eingereicht/{credential}"))
    reconciled = f"/verwaltung/abgleich/{world.person('102').public_id}/{unit}"
    assert "Nachweis von anderer Stelle" in text_of(office.get(reconciled))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Kreuzen Sie mindestens eines an"),
        (ALL | {"percent": "10"}, "Es muss zum Bestehen der Kurzprüfung"),
        (ALL | {"percent": "viel"}, "Es muss zum Bestehen der Kurzprüfung"),
    ],
)
def test_a_refusal_is_shown_at_the_part_with_what_was_typed(
    learner: FlaskClient, world: World, form: dict[str, str], said: str
) -> None:
    credential, unit = handed_in(learner), world.unit("B1").public_id
    answer = decide(world.office(), credential, form | {"unit": unit, "reason": "Getippt"}, part=1)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Getippt" in text_of(answer)


def test_everything_else_counts_for_nothing_with_one_reason(learner: FlaskClient, world: World) -> None:
    credential, office = handed_in(learner), world.office()
    answer = office.post(f"/verwaltung/eingereicht/{credential}/rest", data={"reason": "Anderer Stoff"})
    assert answer.status_code == 303
    assert text_of(office.get(f"/verwaltung/eingereicht/{credential}")).count("Zählt für nichts.") == 4
    assert "Keine Nachweise zu entscheiden" in text_of(office.get("/verwaltung/eingereicht"))
    assert "Anna Müller" in text_of(office.get("/verwaltung/eingereicht?stand=alle"))


@pytest.mark.parametrize(
    ("name", "said"), [("Eva Fremd", "Die Namen stimmen nicht überein"), ("", "Wem er gehört, ist nicht zu sehen")]
)
def test_another_name_or_none_is_warned_of(learner: FlaskClient, world: World, name: str, said: str) -> None:
    credential = handed_in(learner, elmo(name))
    assert said in text_of(world.office().get(f"/verwaltung/eingereicht/{credential}"))
    shown = text_of(learner.get(f"/konto/eingereicht/{credential}"))
    assert ("Er lautet auf einen anderen Namen" in shown) == bool(name)


def test_a_changed_file_is_kept_with_its_failed_check(learner: FlaskClient, world: World) -> None:
    credential = handed_in(learner, elmo().replace(b"85.71%", b"95.71%"))
    page = text_of(world.office().get(f"/verwaltung/eingereicht/{credential}"))
    assert "Eine Prüfung ist nicht bestanden" in page
    assert "integrity.changed" in page


def test_checking_again_notes_what_is_found_now(learner: FlaskClient, world: World) -> None:
    credential, office = handed_in(learner), world.office()
    assert office.post(f"/verwaltung/eingereicht/{credential}/pruefen").status_code == 303
    with world.database.read() as session:
        assert "foreign.checked" in session.scalars(select(AuditEntry.action)).all()


def test_what_is_not_decided_can_be_taken_back_what_is_not(learner: FlaskClient, world: World) -> None:
    first, second = handed_in(learner), handed_in(learner, elmo("Anna  Müller"))
    decide(world.office(), second, {"reason": "Nein"})
    assert learner.post(f"/konto/eingereicht/{first}/zuruecknehmen").status_code == 303
    assert learner.get(f"/konto/eingereicht/{first}").status_code == 404
    assert learner.post(f"/konto/eingereicht/{second}/zuruecknehmen").status_code == 409


def test_others_do_not_see_it(learner: FlaskClient, world: World) -> None:
    credential = handed_in(learner)
    other = world.browser(world.account_of("103", "andere@example.invalid"))
    assert other.get(f"/konto/eingereicht/{credential}").status_code == 404
    assert other.post(f"/konto/eingereicht/{credential}/zuruecknehmen").status_code == 404


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (b"", 422, "certificate.file_empty"),
        (b"hello", 422, "certificate.file_unknown"),
        (b"7c9e6679-7425-40de-944b-e07fc1f90ae7", 422, "certificate.nothing_to_count"),
        (b"PK\3\4 archive", 422, "certificate.file_archive"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', 422, "certificate.file_entities"),
        (b'{"a": ' * 5000 + b"1" + b"}" * 5000, 422, "certificate.file_unreadable"),
    ],
)
def test_what_can_not_be_counted_is_refused_above_the_form(
    learner: FlaskClient, file: bytes, status: int, code: str
) -> None:
    answer = hand_in(learner, file)
    assert (answer.status_code, code in text_of(answer)) == (status, True), text_of(answer)


def test_a_badge_whose_issuer_can_not_be_reached_is_kept_as_unknown(learner: FlaskClient) -> None:
    key = "did:web:stranger.example#key-1"
    badge = proof.sign(samples.unsigned(STRANGER), samples.KEY, verification_method=key, created=samples.NOW)
    credential = handed_in(learner, json.dumps(badge).encode())
    page = text_of(learner.get(f"/konto/eingereicht/{credential}"))
    assert "issuer.unresolved" in page
    assert "nicht alles prüfbar" in page


def test_hostile_texts_are_shown_not_obeyed(learner: FlaskClient, world: World) -> None:
    facts = replace(STRANGER.achievement, title={"de": "<script>alert(1)</script>"})
    xml = document.build(replace(STRANGER, achievement=facts), samples.ADDRESSES, generated_at=MADE)
    credential = handed_in(learner, xml)
    for page in (
        learner.get(f"/konto/eingereicht/{credential}"),
        world.office().get(f"/verwaltung/eingereicht/{credential}"),
        world.office().get("/verwaltung/eingereicht"),
    ):
        assert "<script>alert(1)" not in page.get_data(as_text=True)
        assert re.search(r"&lt;script&gt;alert\(1\)", page.get_data(as_text=True))

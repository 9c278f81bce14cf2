"""The provider's page for rules: look, make, end; and from a statement over HTTP to the unit's credit."""

from typing import Any

import pytest
from sqlalchemy import select

from campus import catalogue
from campus.database import Database
from campus.models.access import AuditEntry
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.organisations import Organisation
from campus.rules.credit import RequirementKind
from tests import pages
from tests.http.test_learner_pages import text_of
from tests.pages import World
from tests.unit.xapi.recorded import recorded
from xapi import keys, parts
from xapi.keys import Scope
from xapi.store import EvidenceRule

H5P = "https://lernen.example/wp-admin/admin-ajax.php?action=h5p_embed&id=12"


@pytest.fixture
def world(database: Database) -> World:
    made = pages.world_of(database)
    with database.write() as session:
        provider = session.get_one(Organisation, made.provider("A").id)
        keys.create_key(session, "h5p", [Scope.STATEMENTS_WRITE], provider, token=lambda: "geheim", now=made.clock())
    return made


def path(world: World) -> str:
    return f"/anbieter/{world.provider('A').public_id}/einheiten/{world.unit('A2').public_id}/xapi"


def requirement(world: World, kind: RequirementKind) -> str:
    with world.database.read() as session:
        asked = catalogue.requirements(session, world.unit("A2").id).requirements
    return next(one.key for one in asked if one.kind is kind)


def wish(world: World, kind: RequirementKind = RequirementKind.EXAM, **changes: str) -> dict[str, str]:
    asked = {"mapping": "h5p", "activity": H5P, "requirement": requirement(world, kind), "condition": "none"}
    return asked | changes


def report(world: World, statement: dict[str, Any]) -> None:
    headers = {"X-Experience-API-Version": "1.0.3"}
    answer = world.app.test_client().post("/xapi/statements", json=statement, auth=("h5p", "geheim"), headers=headers)
    assert answer.status_code == 200, answer.text


def completed_by(world: World, learner: str) -> dict[str, Any]:
    actor = parts.account(world.services.settings.public_url, world.person(learner).public_id)
    return recorded("h5p", "completed") | {"actor": actor}


def test_a_report_becomes_a_credit_by_a_rule(world: World) -> None:
    assert world.editor().post(path(world), data=wish(world)).status_code == 303
    world.queue.run(world.services)
    report(world, completed_by(world, "102"))
    world.queue.run(world.services)
    with world.database.read() as session:
        said = session.scalars(select(Evidence).order_by(Evidence.id.desc())).first()
        credit = session.scalars(
            select(Credit).where(Credit.person_id == world.person("102").id, Credit.unit_id == world.unit("A2").id)
        ).one()
        assert said is not None
        assert (said.outcome, said.percent, credit.standing) == ("done", 87.5, "in_progress")
    assert credit.percent == 87.5, "passed by the unit's own mark"
    assert "1 Person" in text_of(world.editor().get(path(world)))


def test_a_look_says_what_would_count_and_writes_nothing(world: World) -> None:
    report(world, recorded("h5p", "completed"))
    asked = wish(world, condition="score", least_percent="87,6")
    page = text_of(world.editor().get(path(world), query_string=asked))
    assert "1 Meldung handelt von dieser Aktivität." in page
    assert "nicht bestanden" in page
    assert "Diese Regel anlegen" in page
    with world.database.read() as session:
        assert session.scalars(select(EvidenceRule)).all() == []


def test_what_makes_no_sense_is_said_beside_the_form(world: World) -> None:
    answer = world.editor().get(path(world), query_string=wish(world, condition="score", least_percent="viel"))
    assert answer.status_code == 422
    assert "Bitte prüfen Sie" in text_of(answer)
    assert world.editor().post(path(world), data=wish(world, activity="kein IRI")).status_code == 422


def test_the_same_rule_twice_is_refused_and_ending_it_is_audited(world: World) -> None:
    editor = world.editor()
    assert [editor.post(path(world), data=wish(world)).status_code for _ in range(2)] == [303, 409]
    with world.database.read() as session:
        rule = session.scalars(select(EvidenceRule.public_id)).one()
    end = f"{path(world)}/{rule}/beenden"
    assert [editor.post(end, data={"counted": "taken_back"}).status_code for _ in range(2)] == [303, 409]
    with world.database.read() as session:
        told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert told == ["xapi.rule_taken_back", "xapi.rule_made"]
    assert "Beendete Regeln" in text_of(editor.get(path(world)))


def test_the_profile_stands_where_its_id_says(world: World) -> None:
    client = world.app.test_client()
    answer = client.get("/xapi/profile")
    assert (answer.status_code, answer.content_type) == (200, "application/ld+json")
    document = answer.get_json(force=True)
    for part in (document, *document["concepts"]):
        address = part["id"].removeprefix(world.services.settings.public_url)
        assert client.get(address).get_json(force=True) == document

"""The office records what was found of a municipality's digital maturity; a certificate follows."""

from datetime import date

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry
from campus.models.organisations import Organisation, OrganisationKind
from certificates import store
from certificates.store import Award
from tests import pages
from tests.http.test_learner_pages import text_of
from tests.pages import World


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def town(world: World) -> Organisation:
    with world.database.read() as session:
        kind = OrganisationKind.MUNICIPALITY
        found = session.scalars(
            select(Organisation).where(Organisation.kind == kind).order_by(Organisation.slug)
        ).first()
        assert found is not None
        return found


def form(world: World, **other: str) -> dict[str, str]:
    return {
        "provider": world.provider("A").public_id,
        "assessor": "Institut",
        "self_reported_on": "2026-09-01",
        "assessed_on": "2026-10-01",
        "valid_until": "2028-09-30",
        "data": "3",
        "automation": "2",
        "networking": "5",
        "summary_de": "Auf gutem Weg",
        "summary_en": "",
    } | other


def test_an_assessment_gives_a_certificate_and_stands_in_the_municipality_s_list(world: World) -> None:
    office, place = world.office(), town(world)
    address = f"/verwaltung/kommunen/{place.public_id}"
    assert "Noch nicht begutachtet" in text_of(office.get(address))
    assert office.post(f"{address}/begutachtung", data=form(world)).status_code == 303
    later = form(world, assessed_on="2026-11-01", data="5", automation="4")
    assert office.post(f"{address}/begutachtung", data=later).status_code == 303
    with world.database.read() as session:
        first, second = session.scalars(select(Award).order_by(Award.id))
        facts = store.facts_of(first)
        assert (facts.recipient.name, facts.achieved_on) == (place.name["de"], date(2026, 10, 1))
        assert [(rating.title["de"], rating.level) for rating in facts.ratings][-1] == ("Gesamtstufe", 2)
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "maturity.assessed"
    page = office.get(address).get_data(as_text=True)
    assert page.index(second.public_id) < page.index(first.public_id)
    assert page.count("<polyline") == 3
    assert "1. November 2026" in text_of(office.get("/verwaltung/kommunen"))
    listed = text_of(office.get("/verwaltung/nachweise?art=municipality"))
    assert "Digitalzertifikat einer Kommune" in listed
    shown = text_of(office.get(f"/verwaltung/nachweise/{first.public_id}"))
    for words in ("Gesamtstufe / Overall level: 2 von 5", "Gültig bis 30. September 2028"):
        assert words in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "x"},
        {"data": "6"},
        {"automation": ""},
        {"assessed_on": "1.10.2026"},
        {"assessed_on": "0001-01-01"},
        {"valid_until": "2026-10-02"},
        {"summary_de": " "},
    ],
)
def test_what_can_t_be_so_is_shown_at_its_field_and_nothing_is_kept(world: World, wrong: dict[str, str]) -> None:
    answer = world.office().post(
        f"/verwaltung/kommunen/{town(world).public_id}/begutachtung", data=form(world, **wrong)
    )
    assert answer.status_code == 422
    assert "Bitte prüfen Sie diese Eingabe" in text_of(answer)
    assert "Institut" in answer.get_data(as_text=True)
    with world.database.read() as session:
        assert session.scalars(select(Award)).all() == []

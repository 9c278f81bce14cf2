"""Assessments of municipalities: what is kept, what is refused, what is found again."""

from datetime import date
from typing import Any

import pytest

from campus import maturity
from campus.database import Database
from campus.errors import InvalidInputError, NotFoundError
from campus.models.organisations import OrganisationKind
from campus.models.people import Person
from tests.factories import NOW, organisation

GIVEN: dict[str, Any] = {
    "assessor": " Institut für Verwaltungsinformatik ",
    "self_reported_on": date(2026, 9, 1),
    "assessed_on": date(2026, 10, 1),
    "valid_until": date(2028, 10, 1),
    "ratings": {"data": 3, "automation": 1, "networking": 5},
    "summary": {"de": "Auf gutem Weg"},
}


@pytest.fixture
def town(database: Database) -> str:
    """Keep a municipality, a provider and an assessor's account; give the municipality's public id."""
    with database.write() as session:
        session.add(Person(name="Begutachterin", created_at=NOW))
        organisation(session, slug="anbieter")
        return organisation(session, OrganisationKind.MUNICIPALITY, "musterhausen").public_id


def recorded(database: Database, town: str, *, swapped: bool = False, **other: Any) -> str:
    with database.write() as session:
        municipality = maturity.municipality(session, town)
        provider = maturity.organisations_that_award(session)[0]
        pair = (provider, municipality) if swapped else (municipality, provider)
        return maturity.record(session, *pair, **{**GIVEN, "by": 1, "now": NOW, **other}).public_id


def test_assessments_are_kept_as_they_were_found_in_their_order(database: Database, town: str) -> None:
    later = recorded(database, town)
    earlier = recorded(database, town, self_reported_on=date(2025, 1, 1), assessed_on=date(2025, 2, 1))
    with database.read() as session:
        municipality = maturity.municipality(session, town)
        found = maturity.of_municipality(session, municipality.id)
        assert [one.public_id for one in found] == [earlier, later]
        assert found[1].assessor == "Institut für Verwaltungsinformatik"
        assert found[1].ratings == GIVEN["ratings"]
        assert [(one.slug, last and last.public_id) for one, last in maturity.latest(session)] == [
            ("musterhausen", later)
        ]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("assessor", {"assessor": "  "}),
        ("assessor", {"assessor": "x" * 201}),
        ("assessed_on", {"assessed_on": date(2026, 11, 3)}),
        ("self_reported_on", {"self_reported_on": date(2026, 10, 2)}),
        ("valid_until", {"valid_until": date(2026, 11, 2)}),
        ("ratings", {"ratings": {"data": 3, "automation": 6, "networking": 5}}),
        ("ratings", {"ratings": {"data": 3}}),
        ("summary", {"summary": {"en": "fine"}}),
        ("summary", {"summary": {"de": "x" * 4001}}),
        ("municipality", {"swapped": True}),
    ],
)
def test_what_can_t_be_so_is_refused_at_its_field(
    database: Database, town: str, field: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        recorded(database, town, **wrong)
    assert refused.value.field == field


def test_a_municipality_awards_nothing_and_a_provider_is_none(database: Database, town: str) -> None:
    with database.write() as session:
        municipality = maturity.municipality(session, town)
        with pytest.raises(InvalidInputError) as refused:
            maturity.record(session, municipality, municipality, **GIVEN, by=1, now=NOW)
        assert refused.value.field == "provider"
        with pytest.raises(NotFoundError):
            maturity.municipality(session, maturity.organisations_that_award(session)[0].public_id)


def test_one_that_was_not_assessed_is_listed_too(database: Database, town: str) -> None:
    with database.read() as session:
        assert [last for _, last in maturity.latest(session)] == [None]

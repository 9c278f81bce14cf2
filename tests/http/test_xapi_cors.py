"""Calls from pages of other origins (CORS): those that somebody registered may read the answers, others may not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.errors import NotFoundError
from campus.models.organisations import Organisation
from tests.databases import ON_SQLITE
from tests.factories import NOW, organisation
from tests.record_store import Lrs, open_store
from tests.unit.xapi.samples import SOME_ID, statement
from xapi import cors
from xapi.vocabulary import Edition

PAGE, OTHER_PAGE = "https://h5p.example", "https://h5p.example:8443"
RESOURCES = (
    "about",
    "statements",
    "agents",
    "agents/profile",
    "activities",
    "activities/state",
    "activities/profile",
)


@pytest.fixture
def lrs(database: Database) -> Lrs:
    made = open_store(database)
    with database.write() as session:
        cors.register(session, organisation(session, slug="nord"), PAGE, now=NOW)
    return made


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("resource", RESOURCES)
@ON_SQLITE
def test_a_preflight_is_answered_without_credentials(lrs: Lrs, resource: str, edition: Edition) -> None:
    lrs.edition = edition
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,if-match,x-experience-api-version",
    }
    answer = lrs.client.options(f"{lrs.base}/{resource}", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert words(answer.headers["Access-Control-Allow-Methods"]) >= {"get", "put", "post", "delete"}
    allowed = words(answer.headers["Access-Control-Allow-Headers"])
    assert allowed >= words(asked["Access-Control-Request-Headers"]) | {"if-none-match"}
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_answers_and_refusals_may_be_read_by_a_registered_page(lrs: Lrs) -> None:
    page = {"Origin": PAGE}
    assert lrs.put(statement(), SOME_ID, headers=page).status_code == 204
    for answer, status in (
        (lrs.ask("GET", query_string={"statementId": SOME_ID}, headers=page), 200),
        (lrs.ask("GET", query_string={"nonsense": "1"}, headers=page), 400),
        (lrs.client.get("/xapi/statements", headers=page | {"X-Experience-API-Version": "2.0.0"}), 401),
    ):
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, PAGE)
        shown = words(answer.headers["Access-Control-Expose-Headers"])
        assert shown >= {"etag", "last-modified", "x-experience-api-version", "x-experience-api-consistent-through"}
        assert "Access-Control-Allow-Credentials" not in answer.headers


@ON_SQLITE
@pytest.mark.parametrize(
    "origin",
    [None, "null", "*", OTHER_PAGE, "http://h5p.example", "https://evil.h5p.example", f"{PAGE}/", PAGE.upper()],
)
def test_other_pages_get_no_word(lrs: Lrs, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    for answer in (
        lrs.ask("GET", headers=headers),
        lrs.client.options("/xapi/statements", headers=headers | {"Access-Control-Request-Method": "GET"}),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers["Vary"]


def test_an_origin_is_one_organisation_s_word_and_ends_with_it(lrs: Lrs) -> None:
    database = lrs.services.database
    with database.write() as session:
        nord = session.scalars(select(Organisation)).one()
        other = organisation(session)
        assert not cors.register(session, nord, PAGE, now=NOW)
        assert cors.register(session, other, PAGE, now=NOW)
        assert cors.register(session, other, OTHER_PAGE, now=NOW)
        with pytest.raises(NotFoundError):
            cors.remove(session, nord, OTHER_PAGE)
        cors.remove(session, nord, PAGE)
        assert [(found.origin, owner.id) for found, owner in cors.listed(session)] == [
            (PAGE, other.id),
            (OTHER_PAGE, other.id),
        ]
        assert cors.listed(session, nord.id) == []
        assert cors.is_registered(session, other.id, PAGE)
        assert not cors.is_registered(session, nord.id, PAGE)
    origins = cors.Origins(database, lambda: lrs.services.now)
    assert PAGE in origins
    with database.write() as session:
        cors.remove(session, session.get_one(Organisation, other.id), PAGE)
    lrs.services.now += timedelta(seconds=1)
    assert PAGE not in origins

"""Statements in the demo world's record store, and its pages as an administrator reads them."""

from flask.testing import FlaskClient

from tests.pages import World
from xapi import service, statements
from xapi.batches import Origin, Sender, prepare
from xapi.parts import Json
from xapi.store import CAMPUS
from xapi.vocabulary import Edition

STORE = "/verwaltung/lernprotokoll"
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://campus.example", "name": "key:x"}}


def keep(world: World, *given: Json, tenant: int = CAMPUS) -> None:
    """Store statements of a client, now."""
    sender = Sender(Origin.CLIENT, AUTHORITY, tenant)
    batch = prepare([statements.check(one) for one in given], sender, version=Edition.V2)
    with world.database.write() as session:
        assert service.keep(session, [batch], now=world.clock()) == [None]


def text(browser: FlaskClient, path: str, status: int = 200, **query: str) -> str:
    answer = browser.get(path, query_string=query or None)
    assert answer.status_code == status, answer.status
    return answer.get_data(as_text=True)


def titled(iri: str, name: str) -> Json:
    return {"id": iri, "definition": {"name": {"de": name}}}

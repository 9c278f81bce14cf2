"""The pages of keys and origins: who manages whose, the secret shown once, and what is refused."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World
from xapi.store import CAMPUS, ContentOrigin, Key

OFFICE = "/verwaltung/lernprotokoll"
VERSION = {"X-Experience-API-Version": "2.0.0"}


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def house(world: World, letter: str = "A") -> str:
    return f"/anbieter/{world.provider(letter).public_id}/lernprotokoll"


def made(answer: Any) -> tuple[str, str]:
    """Read name and secret from the one page that shows them."""
    assert answer.status_code == 200, text_of(answer)
    found = dict(re.findall(r'id="(name|secret|endpoint)" value="([^"]*)"', unescape(answer.text)))
    return found["name"], found["secret"]


def keys_of(world: World) -> dict[str, Key]:
    with world.database.read() as session:
        return {key.name: key for key in session.scalars(select(Key))}


def origins_of(world: World) -> list[tuple[int, str]]:
    with world.database.read() as session:
        rows = session.scalars(select(ContentOrigin).order_by(ContentOrigin.id))
        return [(row.organisation_id, row.origin) for row in rows]


def audited(world: World) -> list[tuple[str, Any]]:
    with world.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("xapi.")))
        return [(row.action, row.organisation_id) for row in rows]


def make(client: FlaskClient, place: str, name: str = "player", *scopes: str, **more: str) -> Any:
    return client.post(f"{place}/schluessel", data={"name": name, "scope": list(scopes) or ["statements/write"]} | more)


def test_a_provider_s_key_is_shown_once_works_and_ends(world: World) -> None:
    editor, place = world.editor(), house(world)
    answer = make(editor, place, "player", "statements/write", "statements/read/mine")
    name, secret = made(answer)
    assert f"curl -u 'player:{secret}'" in unescape(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    listed = editor.get(f"{place}/schluessel")
    assert "player" in text_of(listed)
    assert secret not in listed.text
    told = {
        "actor": {"mbox": "mailto:test@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": "https://example.org/activities/test"},
    }
    client = world.app.test_client()
    assert client.post("/xapi/statements", json=told, auth=(name, secret), headers=VERSION).status_code == 200
    key = keys_of(world)["player"]
    assert (key.tenant, key.scopes) == (world.provider("A").id, ["statements/read/mine", "statements/write"])
    assert editor.post(f"{place}/schluessel/{key.public_id}/widerrufen").status_code == 303
    assert "widerrufen" in text_of(editor.get(f"{place}/schluessel"))
    world.clock.now += timedelta(seconds=1)
    assert client.post("/xapi/statements", json=told, auth=(name, secret), headers=VERSION).status_code == 401
    assert audited(world) == [("xapi.key_made", key.tenant), ("xapi.key_revoked", key.tenant)]


def test_a_provider_makes_keys_for_itself_alone(world: World) -> None:
    editor, place = world.editor(), house(world)
    for wanted in ("campus", world.provider("B").public_id):
        made(make(editor, place, f"key-{wanted[:6]}", organisation=wanted))
    assert {key.tenant for key in keys_of(world).values()} == {world.provider("A").id}


def test_a_provider_sees_and_ends_no_key_of_another(world: World) -> None:
    other = world.provider("B")
    made(make(world.office(), OFFICE, "foreign", organisation=other.public_id))
    made(make(world.office(), OFFICE, "whole", organisation="campus"))
    editor = world.editor()
    assert "foreign" not in text_of(editor.get(f"{house(world)}/schluessel"))
    for key in keys_of(world).values():
        answer = editor.post(f"{house(world)}/schluessel/{key.public_id}/widerrufen")
        assert (answer.status_code, keys_of(world)[key.name].revoked_at) == (404, None)
    assert editor.get(f"{house(world, 'B')}/schluessel").status_code == 403


def test_the_office_makes_and_ends_any(world: World) -> None:
    office = world.office()
    made(make(office, OFFICE, "whole", "all", organisation="campus"))
    made(make(office, OFFICE, "of-b", organisation=world.provider("B").public_id))
    found = keys_of(world)
    assert (found["whole"].tenant, found["of-b"].tenant) == (CAMPUS, world.provider("B").id)
    for name in ("whole", "of-b"):
        assert office.post(f"{OFFICE}/schluessel/{found[name].public_id}/widerrufen").status_code == 303
    assert all(key.revoked_at for key in keys_of(world).values())


@ON_SQLITE
def test_what_a_key_s_form_refuses_stands_at_its_field(world: World) -> None:
    office = world.office()
    changes: list[dict[str, Any]] = [
        {"name": "a:b"},
        {"name": ""},
        {"name": "Schlüssel"},
        {"scope": []},
        {"scope": ["everything"]},
        {"organisation": ""},
        {"organisation": "nobody"},
    ]
    for change in changes:
        form = {"name": "player", "scope": ["state"], "organisation": "campus"} | change
        answer = office.post(f"{OFFICE}/schluessel", data=form)
        (marked,) = change
        assert (answer.status_code, f'id="{marked}-error"' in answer.text) == (422, True), change
    assert keys_of(world) == {}


@ON_SQLITE
def test_a_name_is_given_once(world: World) -> None:
    made(make(world.editor(), house(world)))
    answer = make(world.editor(), house(world))
    assert answer.status_code == 409
    assert "Einen Schlüssel dieses Namens gibt es schon" in text_of(answer)


def test_origins_are_registered_as_browsers_write_them_and_taken_back(world: World) -> None:
    editor, place, provider = world.editor(), house(world), world.provider("A").id
    for typed in ("https://H5P.example:443/embed?x=1", "https://h5p.example", "https://bücher.example:8443"):
        assert editor.post(f"{place}/herkunft", data={"origin": typed}).status_code == 303
    ours = [(provider, "https://h5p.example"), (provider, "https://xn--bcher-kva.example:8443")]
    assert origins_of(world) == ours
    assert "https://h5p.example" in text_of(editor.get(f"{place}/schluessel"))
    taken_back = {"origin": "https://h5p.example", "of": world.provider("B").public_id}
    assert world.office().post(f"{OFFICE}/herkunft/entfernen", data=taken_back).status_code == 404
    assert editor.post(f"{place}/herkunft/entfernen", data=taken_back).status_code == 303
    assert origins_of(world) == ours[1:]
    actions = [action for action, organisation in audited(world) if organisation == provider]
    assert actions == ["xapi.origin_added", "xapi.origin_added", "xapi.origin_removed"]


@ON_SQLITE
def test_what_is_no_origin_is_refused(world: World) -> None:
    editor, place = world.editor(), house(world)
    for typed in ("", "*", "null", "h5p.example", "ftp://h5p.example", "http://h5p.example", "https://*.h5p.example"):
        answer = editor.post(f"{place}/herkunft", data={"origin": typed})
        assert (answer.status_code, 'id="origin-error"' in answer.text) == (422, True), typed
    assert origins_of(world) == []


@ON_SQLITE
def test_the_office_registers_for_whom_it_names(world: World) -> None:
    form = {"origin": "https://player.example", "of": world.provider("B").public_id}
    assert world.office().post(f"{OFFICE}/herkunft", data=form).status_code == 303
    assert origins_of(world) == [(world.provider("B").id, "https://player.example")]
    assert "https://player.example" not in text_of(world.editor().get(f"{house(world)}/schluessel"))

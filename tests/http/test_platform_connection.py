"""The connection test says in words what is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify

from campus.database import Database
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.http.test_platform_pages import add
from tests.lms.app import create_lms
from tests.lms.config import Config
from tests.lms.live import AYLIN, serve
from tests.lms.platform import Platform
from tests.lms.state import State
from tests.pages import World


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def connected(database: Database, tmp_path: Path) -> Iterator[tuple[World, Platform]]:
    """Give the tool and the demo LMS, both served, at the real time: the LMS reads our key set."""
    worlds: list[World] = []
    portals: list[Platform] = []

    def make_tool(url: str) -> Flask:
        worlds.append(pages.world_of(database, public_url=url))
        worlds[0].clock.now = datetime.now(tz=UTC)
        return worlds[0].app

    def make_lms(url: str) -> Flask:
        values = {
            "client_id": "kc-2",
            "deployment_id": "1",
            "course": {"id": "kurs-1", "title": "Digitale Verwaltung"},
            "users": [AYLIN],
            "links": [],
        }
        config = Config.of(values, url=url, tool_url=worlds[0].services.settings.public_url)
        portals.append(Platform(config, State(tmp_path / "lms.sqlite")))
        return create_lms(portals[0])

    with serve(make_tool), serve(make_lms):
        yield worlds[0], portals[0]


def addresses(platform: Platform) -> dict[str, str]:
    config = platform.config
    return {
        "issuer": config.url,
        "auth_login_url": config.auth_url,
        "auth_token_url": config.token_url,
        "key_set_url": config.key_set_url,
    }


@ON_SQLITE
def test_connection_test_says_that_everything_works(connected: tuple[World, Platform]) -> None:
    world, platform = connected
    address = add(world, **addresses(platform))
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "Alles funktioniert" in page
    assert "(brauchbar: 1)" in page
    assert "Ihr LMS kennt uns und gibt ein Zugriffstoken" in page


@ON_SQLITE
def test_connection_test_says_that_the_client_is_unknown(connected: tuple[World, Platform]) -> None:
    world, platform = connected
    address = add(world, **addresses(platform), client_id="somebody-else")
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "1 von 3 Schritten sind gescheitert" in page
    assert "„invalid_client“" in page
    assert "Ist unsere Schlüsseladresse dort eingetragen" in page


def answering(status: int = 200, body: Any = b"", **json: Any) -> Any:
    """Give an application that says the same at every address."""

    def make(_url: str) -> Flask:
        app = Flask("odd")

        @app.route("/<path:_path>", methods=["GET", "POST"])
        def say(_path: str) -> Response:
            answer = jsonify(json) if json else Response(body)
            answer.status_code = status
            return answer

        return app

    return make


@ON_SQLITE
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            answering(403),
            ["Ihr LMS antwortet an der Adresse seiner Schlüssel mit 403", "an seiner Tokenadresse mit 403"],
        ),
        (answering(500), ["Schlüssel mit 500", "an seiner Anmeldeadresse mit 500", "an seiner Tokenadresse mit 500"]),
        (answering(200, b"<html>"), ["kein JSON mit Schlüsseln", "kein Zugriffstoken, vielleicht eine Webseite"]),
        (answering(200, keys=[]), ["kein brauchbarer: RSA", "kein Zugriffstoken"]),
        (answering(200, b"x" * 400_000), ["viel zu groß dafür", "Anmeldeadresse antwortet, ist viel zu groß"]),
        (answering(400, error="invalid_scope"), ["„invalid_scope“: Ihr LMS kennt uns"]),
        (answering(400, error="unauthorized_client"), ["„unauthorized_client“. Prüfen Sie die Client-ID"]),
        (answering(400, error="<b>Max Muster</b>"), ["an seiner Tokenadresse mit 400"]),
    ],
)
def test_connection_test_says_in_words_what_is_wrong(world: World, make: Any, said: list[str]) -> None:
    with serve(make) as url:
        address = add(world, issuer=url, auth_login_url=f"{url}/a", auth_token_url=f"{url}/t", key_set_url=f"{url}/k")
        page = text_of(world.office().post(f"{address}/pruefen"))
    for part in said:
        assert part in page
    assert "Max Muster" not in page


@ON_SQLITE
def test_connection_test_of_a_platform_that_is_away_or_inside(world: World) -> None:
    down = {"auth_login_url": "http://127.0.0.1:9/a", "auth_token_url": "http://127.0.0.1:9/t"}
    address = add(world, **down, key_set_url="https://10.0.0.1/k")
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "3 von 3 Schritten" in page
    assert "Die Adresse der Schlüssel wird von hier nicht aufgerufen" in page
    assert "Ihr LMS war an seiner Tokenadresse nicht zu erreichen" in page

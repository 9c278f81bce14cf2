"""The fixtures themselves: what every other test stands on."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import text

from campus.database import Database
from tests.conftest import require_or_skip
from tests.databases import OWN_DATABASE
from tests.factories import organisation


@OWN_DATABASE
@pytest.mark.parametrize("_again", [1, 2])
def test_who_asks_gets_a_database_of_its_own(database: Database, _again: int) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE left_behind (id INTEGER)"))
        session.execute(text("INSERT INTO left_behind VALUES (1)"))
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM left_behind")).scalar_one() == 1


@pytest.mark.parametrize("_again", [1, 2])
def test_a_reused_database_is_as_the_migrations_left_it(database: Database, _again: int) -> None:
    with database.write() as session:
        assert organisation(session).id == 1, "nobody is there, and counters begin anew"
        assert session.execute(text("SELECT count(*) FROM xapi_clock")).scalar_one() == 1


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as connection, pytest.raises(SocketConnectBlockedError):
        connection.connect(("192.0.2.1", 80))


def test_what_is_lacking_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not found: unicorns"):
        require_or_skip(condition=False, what="unicorns")


def test_what_is_lacking_fails_where_all_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="unicorns"):
        require_or_skip(condition=False, what="unicorns")

"""Logins under way: taken out once, by one of many."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.models.organisations import OrganisationKind
from lti_tool.launch import registrations, states
from lti_tool.launch.errors import StateUnknownError
from lti_tool.launch.store import LoginState
from tests import factories

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def login(database: Database) -> states.Login:
    with database.write() as session:
        row = registrations.register(
            session,
            factories.organisation(session, OrganisationKind.MUNICIPALITY),
            name="LMS",
            issuer="https://lms.example",
            client_id="client",
            auth_login_url="https://lms.example/auth",
            auth_token_url="https://lms.example/token",
            key_set_url="https://lms.example/keys",
            deployment_ids=["1"],
            now=NOW,
        )
        return states.Login(row.id, "nonce", "https://tool.example/lti/launch")


def take(database: Database, state: str = "s", browser: str = "b", now: datetime = NOW) -> states.Login | None:
    try:
        with database.write() as session:
            return states.end(session, state=state, browser=browser, now=now)
    except StateUnknownError:
        return None


def test_of_many_at_once_one_takes_the_login(database: Database, login: states.Login) -> None:
    with database.write() as session:
        states.begin(session, login, state="s", browser="b", now=NOW)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take(database), range(16)))
    assert [found for found in taken if found] == [login]


def test_secrets_are_not_stored(database: Database, login: states.Login) -> None:
    with database.write() as session:
        states.begin(session, login, state="state-secret", browser="browser-secret", now=NOW)
    with database.read() as session:
        row = session.scalars(select(LoginState)).one()
    assert {row.state_hash, row.browser_hash}.isdisjoint({"state-secret", "browser-secret"})


def test_old_logins_go_when_new_ones_come(database: Database, login: states.Login) -> None:
    with database.write() as session:
        for number in range(5):
            states.begin(session, login, state=f"s{number}", browser="b", now=NOW)
        states.begin(session, login, state="s", browser="b", now=NOW + timedelta(minutes=11))
        assert session.scalar(select(func.count()).select_from(LoginState)) == 1
    assert take(database, now=NOW + timedelta(minutes=20))

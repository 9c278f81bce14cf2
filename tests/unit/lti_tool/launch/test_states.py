"""Logins under way: a state of ours, of one browser, ended once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import func, select

from campus.database import Database
from lti_tool.launch import states
from lti_tool.launch.errors import BrowserError, StateUnknownError
from lti_tool.launch.states import Login
from lti_tool.launch.store import EndedLogin

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
ENCRYPTION = MultiFernet([Fernet(OLD)])
LOGIN = Login(7, states.digest("https://tool.example/lti/launch"), states.digest("browser-secret"), "_parent")


def end(database: Database, state: str, now: datetime = NOW) -> bool:
    try:
        with database.write() as session:
            states.end(session, state, now=now)
    except StateUnknownError:
        return False
    return True


def test_a_state_carries_its_login_and_shows_nothing_of_it() -> None:
    state = states.begin(LOGIN, ENCRYPTION, now=NOW)
    assert states.read(state, ENCRYPTION, now=NOW) == LOGIN
    assert state.replace("-", "").replace("_", "").isalnum()
    assert LOGIN.browser_hash not in state


def test_two_logins_have_different_states_and_nonces() -> None:
    first, second = (states.begin(LOGIN, ENCRYPTION, now=NOW) for _ in range(2))
    assert first != second
    assert states.nonce_of(first) != states.nonce_of(second)


@pytest.mark.parametrize("late", [timedelta(minutes=10, seconds=1), timedelta(days=1), -timedelta(minutes=2)], ids=str)
def test_a_state_is_read_for_ten_minutes(late: timedelta) -> None:
    state = states.begin(LOGIN, ENCRYPTION, now=NOW)
    assert states.read(state, ENCRYPTION, now=NOW + timedelta(minutes=10)) == LOGIN
    with pytest.raises(StateUnknownError):
        states.read(state, ENCRYPTION, now=NOW + late)


def test_a_state_is_read_after_the_encryption_key_was_changed() -> None:
    state = states.begin(LOGIN, ENCRYPTION, now=NOW)
    assert states.read(state, MultiFernet([Fernet(NEW), Fernet(OLD)]), now=NOW) == LOGIN


@pytest.mark.parametrize("state", ["", "x", "ä" * 40, "A" * 4000, Fernet(NEW).encrypt(b"{}").decode()], ids=len)
def test_what_is_no_state_of_ours_is_refused(state: str) -> None:
    with pytest.raises(StateUnknownError):
        states.read(state, ENCRYPTION, now=NOW)


def test_a_secret_of_ours_that_is_no_login_is_refused() -> None:
    with pytest.raises(StateUnknownError):
        states.read(ENCRYPTION.encrypt_at_time(b'{"kid": 1}', int(NOW.timestamp())).decode(), ENCRYPTION, now=NOW)


@pytest.mark.parametrize("secret", [None, "", "another"])
def test_another_browser_is_refused(secret: str | None) -> None:
    LOGIN.require_browser("browser-secret")
    with pytest.raises(BrowserError):
        LOGIN.require_browser(secret)


def test_of_many_at_once_one_ends_the_login(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        ended = list(threads.map(lambda _: end(database, "s"), range(8)))
    assert sum(ended) == 1


def test_ended_logins_are_kept_until_their_state_is_too_old(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "PURGE_EVERY", 1)
    for number in range(5):
        assert end(database, f"s{number}")
    assert not end(database, "s0", NOW + timedelta(minutes=19))
    assert end(database, "s9", NOW + timedelta(minutes=21))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(EndedLogin)) == 1

"""Checklist A, bad launches: times, and what may be used once: nonce, state and token."""

from datetime import timedelta

import pytest
from requests.cookies import RequestsCookieJar

from tests.conformance.lti.browsers import (
    Body,
    Browser,
    Spoil,
    bernd,
    refused,
    refused_launch,
    with_,
    without,
)
from tests.databases import ON_SQLITE
from tests.lms.live import World

HOUR, YEAR = 3600, 365 * 86400


def shifted(iat: int, exp: int) -> Spoil:
    return lambda body: {**body, "iat": body["iat"] + iat, "exp": body["exp"] + exp}


def test_A7_bad_timestamps(shared: World) -> None:
    refused_launch(shared, with_(iat=11111, exp=22222), "launch.expired")


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize(
    "value",
    ["soon", "", True, None, float("inf"), float("nan"), 10**400],
    ids=["text", "empty", "true", "null", "infinite", "not a number", "huge"],
)
def test_A7_timestamp_is_no_number(shared: World, name: str, value: object) -> None:
    refused_launch(shared, with_(**{name: value}), "launch.claims")


def test_A7_not_valid_before_later(shared: World) -> None:
    refused_launch(shared, lambda body: {**body, "nbf": body["iat"] + HOUR}, "launch.not_yet_valid")


def test_A7_from_the_future(shared: World) -> None:
    refused_launch(shared, shifted(HOUR, HOUR), "launch.not_yet_valid")


def test_A7_expired(shared: World) -> None:
    refused_launch(shared, shifted(-200, -200), "launch.expired")


def test_A15_exp_missing(shared: World) -> None:
    refused_launch(shared, without("exp"), "launch.claims")


def test_A15_iat_missing(shared: World) -> None:
    refused_launch(shared, without("iat"), "launch.claims")


def test_A16_made_a_year_ago_and_still_valid(shared: World) -> None:
    refused_launch(shared, shifted(-YEAR, YEAR), "launch.expired")


def test_A16_older_than_an_hour_and_still_valid(shared: World) -> None:
    refused_launch(shared, shifted(-HOUR - 90, HOUR), "launch.expired")


@pytest.mark.parametrize(
    "spoil",
    [without("nonce"), with_(nonce=""), with_(nonce="unknown"), with_(nonce=["a"]), with_(nonce="\ud800")],
    ids=["absent", "empty", "unknown", "list", "half a character"],
)
def test_A17_nonce(shared: World, spoil: Spoil) -> None:
    refused_launch(shared, spoil, "launch.nonce")


@ON_SQLITE
def test_A17_nonce_expired(lti: World) -> None:
    """A nonce belongs to its state, and both end together after ten minutes, however fresh the token is."""
    browser = Browser(lti)
    asked = browser.begin()
    lti.clock.ahead = timedelta(minutes=11)
    token = lti.platform.sign(shifted(660, 660)(lti.claims(asked)))
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.state_unknown")


def test_A18_nonce_of_one_login_with_the_state_of_another(shared: World) -> None:
    browser = Browser(shared)
    first, second = browser.begin(), browser.begin()
    token = shared.platform.sign(shared.claims(first))
    refused(shared, lambda language: browser.send(second["state"], token, language), "launch.nonce")


def used(lti: World) -> tuple[Browser, dict[str, str], Body, RequestsCookieJar]:
    """Launch once; return the browser, what was asked and said, and the cookies that it had before."""
    browser = Browser(lti)
    asked = browser.begin()
    before = browser.http.cookies.copy()
    body = lti.claims(asked)
    assert browser.send(asked["state"], lti.platform.sign(body)).status_code == 303
    return browser, asked, body, before


def test_A19_posted_twice(lti: World) -> None:
    browser, asked, body, _ = used(lti)
    token = lti.platform.sign(body)
    page = refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.state_unknown")
    assert "Kurs und öffnen Sie die Lerneinheit neu." in page.text_content()


def test_A19_posted_twice_by_a_browser_that_keeps_its_cookie(lti: World) -> None:
    browser, asked, body, before = used(lti)
    browser.http.cookies.update(before)
    token = lti.platform.sign(body)
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.state_unknown")


def test_A20_same_nonce_with_another_sub(lti: World) -> None:
    browser, asked, body, before = used(lti)
    browser.http.cookies.update(before)
    token = lti.platform.sign({**body, "sub": bernd().id})
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.state_unknown")


@pytest.mark.parametrize("state", ["", "unknown", "gAAAAA" * 20, "x" * 5000], ids=["absent", "unknown", "odd", "long"])
def test_A22_state_absent_or_unknown(shared: World, state: str) -> None:
    browser = Browser(shared)
    token = shared.platform.sign(shared.claims(browser.begin()))
    refused(shared, lambda language: browser.send(state, token, language), "launch.state_unknown")


def test_A22_state_changed(shared: World) -> None:
    browser = Browser(shared)
    asked = browser.begin()
    middle = len(asked["state"]) // 2
    letter = "A" if asked["state"][middle] != "A" else "B"
    state = asked["state"][:middle] + letter + asked["state"][middle + 1 :]
    token = shared.platform.sign(shared.claims(asked))
    refused(shared, lambda language: browser.send(state, token, language), "launch.state_unknown")


@ON_SQLITE
@pytest.mark.parametrize(("minutes", "status"), [(9, 303), (11, 400)], ids=["9 minutes", "11 minutes"])
def test_A22_state_lives_ten_minutes(lti: World, minutes: int, status: int) -> None:
    browser = Browser(lti)
    asked = browser.begin()
    lti.clock.ahead = timedelta(minutes=minutes)
    seconds = minutes * 60
    token = lti.platform.sign(shifted(seconds, seconds)(lti.claims(asked)))
    assert browser.send(asked["state"], token).status_code == status

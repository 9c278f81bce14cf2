"""Checklist A21, A33 and B18 to B20: which browser it is, with cookies and without.

That real browsers do what is assumed here, tests/browser/test_launch_frames.py shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from lxml.html import HtmlElement

from lti_tool.launch.store import Deployment
from tests.conformance.lti.browsers import (
    INSTRUCTOR,
    LEARNER,
    TIMEOUT,
    Browser,
    Landed,
    Spoil,
    bernd,
    both,
    read,
    refused,
    rows,
    second_client,
    with_,
    with_claim,
)
from tests.lms.live import World

ROLES = pytest.mark.parametrize("role", [INSTRUCTOR, LEARNER], ids=["instructor", "learner"])
OWN_PAGE, FOREIGN_PAGE = {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}


@dataclass
class Framed:
    """A login that began in a frame of the LMS: what the page is told that it was answered with."""

    browser: Browser
    page: HtmlElement

    @property
    def told(self) -> dict[str, str]:
        return {name.removeprefix("data-"): value for name, value in self.page.get_element_by_id("launch").items()}

    def launch_form(self, role: str = LEARNER) -> dict[str, str]:
        """Follow the page's way to the LMS; return what it makes the browser post."""
        lti, asked = self.browser.lti, dict(parse_qsl(urlsplit(self.told["way"]).query))
        body = with_claim("roles", [role])(lti.claims(asked))
        return {"state": asked["state"], "id_token": lti.platform.sign(body)}


def begin_framed(lti: World, **more: str) -> Framed:
    browser = Browser(lti)
    browser.http.headers["Sec-Fetch-Dest"] = "iframe"
    answer = browser.log_in({**lti.platform.login_fields(lti.aylin, lti.link), **more})
    assert answer.status_code == 200, answer.text
    return Framed(browser, read(answer))


def post(browser: Browser, form: Mapping[str, str], headers: Mapping[str, str], language: str = "de") -> Any:
    return browser.http.post(
        f"{browser.tool}/lti/launch",
        data=form,
        headers={"Accept-Language": language, **headers},
        allow_redirects=False,
        timeout=TIMEOUT,
    )


def without_cookies(lti: World) -> Browser:
    """Return a browser like the one that began, but nothing that it was given to keep is there."""
    return Browser(lti)


def landed(browser: Browser, answer: requests.Response) -> Landed:
    assert answer.status_code == 303, answer.text
    return Landed(browser, urljoin(browser.tool, answer.headers["Location"]))


# A21: posted from another browser


def test_A21_other_browser(shared: World) -> None:
    """Also with a guessed cookie; and the login remains its own browser's."""
    own, other = Browser(shared), Browser(shared)
    asked = own.begin()
    token = shared.platform.sign(shared.claims(asked))
    refused(shared, lambda language: other.send(asked["state"], token, language), "launch.browser")
    (cookie,) = [each for each in own.http.cookies if each.name.startswith("kc_login_")]
    other.http.cookies.set(cookie.name, "guessed", domain=cookie.domain, path=cookie.path)
    refused(shared, lambda language: other.send(asked["state"], token, language), "launch.browser")
    assert own.send(asked["state"], token).status_code == 303


def test_A21_other_browser_with_a_login_of_its_own(shared: World) -> None:
    asked, other = Browser(shared).begin(), Browser(shared)
    other.begin()
    token = shared.platform.sign(shared.claims(asked))
    refused(shared, lambda language: other.send(asked["state"], token, language), "launch.browser")


@pytest.mark.parametrize("value", ["", "wrong"])
def test_A21_platform_stored_something_else(shared: World, value: str) -> None:
    form = begin_framed(shared, lti_storage_target="_parent").launch_form() | {"browser": value}
    refused(shared, lambda language: post(without_cookies(shared), form, OWN_PAGE, language), "launch.browser")


@pytest.mark.parametrize(
    "headers", [FOREIGN_PAGE, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {}]
)
def test_A21_own_launch_pushed_into_somebody_elses_browser(shared: World, headers: dict[str, str]) -> None:
    """Whoever began the login knows the secret. From another page than ours it opens nothing in a second browser."""
    framed = begin_framed(shared, lti_storage_target="_parent")
    form = framed.launch_form() | {"browser": framed.told["browser"]}
    refused(shared, lambda language: post(without_cookies(shared), form, headers, language), "launch.browser")


def test_A21_secret_counts_only_where_the_platform_stores(shared: World) -> None:
    framed = begin_framed(shared)
    assert framed.told["browser"] == ""
    (cookie,) = [c.value for c in framed.browser.http.cookies if c.name.startswith("kc_login_")]
    form = framed.launch_form() | {"browser": cookie or ""}
    refused(shared, lambda language: post(without_cookies(shared), form, OWN_PAGE, language), "launch.browser")


# A33: the platform answers with an error


def test_A33_error_instead_of_a_token(shared: World) -> None:
    browser = Browser(shared)
    state = browser.begin()["state"]
    said = "<b>Nicht erlaubt</b> & mehr"
    form = {"error": "access_denied", "error_description": said, "state": state}
    page = refused(shared, lambda language: post(browser, form, FOREIGN_PAGE, language), "launch.platform_error")
    (quoted,) = page.xpath("//q")
    assert quoted.text_content() == said
    assert not quoted.xpath(".//b"), "escaped"


@pytest.mark.parametrize(
    "form", [{"error": "x"}, {"error": "x", "error_description": "Rufen Sie 0900 an", "state": "y"}]
)
def test_A33_error_without_a_login_of_this_browser_says_nothing_of_its_own(shared: World, form: dict[str, str]) -> None:
    page = refused(
        shared, lambda language: post(Browser(shared), form, FOREIGN_PAGE, language), "launch.platform_error"
    )
    assert "0900" not in page.text_content()


# B18: cookies blocked


@ROLES
def test_B18_cookie_is_kept(lti: World, role: str) -> None:
    framed = begin_framed(lti, lti_storage_target="_parent")
    found = landed(framed.browser, post(framed.browser, framed.launch_form(role), FOREIGN_PAGE))
    assert "~" not in found.url
    found.unit_page(teacher=role == INSTRUCTOR)


@ROLES
def test_B18_cookies_blocked_and_platform_stores(lti: World, role: str) -> None:
    framed = begin_framed(lti, lti_storage_target="lti_store")
    told, form, blocked = framed.told, framed.launch_form(role), without_cookies(lti)
    assert (told["frame"], told["origin"]) == ("lti_store", lti.platform.config.url)
    before = rows(lti)
    answer = post(blocked, form, FOREIGN_PAGE)
    assert answer.status_code == 200
    assert rows(lti) == before, "asking the platform writes nothing"
    page = read(answer)
    asks = dict(page.get_element_by_id("launch").items())
    assert (asks["data-frame"], asks["data-origin"], asks["data-key"]) == ("lti_store", told["origin"], told["key"])
    (again,) = page.forms
    assert again.fields["browser"] == ""
    assert urljoin(answer.url, again.action) == f"{blocked.tool}/lti/launch"
    found = landed(blocked, post(blocked, {**again.fields, "browser": told["browser"]}, OWN_PAGE))
    assert "~" in found.url
    blocked.http.cookies.clear()
    found.unit_page(teacher=role == INSTRUCTOR)
    assert Browser(lti).get(found.url.partition("~")[0] + "/").status_code == 401, "the secret opens it, not the id"


@ROLES
def test_B18_cookies_blocked_and_no_storage(lti: World, role: str) -> None:
    """The page's form begins the login again, in a window of its own; the LMS has seen nothing until then."""
    framed = begin_framed(lti)
    assert "/lti/auth" not in lti.lms_calls
    (form,) = framed.page.forms
    assert form.get("target") == "_blank"
    (button,) = form.xpath(".//button")
    window = Browser(lti)
    window.http.headers["Sec-Fetch-Dest"] = "document"
    answer = window.log_in({**form.fields, button.get("name"): button.get("value")})
    assert answer.status_code == 200
    again = Framed(window, read(answer))
    assert again.told["own"] == "1"
    found = landed(window, post(window, again.launch_form(role), FOREIGN_PAGE))
    found.unit_page(teacher=role == INSTRUCTOR)


def test_B18_old_browser_that_names_no_place_asks_the_platform_too(shared: World) -> None:
    browser = Browser(shared)
    fields = shared.platform.login_fields(shared.aylin, shared.link)
    assert browser.log_in({**fields, "lti_storage_target": "_parent"}).status_code == 200
    assert browser.log_in(fields).status_code == 302


@pytest.mark.parametrize("place", ["document", "", "empty"])
def test_B18_own_window_is_sent_on_at_once(shared: World, place: str) -> None:
    browser = Browser(shared)
    browser.http.headers["Sec-Fetch-Dest"] = place
    fields = {**shared.platform.login_fields(shared.aylin, shared.link), "lti_storage_target": "_parent"}
    assert browser.log_in(fields).status_code == 302


# B19: two tabs


@ROLES
@pytest.mark.parametrize("cookies", [True, False], ids=["cookies", "no cookies"])
def test_B19_two_tabs_with_two_people_courses_and_platforms(lti: World, role: str, *, cookies: bool) -> None:
    with lti.services.database.write() as session:
        other = second_client(session, lti)
        session.add(Deployment(registration_id=other.id, deployment_id="1", enabled=True))
    browser = Browser(lti)
    tabs = [
        launched(browser, role, course="kurs-1", cookies=cookies),
        launched(browser, role, with_(sub="8", name=bernd().name), course="kurs-2", cookies=cookies),
        launched(browser, role, with_(sub="9", aud="second", azp="second"), course="kurs-3", cookies=cookies),
    ]
    for _ in range(2):  # in turns, as somebody does who changes tabs
        for tab, course in zip(tabs, ("kurs-1", "kurs-2", "kurs-3"), strict=True):
            page = tab.unit_page(teacher=role == INSTRUCTOR)
            assert page.xpath("//header//a[@target='_top']/@href") == [f"{lti.platform.config.url}/{course}"]
    kept = [tab.row for tab in tabs]
    for part in ("person_id", "context_id"):
        assert len({getattr(row, part) for row in kept}) == 3
    assert [row.registration_id == lti.registration_id for row in kept] == [True, True, False]


def launched(browser: Browser, role: str, *changes: Spoil, course: str = "kurs-1", cookies: bool = True) -> Landed:
    """Launch in a tab of this browser, by the login's cookie or, where none is kept, by what the platform stores."""
    lti = browser.lti
    presentation = {"document_target": "iframe", "return_url": f"{lti.platform.config.url}/{course}"}
    spoil = both(
        with_claim("roles", [role]),
        with_claim("context", {"id": course}),
        with_claim("launch_presentation", presentation),
        *changes,
    )
    client = spoil({"aud": lti.platform.config.client_id})["aud"]
    fields = {**lti.platform.login_fields(lti.aylin, lti.link), "client_id": client, "lti_storage_target": "_parent"}
    told = Framed(browser, read(browser.log_in(fields))).told
    asked = dict(parse_qsl(urlsplit(told["way"]).query))
    form = {"state": asked["state"], "id_token": lti.platform.sign(spoil(lti.claims(asked)))}
    if cookies:
        return landed(browser, post(browser, form, FOREIGN_PAGE))
    browser.http.cookies.clear()
    return landed(browser, post(browser, {**form, "browser": told["browser"]}, OWN_PAGE))


# B20: reload, back


@ROLES
@pytest.mark.parametrize("cookies", [True, False], ids=["cookies", "no cookies"])
def test_B20_reload_and_back(lti: World, role: str, *, cookies: bool) -> None:
    browser = Browser(lti)
    tab = launched(browser, role, cookies=cookies)
    tab.unit_page(teacher=role == INSTRUCTOR)
    before = rows(lti)
    assert browser.get(f"{tab.url}account").status_code in {200, 403}
    for _ in range(2):  # back to the unit's page, and reloaded
        tab.unit_page(teacher=role == INSTRUCTOR)
    assert rows(lti) == before

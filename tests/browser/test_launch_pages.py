"""Learners' and teachers' pages in a real browser: accessible, without sideways scrolling on a phone, nothing lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from campus import sessions
from campus.database import Database
from campus.rules.credit import Outcome
from lti_tool.launch.session import cookie_name
from tests import visits
from tests.browser.eyes import AXE, RULES
from tests.databases import ON_SQLITE
from tests.factories import Heard, tutorial
from tests.lms.live import serve
from tests.visits import Campus, Visitor, finish

PHONE, DESK = {"width": 320, "height": 700}, {"width": 1280, "height": 900}

pytestmark = [pytest.mark.browser, ON_SQLITE]


@pytest.fixture
def campus(database: Database) -> Iterator[Campus]:
    made = visits.campus_of(database)

    def at(url: str) -> object:
        made.services = replace(made.services, settings=replace(made.services.settings, public_url=url))
        made.app = visits.app_of(made.services)
        made.app.config["SERVED_AT"] = url
        return made.app

    with serve(at):
        yield made


def page_for(browser: Browser, campus: Campus, visitor: Visitor, *, size: dict[str, int]) -> Page:
    """Open a browser of its own that has the visitor's launch."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        base_url=campus.app.config["SERVED_AT"],
        bypass_csp=True,  # for axe alone; the server's tests look at the policy
    )
    bring(context, campus, visitor)
    return context.new_page()


def bring(context: BrowserContext, campus: Campus, visitor: Visitor) -> None:
    """Give a browser the cookie of the visitor's launch."""
    name = cookie_name(visitor.url.split("/")[2])
    cookie = visitor.client.get_cookie(name, path=visitor.url)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "url": campus.app.config["SERVED_AT"] + visitor.url}])


def check(page: Page, address: str) -> None:
    """Open the page, unless it is open already, and ask axe; the page must not scroll sideways."""
    if address:
        page.goto(address)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    problems = [(broken["id"], [node["target"] for node in broken["nodes"]]) for broken in found["violations"]]
    assert problems == [], f"{address}: {json.dumps(problems)}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{address} scrolls sideways"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_learners_pages_are_accessible_and_fit(browser: Browser, campus: Campus, size: dict[str, int]) -> None:
    done, visitor = campus.visit("Fritz Fertig", subject="10"), campus.visit()
    finish(campus, done, {"q1": "a2"})
    page = page_for(browser, campus, visitor, size=size)
    for path in ("", "?lang=en", "?lang=de", "account", "activities/none", *map(campus.address, shown(campus))):
        check(page, visitor.url + path)
    page = page_for(browser, campus, done, size=size)
    for path in ("", campus.address("Abschlussprüfung A1"), campus.address("Evaluation der Lerneinheit")):
        check(page, done.url + path)


def shown(campus: Campus) -> list[str]:
    return [title for title, activity in campus.activities.items() if activity.supported]


def test_exam_counts_down_keeps_what_is_typed_and_is_handed_in(browser: Browser, campus: Campus) -> None:
    visitor = campus.visit()
    page = page_for(browser, campus, visitor, size=PHONE)
    page.goto(visitor.url + campus.address("Abschlussprüfung A1"))
    page.get_by_role("button", name="Prüfung starten").click()
    check(page, "")
    assert page.get_by_role("timer").inner_text().startswith("4")
    page.get_by_label("Ihre Antwort").first.fill("580")
    page.get_by_label("Ende 2022").check()
    again = campus.visit()  # launched anew, as after a visit that ended
    bring(page.context, campus, again)
    address = page.url.replace(visitor.url, again.url)
    page.goto(address)
    assert page.get_by_label("Ihre Antwort").first.input_value() == "580"
    assert page.get_by_label("Ende 2022").is_checked()
    page.get_by_role("button", name="Abgeben").click()
    check(page, "")
    assert page.get_by_text("Nicht bestanden: 28,57").is_visible()
    assert page.evaluate("Object.keys(localStorage)") == []


def test_exam_hands_itself_in_when_the_time_is_up(browser: Browser, campus: Campus) -> None:
    visitor = campus.visit()
    page = page_for(browser, campus, visitor, size=DESK)
    page.goto(visitor.url + campus.address("Abschlussprüfung A1"))
    page.get_by_role("button", name="Prüfung starten").click()
    page.get_by_label("Ende 2022").check()
    campus.clock.now += timedelta(minutes=44, seconds=59)
    page.reload()
    page.get_by_role("heading", name="Ergebnis: Abschlussprüfung A1").wait_for()
    assert page.get_by_text("1 von 7 Punkten").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_teachers_pages_are_accessible_and_fit(browser: Browser, campus: Campus, size: dict[str, int]) -> None:
    learner, visitor = campus.visit(), campus.visit("Clara Lehr", subject="2", is_teacher=True)
    campus.visit("Bernd Ohm", subject="8")
    page = page_for(browser, campus, visitor, size=size)
    check(page, f"{visitor.url}tutorial")  # not granted yet
    campus.grant()
    with campus.database.write() as session:
        held = tutorial(session, session.merge(campus.unit))
        sessions.expect(session, held, learner.person, now=campus.clock())
        marks = {learner.person.public_id: Outcome.PRESENT}
        sessions.mark(session, held, marks, teacher_id=visitor.person.id, now=campus.clock(), publish=Heard())
    for path in ("", "tutorial", f"tutorial/sessions/{held.public_id}?saved=1"):
        check(page, visitor.url + path)

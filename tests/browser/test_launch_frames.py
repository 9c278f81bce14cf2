"""Launches in a frame of another site, in a real Chromium that blocks cookies (checklist B18 to B20, F8).

The LMS is on 127.0.0.1, the tool on localhost. Three browsers: one that keeps cookies of others' frames apart (what
Chromium does), one that keeps none of ours inside the LMS, one that keeps none of ours at all. ``?speicher=`` makes the
demo LMS store for tools (LTI Platform Storage 1.0).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import BrowserContext, Frame, Page, Playwright

from tests.browser.clicks import press
from tests.browser.eyes import ARGUMENTS, CHROMIUM, DESK, HEIGHT, Eyes
from tests.lms.live import serve
from tests.stack import Ports, Stack, running

CODE, UNIT = "A2", "E-Akte im Alltag"
FIRST, SECOND = "Einstieg", "Vorbereitung"
MERYEM, ANNA, BERND = "101", "102", "103"
KIRSTEN, JONAS, SOPHIE, PIOTR, LENA, TOBIAS = "104", "105", "106", "107", "108", "109"
"""Each has a test of their own, for what they do stays done."""
BLOCK = 2
"""What Chromium calls it in its profile."""

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    prepared = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", Ports.free())
    prepared.prepare()
    with running(prepared) as started:
        yield started


def browser_with(playwright: Playwright, folder: Path, profile: dict[str, Any]) -> BrowserContext:
    """Open a browser with settings that a person makes in its pages: only a profile of its own has them."""
    preferences = folder / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(
        json.dumps({"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1, **profile}})
    )
    return playwright.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        viewport={"width": DESK, "height": HEIGHT},
        locale="de-DE",
    )


def blocking(tool_url: str, inside: str) -> dict[str, Any]:
    """Block all cookies of the tool, partitioned ones too, in pages of ``inside`` (``*``: everywhere)."""
    return {"content_settings": {"exceptions": {"cookies": {f"{tool_url},{inside}": {"setting": BLOCK}}}}}


@pytest.fixture
def apart(playwright: Playwright, tmp_path: Path) -> Iterator[Eyes]:
    with browser_with(playwright, tmp_path / "apart", {}) as context:
        yield Eyes.on(context)


@pytest.fixture
def without(playwright: Playwright, stack: Stack, tmp_path: Path) -> Iterator[Eyes]:
    with browser_with(playwright, tmp_path / "without", blocking(stack.tool_url, stack.lms_url)) as context:
        yield Eyes.on(context)


def begin(page: Page, stack: Stack, person: str, storage: str = "") -> Frame:
    """Become someone in the LMS and open the unit; returns the frame, whatever it shows."""
    page.goto(stack.lms_url)
    page.get_by_label("Angemeldet als").select_option(person)
    press(page, "Wechseln")
    link = page.get_by_role("link", name=re.compile(f"^{CODE} {UNIT}")).first.get_attribute("href")
    page.goto(f"{stack.lms_url}{link}{f'?speicher={storage}' if storage else ''}")
    frame = page.locator("iframe[name=tool]").element_handle().content_frame()
    assert frame is not None
    return frame


def unit_opens(place: Page | Frame) -> None:
    place.get_by_role("heading", level=1, name=UNIT).wait_for()


def do_an_activity(tool: Page | Frame) -> None:
    """Complete the first one, a post, and come back to the unit with it done."""
    tool.get_by_role("link", name=FIRST).first.click()
    tool.get_by_role("heading", level=1, name=FIRST).wait_for()
    press(tool, "Als erledigt markieren")
    unit_opens(tool)
    tool.locator("#next").get_by_role("link", name=SECOND).wait_for()


def launches_kept(context: BrowserContext) -> list[dict[str, Any]]:
    return [dict(cookie) for cookie in context.cookies() if cookie["name"].startswith("kc_launch_")]


def cookies_in_a_frame(context: BrowserContext) -> set[str]:
    """Set a plain and a partitioned cookie in a frame of another site; return which of them come back."""

    def make(url: str) -> Flask:
        app, inner = Flask("cookies"), url.replace("127.0.0.1", "localhost")

        @app.get("/")
        def top() -> str:
            return f'<link rel="icon" href="data:,"><iframe name="inner" src="{inner}/set"></iframe>'

        @app.get("/set")
        def set_both() -> Response:
            answer = Response('<script>location.replace("/read")</script>', mimetype="text/html")
            for name in ("plain", "apart"):
                answer.set_cookie(name, "1", secure=True, samesite="None", partitioned=name == "apart")
            return answer

        @app.get("/read")
        def read() -> str:
            return " ".join(request.cookies)

        return app

    with serve(make) as url:
        page = context.new_page()
        page.goto(url)
        frame = page.frame("inner")
        assert frame is not None
        frame.wait_for_url("**/read")
        found = set(frame.inner_text("body").split())
        page.close()
        return found


def test_blocking_is_real(playwright: Playwright, tmp_path: Path) -> None:
    """A plain cookie is lost where it is said to be, and only there: else the tests below prove nothing."""
    allowed = {"block_third_party_cookies": False, "cookie_controls_mode": 0}
    for name, profile, kept in (
        ("allowed", allowed, {"plain", "apart"}),
        ("apart", {}, {"apart"}),
        ("without", blocking("http://localhost", "http://127.0.0.1"), set()),
    ):
        with browser_with(playwright, tmp_path / name, profile) as context:
            assert cookies_in_a_frame(context) == kept, name


def test_partitioned_cookie_carries_the_launch_where_third_party_cookies_are_blocked(apart: Eyes, stack: Stack) -> None:
    tool = begin(apart.context.new_page(), stack, MERYEM)
    unit_opens(tool)
    assert "~" not in tool.url
    (kept,) = launches_kept(apart.context)
    assert "127.0.0.1" in kept["partitionKey"]
    assert kept["httpOnly"]
    do_an_activity(tool)
    assert apart.wrong == []


@pytest.mark.parametrize(("storage", "person"), [("_parent", ANNA), ("lti_speicher", BERND)])
def test_platforms_storage_carries_the_launch_where_no_cookie_is_kept(
    without: Eyes, stack: Stack, storage: str, person: str
) -> None:
    tool = begin(without.context.new_page(), stack, person, storage)
    unit_opens(tool)
    assert re.search(r"/launch/[0-9a-f-]{36}~[\w-]{43}/$", tool.url)
    assert launches_kept(without.context) == []
    without.look(tool, UNIT)
    do_an_activity(tool)
    tool.get_by_role("link", name="English").click()
    tool.get_by_role("link", name="Deutsch").click()
    unit_opens(tool)
    assert without.wrong == []


def test_window_of_its_own_where_no_cookie_is_kept_and_the_platform_stores_nothing(without: Eyes, stack: Stack) -> None:
    page = without.context.new_page()
    tool = begin(page, stack, KIRSTEN)
    without.look(tool, "in einem eigenen Fenster")
    button = tool.get_by_role("button", name="In neuem Fenster öffnen")
    button.focus()
    with without.context.expect_page() as opened:
        page.keyboard.press("Enter")
    unit_opens(opened.value)
    without.look(tool, "in einem anderen Fenster geöffnet")
    assert "~" not in opened.value.url
    do_an_activity(opened.value)
    assert without.wrong == []


def test_platform_that_promises_storage_and_does_not_answer_leads_to_a_window(without: Eyes, stack: Stack) -> None:
    tool = begin(without.context.new_page(), stack, MERYEM, "gibt_es_nicht")
    tool.get_by_role("button", name="In neuem Fenster öffnen").wait_for()
    with without.context.expect_page() as opened:
        press(tool, "In neuem Fenster öffnen")
    unit_opens(opened.value)


def test_browser_that_keeps_no_cookie_at_all_says_so(playwright: Playwright, stack: Stack, tmp_path: Path) -> None:
    with browser_with(playwright, tmp_path / "profile", blocking(stack.tool_url, "*")) as context:
        eyes = Eyes.on(context)
        tool = begin(context.new_page(), stack, MERYEM)
        with context.expect_page() as opened:
            press(tool, "In neuem Fenster öffnen")
        eyes.look(opened.value, "Ihr Browser behält keine Cookies")
        assert eyes.wrong == []


@pytest.mark.parametrize(("storage", "people"), [("", (JONAS, SOPHIE)), ("_parent", (PIOTR, LENA))])
def test_two_tabs_with_two_people_do_not_mix(
    apart: Eyes, without: Eyes, stack: Stack, storage: str, people: tuple[str, str]
) -> None:
    context = (without if storage else apart).context
    tabs = [context.new_page(), context.new_page()]
    one, two = (begin(tab, stack, person, storage) for tab, person in zip(tabs, people, strict=True))
    unit_opens(one)
    unit_opens(two)
    tabs[0].bring_to_front()
    do_an_activity(one)
    tabs[1].bring_to_front()
    two.evaluate("location.reload()")
    two.locator("#next").get_by_role("link", name=FIRST).wait_for()
    do_an_activity(two)


@pytest.mark.parametrize("storage", ["", "_parent"])
def test_reload_and_back_after_a_launch(apart: Eyes, without: Eyes, stack: Stack, storage: str) -> None:
    eyes = without if storage else apart
    page = eyes.context.new_page()
    tool = begin(page, stack, TOBIAS, storage)
    unit_opens(tool)
    launched = tool.url
    tool.evaluate("location.reload()")
    unit_opens(tool)
    assert tool.url == launched
    tool.get_by_role("link", name=FIRST).first.click()
    tool.get_by_role("heading", level=1, name=FIRST).wait_for()
    page.evaluate("history.back()")
    unit_opens(tool)
    assert tool.url == launched
    page.evaluate("history.back()")
    page.wait_for_url(f"{stack.lms_url}/")
    assert eyes.wrong == []

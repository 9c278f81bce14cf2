"""What people click on their way: sign in, launch a unit in the LMS, press a button, follow a link."""

import re

from playwright.sync_api import Frame, Page

from lti_tool.demo import world
from tests.browser.eyes import Eyes
from tests.stack import Stack

UNIT = "OZG-Grundlagen"


def launch(page: Page, stack: Stack, user: str, title: str = UNIT, code: str = "A1") -> Frame:
    """Become someone in the LMS and open a unit there; returns the frame that it opens in."""
    page.goto(stack.lms_url)
    page.get_by_label("Angemeldet als").select_option(user)
    page.get_by_role("button", name="Wechseln").click()
    page.get_by_role("link", name=re.compile(f"^{code} {title}")).click()
    frame = page.locator("iframe[name=tool]").element_handle().content_frame()
    assert frame is not None
    frame.get_by_role("heading", level=1, name=title).wait_for()
    return frame


def press(place: Page | Frame, name: str) -> None:
    place.get_by_role("button", name=name).first.click()


def follow(place: Page | Frame, name: str | re.Pattern[str]) -> None:
    place.get_by_role("link", name=name).first.click()


def sign_in(eyes: Eyes, stack: Stack, login: str, password: str = world.PASSWORD) -> Page:
    page = eyes.context.new_page()
    page.goto(f"{stack.tool_url}/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(login)
    page.get_by_label("Passwort").fill(password)
    press(page, "Anmelden")
    page.get_by_role("button", name="Abmelden").wait_for()
    return page


def next_activity(tool: Frame, title: str) -> None:
    """Go on to what the unit's page names next."""
    tool.locator("#next").get_by_role("link", name=title).click()
    tool.get_by_role("heading", level=1, name=title).wait_for()


def reloaded(tool: Frame, link: str) -> bool:
    tool.goto(tool.url.partition("#")[0])
    return tool.get_by_role("link", name=link).count() > 0

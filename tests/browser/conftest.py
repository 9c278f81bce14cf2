"""The browser that the tests here share: Debian's Chromium."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Playwright, sync_playwright

from campus.database import Database
from tests import pages
from tests.browser.eyes import ARGUMENTS, AXE, CHROMIUM
from tests.conftest import require_or_skip
from tests.lms.live import serve
from tests.pages import World


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Give Playwright, where there is a browser and axe-core."""
    require_or_skip(CHROMIUM.exists(), "Chromium (Debian package chromium)")
    require_or_skip(AXE.exists(), "axe-core (make assets)")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Give a running Chromium."""
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Give the demo world, served over HTTP."""
    made: list[World] = []

    def at(url: str) -> Flask:
        made.append(pages.world_of(database, public_url=url))
        return made[0].app

    with serve(at):
        yield made[0]

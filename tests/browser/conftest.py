"""The browser that the tests here share: Debian's Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.eyes import ARGUMENTS, AXE, CHROMIUM
from tests.conftest import require_or_skip


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

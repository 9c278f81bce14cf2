"""Looking at a page as a person and as axe-core do: accessible, fit for a phone, nothing wrong in the console."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--no-sandbox", "--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process")
"""All frames in one process: on its way to a launch a frame goes to another site and back within milliseconds, and the
driver loses sight of one that changes processes so quickly. What is blocked goes by site, in whatever process."""
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = 1280, 320
HEIGHT = 900
PATIENCE_MS = 15_000
PICTURES = "PICTURES"
"""Names the folder, if any, that pictures of all pages are put into."""


@dataclass
class Eyes:
    """One person's browser, in German, and what is wrong with what it has shown."""

    context: BrowserContext
    wrong: list[str] = field(default_factory=list)
    refusals: set[str] = field(default_factory=set)
    """Addresses that answer with an error page: browsers write that into the console."""

    @classmethod
    def of(cls, browser: Browser) -> Self:
        """Open a browser of a person's own; axe is there in every page, under the pages' own policy."""
        context = browser.new_context(viewport={"width": DESK, "height": HEIGHT}, locale="de-DE")
        return cls.on(context)

    @classmethod
    def on(cls, context: BrowserContext) -> Self:
        """Watch a browser that is there already."""
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(path=AXE)
        eyes = cls(context)
        context.on("console", eyes._note)
        context.on("weberror", lambda error: eyes.wrong.append(f"{error.page and error.page.url}: {error.error}"))
        return eyes

    def look(self, place: Page | Frame, heading: str, *, english: bool = False) -> None:
        """Wait for the page with this heading and look at it, in German and perhaps in English too."""
        frame = place.main_frame if isinstance(place, Page) else place
        frame.get_by_role("heading", level=1, name=re.compile(heading)).first.wait_for()
        frame.wait_for_load_state()
        self._look(frame, "de")
        if english:
            frame.goto(_in(frame, "en"))
            self._look(frame, "en")
            frame.goto(_in(frame, "de"))

    def refused(self, place: Page | Frame, address: str, heading: str, *, english: bool = False) -> None:
        """Open an address that is refused, and look at the error page."""
        self.refusals |= {address, *(f"{address}{'&' if '?' in address else '?'}lang={code}" for code in ("de", "en"))}
        place.goto(address)
        self.look(place, heading, english=english)

    def _look(self, frame: Frame, language: str) -> None:
        where = f"{frame.url} ({language})"
        spoken = frame.evaluate("document.documentElement.lang")
        if spoken != language:
            self.wrong.append(f"{where}: the page is in {spoken!r}")
        found = frame.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        self.wrong += [
            f"{where}: {broken['id']} {[node['target'] for node in broken['nodes']]}" for broken in found["violations"]
        ]
        self._keep_picture(frame, language)
        frame.page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        wide = frame.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if wide[0] > wide[1]:
            self.wrong.append(f"{where}: {wide[0]} wide on a screen of {wide[1]}")
        self._keep_picture(frame, language)
        frame.page.set_viewport_size({"width": DESK, "height": HEIGHT})

    def _note(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource") and message.location["url"] in self.refusals
        if message.type in {"error", "warning"} and not refused:
            self.wrong.append(f"{message.location['url']}: console: {message.text}")

    def _keep_picture(self, frame: Frame, language: str) -> None:
        """Take a picture of the whole page, the LMS around it included, where somebody wants one."""
        folder = os.environ.get(PICTURES)
        if not folder:
            return
        size = frame.page.viewport_size
        assert size is not None
        tall = frame.evaluate("document.documentElement.scrollHeight")
        if frame.parent_frame:
            frame.page.set_viewport_size({"width": size["width"], "height": int(tall / 0.75) + 10})  # it has 75vh there
            frame.page.wait_for_timeout(200)  # what was out of sight is painted first
        number = len(list(Path(folder).glob("*.png")))
        title = re.sub(r"\W+", "-", frame.title())[:50]
        frame.page.screenshot(path=Path(folder) / f"{number:03}-{size['width']}-{language}-{title}.png", full_page=True)
        frame.page.set_viewport_size(size)


def _in(frame: Frame, language: str) -> str:
    address = re.sub(r"[?&]lang=\w+|#.*", "", frame.url)
    return f"{address}{'&' if '?' in address else '?'}lang={language}"

"""What providers and administrators do on their pages."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from lti_tool.demo import world
from tests.journey.browser import Browser, Page
from tests.stack import Stack

BACKUP = Path(__file__).parents[1] / "data" / "moodle" / "backups" / "KC-OZG-A1-nousers.mbz"


class Provider:
    """An administrator of provider A."""

    def __init__(self, stack: Stack) -> None:
        self.browser = Browser.signed_in(stack, world.PROVIDER_LOGIN, world.PASSWORD)
        account = self.browser.get(f"{stack.tool_url}/konto")
        self.home = account.link("/anbieter/")

    def import_backup(self) -> tuple[Page, Page]:
        """Import the Moodle backup; return the preview and what came of it."""
        form = self.browser.get(self.browser.get(self.home).link("/import"))
        upload = {"backup": (BACKUP.name, BACKUP.read_bytes(), "application/octet-stream")}
        preview = self.browser.submit(form, "/import", {}, **upload)
        given = {"title_de": "OZG-Grundlagen", "summary_de": "Onlinezugangsgesetz in der Kommune", "hours": "12"}
        return preview, self.browser.submit(preview, urlsplit(preview.url).path, given)

    def grant_platform(self, unit_page: Page) -> Page:
        """Grant the unit to the demo LMS's instructors."""
        form = unit_page.form("/plattform")
        (select,) = form.xpath(".//select")
        (option,) = [o for o in select.xpath("./option") if "Musterhausen" in o.text_content()]
        return self.browser.submit(unit_page, "/plattform", {select.get("name"): option.get("value")})


class Office:
    """An administrator of the campus."""

    def __init__(self, stack: Stack) -> None:
        self.browser = Browser.signed_in(stack, world.ADMIN_LOGIN, world.PASSWORD)
        self.home = f"{stack.tool_url}/verwaltung"

    def revoke(self, award: str, reason: str) -> Page:
        """Revoke an award."""
        page = self.browser.get(f"{self.home}/nachweise/{award}")
        return self.browser.submit(page, "/widerruf", {"reason": reason})

    def link_moodle_course(self, unit: str, course: int, tutorial_module: int) -> Page:
        """Say that a Moodle course is the unit, and that its video conference is the tutorial."""
        site = self.browser.get(self.browser.get(f"{self.home}/moodle").link("/verwaltung/moodle/"))
        given = {"course": str(course), "unit": unit, "reason": "Aus diesem Kurs importiert"}
        page = self.browser.submit(site, "/kurse", given)
        mapped = {
            "cmid": str(tutorial_module),
            "requirement": "tutorial",
            "reason": "Die Videokonferenz ist das Tutorium",
        }
        return self.browser.submit(page, "/zuordnung", mapped)

    def synchronise(self, course: Page) -> Page:
        """Read the linked people's completions from Moodle."""
        return self.browser.submit(course, "/abgleich", {"who": "linked"})

    def contradictions(self) -> Page:
        """Load the list of contradictions."""
        return self.browser.get(f"{self.home}/widersprueche")

    def reconciliation(self, name: str, unit: str) -> Page:
        """Load what is known of a person (by name) in a unit (by public id)."""
        found = self.browser.get(f"{self.home}/personen?suche={quote(name)}")
        person = found.link("/verwaltung/personen/").rpartition("/")[2]
        return self.browser.get(f"{self.home}/abgleich/{person}/{unit}")

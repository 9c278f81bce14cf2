"""The office's and a provider's pages of certificates in a real Chromium: found, corrected, suspended, many at once.

Each page is looked at in German and mostly in English too, wide and on a phone.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from certificates import runs
from certificates.store import Run
from lti_tool.demo import world as demo
from tests.browser.clicks import follow, press
from tests.browser.eyes import Eyes
from tests.databases import ON_SQLITE
from tests.integration.certificates import crowd
from tests.pages import World

LONG = "Prof. Dr. Annegret-Theodora Freifrau von und zu Hohenstein-Ahrenfeldsbrück geb. Øyvindsdóttir-Yıldırım"
RTL = "ליאה לדוגמה"

pytestmark = [pytest.mark.browser, ON_SQLITE]


def test_the_pages_of_certificates_are_accessible_and_fit(browser: Browser, world: World) -> None:
    office, provider = Eyes.of(browser), Eyes.of(browser)
    page = enter(office, world, demo.ADMIN_LOGIN)
    page.goto(f"{home(world)}/nachweise")
    office.look(page, "Nachweise")
    fill(world)
    issue_by_hand(office, page, world)
    correct_one(office, page, world)
    suspend_and_revoke(office, page, world)
    revoke_many(office, page, world)
    assess(office, page, world)
    keep_own(provider, enter(provider, world, demo.PROVIDER_LOGIN), world)
    assert "\n".join([*office.wrong, *provider.wrong]) == ""


def home(world: World) -> str:
    return f"{world.services.settings.public_url}/verwaltung"


def enter(eyes: Eyes, world: World, login: str) -> Page:
    page = eyes.context.new_page()
    page.goto(f"{world.services.settings.public_url}/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(login)
    page.get_by_label("Passwort").fill(demo.PASSWORD)
    press(page, "Anmelden")
    page.get_by_role("button", name="Abmelden").wait_for()
    return page


def fill(world: World) -> None:
    """Let forty people have earned B1, and one of the demo world's; some names are long, or run from right to left."""
    world.earn("102", "B1")
    with world.database.write() as session:
        unit = session.scalars(select(LearningUnit).where(LearningUnit.code == "B1")).one()
        people = crowd.earners(session, unit, 40)
        people[1].name, people[2].name, people[3].name = LONG, RTL, None


def step(world: World) -> None:
    """Let the worker have taken one chunk of the newest run."""
    with world.database.write() as session:
        run = session.scalars(select(Run.public_id).order_by(Run.id.desc())).first()
        assert run is not None
        runs.follow(session, run, world.services.issuing())


def issue_by_hand(eyes: Eyes, page: Page, world: World) -> None:
    """Choose a unit, issue for everybody, and watch the run."""
    follow(page, "Von Hand ausstellen")
    eyes.look(page, "Von Hand ausstellen")
    page.get_by_label("Lerneinheit oder Kurs").select_option(label=b1_of(page))
    press(page, "Anzeigen")
    page.get_by_text("Erworben, aber ohne gültigen Nachweis").first.wait_for()
    eyes.look(page, "Von Hand ausstellen", english=True)
    press(page, "Für alle 40 Personen ausstellen")
    page.get_by_text("0 von 40").first.wait_for()
    step(world)
    page.get_by_text("20 von 40").first.wait_for()  # nobody clicked
    follow(page, "Seite anhalten")
    eyes.look(page, "Nachweise ausstellen", english=True)
    world.queue.run(world.services)
    follow(page, "wieder von selbst zeigen")
    page.get_by_text("40 Nachweise wurden ausgestellt").wait_for()
    eyes.look(page, "Nachweise ausstellen")
    follow(page, "Zu den Nachweisen")
    eyes.look(page, "Nachweise", english=True)


def b1_of(page: Page) -> str:
    labels = page.get_by_label("Lerneinheit oder Kurs").locator("option").all_inner_texts()
    return next(label for label in labels if label.startswith("B1"))


def correct_one(eyes: Eyes, page: Page, world: World) -> None:
    """Find somebody's, and issue it anew under another name."""
    with world.database.write() as session:
        session.scalars(select(Person).where(Person.name == "Anna Müller")).one().name = "Anna Müller-Ünlü"
    page.goto(f"{home(world)}/nachweise?suche=Müller")
    follow(page, "Anna Müller")
    eyes.look(page, "Teilnahmebescheinigung B1", english=True)
    follow(page, "Neu ausstellen")
    eyes.look(page, "Neu ausstellen", english=True)
    press(page, "Neuen Nachweis ausstellen")
    page.get_by_text("Ersetzt", exact=True).wait_for()
    eyes.look(page, "Teilnahmebescheinigung B1")
    page.get_by_role("definition").filter(has_text="-").locator("a[href*='/verwaltung/nachweise/']").click()
    page.get_by_text("An seine Stelle ist ein anderer Nachweis getreten").wait_for()
    eyes.look(page, "Teilnahmebescheinigung B1")
    follow(page, "Der Nachweis, der jetzt gilt")


def suspend_and_revoke(eyes: Eyes, page: Page, world: World) -> None:
    """Suspend it, let it hold again, and revoke it; issue it again is offered then."""
    page.get_by_text("Vorläufig aussetzen").click()
    eyes.look(page, "Teilnahmebescheinigung B1")
    page.get_by_label("Begründung").first.fill("Die Anwesenheit wird geprüft.")
    press(page, "Nachweis aussetzen")
    page.get_by_role("button", name="Aussetzung beenden").wait_for()
    eyes.look(page, "Teilnahmebescheinigung B1", english=True)
    press(page, "Aussetzung beenden")
    page.get_by_text("Widerrufen …").click()
    page.get_by_label("Begründung").last.fill("Die Prüfung war nicht die eigene.")
    page.get_by_role("button", name="Nachweis widerrufen").click()
    page.get_by_role("link", name="Noch einmal ausstellen").wait_for()
    eyes.look(page, "Teilnahmebescheinigung B1")
    page.goto(f"{home(world)}/ausstellung?fuer=unit:{world.unit('B1').public_id}")
    eyes.look(page, "Von Hand ausstellen")


def revoke_many(eyes: Eyes, page: Page, world: World) -> None:
    """Tick none, then all that were found; look what would happen, and let it."""
    page.goto(f"{home(world)}/nachweise")
    press(page, "Ausgewählte widerrufen")
    eyes.look(page, "Nachweise widerrufen")
    page.goto(f"{home(world)}/nachweise?art=attendance")
    page.get_by_label("Alle 42 gefundenen").check()
    press(page, "Ausgewählte neu ausstellen")
    eyes.look(page, "Nachweise neu ausstellen", english=True)
    page.goto(f"{home(world)}/nachweise?art=attendance")
    page.get_by_label("Alle 42 gefundenen").check()
    press(page, "Ausgewählte widerrufen")
    eyes.look(page, "Nachweise widerrufen", english=True)
    page.get_by_label("Begründung").fill("Die Einheit war falsch zugeordnet.")
    press(page, "Jetzt widerrufen")
    world.queue.run(world.services)
    page.get_by_text("40 Nachweise wurden widerrufen").wait_for()
    eyes.look(page, "Nachweise widerrufen")
    follow(page, "Sammelläufe")
    eyes.look(page, "Sammelläufe", english=True)
    page.goto(f"{home(world)}/protokoll")
    eyes.look(page, "Protokoll")


def assess(eyes: Eyes, page: Page, world: World) -> None:
    """Record three assessments of a municipality over the years."""
    page.goto(f"{home(world)}/kommunen")
    eyes.look(page, "Digitale Reife der Kommunen", english=True)
    with world.database.read() as session:
        town = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.MUNICIPALITY)).first()
    assert town is not None
    follow(page, town.name["de"])
    eyes.look(page, town.name["de"])
    address = f"{home(world)}/kommunen/{town.public_id}/begutachtung"
    eyes.refusals.add(address)
    for years, levels in ((3, (1, 2, 2)), (2, (2, 2, 3)), (0, (4, 3, 3))):
        follow(page, "Begutachtung erfassen")
        day = (world.clock() - timedelta(days=365 * years + 5)).date()
        page.get_by_label("Verliehen von").select_option(index=1)
        page.get_by_label("Begutachtet von").fill("Institut für Verwaltungsinformatik")
        page.get_by_label("Selbstauskunft vom").fill((day - timedelta(days=30)).isoformat())
        page.get_by_label("Begutachtet am").fill(day.isoformat())
        page.get_by_label("Zertifikat gültig bis").fill("2020-01-01" if years == 3 else "2031-12-31")
        for name, level in zip(("Nutzung digitaler Daten", "Automatisierung", "Vernetzung"), levels, strict=True):
            page.get_by_role("group", name=name).locator(f"input[value='{level}']").check()
        page.get_by_label("Zusammenfassung auf Deutsch").fill(
            "Online-Dienste sind da,\ndie Fachverfahren noch nicht verbunden."
        )
        press(page, "Erfassen und Zertifikat ausstellen")
        if years == 3:
            page.get_by_text("Bitte prüfen Sie diese Eingabe").first.wait_for()
            eyes.look(page, "Begutachtung erfassen", english=False)
            page.get_by_label("Zertifikat gültig bis").fill("2031-12-31")
            press(page, "Erfassen und Zertifikat ausstellen")
        page.get_by_role("table").wait_for()
    eyes.look(page, town.name["de"], english=True)
    page.locator("td a[href*='/verwaltung/nachweise/']").first.click()
    eyes.look(page, "Digitalzertifikat", english=True)


def keep_own(eyes: Eyes, page: Page, world: World) -> None:
    """See a provider's own certificates, and issue for its own unit."""
    world.earn("103", "A2")
    house = f"{world.services.settings.public_url}/anbieter/{world.provider('A').public_id}"
    page.goto(house)
    page.get_by_role("link", name="Nachweise", exact=True).click()
    eyes.look(page, "Nachweise", english=True)
    follow(page, "Bernd Schmidt")
    eyes.look(page, "Teilnahmebescheinigung A2")
    page.get_by_role("link", name="Nachweise", exact=True).first.click()
    follow(page, "Von Hand ausstellen")
    page.get_by_label("Lerneinheit oder Kurs").select_option(index=1)
    press(page, "Anzeigen")
    eyes.look(page, "Von Hand ausstellen")
    follow(page, "Sammelläufe")
    eyes.look(page, "Sammelläufe")

"""A provider's and the office's pages of issuers and courses in a real Chromium, by keyboard names, wide and narrow."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lti_tool.demo import world as demo
from tests.browser.clicks import follow, press
from tests.browser.eyes import Eyes
from tests.browser.test_award_pages import enter
from tests.databases import ON_SQLITE
from tests.http.test_issuer_pages import PASSWORD, pkcs12
from tests.integration.certificates.test_profiles import picture
from tests.pages import World

UNITS = ("A2 E-Akte im Alltag", "B1 Prozesse verstehen und verbessern", "C1 Offene Daten der Kommune")

pytestmark = [pytest.mark.browser, ON_SQLITE]


def test_the_pages_of_issuers_and_courses_are_accessible_and_fit(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    world.earn("102", "A2")
    provider, office = Eyes.of(browser), Eyes.of(browser)
    page = enter(provider, world, demo.PROVIDER_LOGIN)
    page.goto(f"{world.services.settings.public_url}/anbieter/{world.provider('A').public_id}/")
    dress(provider, page, tmp_path)
    change_keys(provider, page)
    seal(provider, page, world, tmp_path)
    teach(provider, page)
    page = enter(office, world, demo.ADMIN_LOGIN)
    page.goto(f"{world.services.settings.public_url}/verwaltung/aussteller")
    office.look(page, "Aussteller-Profil", english=True)
    follow(page, "Hochschule Ahrenfeld")
    page.get_by_text("Für diesen Anbieter signieren").click()
    office.look(page, "Aussteller-Profil")
    press(page, "Ab jetzt für Hochschule Ahrenfeld signieren")
    page.get_by_text("Mandat beenden").wait_for()
    assert "\n".join([*provider.wrong, *office.wrong]) == ""


def dress(eyes: Eyes, page: Page, folder: Path) -> None:
    """Save a profile with a logo, after a colour that is refused, and look at a preview."""
    follow(page, "Aussteller")
    eyes.look(page, "Aussteller-Profil", english=True)
    page.get_by_label("Farbe von Überschriften").fill("#ffff00")
    eyes.refusals.add(page.url.partition("?")[0])
    press(page, "Profil speichern")
    page.get_by_role("alert").wait_for()
    eyes.look(page, "Aussteller-Profil")
    page.get_by_label("Farbe von Überschriften").fill("#1f3c88")
    logo = folder / "logo.png"
    logo.write_bytes(picture("PNG"))
    page.get_by_label("Logo – freiwillig").set_input_files(logo)
    press(page, "Profil speichern")
    page.get_by_role("img", name="Logo von Hochschule Ahrenfeld").wait_for()
    origin = page.url.partition("/anbieter")[0]
    eyes.refusals.add(f"{origin}/favicon.ico")  # which the browser asks for beside a PDF
    with page.context.expect_event("response", lambda answer: answer.url.endswith("/vorschau")) as shown:
        press(page, "Teilnahmebescheinigung")
    assert shown.value.headers["content-type"] == "application/pdf"


def change_keys(eyes: Eyes, page: Page) -> None:
    """Change keys, and report one as compromised."""
    follow(page, "Schlüssel und Siegel")
    page.get_by_text("Schlüssel wechseln").click()
    eyes.look(page, "Schlüssel und Siegel", english=True)
    page.get_by_text("Schlüssel wechseln").click()
    press(page, "Ab jetzt mit neuen Schlüsseln signieren")
    follow(page, "Andere haben ihn key-1")
    eyes.look(page, "Haben andere key-1", english=True)
    press(page, "Ja, andere können ihn haben")
    page.get_by_text("gefährdet").wait_for()


def seal(eyes: Eyes, page: Page, world: World, folder: Path) -> None:
    """Use a seal of one's own, and go back."""
    file = folder / "siegel.p12"
    file.write_bytes(pkcs12(world))
    page.get_by_label("Siegel als PKCS#12-Datei").set_input_files(file)
    page.get_by_label("Passwort der Datei").fill(PASSWORD)
    press(page, "Dieses Siegel verwenden")
    page.get_by_text("Zurück zu einem hier erzeugten Siegel").click()
    eyes.look(page, "Schlüssel und Siegel")


def teach(eyes: Eyes, page: Page) -> None:
    """Make a course, with a mistake first; enrol somebody; put one together for one person."""
    follow(page, "Kurse")
    eyes.look(page, "Kurse", english=True)
    follow(page, "Neuer Kurs")
    eyes.look(page, "Neuer Kurs", english=True)
    page.get_by_label("Kürzel").fill("NEU")
    page.get_by_label("Titel auf Deutsch").fill("Neuer Kurs")
    page.get_by_label("Zusammenfassung auf Deutsch").fill("Worum es geht.")
    eyes.refusals.add(page.url.partition("?")[0])
    press(page, "Kurs anlegen")
    page.get_by_text("Wählen Sie 3 bis 6 Lerneinheiten").wait_for()
    eyes.look(page, "Neuer Kurs")
    for number, unit in enumerate(UNITS, start=1):
        page.get_by_label(f"Lerneinheit {number}", exact=True).locator("visible=true").last.select_option(label=unit)
    press(page, "Kurs anlegen")
    eyes.look(page, "NEU Neuer Kurs")
    follow(page, "Teilnehmende")
    page.get_by_label("Person finden").fill("Müller")
    press(page, "Suchen")
    press(page, "Anmelden Anna Müller")
    eyes.look(page, "Teilnehmende von NEU", english=True)
    follow(page, "Kurse")
    follow(page, "Individueller Kurs für eine Person")
    page.get_by_label("Person finden").fill("Friedrich")
    press(page, "Suchen")
    eyes.look(page, "Individueller Kurs", english=True)
    follow(page, "Auswählen Kirsten Friedrich")
    eyes.look(page, "Neuer individueller Kurs")

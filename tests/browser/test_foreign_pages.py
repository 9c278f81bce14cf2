"""Credentials from elsewhere in a real Chromium: handed in by a learner, decided by the office, read by the learner."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from certificates.elmo import document, signature
from lti_tool.demo import world as demo
from tests.browser.clicks import follow, press
from tests.browser.eyes import Eyes
from tests.databases import ON_SQLITE
from tests.pages import World
from tests.unit.certificates import samples
from tests.unit.certificates.seals import seal

pytestmark = [pytest.mark.browser, ON_SQLITE]
FACTS = replace(
    samples.COURSE,
    issuer=replace(samples.COURSE.issuer, did="did:web:anderswo.example", name={"de": "Hochschule Anderswo"}),
)


def transcript(folder: Path, name: str) -> Path:
    facts = replace(FACTS, recipient=replace(FACTS.recipient, name=name))
    xml = signature.sign(
        document.build(facts, samples.ADDRESSES, generated_at=samples.NOW), seal("Hochschule Anderswo")
    )
    path = folder / f"{name}.xml"
    path.write_bytes(xml)
    return path


def enter(eyes: Eyes, world: World, login: str) -> Page:
    page = eyes.context.new_page()
    page.goto(f"{world.services.settings.public_url}/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(login)
    page.get_by_label("Passwort").fill(demo.PASSWORD)
    press(page, "Anmelden")
    page.get_by_role("button", name="Abmelden").wait_for()
    return page


def test_the_pages_are_accessible_and_fit(browser: Browser, world: World, tmp_path: Path) -> None:
    learner, office = Eyes.of(browser), Eyes.of(browser)
    mine = enter(learner, world, world.account_of("102"))
    credential = hand_in(learner, mine, world, tmp_path)
    decide(office, enter(office, world, demo.ADMIN_LOGIN), world)
    mine.goto(credential)
    mine.get_by_text("Derselbe Stoff").first.wait_for()
    learner.look(mine, "Onlinezugangsgesetz")
    assert "\n".join([*learner.wrong, *office.wrong]) == ""


def hand_in(eyes: Eyes, page: Page, world: World, folder: Path) -> str:
    """Hand in two transcripts and something that is none; return the address of the first."""
    page.goto(f"{world.services.settings.public_url}/konto/nachweise")
    follow(page, "Einen Nachweis einreichen")
    eyes.look(page, "Nachweise von anderer Stelle", english=True)
    page.get_by_label("Datei des Nachweises").set_input_files(transcript(folder, "Anna Müller"))
    press(page, "Einreichen")
    eyes.look(page, "Onlinezugangsgesetz", english=True)
    first = page.url
    follow(page, re.compile("^Nachweise von anderer Stelle$"))
    (folder / "scan.txt").write_text("nur ein Scan")
    eyes.refusals.add(page.url)
    page.get_by_label("Datei des Nachweises").set_input_files(folder / "scan.txt")
    press(page, "Einreichen")
    page.get_by_role("alert").wait_for()
    eyes.look(page, "Nachweise von anderer Stelle")
    page.get_by_label("Datei des Nachweises").set_input_files(transcript(folder, "Anna Beispiel"))
    press(page, "Einreichen")
    page.get_by_text("Er lautet auf einen anderen Namen").wait_for()
    eyes.look(page, "Onlinezugangsgesetz")
    follow(page, re.compile("^Nachweise von anderer Stelle$"))
    eyes.look(page, "Nachweise von anderer Stelle")
    return first


def decide(eyes: Eyes, page: Page, world: World) -> None:
    """Decide on the first transcript part by part, once wrongly; look at the one in another name."""
    page.goto(f"{world.services.settings.public_url}/verwaltung/")
    follow(page, "Nachweise von anderer Stelle zu entscheiden")
    eyes.look(page, "Nachweise von anderer Stelle", english=True)
    follow(page, "Das Onlinezugangsgesetz umsetzen")
    eyes.look(page, "Onlinezugangsgesetz", english=True)
    part = page.get_by_role("region", name=re.compile("^Das Onlinezugangsgesetz"))
    part.get_by_text("Entscheiden …").click()
    part.get_by_label("Zählt für").select_option(world.unit("B1").public_id)
    part.get_by_label("Ergebnis der Kurzprüfung in Prozent").fill("12")
    part.get_by_label("Begründung").fill("Derselbe Stoff, dieselbe Prüfung.")
    eyes.refusals.add(f"{page.url.partition('#')[0].partition('?')[0]}/teile/0")
    press(page, "Entscheiden")
    page.get_by_role("alert").first.wait_for()
    eyes.look(page, "Onlinezugangsgesetz")
    part.get_by_label("Ergebnis der Kurzprüfung in Prozent").fill("91,5")
    part.get_by_role("button", name="Entscheiden").click()
    page.get_by_text("Derselbe Stoff").first.wait_for()
    page.get_by_text("Alles Übrige zählt für nichts").click()
    eyes.look(page, "Onlinezugangsgesetz")
    page.get_by_label("Begründung").last.fill("Hier ohne Entsprechung.")
    press(page, "Für 3 Teile so entscheiden")
    page.get_by_text("Zählt für nichts.").first.wait_for()
    follow(page, re.compile("^Nachweise von anderer Stelle$"))
    follow(page, "Das Onlinezugangsgesetz umsetzen")
    page.get_by_text("Die Namen stimmen nicht überein").wait_for()
    eyes.look(page, "Onlinezugangsgesetz")

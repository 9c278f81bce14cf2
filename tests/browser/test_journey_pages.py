"""The journey's pages in a real Chromium, clicked as people do: in the LMS's frame what is there, the rest in tabs.

Each page is looked at in German, the main ones in English too; tests/journey proves what the clicks bring about.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Frame, Page, Playwright

from lti_tool.demo import world
from tests.browser.clicks import UNIT, follow, launch, next_activity, press, reloaded, sign_in
from tests.browser.eyes import CHROMIUM, Eyes
from tests.journey.learner import CHOICES, TRUE, TYPED
from tests.stack import Ports, Stack, running
from tests.waiting import wait_for

BACKUP = Path(__file__).parents[1] / "data" / "moodle" / "backups" / "KC-OZG-A1-nousers.mbz"
MERYEM, ANNA, TEACHER = "101", "102", "201"
OWN_ACCOUNT = ("meryem@privat.example.invalid", "drei zufaellige woerter")
REASON = "Falsche Person geprüft"

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    prepared = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", Ports.free())
    prepared.prepare()
    with running(prepared) as started:
        yield started


def test_the_journeys_pages_are_accessible_and_fit(browser: Browser, stack: Stack) -> None:
    anyone, provider, lms, office = (Eyes.of(browser) for _ in range(4))
    look_round(anyone, stack)
    import_and_grant(provider, stack)
    course = lms.context.new_page()
    begin_the_unit(lms, launch(course, stack, MERYEM))
    keep_attendance(lms, launch(course, stack, TEACHER))
    tool = launch(course, stack, MERYEM)
    award = finish_the_unit(lms, tool)
    check(anyone, stack, award, "Gültig")
    see_own_certificates(anyone, stack)
    disagree(office, stack)
    administer(office, stack, award)
    check(anyone, stack, award, "Widerrufen")
    be_refused(provider, lms, tool, stack)
    assert [*anyone.wrong, *provider.wrong, *lms.wrong, *office.wrong] == []


def look_round(eyes: Eyes, stack: Stack) -> None:
    page = eyes.context.new_page()
    page.goto(stack.tool_url)
    eyes.look(page, "Weiterbildung für Kommunen", english=True)
    follow(page, "Katalog öffnen")
    eyes.look(page, "Katalog", english=True)
    page.goto(f"{stack.tool_url}/nachweis")
    eyes.look(page, "Nachweis prüfen")
    follow(page, "Anmelden")
    eyes.look(page, "Anmelden", english=True)
    page.goto(stack.command("admin", "invite").strip())
    eyes.look(page, "Konto einrichten")
    eyes.refused(page, f"{stack.tool_url}/gibt-es-nicht", "Diese Seite gibt es nicht", english=True)


def import_and_grant(eyes: Eyes, stack: Stack) -> None:
    page = sign_in(eyes, stack, world.PROVIDER_LOGIN)
    eyes.look(page, "Hochschule Ahrenfeld", english=True)
    follow(page, "Sicherung einlesen")
    eyes.look(page, "Moodle-Sicherung einlesen")
    page.get_by_label("Sicherungsdatei").set_input_files(BACKUP)
    press(page, "Zeigen, was daraus wird")
    eyes.look(page, "Was aus der Sicherung wird", english=True)
    press(page, "Lerneinheit übernehmen")
    eyes.look(page, UNIT)
    page.get_by_label("Plattform", exact=True).select_option("Lernportal Musterhausen")
    press(page, "Plattform erlauben")
    page.get_by_text("alle Lehrkräfte der Plattform").wait_for()
    eyes.look(page, UNIT, english=True)


def begin_the_unit(eyes: Eyes, tool: Frame) -> None:
    eyes.look(tool, UNIT, english=True)
    for title in ("Lernziele und Ablauf", "Grundbegriffe"):
        next_activity(tool, title)
        eyes.look(tool, title)
        press(tool, "Als erledigt markieren")
    eyes.look(tool, UNIT)


def keep_attendance(eyes: Eyes, tool: Frame) -> None:
    eyes.look(tool, UNIT)
    follow(tool, "Termine und Anwesenheit")
    eyes.look(tool, "Termine und Anwesenheit")
    ended = datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(minutes=5)
    tool.get_by_label("Beginn").fill(f"{ended - timedelta(hours=3):%Y-%m-%dT%H:%M}")
    tool.get_by_label("Ende").fill(f"{ended:%Y-%m-%dT%H:%M}")
    tool.get_by_label("Ort oder Besprechungslink").fill("Innovationslabor Musterhausen")
    press(tool, "Termin ankündigen")
    eyes.look(tool, "Anwesenheitsliste")
    tool.get_by_label("Meryem Aydın").check()
    press(tool, "Auf die Liste setzen")
    tool.get_by_role("group", name="Meryem Aydın").get_by_label("anwesend", exact=True).check()
    press(tool, "Anwesenheitsliste speichern")
    tool.get_by_text("ist gespeichert").wait_for()
    eyes.look(tool, "Anwesenheitsliste", english=True)
    follow(tool, "Termine und Anwesenheit")
    eyes.look(tool, "Termine und Anwesenheit", english=True)


def finish_the_unit(eyes: Eyes, tool: Frame) -> str:
    """Do the rest; returns the address of the certificate."""
    next_activity(tool, "Videokonferenz Tutorium")
    eyes.look(tool, "Videokonferenz Tutorium")
    press(tool, "Als erledigt markieren")
    next_activity(tool, "Vertiefung: Praxisbeispiel")
    press(tool, "Als erledigt markieren")
    next_activity(tool, "Evaluation der Lerneinheit")
    eyes.look(tool, "Evaluation", english=True)
    tool.get_by_label("sehr zufrieden", exact=True).check()
    press(tool, "Anonym abgeben")
    tool.get_by_text("Abgegeben", exact=True).wait_for()
    eyes.look(tool, "Evaluation")
    follow(tool, "Zur Lerneinheit")
    next_activity(tool, "Abschlussprüfung A1")
    take_exam(eyes, tool)
    tool.get_by_role("heading", level=1, name=UNIT).wait_for()
    wait_for(lambda: reloaded(tool, "Öffentliche Seite"), "the certificate is on the page", seconds=60, every=0.3)
    eyes.look(tool, UNIT, english=True)
    award = tool.get_by_role("link", name="Öffentliche Seite").get_attribute("href")
    follow(tool, "Konto einrichten")
    eyes.look(tool, "Konto einrichten", english=True)
    tool.get_by_label("E-Mail-Adresse").fill(OWN_ACCOUNT[0])
    tool.get_by_label("Passwort").fill(OWN_ACCOUNT[1])
    press(tool, "Konto einrichten")
    eyes.look(tool, "Ihr Konto")
    assert award is not None
    return award


def take_exam(eyes: Eyes, tool: Frame) -> None:
    eyes.look(tool, "Abschlussprüfung A1")
    press(tool, "Prüfung starten")
    tool.get_by_role("timer").wait_for()
    eyes.look(tool, "Abschlussprüfung A1", english=True)
    for right in (*CHOICES, TRUE):
        tool.get_by_label(right, exact=True).check()
    for asked, typed in TYPED.items():
        tool.get_by_role("group").filter(has_text=asked).get_by_role("textbox").fill(typed)
    press(tool, "Abgeben")
    tool.get_by_text("Bestanden mit 100").wait_for()
    eyes.look(tool, "Ergebnis", english=True)
    follow(tool, "Zur Lerneinheit")


def check(eyes: Eyes, stack: Stack, award: str, verdict: str) -> None:
    page = eyes.context.new_page()
    page.goto(f"{stack.tool_url}{award}")
    eyes.look(page, verdict, english=True)


def see_own_certificates(eyes: Eyes, stack: Stack) -> None:
    page = sign_in(eyes, stack, *OWN_ACCOUNT)
    eyes.look(page, "Mein Konto", english=True)
    follow(page, "Herunterladen, zeigen und teilen")
    eyes.look(page, "Meine Nachweise", english=True)


def disagree(eyes: Eyes, stack: Stack) -> None:
    """Let Moodle say that Anna failed, look at it, and decide so: then her certificate is a task."""
    stack.command("demo", "earn", "--learner", ANNA, "--unit", "A1")
    page = sign_in(eyes, stack, world.ADMIN_LOGIN)
    for title in ("Widersprüche", "Aufgaben"):
        follow(page, title)
        eyes.look(page, title)
    link_moodle(eyes, page)
    follow(page, "Widersprüche")
    wait_for(lambda: reloaded(page.main_frame, "Alles, was bekannt ist"), "the contradiction is found", every=0.3)
    eyes.look(page, "Widersprüche", english=True)
    follow(page, "Alles, was bekannt ist")
    eyes.look(page, "Anna Müller", english=True)
    page.get_by_role("radio", name="nicht bestanden").check()
    page.get_by_label("Begründung").fill("Die Prüfung in Moodle fand unter Aufsicht statt")
    press(page, "Entscheidung festhalten")
    page.get_by_role("heading", name="Entscheidungen").wait_for()
    eyes.look(page, "Anna Müller")
    follow(page, "Aufgaben")
    wait_for(lambda: reloaded(page.main_frame, "Anna Müller"), "the withdrawn credit is a task", every=0.3)
    eyes.look(page, "Aufgaben", english=True)


def link_moodle(eyes: Eyes, page: Page) -> None:
    follow(page, "Moodle")
    eyes.look(page, "Moodle-Systeme")
    follow(page, "Moodle der Hochschule Ahrenfeld")
    eyes.look(page, "Moodle der Hochschule Ahrenfeld")
    page.get_by_label("Kursnummer in Moodle").fill("2")
    page.get_by_label("Lerneinheit").select_option(f"A1 {UNIT}")
    page.get_by_label("Begründung").fill("Aus diesem Kurs eingelesen")
    press(page, "Kurs verknüpfen")
    page.get_by_label("Alle Eingeschriebenen").check()
    press(page, "Jetzt abgleichen")
    page.get_by_text("Aus Moodle gelesen").wait_for()
    eyes.look(page, "Kurs 2", english=True)
    follow(page, "Moodle der Hochschule Ahrenfeld")
    page.get_by_label("Nutzernummer in Moodle").fill("99")
    press(page, "Person zu diesem Nutzer finden")
    eyes.look(page, "Wer ist")


def administer(eyes: Eyes, stack: Stack, award: str) -> None:
    """Look at all the rest of the office's pages, and revoke the certificate."""
    page = eyes.context.new_page()
    page.goto(f"{stack.tool_url}/verwaltung/")
    eyes.look(page, "Verwaltung", english=True)
    for menu, one, heading in (
        ("Plattformen", "Lernportal Musterhausen", "Lernportal Musterhausen"),
        ("Personen", "Anna Müller", "Anna Müller"),
        ("Identitäten", "Einer Person zuordnen", "Wer ist"),
        ("Nachweise", "Meryem Aydın", "Teilnahmebescheinigung"),
    ):
        follow(page, menu)
        eyes.look(page, menu, english=menu == "Nachweise")
        page.get_by_role("main").get_by_role("link", name=one).first.click()
        eyes.look(page, heading, english=menu == "Nachweise")
    page.goto(f"{stack.tool_url}/verwaltung{award.replace('/nachweis/', '/nachweise/')}")
    page.locator("summary", has_text="Widerrufen …").click()
    page.locator("#reason").fill(REASON)
    press(page, "Nachweis widerrufen")
    page.get_by_text(REASON).first.wait_for()
    eyes.look(page, "Teilnahmebescheinigung")
    follow(page, re.compile("^Protokoll"))
    eyes.look(page, "Protokoll")
    page.goto(f"{stack.tool_url}/verwaltung/plattformen/neu")
    eyes.look(page, "Plattform verbinden")
    page.goto(f"{stack.tool_url}/verwaltung/plattformen/neu/moodle")
    eyes.look(page, "Moodle verbinden")
    follow(page, "Plattformen")
    eyes.look(page, "Plattformen")
    follow(page, "Ergebnisse")
    eyes.look(page, "Ergebnisse in Bewertungsbüchern")


def be_refused(tab: Eyes, lms: Eyes, tool: Frame, stack: Stack) -> None:
    """See what people see who may not, and whose launch is refused or over."""
    page = tab.context.new_page()
    tab.refused(page, f"{stack.tool_url}/verwaltung/", "Das dürfen Sie nicht", english=True)
    asked = {"iss": "https://fremd.example", "login_hint": "1", "target_link_uri": f"{stack.tool_url}/lti/launch"}
    unknown = f"{stack.tool_url}/lti/login?{urlencode(asked)}"
    lms.refused(tool, unknown, "Ihre Lernplattform ist hier nicht bekannt", english=True)
    over = f"{stack.tool_url}/launch/00000000-0000-4000-8000-000000000000/"
    lms.refused(tool, over, "Ihr Besuch in dieser Lerneinheit ist zu Ende")


def test_learner_gets_in_where_third_party_cookies_are_blocked(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:
    preferences = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(preferences), encoding="utf-8")
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"], locale="de-DE"
    )
    with context:
        tool = launch(context.new_page(), stack, "105", "E-Akte im Alltag", "A2")
        probe = "document.cookie = 'probe=1; Secure; SameSite=None'; document.cookie.includes('probe')"
        assert not tool.evaluate(probe), "this browser blocks nothing"
        next_activity(tool, "Einstieg")
        press(tool, "Als erledigt markieren")
        tool.locator("#next").get_by_role("link", name="Vorbereitung").wait_for()

"""The record store's pages and a unit's rules in a real Chromium, clicked through by the office and by a provider.

Each page is looked at empty, full and refusing, in German and mostly in English too.
"""

from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from lti_tool.demo import world as demo
from tests.browser.clicks import follow, press
from tests.browser.eyes import Eyes
from tests.databases import ON_SQLITE
from tests.pages import World
from tests.records import keep
from tests.unit.xapi.recorded import recorded
from tests.unit.xapi.samples import voiding

H5P = "https://lernen.example/wp-admin/admin-ajax.php?action=h5p_embed&id=12"
UNREADABLE = (
    "https://inhalte.example/kurse/2026/verwaltungsdigitalisierung-und-datenschutz/modul-03/abschnitt-07?v=2#teil"
)
PEOPLE = ("Lea Beispiel", "Jonas Muster", "Özge Yıldırım-Hohenstein", "ליאה לדוגמה")
WEEKS, SATURDAY = 4, 6
MISTOLD = "1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11"
RECORDED = (
    ("h5p", "attempted"),
    ("h5p", "answered_part"),
    ("h5p", "completed"),
    ("h5p", "completed_failed"),
    ("logstore_xapi", "module_completed"),
    ("logstore_xapi", "quiz_attempt_passed"),
    ("logstore_xapi", "quiz_question_answered"),
    ("cmi5", "passed"),
    ("cmi5", "failed"),
    ("cmi5", "satisfied"),
)

pytestmark = [pytest.mark.browser, ON_SQLITE]


def test_the_record_stores_pages_are_accessible_and_fit(browser: Browser, world: World) -> None:
    provider, office = Eyes.of(browser), Eyes.of(browser)
    give_a_key(provider, enter(provider, world, demo.PROVIDER_LOGIN), world)
    fill(world)
    house = enter(provider, world, demo.PROVIDER_LOGIN)  # weeks later
    read_own(provider, house, world)
    make_a_rule(provider, house, world)
    oversee(office, enter(office, world, demo.ADMIN_LOGIN), world)
    assert "\n".join([*provider.wrong, *office.wrong]) == ""


def enter(eyes: Eyes, world: World, login: str) -> Page:
    page = eyes.context.new_page()
    page.goto(f"{url_of(world)}/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(login)
    page.get_by_label("Passwort").fill(demo.PASSWORD)
    press(page, "Anmelden")
    page.get_by_role("button", name="Abmelden").wait_for()
    return page


def give_a_key(eyes: Eyes, page: Page, world: World) -> None:
    """See the pages with nothing in them; make a key, try its name again, and register an origin."""
    page.goto(f"{own(world)}/lernprotokoll")
    eyes.look(page, "Lernprotokoll", english=True)
    follow(page, "Statistik")
    eyes.look(page, "Statistik")
    follow(page, "Schlüssel und Herkunft")
    eyes.look(page, "Schlüssel und Herkunft", english=True)
    page.get_by_label("Name", exact=True).fill("h5p-lernen")
    press(page, "Schlüssel anlegen")
    eyes.look(page, "Schlüssel „h5p-lernen“")
    follow(page, "Zu den Schlüsseln")
    eyes.refusals.add(f"{own(world)}/lernprotokoll/schluessel")
    page.get_by_label("Name", exact=True).fill("h5p-lernen")
    press(page, "Schlüssel anlegen")
    page.get_by_text("Einen Schlüssel dieses Namens gibt es schon").first.wait_for()
    eyes.look(page, "Schlüssel und Herkunft")
    page.get_by_label("Adresse der Inhalte").fill("https://h5p.example.org/wp-content")
    press(page, "Herkunft eintragen")
    page.get_by_role("rowheader", name="https://h5p.example.org").wait_for()
    page.get_by_text("Widerrufen", exact=True).click()
    eyes.look(page, "Schlüssel und Herkunft")


def fill(world: World) -> None:
    """Let four weeks pass in which programs report to a provider's store and the campus writes into it."""
    provider = world.provider("A").id
    for day in range(7 * WEEKS):
        world.clock.now += timedelta(days=1)
        for number in range(1 + day * 5 % 9 if world.clock.now.isoweekday() < SATURDAY else 0):
            keep(world, said(9 * day + number), tenant=provider)
    world.earn("102", "A2")
    keep(world, said(2) | {"id": MISTOLD}, tenant=provider)
    keep(world, voiding(MISTOLD), tenant=provider)
    keep(world, recorded("cmi5", "completed") | {"object": {"id": UNREADABLE}})


def said(number: int) -> dict[str, Any]:
    """Give one of the recorded statements, said of one of some people."""
    program, name = RECORDED[number % len(RECORDED)]
    who = PEOPLE[number * 3 % 7 % len(PEOPLE)]
    account = {"homePage": f"https://{program.split('_')[0]}.example", "name": str(41 + PEOPLE.index(who))}
    told = recorded(program, name) | {
        "actor": {"name": who, "account": account},
        "id": str(UUID(int=Random(number).getrandbits(128), version=4)),
    }
    return {member: value for member, value in told.items() if member != "timestamp"}


def read_own(eyes: Eyes, page: Page, world: World) -> None:
    """Read a provider's statements: filtered, one alone, one that is void, none; and the statistics."""
    page.goto(f"{own(world)}/lernprotokoll")
    eyes.look(page, "Lernprotokoll", english=True)
    follow(page, "Ältere Aussagen")
    eyes.look(page, "Lernprotokoll")
    page.get_by_text("Aussagen filtern").click()
    page.get_by_role("textbox", name="Wer").fill("Lea")
    page.get_by_role("textbox", name="Aktivität").fill("Selbsttest")
    press(page, "Anzeigen")
    page.get_by_text("Wen meinen Sie?").wait_for()
    eyes.look(page, "Lernprotokoll", english=True)
    page.get_by_role("listitem").filter(has_text="https://h5p.example").get_by_role("link").click()
    page.get_by_role("heading", name="Gefundene Aussagen").wait_for()
    page.get_by_text("JSON").first.click()
    eyes.look(page, "Lernprotokoll")
    follow(page, "Nur diese Aussage")
    eyes.look(page, "Aussage", english=True)
    page.goto(f"{own(world)}/lernprotokoll?kennung={MISTOLD}")
    eyes.look(page, "Aussage")
    page.goto(f"{own(world)}/lernprotokoll?von=2026-11-10&bis=2026-11-10&objekt={quote(UNREADABLE, safe='')}")
    eyes.look(page, "Lernprotokoll")
    page.goto(f"{own(world)}/lernprotokoll?objekt=Daten&wer=e")
    eyes.look(page, "Lernprotokoll")
    wrong = "wer=&konto=lms&von=1026-01-01&registrierung=7&kennung=7&objekt=Unbekanntes"
    eyes.refused(page, f"{own(world)}/lernprotokoll?{wrong}", "Lernprotokoll", english=True)
    page.goto(f"{own(world)}/lernprotokoll/statistik")
    eyes.look(page, "Statistik", english=True)
    page.get_by_label("Zeit", exact=True).select_option("365")
    press(page, "Anzeigen")
    page.locator("summary").filter(has_text="Die Zahlen als Tabelle").click()
    eyes.look(page, "Statistik")


def make_a_rule(eyes: Eyes, page: Page, world: World) -> None:
    """Say on a unit's page which statements count for it, after a look at what that finds."""
    rules = f"{own(world)}/einheiten/{world.unit('A2').public_id}/xapi"
    page.goto(rules)
    eyes.look(page, "Nachweise aus xAPI", english=True)
    page.get_by_label("Adresse (IRI) der Aktivität").fill(H5P)
    press(page, "Ansehen, was sie fände")
    eyes.look(page, "Nachweise aus xAPI", english=True)
    press(page, "Diese Regel anlegen")
    page.get_by_text("Regel beenden").wait_for()
    world.queue.run(world.services)
    page.reload()
    page.get_by_text("Regel beenden").click()
    eyes.look(page, "Nachweise aus xAPI")
    press(page, "Beenden; was zählte, bleibt")
    page.get_by_label("Adresse (IRI) der Aktivität").fill("https://lernen.example/nichts")
    press(page, "Ansehen, was sie fände")
    eyes.look(page, "Nachweise aus xAPI")
    wrong = f"{rules}?mapping=other&activity=Selbsttest&requirement=x&condition=score&least_percent=viel"
    eyes.refused(page, wrong, "Nachweise aus xAPI")


def oversee(eyes: Eyes, page: Page, world: World) -> None:
    """See as the office what all organisations have."""
    store = f"{url_of(world)}/verwaltung/lernprotokoll"
    page.goto(store)
    eyes.look(page, "Lernprotokoll", english=True)
    eyes.refused(page, f"{store}?organisation=niemand", "Lernprotokoll")
    page.goto(f"{store}/aussagen/{MISTOLD}")
    eyes.look(page, "Aussage")
    page.goto(f"{store}/statistik")
    eyes.look(page, "Statistik", english=True)
    page.goto(f"{store}/schluessel")
    eyes.look(page, "Schlüssel und Herkunft", english=True)


def own(world: World) -> str:
    return f"{url_of(world)}/anbieter/{world.provider('A').public_id}"


def url_of(world: World) -> str:
    return world.services.settings.public_url

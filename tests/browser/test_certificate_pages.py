"""Certificates in a real Chromium: one's own in the LMS's frame, a link for others, and checking what was given."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Frame, Page
from sqlalchemy import select

from campus.database import Database
from certificates import store
from certificates.credential import Addresses
from certificates.facts import AwardFacts
from certificates.forms import branding_of
from certificates.papers import baking, pdf, picture
from certificates.papers.branding import Branding
from certificates.signatures import multibase, proof
from certificates.store import Award
from tests.browser.clicks import follow, launch, press
from tests.browser.eyes import Eyes
from tests.http.test_check_pages import FOREIGN
from tests.stack import Ports, Stack, running
from tests.waiting import wait_for

ANNA = "102"
CODE, UNIT = "A2", "E-Akte im Alltag"

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    prepared = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", Ports.free())
    prepared.prepare()
    with running(prepared) as started:
        started.command("demo", "earn", "--learner", ANNA, "--unit", CODE)
        wait_for(lambda: awards(started), "the certificate is issued", seconds=60, every=0.3)
        yield started


def awards(stack: Stack) -> list[tuple[AwardFacts, str, Branding | None]]:
    """Read facts, credentials and looks of all certificates."""
    database = Database(stack.database_url)
    try:
        with database.read() as session:
            found = session.scalars(select(Award)).all()
            return [(store.facts_of(award), award.credential or "", branding_of(award)) for award in found]
    finally:
        database.dispose()


def test_certificates_of_ones_own_and_of_others_are_accessible_and_fit(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    lms, anyone = Eyes.of(browser), Eyes.of(browser)
    tool = launch(lms.context.new_page(), stack, ANNA, UNIT, CODE)
    follow(tool, "Meine Nachweise")
    lms.look(tool, "Meine Nachweise", english=True)
    genuine = download(tool, tmp_path)
    link = share(lms, tool)
    see_link(anyone, link)
    ask(anyone, stack)
    check(anyone, stack, genuine, "Gültig")
    check(anyone, stack, edited(stack, tmp_path), "Ungültig")
    check(anyone, stack, foreign_badge(stack, tmp_path), "Nicht vollständig prüfbar")
    hide(lms, anyone, tool, stack)
    end(lms, anyone, tool, link)
    assert [*lms.wrong, *anyone.wrong] == []


def download(tool: Frame, folder: Path) -> Path:
    """Save the paper, as the learner does inside the LMS's frame."""
    tool.locator("summary", has_text="Herunterladen").first.click()
    with tool.page.expect_download() as begun:
        tool.get_by_role("link", name="Herunterladen Urkunde (PDF)").click()
    saved = folder / begun.value.suggested_filename
    begun.value.save_as(saved)
    return saved


def share(eyes: Eyes, tool: Frame) -> str:
    """Make a link, first one that shows nothing, which is refused."""
    eyes.refusals.add(f"{tool.url.partition('?')[0]}/freigaben")
    press(tool, "Link erstellen")
    tool.get_by_text("Wählen Sie mindestens einen Nachweis.").wait_for()
    eyes.look(tool, "Meine Nachweise")
    tool.get_by_role("checkbox", name=UNIT).check()
    tool.get_by_label("Für wen").fill("Stadt Musterhausen, Personalamt")
    press(tool, "Link erstellen")
    tool.get_by_role("heading", name="Stadt Musterhausen, Personalamt").wait_for()
    eyes.look(tool, "Meine Nachweise", english=True)
    return tool.get_by_label("Link", exact=True).input_value()


def see_link(eyes: Eyes, link: str) -> None:
    page = eyes.context.new_page()
    page.goto(link)
    eyes.look(page, "Nachweise, die Ihnen gezeigt werden", english=True)


def ask(eyes: Eyes, stack: Stack) -> None:
    page = eyes.context.new_page()
    page.goto(f"{stack.tool_url}/nachweis")
    eyes.look(page, "Nachweis prüfen", english=True)


def check(eyes: Eyes, stack: Stack, file: Path, verdict: str) -> None:
    """Hand a file in on the public page. What a form has posted has no other language to turn to."""
    page = eyes.context.new_page()
    page.goto(f"{stack.tool_url}/pruefen")
    page.get_by_label("Datei des Nachweises").set_input_files(file)
    press(page, "Datei prüfen")
    eyes.look(page, verdict)


def edited(stack: Stack, folder: Path) -> Path:
    """Print the paper with somebody else's name around the genuine certificate."""
    facts, credential, look = awards(stack)[0]
    forged = replace(facts, recipient=replace(facts.recipient, name="Bernd Fälscher"), score=100.0)
    path = folder / "gefaelscht.pdf"
    path.write_bytes(pdf.render(forged, credential, Addresses(stack.tool_url), look))
    return path


def foreign_badge(stack: Stack, folder: Path) -> Path:
    """Make a badge of an issuer that only has a key."""
    key = Ed25519PrivateKey.generate()
    issuer = f"did:key:{multibase.multikey(key.public_key())}"
    unsigned = {**FOREIGN, "issuer": {"id": issuer, "type": ["Profile"], "name": "Akademie anderswo"}}
    method = f"{issuer}#{issuer.removeprefix('did:key:')}"
    signed = proof.sign(unsigned, key, verification_method=method, created=datetime.now(tz=UTC))
    path = folder / "badge.png"
    path.write_bytes(baking.bake_png(picture.png(awards(stack)[0][0]), json.dumps(signed)))
    return path


def hide(holder: Eyes, anyone: Eyes, tool: Frame, stack: Stack) -> None:
    tool.locator("summary", has_text="Wer ihn lesen kann").first.click()
    press(tool, "Inhalt verbergen")
    tool.get_by_text("Inhalt verborgen").wait_for()
    holder.look(tool, "Meine Nachweise")
    page = anyone.context.new_page()
    page.goto(f"{stack.tool_url}/nachweis/{awards(stack)[0][0].award_id}")
    anyone.look(page, "Gültig", english=True)
    assert page.get_by_text("Anna Müller").count() == 0


def end(holder: Eyes, anyone: Eyes, tool: Frame, link: str) -> None:
    press(tool, "Diesen Link beenden")
    tool.get_by_text("Beendet am").wait_for()
    holder.look(tool, "Meine Nachweise")
    page: Page = anyone.context.new_page()
    anyone.refused(page, link, "Dieser Link gilt nicht mehr", english=True)

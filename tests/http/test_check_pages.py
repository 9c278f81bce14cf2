"""Checking what somebody was given: any file or text, ours and others', honest and hostile. Nothing is kept."""

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfWriter

from campus.database import Database
from certificates import issue, reading, shares, store
from certificates.credential import Addresses
from certificates.elmo import document, signature
from certificates.facts import AwardFacts
from certificates.forms import branding_of
from certificates.issuers import seal
from certificates.papers import baking, pades, pdf
from certificates.verify_routes import PER_MINUTE
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World
from tests.unit.certificates import pdfs

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
VALID, INVALID = "Was Sie vorgelegt haben, ist echt, unverändert", "Verlassen Sie sich nicht"
UNSURE = "Nicht alles konnte geprüft werden"
FOREIGN = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "https://elsewhere.invalid/1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "<b>Kurs</b> anderswo",
    "issuer": {"id": "did:web:elsewhere.invalid", "type": ["Profile"], "name": "Andere Hochschule"},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "urn:uuid:0d0d0d0d-0d0d-4d0d-8d0d-0d0d0d0d0d0d",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:1d0d0d0d-0d0d-4d0d-8d0d-0d0d0d0d0d0d",
            "type": ["Achievement"],
            "name": "Kurs anderswo",
            "description": "Anderswo",
            "criteria": {"narrative": "Alles gelesen"},
            "alignment": [
                {"type": ["Alignment"], "targetName": "Böse Adresse", "targetUrl": "javascript:alert(1)"},
            ],
        },
    },
}


@pytest.fixture
def world(database: Database) -> World:
    world = pages.world_of(database)
    world.earn("102", "A2", percent=72.5)
    return world


def facts_of(world: World) -> tuple[AwardFacts, str]:
    award = world.award("102")
    return store.facts_of(award), award.credential or ""


def hand_in(world: World, content: bytes | str, name: str = "datei") -> Any:
    sent = content.encode() if isinstance(content, str) else content
    return world.browser().post("/pruefen", data={"datei": (io.BytesIO(sent), name)})


def paper(world: World, **changed: Any) -> bytes:
    """Print the award; what is ``changed`` stands on the paper, while the signed credential in it is the genuine."""
    facts, credential = facts_of(world)
    with world.database.read() as session:
        look = branding_of(store.award(session, facts.award_id))
    return pdf.render(replace(facts, **changed), credential, Addresses(world.services.settings.public_url), look)


def sealed(world: World, content: bytes, by: str = "A") -> bytes:
    with world.database.write() as session:
        own = seal.current(session, world.provider(by).id, now=world.clock(), fernet=world.services.fernet)
    return pades.seal(content, own, now=world.clock())


@pytest.mark.parametrize("form", ["json", "svg", "text"])
def test_ours_is_genuine_in_any_form_and_shown_in_full(world: World, form: str) -> None:
    _, credential = facts_of(world)
    match form:
        case "json":
            answer = hand_in(world, credential)
        case "svg":
            answer = hand_in(world, baking.bake_svg(SVG, credential))
        case _:
            answer = world.browser().post("/pruefen", data={"text": credential})
    page = text_of(answer)
    assert answer.status_code == 200
    for part in (VALID, "Anna Müller", "A2 E-Akte im Alltag", "72,5", "Hochschule Ahrenfeld", "integrity.ok"):
        assert part in page


def test_beside_a_strangers_name_stands_the_identifier_that_was_checked(world: World) -> None:
    stated = "Nicht hier ausgestellt, sondern von: Hochschule Ahrenfeld did:web:evil.example"
    named = {**FOREIGN, "issuer": {"id": "did:web:evil.example", "type": ["Profile"], "name": "Hochschule Ahrenfeld"}}
    html = hand_in(world, json.dumps(named)).get_data(as_text=True)
    assert stated in " ".join(re.sub("<[^>]+>", "", html).split())
    assert html.count("did:web:evil.example</code>") == 2
    assert "Nicht hier ausgestellt" not in text_of(hand_in(world, facts_of(world)[1]))


def test_answer_is_kept_nowhere_and_sets_no_cookie(world: World) -> None:
    answer = hand_in(world, facts_of(world)[1])
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def test_sealed_paper_is_genuine(world: World) -> None:
    page = text_of(hand_in(world, sealed(world, paper(world))))
    for part in (VALID, "seal.ok", "paper.sealed", "integrity.ok"):
        assert part in page


def test_paper_without_a_seal_is_compared_word_by_word_and_never_called_genuine(world: World) -> None:
    page = text_of(hand_in(world, paper(world)))
    for part in (UNSURE, "seal.none", "paper.same", "Vergleichen Sie, was Sie sehen"):
        assert part in page


BOX = b"1 1 1 rg 0 0 600 900 re f 0 0 0 rg 50 500 200 40 re f"


@ON_SQLITE
@pytest.mark.parametrize("how", ["shapes", "a note", "shapes, sealed again by a stranger"])
def test_genuine_words_under_something_else_leave_a_doubt(world: World, how: str) -> None:
    """Programs read every word; people see what is drawn above them."""
    stripped = paper(world)
    covered = pdfs.annotated(stripped, "Bernd") if how == "a note" else pdfs.painted(stripped, BOX)
    if "stranger" in how:
        covered = pdfs.signed_by_a_stranger(covered, now=world.clock())
    page = text_of(hand_in(world, covered))
    for part in (UNSURE, "paper.same", "integrity.ok", "seal.foreign" if "stranger" in how else "seal.none"):
        assert part in page
    assert VALID not in page


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"score": 99.5}, "99,5"),
        ({"recipient": "Bernd Fälscher"}, "Fälscher"),
        ({"issued_at": 2019}, "2019"),
    ],
)
def test_edited_paper_is_caught_and_the_place_marked(world: World, changed: dict[str, Any], wrong: str) -> None:
    facts, _ = facts_of(world)
    match changed:
        case {"recipient": name}:
            changed = {"recipient": replace(facts.recipient, name=name)}
        case {"issued_at": year}:
            changed = {"issued_at": facts.issued_at.replace(year=year)}
    answer = hand_in(world, paper(world, **changed))
    page, html = text_of(answer), answer.get_data(as_text=True)
    for part in (INVALID, "paper.changed", "integrity.ok"):
        assert part in page
    marked = "".join(html.split('<ins class="check-added">')[1:])
    assert wrong in marked


def test_paper_that_was_changed_after_it_was_sealed_is_caught(world: World) -> None:
    whole = sealed(world, paper(world))
    writer = PdfWriter(io.BytesIO(whole), incremental=True)
    writer.add_blank_page(100, 100)
    added = io.BytesIO()
    writer.write(added)
    later = text_of(hand_in(world, added.getvalue()))
    assert "seal.added" in later
    assert INVALID in later
    place = whole.index(b"/ID")
    broken = text_of(hand_in(world, whole[:place] + b"/IX" + whole[place + 3 :]))
    assert "seal.broken" in broken
    assert INVALID in broken


def test_stranger_who_signs_a_changed_paper_does_not_make_the_issuers_seal_whole(world: World) -> None:
    changed = pdfs.painted(sealed(world, paper(world)), b"1 1 1 rg 0 0 600 900 re f", incremental=True)
    forged = pdfs.signed_by_a_stranger(changed, now=world.clock())
    assert [(one.intact, one.whole) for one in pades.check(forged)] == [(True, False), (True, True)]
    page = text_of(hand_in(world, forged))
    assert "seal.added" in page
    assert INVALID in page


def test_paper_sealed_by_another_of_our_issuers_is_not_valid(world: World) -> None:
    page = text_of(hand_in(world, sealed(world, paper(world), by="B")))
    assert "seal.other_issuer" in page
    assert INVALID in page


def test_paper_with_somebody_elses_credential_leaves_what_is_printed_open(world: World) -> None:
    page = text_of(hand_in(world, pdfs.with_attachments(json.dumps(FOREIGN).encode())))
    assert "paper.values_missing" in page
    assert "Kurs anderswo" in page


@ON_SQLITE
def test_paper_with_several_certificates_leaves_open_which_it_means(world: World) -> None:
    _, credential = facts_of(world)
    page = text_of(hand_in(world, pdfs.with_attachments(credential.encode(), json.dumps(FOREIGN).encode())))
    assert "paper.several" in page
    assert VALID not in page


def test_paper_without_a_credential_leads_to_the_number(world: World) -> None:
    page = hand_in(world, pdfs.written())
    assert "In dieser Datei steckt kein signierter Nachweis" in text_of(page)
    assert UNSURE in text_of(page)


def test_foreign_badge_is_shown_and_its_words_are_only_words(world: World) -> None:
    answer = hand_in(world, json.dumps(FOREIGN))
    page, html = text_of(answer), answer.get_data(as_text=True)
    assert answer.status_code == 200
    for part in (INVALID, "Andere Hochschule", "<b>Kurs</b> anderswo", "integrity.no_proof", "Böse Adresse"):
        assert part in page
    assert "<b>Kurs" not in html
    assert 'href="javascript' not in html


def test_changed_credential_is_not_valid(world: World) -> None:
    page = text_of(hand_in(world, facts_of(world)[1].replace("Anna Müller", "Bernd Fälscher")))
    assert INVALID in page
    assert "integrity.changed" in page


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_what_is_handed_in_may_be_revoked_or_suspended(world: World, state: str) -> None:
    _, credential = facts_of(world)
    with world.database.write() as session:
        award = store.award(session, world.award("102").public_id)
        how = issue.revoke if state == "revoked" else issue.suspend
        how(session, award, reason="Irrtum", by=None, now=world.clock())
    page = text_of(hand_in(world, credential))
    assert ("Widerrufen" if state == "revoked" else "Ausgesetzt") in page
    assert VALID not in page


def test_file_of_a_hidden_award_shows_what_the_file_says(world: World) -> None:
    _, credential = facts_of(world)
    with world.database.write() as session:
        shares.show(session, world.person("102").id, world.award("102").public_id, shown=False)
    assert VALID in text_of(hand_in(world, credential))


def test_transcript_for_registries_is_checked(world: World) -> None:
    facts, _ = facts_of(world)
    with world.database.write() as session:
        own = seal.current(session, world.provider("A").id, now=world.clock(), fernet=world.services.fernet)
    addresses = Addresses(world.services.settings.public_url)
    answer = hand_in(world, signature.sign(document.build(facts, addresses, generated_at=world.clock()), own))
    assert answer.status_code == 200
    for part in ("Leistungsnachweis (ELMO)", "Anna Müller", VALID, "issuer.ok"):
        assert part in text_of(answer)


@ON_SQLITE
def test_number_and_address_lead_to_the_awards_page(world: World) -> None:
    number = world.award("102").public_id
    for typed in (number, f"https://campus.example/nachweis/{number}"):
        answer = world.browser().post("/pruefen", data={"text": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/nachweis/{number}")


HOSTILE = {
    "nothing": b"",
    "noise": bytes(range(256)) * 4,
    "broken JSON": b'{"a": ',
    "deep JSON": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "twice the same name": b'{"a": 1, "a": 2}',
    "not an object": b"[1]",
    "half a surrogate pair": b'{"id": "\\ud800", "name": "\\ud800"}',
    "an archive": b"PK\x03\x04" + b"0" * 100,
    "a photo": b"\xff\xd8\xff" + b"0" * 100,
    "a broken PNG": baking.PNG_SIGNATURE + b"0" * 100,
    "a broken PDF": b"%PDF-1.7\nnothing\n%%EOF",
    "an encrypted PDF": pdfs.written(password="geheim"),
    "XML that unfolds": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "XML of a kind": b"<html><body/></html>",
    "a picture without anything": SVG,
    "no texts where texts belong": json.dumps(
        {"@context": 1, "type": {}, "issuer": [], "credentialSubject": [[]], "proof": 7, "name": ["x"], "id": {}}
    ).encode(),
    "no JSON number": b'{"a": NaN}',
    "a contextual bomb": json.dumps({**FOREIGN, "@context": ["http://127.0.0.1:1/x"], "proof": {"type": "x"}}).encode(),
    "a token of nothing": b"e30.e30.",
}


@ON_SQLITE
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_gets_a_clear_answer(world: World, name: str) -> None:
    answer = hand_in(world, HOSTILE[name])
    assert answer.status_code < 500
    page = text_of(answer)
    if answer.status_code != 200:
        assert "certificate." in page or "http.413" in page
    assert VALID not in page


@ON_SQLITE
def test_too_large_text_is_refused_by_name(world: World) -> None:
    answer = world.browser().post("/pruefen", data={"text": "{" + " " * (reading.MAX_BYTES + 1) + "}"})
    assert (answer.status_code, "certificate.file_too_large" in text_of(answer)) == (413, True)


@ON_SQLITE
def test_who_checks_without_end_is_held_back(world: World) -> None:
    browser = world.browser()
    statuses = [browser.post("/pruefen", data={"text": "x"}).status_code for _ in range(PER_MINUTE + 1)]
    assert set(statuses[:-1]) == {422}
    assert statuses[-1] == 429


@ON_SQLITE
def test_page_speaks_english_when_asked(world: World) -> None:
    assert "Check a certificate" in text_of(world.browser().get("/pruefen?lang=en"))

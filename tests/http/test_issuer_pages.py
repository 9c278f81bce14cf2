"""An issuer's pages: how its papers look, who signs for it, its keys and its seal."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_der_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import organisations
from campus.database import Database
from campus.models.access import AuditEntry
from certificates.facts import AwardKind
from certificates.issuers import profiles, seal
from certificates.issuers.mandate import signing_for
from certificates.papers import preview
from certificates.papers.branding import Branding
from certificates.store import Award, IssuerKey, IssuerProfile, IssuerSeal
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_course_pages import only_editor
from tests.http.test_learner_pages import text_of
from tests.integration.certificates.test_profiles import picture
from tests.pages import World

FORM = {
    "address": "Musterweg 1\r\n12345 Musterhausen",
    "email": "nachweise@hochschule.example",
    "url": "https://hochschule.example",
    "country": "de",
    "accent": "#1F3C88",
    "signatory_1_name": "Prof. Dr. Ada Beispiel",
    "signatory_1_role_de": "Präsidentin",
    "greeting_de": "Die Hochschule bescheinigt:",
}
PASSWORD = "für das Siegel"


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def house(world: World, letter: str = "A") -> str:
    return f"/anbieter/{world.provider(letter).public_id}/aussteller"


def saved(world: World) -> Branding:
    with world.database.read() as session:
        return profiles.latest(session, world.provider("A").id)


def versions(world: World) -> list[IssuerProfile]:
    with world.database.read() as session:
        return profiles.versions(session, world.provider("A").id)


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def all_keys(world: World) -> list[IssuerKey]:
    with world.database.read() as session:
        mine = IssuerKey.organisation_id == world.provider("A").id
        return list(session.scalars(select(IssuerKey).where(mine).order_by(IssuerKey.number)))


def seals(world: World) -> list[IssuerSeal]:
    with world.database.read() as session:
        return seal.listed(session, world.provider("A").id)


def upload(world: World, path: str, **data: Any) -> Any:
    return world.editor().post(f"{house(world)}{path}", data=data, content_type="multipart/form-data")


def test_profile_is_saved_shown_and_saved_only_once(world: World) -> None:
    before = len(versions(world))
    for _ in range(2):
        answer = upload(world, "", **FORM, logo=(io.BytesIO(picture("PNG")), "logo.png"))
        assert answer.status_code == 303
    look = saved(world)
    assert (look.address, look.country, look.accent) == ("Musterweg 1\n12345 Musterhausen", "DE", "#1f3c88")
    assert [(one.name, one.role) for one in look.signatories] == [("Prof. Dr. Ada Beispiel", {"de": "Präsidentin"})]
    assert (look.greeting, look.closing) == ({"de": "Die Hochschule bescheinigt:"}, None)
    assert len(versions(world)) == before + 1
    assert audited(world).count("issuer.profile_saved") == 1
    page = world.editor().get(house(world)).get_data(as_text=True)
    assert "Prof. Dr. Ada Beispiel" in page
    logo = world.editor().get(f"{house(world)}/logo.png")
    assert (logo.mimetype, logo.data) == ("image/png", look.logo)


def test_logo_stays_until_it_is_taken_away(world: World) -> None:
    upload(world, "", **FORM, logo=(io.BytesIO(picture("JPEG")), "logo.jpg"))
    upload(world, "", **FORM | {"closing_de": "Ende"})
    assert saved(world).logo is not None
    upload(world, "", **FORM, no_logo="yes")
    assert saved(world).logo is None
    assert world.editor().get(f"{house(world)}/logo.png").status_code == 404


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("accent", {"accent": "#ffff00"}),
        ("accent", {"accent": "red"}),
        ("country", {"country": "D1"}),
        ("url", {"url": "javascript:alert(1)"}),
        ("email", {"email": "keine"}),
        ("signatories", {"signatory_1_name": ""}),
        ("signatories", {"signatory_1_role_de": ""}),
        ("signatories", {"signatory_2_role_en": "President"}),
        ("greeting_de", {"greeting_de": "", "greeting_en": "Only English"}),
        ("address", {"address": "x" * 301}),
        ("logo", {"logo": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"}),
    ],
)
def test_refused_entry_is_marked_and_nothing_is_saved(world: World, field: str, change: dict[str, Any]) -> None:
    before = len(versions(world))
    if isinstance(change.get("logo"), bytes):
        change = {"logo": (io.BytesIO(change["logo"]), "logo.png")}
    answer = upload(world, "", **FORM | change)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, len(versions(world))) == (422, before)
    assert f'id="{field}-error"' in page
    assert "alert(1)</script>" not in page


def test_upload_that_is_too_large_is_refused(world: World) -> None:
    form = "multipart/form-data; boundary=x"
    answer = world.editor().post(house(world), data=b"x" * 6_000_000, content_type=form)
    assert answer.status_code == 413


@ON_SQLITE
@pytest.mark.parametrize("kind", AwardKind)
def test_preview_shows_the_form_as_it_stands_and_saves_nothing(world: World, kind: AwardKind) -> None:
    before = len(versions(world))
    answer = upload(world, "/vorschau", **FORM, kind=kind.value)
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert len(versions(world)) == before
    pale = upload(world, "/vorschau", **FORM | {"accent": "#ffff00"}, kind=kind.value)
    assert (pale.status_code, "Diese Farbe ist zu blass" in text_of(pale)) == (422, True)


def test_each_saved_version_can_be_looked_at(world: World) -> None:
    upload(world, "", **FORM)
    number = versions(world)[0].number
    assert world.editor().get(f"{house(world)}/fassungen/{number}/course.pdf").data[:5] == b"%PDF-"
    for nowhere in (f"{number}/nothing", f"{number + 1}/course"):
        assert world.editor().get(f"{house(world)}/fassungen/{nowhere}.pdf").status_code == 404


@ON_SQLITE
def test_preview_of_a_mandate_names_both(world: World) -> None:
    with world.database.write() as session:
        provider = organisations.provider(session, world.provider("A").public_id)
        profiles.set_mandate(session, provider, by_mandate=True, by=world.person("102").id, now=world.clock())
        facts = preview.sample(
            AwardKind.COURSE, signing_for(session, provider, public_url="http://localhost"), now=world.clock()
        )
    assert facts.on_behalf_of is not None
    assert "campus" in facts.issuer.did
    assert "VORSCHAU" in facts.recipient.name


def test_office_begins_a_mandate_and_either_ends_it(world: World) -> None:
    address = f"{house(world)}/mandat"
    assert world.editor().post(address, data={"mandate": "yes"}).status_code == 403
    for ends in (world.editor, world.office):
        assert world.office().post(address, data={"mandate": "yes"}).status_code == 303
        assert "Die Geschäftsstelle signiert und siegelt Ihre Nachweise" in text_of(world.editor().get(house(world)))
        world.earn("102", "A2")
        assert world.award("102").issuer_id != world.provider("A").id
        assert ends().post(address, data={"mandate": "no"}).status_code == 303
    assert not versions(world)[0].by_mandate
    assert audited(world).count("issuer.mandate_begun") == audited(world).count("issuer.mandate_ended") == 2
    assert world.office().post("/verwaltung/aussteller/mandat", data={"mandate": "yes"}).status_code in {404, 405}


def test_keys_are_changed_and_what_they_signed_stays_valid(world: World) -> None:
    assert "Es gibt noch keine Schlüssel" in text_of(world.editor().get(f"{house(world)}/schluessel"))
    world.earn("102", "A2")
    first = all_keys(world)
    assert world.editor().post(f"{house(world)}/schluessel/wechseln").status_code == 303
    later = all_keys(world)
    assert all(key.retired_at for key in later if key.number <= first[-1].number)
    assert later[-1].retired_at is None
    page = text_of(world.editor().get(f"{house(world)}/schluessel"))
    assert f"key-{later[-1].number} digitale Nachweise" in page
    assert "im Ruhestand" in page
    document = json.loads(world.browser().get("/issuers/anbieter-a/did.json").data)
    assert len(document["verificationMethod"]) == len(later)
    assert audited(world)[-1] == "issuer.key_rotated"


def test_reported_key_is_asked_about_disowned_and_its_awards_are_signed_anew(world: World) -> None:
    world.earn("102", "A2")
    before = world.award("102").credential or ""
    number = next(key.number for key in all_keys(world) if f"#key-{key.number}" in before)
    address = f"{house(world)}/schluessel/{number}/gefaehrdet"
    asked = text_of(world.editor().get(address))
    assert "1 Nachweis, der auf ihm beruht" in asked
    assert all_keys(world)[0].compromised_at is None
    assert world.editor().post(address).status_code == 303
    assert "1 Nachweis ist noch neu zu signieren" in text_of(world.editor().get(f"{house(world)}/schluessel"))
    jobs = set(world.queue.jobs)
    world.queue.run(world.services)
    after = world.award("102").credential or ""
    assert f"#key-{number}" in before
    assert f'#key-{number}"' not in after
    page = text_of(world.editor().get(f"{house(world)}/schluessel"))
    assert "gefährdet" in page
    assert "noch neu zu signieren" not in page
    document = world.browser().get("/issuers/anbieter-a/did.json").get_data(as_text=True)
    assert f'#key-{number}"' not in document
    assert "Mehr ist nicht zu tun" in text_of(world.editor().get(address))
    assert "wurde am" in text_of(world.editor().get(address))
    with world.database.write() as session:  # as if the job had been given up
        session.get_one(Award, world.award("102").id).credential = before
    assert "Übrige signieren" in text_of(world.editor().get(f"{house(world)}/schluessel"))
    assert "Übrige signieren" in text_of(world.editor().get(address))
    world.clock.now += timedelta(minutes=1)
    assert world.editor().post(address).status_code == 303
    assert jobs.isdisjoint(world.queue.jobs), "a job of the same name is not begun again"
    world.queue.run(world.services)
    assert f'#key-{number}"' not in (world.award("102").credential or "")
    assert audited(world).count("issuer.key_compromised") == 1
    assert world.editor().get(f"{house(world)}/schluessel/999/gefaehrdet").status_code == 404


def test_document_for_the_own_site_is_downloaded(world: World) -> None:
    address = f"{house(world)}/schluessel/did.json"
    assert world.editor().get(f"{address}?host=hochschule.example").status_code == 404  # no keys yet
    world.earn("102", "A2")
    answer = world.editor().get(f"{address}?host=Hochschule.Example")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="did.json"'
    document = json.loads(answer.data)
    assert (document["id"], document["alsoKnownAs"]) == (
        "did:web:hochschule.example",
        ["did:web:localhost:issuers:anbieter-a"],
    )
    refused = world.editor().get(f"{address}?host=https://hochschule.example/")
    assert (refused.status_code, 'id="host-error"' in refused.get_data(as_text=True)) == (422, True)


def pkcs12(world: World) -> bytes:
    """Make the file of a seal: one of the installation's own will do."""
    with world.database.write() as session:
        office = organisations.office(session, now=world.clock())
        made = seal.current(session, office.id, now=world.clock(), fernet=world.services.fernet)
        row = seal.listed(session, office.id)[0]
        key: Any = load_der_private_key(world.services.fernet.decrypt((row.secret_encrypted or "").encode()), None)
    locked = BestAvailableEncryption(PASSWORD.encode())
    return serialize_key_and_certificates(b"siegel", key, made.certificate, None, locked)


def test_own_seal_is_taken_shown_and_given_back(world: World) -> None:
    content = pkcs12(world)
    wrong = upload(world, "/siegel", file=(io.BytesIO(content), "siegel.p12"), password="falsch")
    assert (wrong.status_code, 'id="file-error"' in wrong.get_data(as_text=True)) == (422, True)
    assert seals(world) == []
    taken = upload(world, "/siegel", file=(io.BytesIO(content), "siegel.p12"), password=PASSWORD)
    assert taken.status_code == 303
    [mine] = seals(world)
    page = world.editor().get(f"{house(world)}/schluessel")
    assert "Ihr eigenes, hochgeladen" in text_of(page)
    for secret in (PASSWORD, mine.secret_encrypted or "", "PRIVATE"):
        assert secret not in page.get_data(as_text=True)
    pem = world.editor().get(f"{house(world)}/siegel/{mine.number}.pem").get_data(as_text=True)
    assert pem == mine.certificates
    assert "PRIVATE" not in pem
    assert world.editor().post(f"{house(world)}/siegel/eigenes").status_code == 303
    assert [(row.source, row.retired_at is None) for row in seals(world)] == [("pkcs12", False), ("own", True)]
    assert audited(world)[-2:] == ["issuer.seal_added", "issuer.seal_own"]
    assert world.editor().get(f"{house(world)}/siegel/99.pem").status_code == 404


@ON_SQLITE
def test_compromised_seal_is_disowned_and_papers_get_another(world: World) -> None:
    world.editor().post(f"{house(world)}/siegel/eigenes")
    [lost] = seals(world)
    certificate = seal.certificates_of(lost)[0]
    page = text_of(world.editor().get(f"{house(world)}/schluessel"))
    assert "Andere haben Siegel 1" in page
    assert "gelten nicht mehr als Ihre" in page
    for _ in range(2):
        assert world.editor().post(f"{house(world)}/siegel/1/gefaehrdet").status_code == 303
        world.clock.now += timedelta(minutes=1)
    assert audited(world).count("issuer.seal_compromised") == 1
    page = text_of(world.editor().get(f"{house(world)}/schluessel"))
    assert "gefährdet" in page
    assert "Andere haben Siegel 1" not in page
    assert "Siegel als gefährdet gemeldet" in text_of(world.office().get("/verwaltung/protokoll"))
    with world.database.write() as session:
        assert seal.owner(session, certificate) is None
        made = seal.current(session, world.provider("A").id, now=world.clock(), fernet=world.services.fernet)
    assert made.certificate != certificate
    assert world.editor().post(f"{house(world)}/siegel/9/gefaehrdet").status_code == 404


@ON_SQLITE
@pytest.mark.parametrize("content", [b"", b"no PKCS#12", b"\x30\x82" + b"\0" * 40, b"x" * 300_000])
def test_what_is_no_seal_is_refused(world: World, content: bytes) -> None:
    answer = upload(world, "/siegel", file=(io.BytesIO(content), "siegel.p12"), password="x")
    assert 400 <= answer.status_code < 500
    assert seals(world) == []


@ON_SQLITE
def test_seal_that_ends_soon_is_warned_about(world: World) -> None:
    world.editor().post(f"{house(world)}/siegel/eigenes")
    world.clock.now = seal.certificates_of(seals(world)[0])[0].not_valid_after_utc - timedelta(days=59)
    assert "Das Zertifikat des Siegels endet am" in text_of(world.editor().get(f"{house(world)}/schluessel"))


def test_office_has_its_own_and_finds_those_of_providers(world: World) -> None:
    page = world.office().get("/verwaltung/aussteller")
    assert "Hochschule Ahrenfeld" in text_of(page)
    assert house(world) in page.get_data(as_text=True)
    assert world.office().post("/verwaltung/aussteller", data=FORM).status_code == 303
    assert world.office().post("/verwaltung/aussteller/schluessel/wechseln").status_code == 303
    assert "issuers:campus" in world.office().get("/verwaltung/aussteller/schluessel").get_data(as_text=True)


def test_editors_who_are_no_administrators_have_no_word_on_them(world: World) -> None:
    editor: FlaskClient = only_editor(world)
    paths = ("", "/schluessel", "/logo.png", "/fassungen/1/course.pdf")
    assert {editor.get(f"{house(world)}{path}").status_code for path in paths} == {403}
    assert {editor.post(f"{house(world)}{path}").status_code for path in ("", "/siegel", "/mandat")} == {403}

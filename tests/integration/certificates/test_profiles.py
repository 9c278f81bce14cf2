"""A provider's profile: versions that never change, colours that can be read, logos that are pixels and no more."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.database import Database
from campus.errors import InvalidInputError
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from certificates.errors import AwardNotFoundError, BadFactsError, LogoError, PaleColourError
from certificates.issuers import mandate, own_site, profiles
from certificates.papers.branding import Branding, Signatory
from certificates.papers.colour import contrast_with_white
from certificates.store import IssuerProfile
from tests.factories import NOW, learner, organisation

LOOK = Branding(
    address="Musterweg 1\n12345 Musterhausen",
    email="nachweise@hochschule.example",
    url="https://hochschule.example/nachweise",
    accent="#1f3c88",
    signatories=(Signatory("Prof. Dr. Ada Beispiel", {"de": "Präsidentin", "en": "President"}),),
    greeting={"de": "Die Hochschule bescheinigt:"},
    closing={"de": "Maschinell erstellt.", "en": "Made by machine."},
)


def saved(database: Database) -> tuple[Organisation, Person]:
    with database.write() as session:
        provider, (_, person) = organisation(session), learner(session)
        assert profiles.save(session, provider, LOOK, by=person.id, now=NOW)
        return provider, person


def numbers(session: Session) -> list[int]:
    return list(session.scalars(select(IssuerProfile.number).order_by(IssuerProfile.id)))


def test_saved_look_is_read_again_and_saving_it_twice_makes_no_version(database: Database) -> None:
    provider, person = saved(database)
    with database.write() as session:
        assert profiles.latest(session, provider.id) == LOOK
        assert not profiles.save(session, provider, LOOK, by=person.id, now=NOW)
        changed = replace(LOOK, logo=profiles.logo(picture("PNG")))
        assert profiles.save(session, provider, changed, by=person.id, now=NOW)
        assert not profiles.save(session, provider, changed, by=person.id, now=NOW)
        assert numbers(session) == [1, 2]
        assert profiles.look(profiles.version(session, provider.id, 1)) == LOOK
        assert [one.number for one in profiles.versions(session, provider.id)] == [2, 1]
        assert profiles.versions(session, provider.id)[0].created_by_id == person.id
        with pytest.raises(AwardNotFoundError):
            profiles.version(session, provider.id, 3)


def test_provider_without_a_profile_has_a_plain_look(database: Database) -> None:
    with database.write() as session:
        assert profiles.latest(session, organisation(session).id) == Branding()


def test_mandate_is_a_version_and_keeps_the_look(database: Database) -> None:
    provider, person = saved(database)
    with database.write() as session:
        office = organisation(session, OrganisationKind.OFFICE, slug="campus")
        for expected in (True, False):
            assert profiles.set_mandate(session, provider, by_mandate=True, by=person.id, now=NOW) is expected
        assert profiles.latest(session, provider.id) == LOOK
        signing = mandate.signing_for(session, provider, public_url="https://c.example")
        assert signing.issuer.organisation_id == office.public_id
        assert signing.on_behalf_of is not None
        assert not profiles.save(session, provider, LOOK, by=person.id, now=NOW)  # saving the look keeps the mandate
        assert profiles.set_mandate(session, provider, by_mandate=False, by=person.id, now=NOW)
        signing = mandate.signing_for(session, provider, public_url="https://c.example")
        assert (signing.issuer.organisation_id, signing.on_behalf_of) == (provider.public_id, None)
        assert numbers(session) == [1, 2, 3]
        with pytest.raises(BadFactsError):
            profiles.set_mandate(session, office, by_mandate=True, by=person.id, now=NOW)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("accent", {"accent": "#8a8a8a"}),
        ("country", {"country": "de"}),
        ("url", {"url": "javascript:alert(1)"}),
        ("email", {"email": "keine Adresse"}),
        ("signatories", {"signatories": (Signatory("", {"de": "Präsidentin"}),)}),
        ("signatories", {"signatories": (Signatory("Ada", {"en": "President"}),)}),
        ("signatories", {"signatories": LOOK.signatories * 5}),
        ("greeting", {"greeting": {"en": "Only English"}}),
        ("closing", {"closing": {}}),
    ],
)
def test_what_no_paper_should_show_is_refused_by_field(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(BadFactsError) as refused:
        profiles.check(replace(LOOK, **change))
    assert refused.value.field == field
    assert isinstance(refused.value, PaleColourError) == (field == "accent")


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#777777", 4.48), ("#ff0000", 4.0)]
)
def test_contrast_is_that_of_the_guidelines(colour: str, ratio: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.005)


def picture(form: str, size: tuple[int, int] = (1200, 600)) -> bytes:
    made, info = io.BytesIO(), PngInfo()
    info.add_text("Author", "somebody")
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    Image.new("RGB", size, "#1f3c88").save(made, form, exif=exif, **({"pnginfo": info} if form == "PNG" else {}))
    return made.getvalue() + b"trailing"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_logo_becomes_a_small_png_of_pixels_alone(form: str) -> None:
    cleaned = profiles.logo(picture(form))
    with Image.open(io.BytesIO(cleaned)) as read:
        assert (read.format, read.size, read.info.get("Author")) == ("PNG", (800, 400), None)
        assert not read.getexif()
    assert b"trailing" not in cleaned


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a" + b"\0" * 50,
        picture("PNG")[:60],
        picture("PNG", (6000, 6000)),
    ],
    ids=["empty", "text", "svg", "gif", "cut off", "huge"],
)
def test_what_is_no_logo_is_refused(content: bytes) -> None:
    with pytest.raises(LogoError):
        profiles.logo(content)


SERVED: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/did/v1"],
    "id": "did:web:c.example:issuers:a",
    "verificationMethod": [
        {
            "id": "did:web:c.example:issuers:a#key-2",
            "type": "Multikey",
            "controller": "did:web:c.example:issuers:a",
            "publicKeyMultibase": "z6Mk",
        }
    ],
    "assertionMethod": ["did:web:c.example:issuers:a#key-2"],
}


def test_document_for_the_own_site_has_the_same_keys_under_its_own_name() -> None:
    own = own_site.document(SERVED, "www.hochschule.example")
    name = "did:web:www.hochschule.example"
    assert (own["id"], own["alsoKnownAs"], own["assertionMethod"]) == (name, [SERVED["id"]], [f"{name}#key-2"])
    assert own["verificationMethod"] == [SERVED["verificationMethod"][0] | {"id": f"{name}#key-2", "controller": name}]


@pytest.mark.parametrize(
    "host", ["", "localhost", "https://a.example", "a.example/x", "a..example", "-a.example", "ä.de"]
)
def test_what_is_no_domain_has_no_document(host: str) -> None:
    with pytest.raises(InvalidInputError):
        own_site.document(SERVED, host)

"""Every form of an award, made of its frozen facts and the credential that was signed then. One table."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from certificates import store
from certificates.credential import Addresses, build, status_entry
from certificates.elmo import document
from certificates.elmo.signature import sign as sign_elmo
from certificates.errors import AwardErasedError, AwardRevokedError, UnsignedFactsError
from certificates.facts import AwardFacts
from certificates.issuers import profiles
from certificates.issuers.signing import Signing
from certificates.papers import baking, pades, pdf, picture
from certificates.papers.branding import Branding
from certificates.signatures import jwt
from certificates.store import Award


class Form(StrEnum):
    """What an award can be downloaded as; the value is the file's suffix."""

    JSON = "json"
    JWT = "jwt"
    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    ELMO = "xml"


@dataclass(frozen=True, slots=True)
class Issued:
    """An award as its forms need it, read once. ``credential`` is the signed JSON text.

    ``issuer_id`` is the database id of who signs, with what ``signing`` opens.
    """

    facts: AwardFacts
    credential: str
    branding: Branding | None
    addresses: Addresses
    issuer_id: int
    signing: Signing


@dataclass(frozen=True, slots=True)
class Made:
    """A form's bytes, its media type and a name to save it under."""

    body: bytes
    media_type: str
    filename: str


Maker = Callable[[Issued], bytes]


def _json(issued: Issued) -> bytes:
    return issued.credential.encode()


def _jwt(issued: Issued) -> bytes:
    key = issued.signing.jwt_key(issued.issuer_id)
    return jwt.encode(json.loads(issued.credential), key, issuer_did=issued.facts.issuer.did).encode()


def _pdf(issued: Issued) -> bytes:
    paper = pdf.render(issued.facts, issued.credential, issued.addresses, issued.branding)
    signing = issued.signing
    seal = signing.seal(issued.issuer_id)
    return pades.seal(paper, seal, now=signing.clock(), timestamper=signing.timestamper)


def _png(issued: Issued) -> bytes:
    return baking.bake_png(picture.png(issued.facts), issued.credential)


def _svg(issued: Issued) -> bytes:
    return baking.bake_svg(picture.svg(issued.facts), issued.credential)


def _elmo(issued: Issued) -> bytes:
    attachments = document.attachments_of(_pdf(issued), issued.credential, issued.facts.kind)
    xml = document.build(
        issued.facts, issued.addresses, generated_at=issued.signing.clock(), attachments=tuple(attachments)
    )
    return sign_elmo(xml, issued.signing.seal(issued.issuer_id))


MAKERS: Mapping[Form, tuple[str, Maker]] = {
    Form.JSON: ("application/vc", _json),
    Form.JWT: ("application/vc+jwt", _jwt),
    Form.PDF: ("application/pdf", _pdf),
    Form.PNG: ("image/png", _png),
    Form.SVG: ("image/svg+xml", _svg),
    Form.ELMO: ("application/xml", _elmo),
}


def read(award: Award, *, public_url: str, signing: Signing) -> Issued:
    """Read what the forms of an award are made of.

    Raises AwardErasedError when its holder was erased, AwardRevokedError for one that is void (its page says so, but
    nothing is printed), UnsignedFactsError when what is stored beside the credential isn't what was signed.
    """
    if award.credential is None:
        raise AwardErasedError("the holder's data were erased")
    if award.revoked_at is not None:
        raise AwardRevokedError("the award was revoked")
    facts, addresses = store.facts_of(award), Addresses(public_url)
    entry = status_entry(addresses.status_list(award.status_list.public_id), award.status_index)
    require_signed(award.credential, build(facts, addresses, entry))
    return Issued(facts, award.credential, branding_of(award), addresses, award.issuer_id, signing)


def branding_of(award: Award) -> Branding | None:
    """Return how the provider's papers looked when the award was issued; None if it had no profile then."""
    return profiles.look(award.profile) if award.profile else None


def require_signed(credential: str, said: Mapping[str, Any]) -> None:
    """Raise UnsignedFactsError unless ``credential`` is what the award's facts say.

    The proof and the other awarding bodies' endorsements, which are signed too, are not looked at here.
    """
    try:
        signed = json.loads(credential)
    except (ValueError, RecursionError) as error:
        raise UnsignedFactsError("the stored credential can't be read") from error
    beside = {"proof": None, "endorsement": None}
    if not isinstance(signed, dict) or {**signed, **beside} != {**said, **beside}:
        raise UnsignedFactsError("the facts are not what was signed")


def make(form: Form, issued: Issued) -> Made:
    """Return the award in ``form``. Not to be called inside a writing session.

    Raises UnprintableError, SealUnavailableError, and NoElmoError for a municipality's certificate as ELMO.
    """
    media_type, maker = MAKERS[form]
    return Made(maker(issued), media_type, f"nachweis-{issued.facts.award_id}.{form.value}")

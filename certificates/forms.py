"""Every form of an award, made of its frozen facts and the credential that was signed then. One table."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from certificates import branding, pdf, store
from certificates.branding import Branding
from certificates.credential import Addresses, build
from certificates.errors import AwardErasedError, AwardRevokedError, UnsignedFactsError
from certificates.facts import AwardFacts
from certificates.issue import status_entries
from certificates.store import Award


class Form(StrEnum):
    """What an award can be downloaded as; the value is the file's suffix."""

    JSON = "json"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Issued:
    """An award as its forms need it, read once. ``credential`` is the signed JSON text."""

    facts: AwardFacts
    credential: str
    branding: Branding | None
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class Made:
    """A form's bytes, its media type and a name to save it under."""

    body: bytes
    media_type: str
    filename: str


Maker = Callable[[Issued], bytes]


def _json(issued: Issued) -> bytes:
    return issued.credential.encode()


def _pdf(issued: Issued) -> bytes:
    return pdf.render(issued.facts, issued.credential, issued.addresses)


MAKERS: Mapping[Form, tuple[str, Maker]] = {
    Form.JSON: ("application/vc", _json),
    Form.PDF: ("application/pdf", _pdf),
}


def read(award: Award, *, public_url: str) -> Issued:
    """Read what the forms of an award are made of.

    Raises AwardErasedError when its holder was erased, AwardRevokedError for one that is void (its page says so, but
    nothing is printed), UnsignedFactsError when what is stored beside the credential isn't what was signed.
    """
    if award.credential is None:
        raise AwardErasedError("the holder's data were erased")
    if award.revoked_at is not None:
        raise AwardRevokedError("the award was revoked")
    facts, addresses = store.facts_of(award), Addresses(public_url)
    entries = status_entries(addresses, award.status_list, award.suspension_list, award.status_index)
    require_signed(award.credential, build(facts, addresses, entries))
    profile = award.profile
    look = branding.from_json(profile.content, profile.logo) if profile else None
    return Issued(facts, award.credential, look, addresses)


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
    """Return the award in ``form``."""
    media_type, maker = MAKERS[form]
    return Made(maker(issued), media_type, f"nachweis-{issued.facts.award_id}.{form.value}")

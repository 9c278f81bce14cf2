"""What stands on a provider's papers beside an award's facts: page, address, signatories, texts, colour, logo. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from certificates.errors import BadFactsError
from certificates.facts import Text

COLOUR = re.compile(r"#[0-9a-f]{6}")
HOUSE_COLOUR = "#0b5c6b"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody whose name stands below a paper, with a role like "Präsidentin"."""

    name: str
    role: Text


@dataclass(frozen=True, slots=True)
class Branding:
    """A version of a provider's profile. ``logo`` is a PNG; empty texts leave nothing on the paper."""

    address: str = ""
    email: str = ""
    url: str = ""
    country: str = "DE"
    accent: str = HOUSE_COLOUR
    signatories: tuple[Signatory, ...] = ()
    greeting: Text | None = None
    """Before what is certified."""
    closing: Text | None = None
    """Below it, like a legal notice."""
    logo: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be set. Raises BadFactsError."""
        if not COLOUR.fullmatch(self.accent):
            raise BadFactsError("a colour is # and six hexadecimal digits", field="accent")


def to_json(branding: Branding) -> dict[str, Any]:
    """Return all but the logo as JSON values."""
    values = asdict(branding)
    del values["logo"]
    return {**values, "signatories": list(values["signatories"])}


def from_json(data: Mapping[str, Any], logo: bytes | None) -> Branding:
    """Return what ``to_json`` wrote, with the logo. Raises BadFactsError when a field is missing or wrong."""
    try:
        return Branding(**{**data, "signatories": tuple(Signatory(**one) for one in data["signatories"]), "logo": logo})
    except (KeyError, TypeError) as error:
        raise BadFactsError(f"a stored profile can't be read ({type(error).__name__})") from error

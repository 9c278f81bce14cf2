"""The fields of an issuer's profile, in its form and out of it."""

from collections.abc import Mapping
from typing import Any

from campus.errors import InvalidInputError
from certificates.facts import Text
from certificates.issuers.profiles import MOST_SIGNATORIES
from certificates.papers.branding import Branding, Signatory
from lti_tool.pages import forms

LONGEST_POSTAL = 300
LONGEST_EMAIL = 320
LONGEST_URL = 500
LONGEST_NAME = 100
LONGEST_ROLE = 100
LONGEST_TEXT = 600
COLOUR_LENGTH = 7
ROWS = range(1, MOST_SIGNATORIES + 1)


def read(form: Mapping[str, str], logo: bytes | None) -> Branding:
    """Return the look that a form says, with this logo. Raises InvalidInputError; ``profiles.check`` has the rest."""
    return Branding(
        address=_lines(forms.text(form, "address", longest=LONGEST_POSTAL, required=False)),
        email=forms.text(form, "email", longest=LONGEST_EMAIL, required=False),
        url=forms.text(form, "url", longest=LONGEST_URL, required=False),
        country=forms.text(form, "country", longest=2).upper(),
        accent=forms.text(form, "accent", longest=COLOUR_LENGTH).lower(),
        signatories=tuple(_signatories(form)),
        greeting=_text(form, "greeting"),
        closing=_text(form, "closing"),
        logo=logo,
    )


def _signatories(form: Mapping[str, str]) -> list[Signatory]:
    found = []
    for number in ROWS:
        named = f"signatory_{number}"
        role = forms.both_languages(
            form, f"{named}_role", longest=LONGEST_ROLE, required=bool(form.get(f"{named}_name")), at="signatories"
        )
        name = forms.text(form, f"{named}_name", longest=LONGEST_NAME, required=False)
        if role and not name:
            raise InvalidInputError("a signatory has a name", field="signatories")
        if name:
            found.append(Signatory(name, role))
    return found


def _text(form: Mapping[str, str], name: str) -> Text | None:
    said = forms.both_languages(form, name, longest=LONGEST_TEXT, required=False, at=name)
    return {language: _lines(text) for language, text in said.items()} or None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fields(look: Branding) -> dict[str, Any]:
    """Return the values of the form's fields for a look."""
    values: dict[str, Any] = {
        "address": look.address,
        "email": look.email,
        "url": look.url,
        "country": look.country,
        "accent": look.accent,
    }
    for name, text in (("greeting", look.greeting), ("closing", look.closing)):
        values |= {f"{name}_{language}": said for language, said in (text or {}).items()}
    for number, one in enumerate(look.signatories, start=1):
        values[f"signatory_{number}_name"] = one.name
        values |= {f"signatory_{number}_role_{language}": said for language, said in one.role.items()}
    return values


def rows(given: Mapping[str, Any]) -> int:
    """Say how many signatories a form with these values has room for: one more than there are."""
    filled = [number for number in ROWS if given.get(f"signatory_{number}_name")]
    return min(max(filled, default=0) + 1, MOST_SIGNATORIES)

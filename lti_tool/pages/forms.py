"""Reading forms: each field has a limit, and a refusal names the field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from campus.errors import CampusError, InvalidInputError
from lti_tool import error_texts, errors

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_ADDRESS = 2000
LONGEST_REASON = 2000
LONGEST_INSTANT = 30
LONGEST_DAY = 10
YES_NO = frozenset({"yes", "no"})
YEARS = range(2000, 2100)
DECIMAL = re.compile(r"[0-9]{1,4}([.,][0-9]{1,2})?", re.ASCII)


def text(form: Mapping[str, str], name: str, *, longest: int, required: bool = True) -> str:
    """Return the field without spaces around it. Raises InvalidInputError when it is missing or too long."""
    value = form.get(name, "").strip()
    if required and not value:
        raise InvalidInputError(f"{name} is missing", field=name)
    if len(value) > longest or "\x00" in value:
        raise InvalidInputError(f"{name} is longer than {longest} characters", field=name)
    return value


def whole_number(form: Mapping[str, str], name: str, *, least: int, most: int) -> int:
    """Return the field as a whole number within its limits."""
    value = text(form, name, longest=9)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise InvalidInputError(f"{name} is no whole number from {least} to {most}", field=name)
    return int(value)


def decimal(form: Mapping[str, str], name: str) -> float | None:
    """Return the field as a positive number with at most two digits behind comma or point; None when it is empty."""
    value = text(form, name, longest=9, required=False)
    if value and not DECIMAL.fullmatch(value):
        raise InvalidInputError(f"{name} is no number", field=name)
    return float(value.replace(",", ".")) if value else None


def both_languages(
    form: Mapping[str, str], name: str, *, longest: int, required: bool = True, at: str | None = None
) -> dict[str, str]:
    """Return a text of the domain from its two fields; without an English one the pages fall back on the German.

    Empty when both are and it isn't required. ``at`` names the field that a refusal is shown at, if another.
    """
    try:
        english = text(form, f"{name}_en", longest=longest, required=False)
        german = text(form, f"{name}_de", longest=longest, required=required or bool(english))
    except InvalidInputError as error:
        raise InvalidInputError(str(error), field=at or error.field) from error
    texts = {"de": german, "en": english}
    return {language: said for language, said in texts.items() if said}


def address(form: Mapping[str, str], name: str, *, allow_loopback_http: bool, longest: int = LONGEST_ADDRESS) -> str:
    """Return the field as an absolute web address; http only on loopback, and only where the installation allows."""
    value = text(form, name, longest=longest)
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError as error:
        raise InvalidInputError(f"{name} is no web address", field=name) from error
    plain = allow_loopback_http and parts.scheme == "http" and host in LOOPBACK
    if not host or parts.username or parts.fragment or (parts.scheme != "https" and not plain):
        raise InvalidInputError(f"{name} is no https address", field=name)
    return value


def day(form: Mapping[str, str], name: str) -> date:
    """Return a field of the kind ``2026-12-01`` as a day."""
    try:
        read = date.fromisoformat(text(form, name, longest=LONGEST_DAY))
    except ValueError as error:
        raise InvalidInputError(f"{name} is no day", field=name) from error
    if read.year not in YEARS:
        raise InvalidInputError(f"{name} is no day that a form of ours gives", field=name)
    return read


def instant(form: Mapping[str, str], name: str, zone: str) -> datetime:
    """Return a field of the kind ``2026-12-01T09:00`` as the instant that a clock in ``zone`` shows so."""
    try:
        read = datetime.fromisoformat(text(form, name, longest=LONGEST_INSTANT))
    except ValueError as error:
        raise InvalidInputError(f"{name} is no date and time", field=name) from error
    if read.tzinfo is not None or read.year not in YEARS:
        raise InvalidInputError(f"{name} is no date that a form of ours gives", field=name)
    return read.replace(tzinfo=ZoneInfo(zone))


def choice(form: Mapping[str, str], name: str, allowed: Mapping[str, object] | frozenset[str]) -> str:
    """Return the field if it is one of ``allowed``."""
    value = form.get(name, "")
    if value not in allowed:
        raise InvalidInputError(f"{name} is none of the choices", field=name)
    return value


def is_yes(form: Mapping[str, str], name: str) -> bool:
    """Return whether the field says "yes"; it must say that or "no"."""
    return choice(form, name, YES_NO) == "yes"


@dataclass(frozen=True)
class Shown:
    """A refusal as a form shows it: what happened, what to do, and the field that it is about."""

    title: str
    hint: str
    field: str | None
    code: str


def shown(error: CampusError | None) -> Shown | None:
    """Log the refusal and return it in the reader's language."""
    if error is None:
        return None
    errors.note(error)
    title, hint = error_texts.for_code(error.code, error.status)
    field = error.field if isinstance(error, InvalidInputError) else None
    return Shown(str(title), str(hint), field, error.code)

"""Reading one parameter of an address. Each refusal (BadParameterError) names the parameter, never the value."""

import re
from datetime import datetime

from xapi import statements
from xapi.errors import BadJsonError, BadParameterError, InvalidStatementError
from xapi.parts import Json, agent_key
from xapi.strict_json import parse

_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def iri(text: str, name: str) -> str:
    """Return an absolute IRI."""
    if not statements.is_iri(text):
        raise BadParameterError(f"{name} is an IRI", field=name)
    return text


def uuid(text: str, name: str) -> str:
    """Return a UUID in lower case."""
    if not statements.is_uuid(text):
        raise BadParameterError(f"{name} is a UUID", field=name)
    return text.lower()


def instant(text: str, name: str) -> datetime:
    """Return a time as an aware one in UTC."""
    found = statements.instant(text)
    if found is None:
        raise BadParameterError(f"{name} is a timestamp", field=name)
    return found


def agent(text: str, name: str) -> Json:
    """Return an agent, or a group that has an identifier, of its JSON."""
    try:
        found = statements.check_agent(parse(text))
    except (BadJsonError, InvalidStatementError):
        raise BadParameterError(f"{name} is an Agent object in JSON", field=name) from None
    if agent_key(found) is None:
        raise BadParameterError(f"{name} has an identifier; an anonymous group has none", field=name)
    return found


def flag(text: str, name: str) -> bool:
    """Return what is true or false."""
    if text not in {"true", "false"}:
        raise BadParameterError(f"{name} is true or false", field=name)
    return text == "true"


def number(text: str, name: str) -> int:
    """Return a whole number, 0 or more."""
    if not _WHOLE_NUMBER.fullmatch(text):
        raise BadParameterError(f"{name} is a whole number, 0 or more", field=name)
    return int(text)

"""From bytes to a credential: JSON or a JWT, within limits, before anything is computed. Never raises.

A JWT's payload is the credential itself beside registered claims (OB 3.0, 8.2.3); VCDM 1.1 packed it in ``vc``.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from certificates.verifying.report import Form

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 4_000
"""Canonicalizing so many takes a second; a course's certificate of twelve parts and five bodies has some 700."""
MAX_NUMBER_DIGITS = 400
CLAIMS = ("iss", "sub", "nbf", "jti", "exp", "iat", "aud")
"""Registered claims (RFC 7519, 4.1); the credential is the payload without them."""
TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Token:
    """A JWS in compact form: its text, its header and the payload's members."""

    text: str
    header: dict[str, Any]
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Presented:
    """What was handed in. ``problem`` says why it could not be read; then ``content`` is empty."""

    form: Form
    content: dict[str, Any]
    token: Token | None = None
    problem: str | None = None


def read(data: bytes | str) -> Presented:
    """Tell the form by the first character, and read it."""
    if len(data) > MAX_BYTES:
        return Presented(Form.NONE, {}, problem="too_large")
    try:
        text = (data if isinstance(data, str) else data.decode("utf-8")).removeprefix(BYTE_ORDER_MARK).strip()
        text.encode()  # fails for half of a surrogate pair
    except UnicodeError:
        return Presented(Form.NONE, {}, problem="unreadable")
    if text.startswith("{"):
        return _read_json(text)
    if TOKEN.fullmatch(text):
        return _read_token(text)
    return Presented(Form.NONE, {}, problem="unreadable")


def _read_json(text: str) -> Presented:
    document = _object(text)
    if document is None:
        return Presented(Form.JSON, {}, problem="unreadable")
    if not within_limits(document):
        return Presented(Form.JSON, {}, problem="too_large")
    return Presented(Form.JSON, document)


def _read_token(text: str) -> Presented:
    head, body, _signature = text.split(".")
    header, payload = _segment(head), _segment(body)
    if header is None or payload is None:
        return Presented(Form.JWT, {}, problem="unreadable")
    if not within_limits(payload) or not within_limits(header):
        return Presented(Form.JWT, {}, problem="too_large")
    inner = payload.get("vc")
    content = inner if isinstance(inner, dict) else {key: payload[key] for key in payload if key not in CLAIMS}
    return Presented(Form.JWT, content, Token(text, header, payload))


def _segment(text: str) -> dict[str, Any] | None:
    try:
        return _object(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode())
    except ValueError:
        return None


def _object(text: str) -> dict[str, Any] | None:
    """Return a JSON object; None for anything else, for a name that comes twice and for what is no Unicode text."""
    try:
        found = json.loads(
            text, object_pairs_hook=_unique, parse_int=_number, parse_float=_finite, parse_constant=_no_constant
        )
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that comes twice: what is checked and what is shown could be different values (RFC 8259, 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _number(digits: str) -> int:
    if len(digits) > MAX_NUMBER_DIGITS:
        raise ValueError("a number of absurd length")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError("a number that no computer keeps")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def within_limits(document: dict[str, Any]) -> bool:
    """Say whether depth and number of values are such as a credential may have."""
    level, seen = [document], 0
    for _depth in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        seen += len(level)
        if not level or seen > MAX_VALUES:
            return seen <= MAX_VALUES
    return False


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()

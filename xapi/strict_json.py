"""JSON read so that no two readers could understand it differently."""

from typing import Any

import jiter
import msgspec

from xapi.errors import BadJsonError

MAX_DEPTH = 200
"""How deep lists and objects may nest."""
_DIGITS = bytes(ord("0") if chr(code).isdecimal() else 0 for code in range(128)) + bytes(128)
_MAYBE_HUGE = b"0" * 309
"""A whole number beyond a double has at least as many digits; so may a text have, which is then looked at."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def parse(body: bytes | str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises BadJsonError for anything else, and for what RFC 8259 leaves open: repeated names, NaN and numbers beyond
    a double, lone surrogates; and for nesting deeper than MAX_DEPTH.
    """
    try:
        raw = body if isinstance(body, bytes) else body.encode("utf-8")
        _decode(raw)  # refuses fractions and exponents beyond a double, which the other reads as infinite
        value = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except (ValueError, RecursionError):  # its message quotes the body
        raise BadJsonError("the body is not JSON that can be read in one way only") from None
    if _MAYBE_HUGE in raw.translate(_DIGITS) and _has_huge(value):
        raise BadJsonError("a number is beyond what a double holds")
    return value


def load(text: str) -> Any:
    """Return the value of what :func:`dump` wrote: nothing is checked again."""
    return jiter.from_json(text.encode("utf-8"), cache_mode="keys")


def dump(value: Any) -> str:
    """Write a value as compact JSON. A NUL character is written escaped, as PostgreSQL needs it."""
    return _encode(value).decode()


def _has_huge(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_huge(child) for child in value.values())
    if isinstance(value, list):
        return any(_has_huge(child) for child in value)
    if not isinstance(value, int):
        return False
    try:
        float(value)
    except OverflowError:
        return True
    return False

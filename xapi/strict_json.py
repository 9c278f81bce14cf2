"""JSON read so that no two readers could understand it differently."""

import math
import re
from typing import Any

import jiter
import msgspec

from xapi.errors import BadJsonError

_MAYBE_INFINITE = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}|[0-9]{309}")
"""A number beyond what a double holds looks like this; so does much else, which is then looked at."""
_encode = msgspec.json.Encoder().encode


def parse(body: bytes | str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises BadJsonError for anything else, and for what RFC 8259 leaves open: repeated names, NaN and numbers beyond
    a double, lone surrogates; and for nesting deeper than 200.
    """
    try:
        raw = body if isinstance(body, bytes) else body.encode("utf-8")
        value = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except (ValueError, RecursionError):  # its message quotes the body
        raise BadJsonError("the body is not JSON that can be read in one way only") from None
    if _MAYBE_INFINITE.search(raw) and _has_infinite(value):
        raise BadJsonError("a number is beyond what a double holds")
    return value


def dump(value: Any) -> str:
    """Write a value as compact JSON. A NUL character is written escaped, as PostgreSQL needs it."""
    return _encode(value).decode()


def _has_infinite(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_infinite(child) for child in value.values())
    if isinstance(value, list):
        return any(_has_infinite(child) for child in value)
    if isinstance(value, int):
        return _exceeds_double(value)
    return isinstance(value, float) and not math.isfinite(value)


def _exceeds_double(number: int) -> bool:
    try:
        float(number)
    except OverflowError:
        return True
    return False

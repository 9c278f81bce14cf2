"""JSON read so that no two readers could understand it differently."""

import json
import math
from typing import Any

from xapi.errors import BadJsonError

MAX_DEPTH = 100


def parse(body: bytes | str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises BadJsonError for anything else, and for what RFC 8259 leaves open: repeated names, NaN and numbers beyond
    a double, lone surrogates; and for nesting deeper than ``MAX_DEPTH``.
    """
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded
        )
        dump(value).encode("utf-8")  # only a lone surrogate has no UTF-8
    except RecursionError:
        raise BadJsonError("the JSON is nested too deeply") from None
    except (ValueError, OverflowError):  # also what json and the codecs raise; their messages quote the body
        raise BadJsonError("the body is not JSON that can be read in one way only") from None
    _check_depth(value)
    return value


def dump(value: Any) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump_ascii(value: Any) -> str:
    """Write a value as compact JSON in which no database finds a character that it refuses."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond what a double holds")
    return number


def _bounded(text: str) -> int:
    number = int(text)
    float(number)  # raises OverflowError beyond a double
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise BadJsonError("the JSON is nested too deeply")

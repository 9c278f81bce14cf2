"""JSON that can be read in one way only."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import BadJsonError
from xapi.strict_json import MAX_DEPTH, dump_ascii, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'{"a": 1, "a": 1}',
        b"NaN",
        b"[-Infinity]",
        b"1e999",
        b"1" + b"0" * 400,
        b"9" * 5000,
        b"[" * 200 + b"]" * 200,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=[
        "empty", "half", "not UTF-8", "lone surrogate", "lone surrogate in a name", "name twice", "NaN", "infinity",
        "huge float", "huge integer", "longer integer", "deep", "very deep",
    ],
)  # fmt: skip
def test_refused(body: bytes) -> None:
    with pytest.raises(BadJsonError):
        parse(body)


def test_nesting_is_allowed_up_to_the_limit() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(BadJsonError):
        parse(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@given(VALUES)
def test_what_is_read_is_written_equal(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    kept = dump_ascii(parse(body))
    assert parse(kept) == value
    assert kept.isascii()

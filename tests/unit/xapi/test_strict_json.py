"""JSON that can be read in one way only."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import BadJsonError
from xapi.strict_json import MAX_DEPTH, dump, parse

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
        b"[1" + b"0" * 309 + b"]",
        b'{"a": 2' + b"0" * 308 + b"}",
        b"1" * 300 + b"e20",
        b"[" * 202 + b"]" * 202,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=[
        "empty", "half", "not UTF-8", "lone surrogate", "lone surrogate in a name", "name twice", "NaN", "infinity",
        "huge float", "huge integer", "longer integer", "huge in a list", "just above a double", "huge by both", "deep",
        "very deep",
    ],
)  # fmt: skip
def test_refused(body: bytes) -> None:
    with pytest.raises(BadJsonError):
        parse(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_is_allowed_up_to_the_limit(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    assert parse(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH)
    with pytest.raises(BadJsonError):
        parse(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "value",
    [
        10**300,
        2**64,
        -(2**70),
        1.7e308,
        5e-324,
        0.1,
        "1" * 400,
        "f81d4fae-7dec-1e100-a765",
        "1e999",
        {"1e999": [1e300]},
    ],
    ids=repr,
)
def test_what_only_looks_huge_is_read(value: Any) -> None:
    assert parse(dump(value)) == value


@given(VALUES)
def test_what_is_read_is_written_equal(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    kept = dump(parse(body))
    assert parse(kept) == value
    assert "\0" not in kept


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with suppress(BadJsonError):
        json.dumps(parse(body), allow_nan=False)

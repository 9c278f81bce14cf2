"""Bodies of several parts: where they are cut, what is refused, and that none is slow."""

import time
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.xapi.mixed import BOUNDARY, MIXED, joined
from xapi import multipart
from xapi.errors import BadRequestError

DASHES = b"--" + BOUNDARY.encode()
ONE = joined(b"A: b\r\n\r\ncontent")
LARGE = 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "contents"),
    [
        (ONE, [b"content"]),
        (b"preamble\r\n" + ONE + b"epilogue " + DASHES, [b"content"]),
        (b"\r\n" + ONE, [b"content"]),
        (ONE.removesuffix(b"\r\n"), [b"content"]),
        (ONE.replace(DASHES + b"\r\n", DASHES + b" \t\r\n"), [b"content"]),
        (joined(b"\r\nno headers", b"A: b\r\n\r\n", b"A: b\r\n"), [b"no headers", b"", b""]),
        (joined(b"\r\n\r\n\r\n"), [b"\r\n\r\n"]),
        (joined(b"\r\nx" + DASHES + b"\r\n"), [b"x" + DASHES + b"\r\n"]),
        (joined(b"\r\nx\r\n" + DASHES + b"longer\r\ny"), [b"x\r\n" + DASHES + b"longer\r\ny"]),
        (joined(b"\r\nx\n" + DASHES + b"\ny"), [b"x\n" + DASHES + b"\ny"]),
        (DASHES + b"--", []),
    ],
    ids=[
        "one", "preamble and epilogue", "empty preamble", "no line break at the end", "padding", "empty contents",
        "line breaks", "not at a line's start", "not a whole line", "other line breaks", "none",
    ],
)  # fmt: skip
def test_where_parts_are_cut(body: bytes, contents: list[bytes]) -> None:
    assert [part.content for part in multipart.split(MIXED, body)] == contents


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        DASHES,
        DASHES + b"\r\n",
        ONE.replace(b"--\r\n", b"\r\n"),
        ONE.replace(b"\r\n", b"\n"),
        joined(b""),
        joined(b"A: b"),
        joined(b"no colon\r\n\r\n"),
        joined(b" A: b\r\n\r\n"),
        joined(b"A b: c\r\n\r\n"),
        joined(b"A: b\r\na: c\r\n\r\n"),
        joined(b"A: b\x00\r\n\r\n"),
        joined(b"A: b\rB: c\r\n\r\n"),
        joined(b"A: " + b"b" * multipart.MOST_HEADER_BYTES + b"\r\n\r\n"),
        joined(*[b"\r\n"] * (multipart.MOST_PARTS + 1)),
    ],
    ids=[
        "nothing", "JSON", "one boundary", "open", "not closed", "other line breaks", "empty part", "no end of headers",
        "no header", "fold without a header", "space in a name", "twice", "NUL", "lone CR", "long header", "too many",
    ],
)  # fmt: skip
def test_what_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        multipart.split(MIXED, body)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary=", 'multipart/mixed; boundary="a "',
     f"multipart/mixed; boundary={'a' * 71}", 'multipart/mixed; boundary="ä"'],
)  # fmt: skip
def test_a_header_without_a_boundary(content_type: str) -> None:
    with pytest.raises(BadRequestError):
        multipart.split(content_type, ONE)


def test_the_boundary_of_the_standards_example() -> None:
    boundary = "abcABC0123'()+_,-./:=?"
    (part,) = multipart.split(f'Multipart/Mixed; Boundary="{boundary}"', joined(b"\r\nx", boundary=boundary))
    assert part.content == b"x"


def test_headers_names_are_in_lower_case_and_folds_are_undone() -> None:
    (part,) = multipart.split(MIXED, joined(b"Content-TYPE:text/plain;\r\n\tcharset=ascii \r\nX:\r\n\r\n"))
    assert part.headers == {"content-type": "text/plain; charset=ascii", "x": ""}


@pytest.mark.parametrize(
    "filling",
    [DASHES + b"x\r\n", b"\r\n--", b"\r\n" + DASHES + b" " * 100 + b"x", b"\r\n", b" ", b"-"],
    ids=["boundaries that go on", "beginnings", "padding", "line breaks", "spaces", "dashes"],
)
def test_a_large_body_takes_one_pass(filling: bytes) -> None:
    body = joined(b"\r\n" + filling * (LARGE // len(filling)) + b"x")
    start = time.perf_counter()
    (part,) = multipart.split(MIXED, body)
    assert time.perf_counter() - start < 10  # ten times what the slowest needs; quadratic would be hours
    assert len(part.content) > LARGE - len(filling)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.sampled_from(["b", BOUNDARY, "x'y"]))
def test_what_is_joined_is_split(contents: list[bytes], boundary: str) -> None:
    header = Message()
    header.add_header("Content-Type", "multipart/mixed", boundary=boundary)
    dashes = b"--" + boundary.encode()
    if any(dashes in content for content in contents):
        return
    body = b"".join(multipart.head(boundary, {"X": "y"}) + content for content in contents) + multipart.tail(boundary)
    assert multipart.split(header["Content-Type"], body) == [({"x": "y"}, content) for content in contents]


@given(
    st.lists(st.sampled_from([DASHES, b"\r\n", b"--", b" ", b"A: b", b":", b"\x00", b"x"]) | st.binary(max_size=3)),
    st.text() | st.just(MIXED),
)
def test_any_body_is_split_or_refused(pieces: list[bytes], content_type: str) -> None:
    try:
        multipart.split(content_type, b"".join(pieces))
    except BadRequestError:
        return

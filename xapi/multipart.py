"""Bodies of several parts (multipart, RFC 2046, section 5.1), taken apart and put together.

A boundary is one only as a whole line of its own. Everything is found in one pass, whatever the body: each byte is
looked at a fixed number of times, and a part's content is copied once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from werkzeug.http import parse_options_header

from xapi.errors import BadRequestError

MOST_PARTS = 10_000
MOST_HEADER_BYTES = 8192
"""All headers of one part."""
_CRLF = b"\r\n"
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_REST_OF_LINE = re.compile(rb"(--)?[ \t]*+(?:\r\n|\Z)")
_FOLD = re.compile(r"\r\n[ \t]+")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Part(NamedTuple):
    """One part; the headers' names are in lower case."""

    headers: Mapping[str, str]
    content: bytes


class _Delimiter(NamedTuple):
    start: int
    """Where the part before it ends: the line break before a delimiter belongs to the delimiter."""
    end: int
    last: bool


def split(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a body. What stands before the first boundary and after the last is no part of it.

    Raises BadRequestError for a header without a boundary, a body that breaks off, parts without a head, and more or
    larger ones than we read.
    """
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise BadRequestError("the header Content-Type names no boundary that is one (RFC 2046, 5.1.1)")
    parts: list[Part] = []
    begin = None
    for delimiter in _delimiters(body, b"--" + boundary.encode("ascii")):
        if begin is not None:
            if len(parts) == MOST_PARTS:
                raise BadRequestError(f"the body has more than {MOST_PARTS} parts")
            parts.append(_part(body, begin, delimiter.start))
        if delimiter.last:
            break
        begin = delimiter.end
    else:
        raise BadRequestError("the body doesn't end with its closing boundary (RFC 2046, 5.1.1)")
    return parts


def _delimiters(body: bytes, dashed: bytes) -> Iterator[_Delimiter]:
    wanted = _CRLF + dashed
    start = 0 if body.startswith(dashed) else body.find(wanted)
    while start >= 0:
        found = _REST_OF_LINE.match(body, start + len(dashed if body.startswith(dashed, start) else wanted))
        if found:
            yield _Delimiter(start, found.end(), last=found[1] is not None)
        # The line break that ends a delimiter may be the one that the next begins with.
        start = body.find(wanted, found.end() - len(_CRLF) if found else start + 1)


def _part(body: bytes, start: int, end: int) -> Part:
    if body.startswith(_CRLF, start, end):
        return Part({}, body[start + len(_CRLF) : end])
    limit = min(end, start + MOST_HEADER_BYTES)
    blank = body.find(_CRLF * 2, start, limit)
    if blank >= 0:
        return Part(_headers(body[start:blank]), body[blank + 2 * len(_CRLF) : end])
    if end == limit and body.endswith(_CRLF, start, end):
        return Part(_headers(body[start : end - len(_CRLF)]), b"")
    raise BadRequestError(f"an empty line ends the headers of a part; they have at most {MOST_HEADER_BYTES} bytes")


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in _FOLD.sub(" ", block.decode("latin-1")).split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise BadRequestError("a part has a line among its headers that is none")
        if name in headers:
            raise BadRequestError("a part has a header twice")
        headers[name] = value.strip()
    return headers


def head(boundary: str, headers: Mapping[str, str]) -> bytes:
    """Write what stands before a part's content. The headers' values are plain ASCII."""
    lines = ["", f"--{boundary}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii")


def tail(boundary: str) -> bytes:
    """Write what stands after the last part's content."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")

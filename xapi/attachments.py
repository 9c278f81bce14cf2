"""Contents of attachments: in requests, in the database, in answers (1.0.3, data, 2.4.11, communication, 1.5).

What ties a content to an attachment is its SHA-2 and nothing else, as the standard has it. An attachment's
``length`` and ``contentType`` are the sender's words, which aren't compared with the content: the conformance suites
send a wrong length and want it taken, and the standard's own example has two different content types.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from campus.database import Database
from campus.upsert import insert_missing
from xapi import multipart as multiparts
from xapi import parts
from xapi.errors import BadRequestError, InvalidStatementError
from xapi.media import JSON_TYPE, media_type
from xapi.multipart import Part
from xapi.parts import Json
from xapi.query import Row
from xapi.signatures import Signatures, is_signature
from xapi.store import attachments, digest
from xapi.strict_json import load, parse
from xapi.vocabulary import Edition

MIXED_TYPE = "multipart/mixed"
HASH_HEADER = "X-Experience-API-Hash"
_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the number of hexadecimal digits. SHA-224 is a SHA-2 too, if one that senders should leave."""
_ASKED_AT_ONCE = 500
_READ_AT_ONCE = 8 * 1024 * 1024
"""Bytes of contents that an answer holds in memory, unless one alone is larger."""


class Stored(NamedTuple):
    """A content that is there, and what an answer says of it."""

    digest: bytes
    sha2: str
    """As the first statement writes it."""
    content_type: str
    length: int


def read(mimetype: str, headers: Headers, body: bytes) -> tuple[Any, dict[str, bytes]]:
    """Return a request's JSON value and the contents by SHA-2 (lower case), each of which has the SHA-2 it claims.

    Raises BadRequestError, BadJsonError.
    """
    if mimetype == JSON_TYPE:
        return parse(body), {}
    if mimetype != MIXED_TYPE:
        raise BadRequestError(f"the content type is {JSON_TYPE}, or {MIXED_TYPE} with attachments")
    first, *others = multiparts.split(headers["Content-Type"], body) or [Part({}, b"")]
    if media_type(first.headers.get("content-type", "")) != JSON_TYPE:
        raise BadRequestError(f"the first part holds the statements; its Content-Type is {JSON_TYPE}")
    return parse(first.content), dict(_content(part, number) for number, part in enumerate(others, 2))


def _content(part: Part, number: int) -> tuple[str, bytes]:
    """Return SHA-2 and content of a part. An encoding that isn't named is assumed to be binary (1.5.2)."""
    if part.headers.get("content-transfer-encoding", "binary").lower() != "binary":
        raise BadRequestError(f"part {number}: Content-Transfer-Encoding is binary")
    sha2 = part.headers.get(HASH_HEADER.lower(), "").lower()
    if not is_sha2_of(part.content, sha2):
        raise BadRequestError(f"part {number}: {HASH_HEADER} is the SHA-2 of the content in hexadecimal")
    return sha2, part.content


def is_sha2_of(content: bytes, sha2: str) -> bool:
    """Say whether this is a SHA-2 of the content, in lower case; its length tells which."""
    return len(sha2) in _ALGORITHMS and hashlib.new(_ALGORITHMS[len(sha2)], content).hexdigest() == sha2


def content_digest(tenant: int, sha2: str) -> bytes:
    """Return what a tenant's content is found by."""
    return digest(str(tenant), sha2.lower())


def check(checked: Mapping[str, Json], contents: Mapping[str, bytes], *, edition: Edition) -> None:
    """Raise unless statements and contents belong together: none is missing, none is too much, signatures are right.

    ``checked`` are valid statements by where they stand in the body (a JSON pointer). Raises InvalidStatementError,
    BadRequestError.
    """
    named = set()
    signatures = Signatures(contents, edition)
    for place, statement in checked.items():
        for part in parts.attachments(statement):
            pointer, sha2 = place + part.pointer, part.value["sha2"].lower()
            named.add(sha2)
            if sha2 not in contents and "fileUrl" not in part.value:
                raise InvalidStatementError(pointer, "an attachment's content is sent along, or it has a fileUrl")
            if part.direct and is_signature(part.value):
                signatures.check(statement, part.value, pointer)
    if contents.keys() - named:
        raise BadRequestError("each part after the first is the content of an attachment")


def keep_contents(session: Session, tenant: int, contents: Mapping[str, bytes]) -> None:
    """Store contents by their SHA-2 (lower case); what is there already is there."""
    insert_missing(
        session,
        attachments,
        [
            {"digest": content_digest(tenant, sha2), "tenant": tenant, "sha2": sha2, "content": content}
            for sha2, content in sorted(contents.items())
        ],
    )


def of_rows(session: Session, rows: Sequence[Row]) -> list[Stored]:
    """Say which contents of the rows' statements are there, each once. A tenant's statements lead to its own alone."""
    named: dict[bytes, Json] = {}
    for row in rows:
        if '"attachments"' in row.body:
            for part in parts.attachments(load(row.body)):
                named.setdefault(content_digest(row.tenant, part.value["sha2"]), part.value)
    lengths = _lengths(session, list(named))
    found: dict[str, Stored] = {}
    for key, attachment in named.items():
        if key in lengths:  # two tenants may have the same content
            one = Stored(key, attachment["sha2"], attachment["contentType"], lengths[key])
            found.setdefault(one.sha2.lower(), one)
    return list(found.values())


def _lengths(session: Session, keys: Sequence[bytes]) -> dict[bytes, int]:
    table = attachments.c
    found: dict[bytes, int] = {}
    for start in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[start : start + _ASKED_AT_ONCE]
        rows = session.execute(select(table.digest, func.length(table.content)).where(table.digest.in_(some)))
        found |= dict(rows.all())
    return found


def multipart(database: Database, body: str, stored: Sequence[Stored]) -> Response:
    """Answer with JSON and contents as multipart/mixed, which is read from the database while it is sent.

    The boundary is a digest of what is sent: a content that held it would have to know its own SHA-2.
    """
    boundary = digest(body, *(one.sha2 for one in stored)).hex()
    first = multiparts.head(boundary, {"Content-Type": JSON_TYPE}) + body.encode()
    heads = [
        multiparts.head(
            boundary,
            {"Content-Type": one.content_type, "Content-Transfer-Encoding": "binary", HASH_HEADER: one.sha2},
        )
        for one in stored
    ]
    last = multiparts.tail(boundary)

    def pieces() -> Iterator[bytes]:
        yield first
        for head, content in zip(heads, _contents(database, stored), strict=True):
            yield head
            yield content
        yield last

    response = Response(pieces(), content_type=f"{MIXED_TYPE}; boundary={boundary}")
    response.content_length = sum(map(len, [first, *heads, last])) + sum(one.length for one in stored)
    return response


def _contents(database: Database, stored: Sequence[Stored]) -> Iterator[bytes]:
    """Give the contents in order. No connection is held while a slow client takes them."""
    for group in _groups(stored):
        keys = [one.digest for one in group]
        with database.read() as session:
            rows = session.execute(
                select(attachments.c.digest, attachments.c.content).where(attachments.c.digest.in_(keys))
            )
            found = dict(rows.all())
        for key in keys:
            yield found.pop(key)


def _groups(stored: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Give what is read from the database at once."""
    group: list[Stored] = []
    size = 0
    for one in stored:
        if group and (size + one.length > _READ_AT_ONCE or len(group) == _ASKED_AT_ONCE):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.length
    if group:
        yield group

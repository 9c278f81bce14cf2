"""Contents of attachments: multipart/mixed in and out, and where they are kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.upsert import insert_missing
from xapi import parts
from xapi.errors import BadRequestError
from xapi.parts import Json
from xapi.query import Row
from xapi.store import attachments, digest
from xapi.strict_json import parse


def keep_contents(session: Session, tenant: int, contents: Mapping[str, bytes]) -> None:
    """Store contents by their SHA-2 (lower case); what is there already is there."""
    insert_missing(
        session,
        attachments,
        [
            {"digest": digest(str(tenant), sha2), "tenant": tenant, "sha2": sha2, "content": content}
            for sha2, content in sorted(contents.items())
        ],
    )


def contents(session: Session, wanted: Iterable[tuple[int, str]]) -> dict[str, bytes]:
    """Give the contents that are there of (tenant, SHA-2 in lower case), by SHA-2."""
    keys = sorted({digest(str(tenant), sha2) for tenant, sha2 in wanted})
    if not keys:
        return {}
    rows = session.execute(select(attachments.c.sha2, attachments.c.content).where(attachments.c.digest.in_(keys)))
    return {sha2: content for sha2, content in rows}


def read(mimetype: str, headers: Mapping[str, str], body: bytes) -> tuple[Any, dict[str, bytes]]:
    """Return a request's value and the contents by SHA-2."""
    if mimetype != "application/json":
        raise BadRequestError("the content type is application/json")
    return parse(body), {}


def check(checked: Sequence[Json], contents: Mapping[str, bytes]) -> None:
    """Raise unless each attachment is there."""


def of_rows(session: Session, rows: Sequence[Row]) -> dict[str, bytes]:
    """Give the contents that belong to rows."""
    wanted = [
        (row.tenant, part.value["sha2"].lower())
        for row in rows
        if '"attachments"' in row.body
        for part in parts.attachments(parse(row.body))
    ]
    return contents(session, wanted)


def multipart(body: str, found: Mapping[str, bytes]) -> Response:
    """Answer with statements and contents."""
    raise NotImplementedError

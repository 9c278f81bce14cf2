"""Documents: what clients keep about an activity, an agent, or both (State, Activity Profile, Agent Profile).

A document's content is bytes that the store doesn't look at, but for merging two that are JSON objects. Whoever
changes one holds its row until the commit, so that a condition that was checked still holds then; where there is no
row yet, the unique address decides who was first, and the other one looks again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Select, Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import ETags

from campus.upsert import insert_missing
from xapi.errors import (
    BadRequestError,
    DocumentConflictError,
    DocumentNotFoundError,
    PreconditionError,
)
from xapi.media import JSON_TYPE, media_type
from xapi.store import MAX_CONTENT_BYTES, Document, digest
from xapi.strict_json import dump, parse

_table = cast("Table", Document.__table__)


class Kind(StrEnum):
    """The three resources of documents."""

    STATE = "state"
    ACTIVITY_PROFILE = "activity_profile"
    AGENT_PROFILE = "agent_profile"


@dataclass(frozen=True)
class Place:
    """What the documents of one list have in common."""

    tenant: int
    kind: Kind
    activity: str = ""
    """Its IRI."""
    agent: str = ""
    """Its key (``parts.agent_key``)."""
    registration: str | None = None
    """A UUID in lower case. A list without one has the documents of every registration (1.0.3, communication, 2.3)."""

    @property
    def digest(self) -> bytes:
        """What its documents are found by. The agent's key stands last: only that may hold line breaks."""
        return digest(str(self.tenant), self.kind, self.activity, self.agent)


class Address(NamedTuple):
    """What one document is found by: there can be one for each registration of a place, and one without."""

    place: Place
    name: str
    """The stateId or profileId."""

    @property
    def digest(self) -> bytes:
        """The address in 16 bytes."""
        return digest(self.place.digest.hex(), self.place.registration or "", self.name)


class Content(NamedTuple):
    """A document's content, as a client sends it."""

    media_type: str
    """The header Content-Type with its parameters."""
    body: bytes

    @property
    def is_json(self) -> bool:
        """Say whether it calls itself JSON."""
        return media_type(self.media_type) == JSON_TYPE

    @property
    def etag(self) -> str:
        """The entity tag, without its quotes."""
        return hashlib.sha1(self.body, usedforsecurity=False).hexdigest()


class Found(NamedTuple):
    """A document as it is kept."""

    media_type: str
    body: bytes
    etag: str
    updated: datetime


class Bare(Enum):
    """What becomes of a PUT that names no condition; an existing document is a conflict unless it OVERWRITES."""

    OVERWRITES = auto()
    CREATES = auto()
    IS_REFUSED = auto()


@dataclass(frozen=True)
class Conditions:
    """If-Match and If-None-Match (RFC 9110, section 13.1).

    A weak tag is taken for ours: proxies weaken tags when they compress, and ours are of the bytes themselves.
    """

    match: ETags | None = None
    none_match: ETags | None = None

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return self.match is not None or self.none_match is not None

    def check(self, etag: str | None) -> None:
        """Raise PreconditionError unless they allow to change the document with this tag; None: there is none."""
        if self.match is not None and (etag is None or not self.match.contains_weak(etag)):
            raise PreconditionError("the document is not the one that If-Match names")
        if self.none_match is not None and etag is not None and self.none_match.contains_weak(etag):
            raise PreconditionError("there is a document already that If-None-Match excludes")


NO_CONDITIONS = Conditions()


Wanted = TypeVar("Wanted", bound=Select[Any])


class _Row(NamedTuple):
    """A document whose row is held."""

    id: int
    etag: str
    media_type: str


def get(session: Session, address: Address) -> Found:
    """Return a document. Raises DocumentNotFoundError."""
    wanted = select(Document.content_type, Document.content, Document.etag, Document.updated)
    row = session.execute(wanted.where(Document.address == address.digest)).first()
    if row is None:
        raise DocumentNotFoundError("there is no such document")
    return Found(*row)


def names(session: Session, place: Place, since: datetime | None = None) -> list[str]:
    """Return the names of a place's documents, each once, the newest last; only those stored after ``since``."""
    wanted = _of_place(select(Document.name), place).group_by(Document.name)
    if since is not None:
        wanted = wanted.where(Document.updated > since)
    return list(session.scalars(wanted.order_by(func.max(Document.updated), Document.name)))


def put(
    session: Session, address: Address, content: Content, conditions: Conditions, bare: Bare, *, now: datetime
) -> None:
    """Store a document in place of what was there.

    Raises PreconditionError, or for a request without conditions DocumentConflictError or BadRequestError, as
    ``bare`` says.
    """

    def decide(old: _Row | None) -> Content:
        if not conditions and bare is not Bare.OVERWRITES:
            if old is not None:
                raise DocumentConflictError("the document is there already: name the one to replace by If-Match")
            if bare is Bare.IS_REFUSED:
                raise BadRequestError("say by If-Match or If-None-Match what may be overwritten")
        return content

    _write(session, address, conditions, decide, now)


def merge(session: Session, address: Address, content: Content, conditions: Conditions, *, now: datetime) -> None:
    """Store a document, or put the members of a JSON object into the one that is there (1.0.3, communication, 2.2).

    Raises PreconditionError; BadRequestError if one of the two is no JSON object.
    """
    given = parse(content.body) if content.is_json else None

    def decide(old: _Row | None) -> Content:
        return content if old is None else _merged(session, old, content.media_type, given)

    _write(session, address, conditions, decide, now)


def _merged(session: Session, old: _Row, media_type: str, given: Any) -> Content:
    if not isinstance(given, dict):
        raise BadRequestError("only a JSON object can be merged into the document that is there")
    body = session.scalars(select(Document.content).where(Document.id == old.id)).one()
    there = parse(body) if Content(old.media_type, body).is_json else None
    if not isinstance(there, dict):
        raise BadRequestError("the document that is there is no JSON object")
    made = dump(there | given).encode()
    if len(made) > MAX_CONTENT_BYTES:
        raise BadRequestError("the two documents together are too large")
    return Content(media_type, made)


def remove(session: Session, address: Address, conditions: Conditions = NO_CONDITIONS) -> None:
    """Delete a document; one that isn't there is gone already. Raises PreconditionError."""
    old = _hold(session, address)
    conditions.check(old.etag if old else None)
    if old is not None:
        session.execute(delete(_table).where(_table.c.id == old.id))


def remove_all(session: Session, place: Place) -> None:
    """Delete a place's documents; their rows are taken in the order of addresses, so that two can't deadlock."""
    held = session.scalars(_of_place(select(Document.id), place).order_by(Document.address).with_for_update()).all()
    if held:
        one_by_one = delete(_table).where(_table.c.id == bindparam("held"))
        session.connection().execute(one_by_one, [{"held": row_id} for row_id in held])


def _of_place(wanted: Wanted, place: Place) -> Wanted:
    wanted = wanted.where(Document.place == place.digest)
    return wanted if place.registration is None else wanted.where(Document.registration == place.registration)


def _hold(session: Session, address: Address) -> _Row | None:
    wanted = select(Document.id, Document.etag, Document.content_type).where(Document.address == address.digest)
    row = session.execute(wanted.with_for_update()).first()
    return None if row is None else _Row(*row)


def _write(
    session: Session,
    address: Address,
    conditions: Conditions,
    decide: Callable[[_Row | None], Content],
    now: datetime,
) -> None:
    """Store what ``decide`` makes of the document that is there, which nobody else can change meanwhile."""
    stored = False
    while not stored:  # until nobody was faster; else their document is there now, and all is decided anew
        old = _hold(session, address)
        conditions.check(old.etag if old else None)
        content = decide(old)
        news = {"content_type": content.media_type, "content": content.body, "etag": content.etag, "updated": now}
        if old is not None:
            session.execute(update(_table).where(_table.c.id == old.id).values(news))
            stored = True
        else:
            stored = bool(insert_missing(session, Document, [_columns(address) | news]))


def _columns(address: Address) -> dict[str, Any]:
    place = address.place
    return {
        "address": address.digest,
        "place": place.digest,
        "tenant": place.tenant,
        "resource": place.kind.value,
        "agent": digest(place.agent) if place.agent else None,
        "registration": place.registration,
        "name": address.name,
    }

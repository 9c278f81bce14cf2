"""Which pages of other origins may call the store from a browser (Fetch, CORS): those that an organisation registered.

Credentials are asked for by the resources themselves; this only says whose scripts may read the answers. No cookie
counts here, so no answer allows the browser to send any.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, g, request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.database import Database
from campus.errors import NotFoundError
from campus.models.organisations import Organisation
from campus.upsert import insert_missing
from xapi.store import ContentOrigin

REMEMBERED = timedelta(seconds=1)
METHODS = "GET, HEAD, PUT, POST, DELETE"
SENT_HEADERS = (
    "Authorization, Content-Type, X-Experience-API-Version, X-Experience-API-Hash, If-Match, If-None-Match, "
    "Accept-Language"
)
READ_HEADERS = (
    "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through, Retry-After, X-Request-Id"
)
PREFLIGHT_LASTS_SECONDS = 600


def register(session: Session, organisation: Organisation, origin: str, *, now: datetime) -> bool:
    """Let pages of an origin, written as browsers write it, call the store. Says whether that is new."""
    row = {"organisation_id": organisation.id, "origin": origin, "created_at": now}
    return insert_missing(session, ContentOrigin, [row]) > 0


def remove(session: Session, organisation: Organisation, origin: str) -> None:
    """Take an organisation's word for an origin back. Raises NotFoundError."""
    gone = session.execute(
        delete(ContentOrigin)
        .where(ContentOrigin.organisation_id == organisation.id, ContentOrigin.origin == origin)
        .returning(ContentOrigin.id)
    )
    if gone.first() is None:
        raise NotFoundError("there is no such origin of this organisation")


def listed(session: Session, organisation_id: int | None = None) -> list[tuple[ContentOrigin, Organisation]]:
    """List origins and who registered them, in the order of the alphabet; of one organisation or of all."""
    query = select(ContentOrigin, Organisation).join(Organisation, Organisation.id == ContentOrigin.organisation_id)
    if organisation_id is not None:
        query = query.where(ContentOrigin.organisation_id == organisation_id)
    rows = session.execute(query.order_by(ContentOrigin.origin, ContentOrigin.id))
    return [(origin, organisation) for origin, organisation in rows]


def is_registered(session: Session, organisation_id: int, origin: str) -> bool:
    """Say whether an organisation has registered an origin."""
    wanted = select(ContentOrigin.id).where(
        ContentOrigin.organisation_id == organisation_id, ContentOrigin.origin == origin
    )
    return session.scalar(wanted) is not None


@dataclass
class Origins:
    """Knows all registered origins; they are read again after ``REMEMBERED``."""

    database: Database
    clock: Callable[[], datetime]
    _known: frozenset[str] = frozenset()
    _until: datetime = field(default=datetime(1970, 1, 1, tzinfo=UTC))

    def __contains__(self, origin: str) -> bool:
        """Say whether anybody has registered the origin."""
        now = self.clock()
        if now >= self._until:
            with self.database.read() as session:
                self._known = frozenset(session.scalars(select(ContentOrigin.origin)))
            self._until = now + REMEMBERED
        return origin in self._known


def install(routes: Blueprint, origins: Origins) -> None:
    """Let the answers of these routes say who may read them; a preflight asks for no credentials (Fetch, 4.8)."""

    @routes.before_request
    def look_up() -> None:
        origin = request.headers.get("Origin")
        g.xapi_page = origin if origin is not None and origin in origins else None

    @routes.after_request
    def add_headers(response: Response) -> Response:
        response.vary.add("Origin")
        if g.get("xapi_page") is None:
            return response
        response.headers["Access-Control-Allow-Origin"] = g.xapi_page
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Allow-Headers"] = SENT_HEADERS
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_LASTS_SECONDS)
        else:
            response.headers["Access-Control-Expose-Headers"] = READ_HEADERS
        return response

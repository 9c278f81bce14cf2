"""What a client may ask for: the parameters of GET /statements, read, and the rows they mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from xapi import parts, statements
from xapi.errors import BadRequestError, UnsupportedError
from xapi.store import StatementActivity, StatementAgent, StatementRow, digest
from xapi.strict_json import parse

PAGE = 100
"""Statements in an answer when the client doesn't say, or says 0: "as many as the server likes"."""
LARGEST_PAGE = 500
CURSOR = "cursor"
"""Our own parameter, which only "more" links have: the ``id`` of the last row that was shown."""
FLAGS = ("ascending", "related_agents", "related_activities", "attachments")
WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Query:
    """A filter over statements. Empty fields don't narrow it."""

    verb: str | None = None
    agent: str | None = None
    """A ``parts.agent_key``."""
    activity: str | None = None
    registration: str | None = None
    since: datetime | None = None
    """Stored after this time."""
    until: datetime | None = None
    """Stored at this time or before."""
    related_agents: bool = False
    related_activities: bool = False
    ascending: bool = False
    limit: int = PAGE
    cursor: int | None = None


def read(parameters: Mapping[str, str]) -> Query:
    """Read the parameters of a query (1.0.3, communication, 2.1.3). Raises BadRequestError, UnsupportedError."""
    fields: dict[str, Any] = {}
    for name, text in parameters.items():
        if name in FLAGS:
            fields[name] = _flag(name, text)
        elif name == "format":
            if text != "exact":
                raise UnsupportedError("this store answers in the format exact only")
        elif name in READERS:
            fields[name] = READERS[name](text, name)
        else:
            raise BadRequestError("a parameter of the request is not known")
    if fields.pop("attachments", False):
        raise UnsupportedError("this store keeps no attachments yet")
    return Query(**fields)


def rows(session: Session, query: Query, organisation_id: int | None) -> list[tuple[int, str]]:
    """Give (id, body) of the rows of one page and of one row more if there are more; void ones are left out.

    ``organisation_id`` narrows to what an organisation may see; None sees everything.
    """
    row = StatementRow
    found = select(row.id, row.body).where(row.voided.is_(False), *_conditions(query))
    if organisation_id is not None:
        found = found.where(row.organisation_id == organisation_id)
    found = found.order_by(row.id if query.ascending else row.id.desc()).limit(query.limit + 1)
    return [(identifier, body) for identifier, body in session.execute(found).all()]


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    row = StatementRow
    wanted: list[ColumnElement[bool]] = []
    if query.verb is not None:
        wanted.append(row.verb_digest == digest(query.verb))
    if query.registration is not None:
        wanted.append(row.registration == query.registration)
    if query.since is not None:
        wanted.append(row.stored > query.since)
    if query.until is not None:
        wanted.append(row.stored <= query.until)
    if query.cursor is not None:
        wanted.append(row.id > query.cursor if query.ascending else row.id < query.cursor)
    if query.agent is not None:
        agent = StatementAgent
        near = [] if query.related_agents else [agent.direct]
        wanted.append(row.id.in_(select(agent.statement_id).where(agent.agent_digest == digest(query.agent), *near)))
    if query.activity is not None:
        activity = StatementActivity
        close = [] if query.related_activities else [activity.direct]
        matches = and_(activity.activity_digest == digest(query.activity), *close)
        wanted.append(row.id.in_(select(activity.statement_id).where(matches)))
    return wanted


def _flag(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise BadRequestError(f"{name} is true or false")
    return text == "true"


def _agent(text: str, name: str) -> str:
    key = parts.agent_key(statements.check_agent(parse(text), f"/{name}"))
    if key is None:
        raise BadRequestError("an agent is asked for by an identifier; an anonymous group has none")
    return key


def _iri(text: str, name: str) -> str:
    if not statements.is_iri(text):
        raise BadRequestError(f"{name} is an IRI")
    return text


def _uuid(text: str, name: str) -> str:
    if not statements.is_uuid(text):
        raise BadRequestError(f"{name} is a UUID")
    return text.lower()


def _instant(text: str, name: str) -> datetime:
    found = statements.instant(text)
    if found is None:
        raise BadRequestError(f"{name} is a time with its zone (RFC 3339)")
    return found


def _number(text: str, name: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise BadRequestError(f"{name} is a whole number, 0 or more")
    return int(text)


def _limit(text: str, name: str) -> int:
    return min(_number(text, name) or PAGE, LARGEST_PAGE)


def _cursor(text: str, name: str) -> int:
    return min(_number(text, name), 2**31 - 1)


READERS: Mapping[str, Callable[[str, str], Any]] = {
    "verb": _iri,
    "agent": _agent,
    "activity": _iri,
    "registration": _uuid,
    "since": _instant,
    "until": _instant,
    "limit": _limit,
    CURSOR: _cursor,
}

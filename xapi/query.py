"""What a client may ask for: the parameters of GET /statements, read, and the rows they mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from xapi import parameters, parts, terms
from xapi.errors import BadParameterError, BadRequestError
from xapi.store import StatementRow
from xapi.store import terms as terms_table

PAGE = 100
"""Statements in an answer when the client doesn't say, or says 0: "as many as the server likes"."""
LARGEST_PAGE = 500
CURSOR = "cursor"
"""Our own parameter, which only "more" links have: the number of the last row that was shown."""

HIGHEST = 2**62
"""Above the number of every statement."""
_UP_TO = (
    select(StatementRow.id)
    .where(StatementRow.stored <= bindparam("time"))
    .order_by(StatementRow.stored.desc(), StatementRow.id.desc())  # earlier versions gave a batch one time
    .limit(1)
)


class Form(StrEnum):
    """In which form statements are given back (1.0.3, communication, 2.1.3)."""

    EXACT = "exact"
    IDS = "ids"
    CANONICAL = "canonical"


class Row(NamedTuple):
    """A stored statement as a reader gets it."""

    id: int
    tenant: int
    body: str
    voided: bool = False


@dataclass(frozen=True)
class Reader:
    """Who asks: what they may see at all."""

    tenant: int | None
    """None sees all tenants."""
    authority: str | None = None
    """See only what this authority vouches for (``terms.authority_key``)."""


@dataclass(frozen=True)
class Query:
    """A filter over statements. Empty fields don't narrow it."""

    registration: str | None = None
    agent: str | None = None
    """A ``parts.agent_key``."""
    activity: str | None = None
    verb: str | None = None
    since: datetime | None = None
    """Stored after this time."""
    until: datetime | None = None
    """Stored at this time or before."""
    related_agents: bool = False
    related_activities: bool = False
    ascending: bool = False
    limit: int = PAGE
    cursor: int | None = None
    form: Form = Form.EXACT
    attachments: bool = False
    with_voided: bool = False
    """Our own pages' wish; the protocol never shows void ones in a list."""

    @property
    def terms(self) -> list[bytes]:
        """What a statement must be found by, the rarest kind first."""
        found = []
        if self.registration is not None:
            found.append(terms.registration(self.registration))
        if self.agent is not None:
            found.append(terms.agent(self.agent, related=self.related_agents))
        if self.activity is not None:
            found.append(terms.activity(self.activity, related=self.related_activities))
        if self.verb is not None:
            found.append(terms.verb(self.verb))
        return found


def read(given: Mapping[str, str]) -> Query:
    """Read the parameters of a query (1.0.3, communication, 2.1.3). Raises BadRequestError, BadParameterError."""
    fields: dict[str, Any] = {}
    for name, text in given.items():
        if name not in READERS:
            raise BadRequestError(f"{name!r} is no parameter of this resource")
        field, reader = READERS[name]
        fields[field] = reader(text, name)
    return Query(**fields)


def rows(session: Session, query: Query, reader: Reader) -> list[Row]:
    """Give the rows of one page and one row more if there are more; void ones are left out.

    A statement that refers to another one answers for it too, so each set of terms is asked for twice: as the
    statement's own, and as those of what it refers to.
    """
    limits = _limits(session, query)
    if limits is None:
        return []
    own = [terms.authority(reader.authority)] if reader.authority is not None else []
    wanted = query.terms
    searches = [wanted + own]
    if wanted and not own:  # else whoever may read only their own would learn of others' by referring to them
        searches.append([terms.via(term) for term in wanted])
    found: dict[int, Row] = {}
    for search in searches:
        page = _page(len(search), query.ascending, reader.tenant is not None, query.with_voided)
        values: dict[str, Any] = {f"term{place}": term for place, term in enumerate(search)}
        values |= {"above": limits[0], "below": limits[1], "tenant": reader.tenant, "rows": query.limit + 1}
        found |= {row[0]: Row(*row) for row in session.connection().execute(page, values)}
    return [found[number] for number in sorted(found, reverse=not query.ascending)[: query.limit + 1]]


@cache
def _page(count: int, ascending: bool, one_tenant: bool, with_voided: bool) -> Select[int, int, str, bool]:  # noqa: FBT001 - a key of the cache
    """Walk down the list of the first of ``count`` terms, or all statements, and keep what has the other terms."""
    row, listed = StatementRow, terms_table
    number: Any = listed.c.statement_id if count else row.id
    page = select(row.id, row.tenant, row.body, row.voided).where(
        number > bindparam("above"), number < bindparam("below")
    )
    if count:
        page = page.select_from(listed).join(row, row.id == listed.c.statement_id)
        page = page.where(listed.c.term == bindparam("term0"))
    for place in range(1, count):
        other = terms_table.alias()
        page = page.where(exists().where(other.c.term == bindparam(f"term{place}"), other.c.statement_id == number))
    if one_tenant:
        page = page.where(row.tenant == bindparam("tenant"))
    if not with_voided:
        page = page.where(row.voided.is_(False))
    return page.order_by(number if ascending else number.desc()).limit(bindparam("rows"))


def last_id_by(session: Session, time: datetime) -> int:
    """Return the number of the last statement stored by then; 0 if there is none."""
    return session.connection().execute(_UP_TO, {"time": time}).scalar() or 0


def _limits(session: Session, query: Query) -> tuple[int, int] | None:
    """Turn times into numbers (above, below), since both rise together; None if nothing can lie between them."""
    above, below = 0, HIGHEST
    if query.since is not None:
        above = last_id_by(session, query.since)
    if query.until is not None:
        below = last_id_by(session, query.until) + 1
    if query.cursor is not None and query.ascending:
        above = max(above, query.cursor)
    elif query.cursor is not None:
        below = min(below, query.cursor)
    return (above, below) if below - above > 1 else None


def one(session: Session, statement_id: str, reader: Reader, *, voided: bool = False) -> StatementRow | None:
    """Return a statement by its id, or the void one if those are asked for; of two tenants' the lower one's."""
    row = StatementRow
    found = select(row).where(row.statement_id == statement_id.lower(), row.voided.is_(voided))
    if reader.tenant is not None:
        found = found.where(row.tenant == reader.tenant)
    if reader.authority is not None:
        term = terms.authority(reader.authority)
        found = found.where(exists().where(terms_table.c.term == term, terms_table.c.statement_id == row.id))
    return session.scalars(found.order_by(row.tenant).limit(1)).first()


def _agent(text: str, name: str) -> str | None:
    return parts.agent_key(parameters.agent(text, name))


def _limit(text: str, name: str) -> int:
    return min(parameters.number(text, name) or PAGE, LARGEST_PAGE)


def _form(text: str, name: str) -> Form:
    try:
        return Form(text)
    except ValueError:
        raise BadParameterError(f"{name} is exact, ids or canonical", field=name) from None


READERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "verb": ("verb", parameters.iri),
    "agent": ("agent", _agent),
    "activity": ("activity", parameters.iri),
    "registration": ("registration", parameters.uuid),
    "since": ("since", parameters.instant),
    "until": ("until", parameters.instant),
    "limit": ("limit", _limit),
    "ascending": ("ascending", parameters.flag),
    "related_agents": ("related_agents", parameters.flag),
    "related_activities": ("related_activities", parameters.flag),
    "format": ("form", _form),
    "attachments": ("attachments", parameters.flag),
    CURSOR: ("cursor", parameters.number),
}
"""By parameter: the query's field, and what reads it."""

"""Which column of the gradebook a link's scores go to: the launch's, one that is found, or one that we make once.

Two workers must not make two, and one that was killed after making it must not make another: who makes it holds the
link's lease meanwhile, and looks for it first.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete
from sqlalchemy.orm import Session

from campus.upsert import insert_missing
from lti_tool.launch import registrations
from lti_tool.launch.store import ResourceLink
from lti_tool.services.ags import ScoreTarget
from lti_tool.services.errors import LineItemMissingError, ServiceRefusedError, ServiceUnavailableError
from lti_tool.services.lineitems import TAG, Container, LineItem, LineItems
from lti_tool.services.store import LineItemLease
from lti_tool.wiring import Services

LEASE = timedelta(minutes=3)
"""Longer than all that is asked of the platform meanwhile can take."""
SHORTLY = timedelta(seconds=20)


@dataclass(frozen=True)
class Wanted:
    """What a link's column must be."""

    resource_link_id: str
    unit: str
    label: str
    may_make: bool


def column_of(services: Services, link_id: int) -> ScoreTarget:
    """Return the link's column. Raises LineItemMissingError, or as the platform's service fails."""
    with services.database.read() as session:
        link = session.get_one(ResourceLink, link_id)
        platform = registrations.by_id(session, link.deployment.registration_id)
        scopes = frozenset(link.ags_scopes)
        if link.lineitem_url is not None:
            return ScoreTarget(platform, link.lineitem_url, scopes)
        if link.lineitems_url is None or link.unit is None:
            raise LineItemMissingError("the platform names no gradebook")
        container = Container(platform, link.lineitems_url, scopes)
        label = f"{link.unit.code} {link.unit.title.get('de', '')}".strip()
        wanted = Wanted(link.resource_link_id, link.unit.public_id, label, link.phase is None and container.may_write)
    if not container.may_read:
        raise LineItemMissingError("the platform doesn't let us look for columns")
    with services.database.write() as session:
        _take_lease(session, link_id, now=services.clock())
    try:
        url = find_or_make(services.line_items, container, wanted).url
        with services.database.write() as session:
            _keep(session, link_id, url)
    finally:  # by itself: whatever has failed, the lease ends
        with services.database.write() as session:
            session.execute(_lease(link_id))
    return ScoreTarget(platform, url, scopes)


def forget(services: Services, link_id: int, url: str) -> None:
    """Forget a column that is no longer there, unless a launch has named another meanwhile."""
    with services.database.write() as session:
        link = session.get_one(ResourceLink, link_id)
        if link.lineitem_url == url:
            link.lineitem_url = None


def find_or_make(line_items: LineItems, container: Container, wanted: Wanted) -> LineItem:
    """Find the column by its link, else by unit and tag where it is no other link's; else make it."""
    column = _chosen(line_items.find(container, resource_link_id=wanted.resource_link_id), wanted)
    if column is None:
        alike = line_items.find(container, resource_id=wanted.unit, tag=TAG)
        column = next((each for each in alike if each.resource_link_id is None), None)
    if column is None and not wanted.may_make:
        raise LineItemMissingError("the gradebook has no column for this link")
    ours = {"resource_id": wanted.unit, "resource_link_id": wanted.resource_link_id}
    if column is None:
        return line_items.create(container, label=wanted.label, **ours)
    if (column.resource_link_id, column.resource_id, column.tag) != (wanted.resource_link_id, wanted.unit, TAG):
        with suppress(ServiceRefusedError):  # scores arrive there nevertheless
            return line_items.bind(container, column, **ours) if container.may_write else column
    return column


def _chosen(columns: Sequence[LineItem], wanted: Wanted) -> LineItem | None:
    """Choose among a link's columns: the unit's own, else the only one; of several others none is ours."""
    ours = [column for column in columns if column.resource_id == wanted.unit]
    if ours:
        return min(ours, key=lambda column: (column.tag != TAG, column.url))
    return columns[0] if len(columns) == 1 else None


def _take_lease(session: Session, link_id: int, *, now: datetime) -> None:
    """Take the link's lease, a dead worker's too when it is over. Raises ServiceUnavailableError while it is held."""
    session.execute(_lease(link_id).where(LineItemLease.until <= now))
    if not insert_missing(session, LineItemLease, [{"resource_link_id": link_id, "until": now + LEASE}]):
        raise ServiceUnavailableError("the column is being looked for", after=SHORTLY)


def _keep(session: Session, link_id: int, url: str) -> None:
    """Keep the column that was found; one that a launch has named meanwhile goes before."""
    link = session.get_one(ResourceLink, link_id)
    link.lineitem_url = link.lineitem_url or url


def _lease(link_id: int) -> Delete:
    """Delete the link's lease, in the database alone: nobody holds its row."""
    wanted = delete(LineItemLease).where(LineItemLease.resource_link_id == link_id)
    return wanted.execution_options(synchronize_session=False)

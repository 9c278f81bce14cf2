"""Rosters: the members of an LMS's course, brought up to what the platform tells. The body of two followers.

A roster is *wanted* (by a teacher's launch, or their "sync now"), then read without any transaction open, then kept in
one: it is the whole of what was read, or nothing, so that running twice, late or again after a crash ends right.
docs/decisions/0013-rosters.md says which data are kept and why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from campus.errors import CampusError, NotFoundError
from campus.models.base import new_public_id
from campus.models.people import Identity
from campus.upsert import insert_missing
from lti_tool.launch import registrations
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import IDENTITY_KIND, Context
from lti_tool.services import nrps
from lti_tool.services.errors import ServiceRefusedError, ServiceUnavailableError
from lti_tool.services.groups import read_group_names
from lti_tool.services.nrps import Members, RosterMember, Status
from lti_tool.services.store import Member, Roster, RosterState
from lti_tool.wiring import Services

FRESH = timedelta(minutes=5)
"""So long a launch doesn't ask again, though a new hour has begun: launches ask once an hour."""
REFUSED_FOR = timedelta(days=1)
"""So long after a refusal launches don't ask again; a teacher's button does."""
MOMENT = timedelta(minutes=1)
"""So long after a sync, or a wish for one, the button does nothing: it was just done, or is about to be."""
FAILED = "roster.failed"
"""The detail of a roster that could not be read for a reason that nobody has thought of."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 500
"""How many values a query compares with."""


@dataclass(frozen=True)
class _Errand:
    """A wanted roster, and where it is read."""

    context: int
    platform: Platform
    memberships_url: str
    groups_url: str | None
    group_sets_url: str | None
    differences_url: str | None
    """Where only the changes can be read, when that is enough."""
    asked_at: datetime


@dataclass(frozen=True)
class _Found:
    """What a platform told: everybody (``is_whole``) or the changes; names of groups by id."""

    members: tuple[RosterMember, ...]
    is_whole: bool
    differences_url: str | None
    groups: Mapping[str, str]
    read_at: datetime
    """When reading began: what has changed since may be missing."""


def follow_course(services: Services, context: str) -> None:
    """Read the roster of a course that a teacher opened, unless it is fresh or was refused lately.

    ``context`` is the context's public id. Raises ServiceUnavailableError when it must be tried later.
    """
    now = services.clock()
    with services.database.write() as session:
        roster = locked(session, _context(session, context))
        if not _is_due(roster, now):
            return
        if roster.state != RosterState.WANTED:
            want(roster, now=now)
    sync(services, context)


def ask(session: Session, context: Context, *, now: datetime) -> bool:
    """Note a teacher's wish for a new look at the roster; say whether there is something to do."""
    roster = locked(session, context)
    just_read = roster.synced_at is not None and roster.synced_at > now - MOMENT
    if roster.state != RosterState.REFUSED and (
        just_read or (roster.state == RosterState.WANTED and roster.asked_at > now - MOMENT)
    ):
        return False
    want(roster, now=now)
    return True


def locked(session: Session, context: Context) -> Roster:
    """Find or make the course's roster, and lock it."""
    fresh = {"context_id": context.id, "state": RosterState.WANTED, "detail": "", "asked_at": NEVER}
    insert_missing(session, Roster, [fresh])
    return session.scalars(select(Roster).filter_by(context_id=context.id).with_for_update()).one()


def want(roster: Roster, *, now: datetime) -> None:
    """Let the next sync read it."""
    roster.state, roster.detail, roster.asked_at = RosterState.WANTED, "", now


def sync(services: Services, context: str, *, whole: bool = False) -> None:
    """Read a wanted roster and keep what it says; with ``whole`` everybody, even if changes would do.

    A refusal is kept, for teachers and administrators to read, and so is a failure of ours, which is raised then.
    Raises ServiceUnavailableError when it must be tried later.
    """
    started = services.clock()
    with services.database.read() as session:
        errand = _errand(session, context, whole=whole, now=started)
    if errand is None:
        return
    try:
        found = _read(services, errand, now=started)
    except ServiceRefusedError as error:
        _note(services, errand, RosterState.REFUSED, error.code)
        return
    except ServiceUnavailableError as error:
        _note(services, errand, RosterState.WANTED, error.code)
        raise
    except OperationalError:  # our own database: still wanted, and tried again
        raise
    except Exception as error:  # whatever it is: nobody must wait for this roster for ever
        _note(services, errand, RosterState.REFUSED, error.code if isinstance(error, CampusError) else FAILED)
        raise
    with services.database.write() as session:
        _keep(session, errand, found)


def _is_due(roster: Roster, now: datetime) -> bool:
    """Say whether a launch is reason enough to look again."""
    if roster.state == RosterState.REFUSED:
        return roster.asked_at <= now - REFUSED_FOR
    return roster.state == RosterState.WANTED or roster.synced_at is None or roster.synced_at <= now - FRESH


def _context(session: Session, public_id: str) -> Context:
    found = session.scalars(select(Context).where(Context.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFoundError("no such course")
    return found


def _errand(session: Session, context: str, *, whole: bool, now: datetime) -> _Errand | None:
    """Say what is to be read; None when nobody wants it (any more), or the platform is switched off.

    The changes are enough when everybody was read on the same day: a platform that forgets one is believed for a day.
    """
    query = select(Roster).join(Roster.context).where(Context.public_id == context, Roster.state == RosterState.WANTED)
    roster = session.scalars(query.options(joinedload(Roster.context).joinedload(Context.deployment))).one_or_none()
    if roster is None or roster.context.memberships_url is None:
        return None
    deployment = roster.context.deployment
    if not deployment.is_open:
        return None
    same_day = roster.synced_at is not None and roster.synced_at.date() == now.date()
    return _Errand(
        context=roster.context_id,
        platform=registrations.by_id(session, deployment.registration_id),
        memberships_url=roster.context.memberships_url,
        groups_url=roster.context.groups_url,
        group_sets_url=roster.context.group_sets_url,
        differences_url=roster.differences_url if same_day and not whole else None,
        asked_at=roster.asked_at,
    )


def _read(services: Services, errand: _Errand, *, now: datetime) -> _Found:
    client, platform = services.service_client, errand.platform
    members: Members | None = None
    if errand.differences_url is not None:
        members = _differences(services, platform, errand.differences_url)
    is_whole = members is None
    if members is None:
        members = nrps.read_members(client, platform, errand.memberships_url)
    return _Found(
        members=members.members,
        is_whole=is_whole,
        # Without a new link the old one still holds: it tells more than is new, which does no harm.
        differences_url=members.differences or (None if is_whole else errand.differences_url),
        groups=_groups(services, errand) if any(member.groups for member in members.members) else {},
        read_at=now,
    )


def _differences(services: Services, platform: Platform, url: str) -> Members | None:
    """Read the changes; None when the platform doesn't tell them any more: then everybody must be read."""
    try:
        return nrps.read_differences(services.service_client, platform, url)
    except ServiceRefusedError:
        return None


def _groups(services: Services, errand: _Errand) -> Mapping[str, str]:
    """Read the groups' names; a platform that refuses them has a roster without groups."""
    if errand.groups_url is None:
        return {}
    try:
        return read_group_names(services.service_client, errand.platform, errand.groups_url, errand.group_sets_url)
    except ServiceRefusedError:
        return {}


def _note(services: Services, errand: _Errand, state: RosterState, detail: str) -> None:
    """Keep why the roster could not be read, unless somebody has asked again meanwhile."""
    with services.database.write() as session:
        roster = session.scalars(select(Roster).filter_by(context_id=errand.context).with_for_update()).one()
        if roster.asked_at == errand.asked_at:
            roster.state, roster.detail = state, detail


def _keep(session: Session, errand: _Errand, found: _Found) -> None:
    """Write what was read, unless a later look has been written already."""
    roster = session.scalars(select(Roster).filter_by(context_id=errand.context).with_for_update()).one()
    if roster.synced_at is not None and roster.synced_at > found.read_at:
        return
    identities = _identities(session, errand.platform, found)
    _members(session, errand.context, identities, found)
    roster.synced_at, roster.differences_url, roster.detail = found.read_at, found.differences_url, ""
    if roster.asked_at == errand.asked_at:
        roster.state = RosterState.SYNCED


def _identities(session: Session, platform: Platform, found: _Found) -> dict[int, RosterMember]:
    """Find the members' identities, make those of members who are new, and return who is who by database id.

    Nobody becomes a person here: that is who launches, or is put on an attendance list. Who has left already and was
    never known stays unknown. Rows are written in the order of the subjects, so that no two writers wait in a circle.
    """
    told = {member.user_id: member for member in sorted(found.members, key=lambda member: member.user_id)}
    source = {"issuer": platform.issuer, "client_id": platform.client_id}
    known = _known(session, source, told)
    fresh = [
        {**source, "public_id": new_public_id(), "kind": IDENTITY_KIND, "subject": subject, "created_at": found.read_at}
        for subject, member in told.items()
        if subject not in known and member.status is Status.ACTIVE
    ]
    if fresh:
        insert_missing(session, Identity, fresh)
        known |= _known(session, source, told.keys() - known.keys())
    for subject, identity in known.items():
        member = told[subject]
        if member.status is Status.ACTIVE:
            identity.name, identity.email = member.name or identity.name, member.email or identity.email
            identity.sourced_id = member.sourced_id or identity.sourced_id
    session.flush()
    return {identity.id: told[subject] for subject, identity in known.items()}


def _known(session: Session, source: Mapping[str, str], subjects: Iterable[str]) -> dict[str, Identity]:
    """Return the identities that are there, by subject, in order."""
    wanted = sorted(subjects)
    found: dict[str, Identity] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        rows = session.scalars(select(Identity).filter_by(**source).where(Identity.subject.in_(some)))
        found |= {identity.subject: identity for identity in rows}
    return dict(sorted(found.items()))


def _members(session: Session, context: int, identities: Mapping[int, RosterMember], found: _Found) -> None:
    """Write who is in the course; whom a whole roster doesn't name has left it."""
    blank: dict[str, Any] = {"context_id": context, "is_teacher": False, "present": True, "groups": []}
    here = [identity for identity, member in identities.items() if member.status is Status.ACTIVE]
    insert_missing(session, Member, [{**blank, "identity_id": identity, "seen_at": found.read_at} for identity in here])
    for row in session.scalars(select(Member).filter_by(context_id=context).order_by(Member.id)):
        member = identities.get(row.identity_id)
        if member is None:
            row.present = row.present and not found.is_whole
        elif member.status is not Status.ACTIVE:
            row.present = False
        else:
            row.present, row.is_teacher, row.seen_at = True, member.is_teacher, found.read_at
            row.groups = sorted({found.groups[group] for group in member.groups if group in found.groups})
    session.flush()

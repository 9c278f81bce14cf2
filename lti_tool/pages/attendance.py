"""The attendance list as a teacher sees it, who can be put on it, and the form that it comes back as.

Somebody of the course's roster who never opened the unit is an identity without a person; being put on a list makes
them one. docs/decisions/0013-rosters.md gives the reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import people, sessions
from campus.errors import InvalidInputError
from campus.models.learning import TutorialSession
from campus.models.people import Identity, IdentityLink, Person
from campus.rules.credit import Outcome
from lti_tool.launch.store import Context, Deployment, LinkLearner, ResourceLink
from lti_tool.services.store import Member

FIELD = "attendance-"
"""Before a person's public id in the form."""
NOT_MARKED = "none"
ON_A_LIST = "rule: put on an attendance list"


@dataclass(frozen=True)
class Reach:
    """Whose people a teacher sees: one platform's (None: all), and the roster of the course that they came from."""

    registration_id: int | None
    context_id: int | None


@dataclass(frozen=True)
class AttendanceLine:
    """Someone on the list; ``outcome`` is ``none`` while nothing is marked. ``left``: the course's roster lost them."""

    person: Person
    outcome: str
    groups: tuple[str, ...]
    left: bool


@dataclass(frozen=True)
class AttendanceView:
    """The list, and how many more of other platforms are on it."""

    lines: tuple[AttendanceLine, ...]
    others: int

    def of_group(self, group: str | None) -> tuple[AttendanceLine, ...]:
        """Give the lines of one group, of all for None."""
        return tuple(line for line in self.lines if group is None or group in line.groups)


@dataclass(frozen=True)
class Candidate:
    """Someone who can be put on the list: a person, or an identity of the roster that is nobody's yet."""

    key: str
    """The public id of the person, else of the identity."""
    name: str | None
    person: Person | None
    identity: Identity | None
    groups: tuple[str, ...]
    opened: bool
    """They have opened the unit."""


@dataclass(frozen=True)
class _Classmate:
    """What the roster says of someone in the course."""

    member: Member
    identity: Identity
    person: Person | None


def attendance_view(session: Session, tutorial: TutorialSession, reach: Reach) -> AttendanceView:
    """Return the part of the list that concerns learners of the platform; all of it for a reach without one."""
    marked = sessions.attendance(session, tutorial)
    expected = sessions.participants(session, tutorial)
    shown = expected
    if reach.registration_id is not None:
        seen = {person.id for person in _learners(session, tutorial.unit_id, reach.registration_id)}
        seen |= _enrolled(session, reach.registration_id)
        shown = [person for person in expected if person.id in seen]
    roster = _by_person(_roster(session, reach.context_id))
    lines = (
        AttendanceLine(
            person,
            outcome=marked[person.id].outcome if person.id in marked else NOT_MARKED,
            groups=_groups(roster.get(person.id, [])),
            left=_has_left(roster.get(person.id, [])),
        )
        for person in shown
    )
    return AttendanceView(tuple(lines), others=len(expected) - len(shown))


def candidates(session: Session, tutorial: TutorialSession, reach: Reach) -> list[Candidate]:
    """List who is not on the list yet, by name: the unit's learners, and the learners of the course's roster."""
    listed = {person.id for person in sessions.participants(session, tutorial)}
    roster = _roster(session, reach.context_id)
    known = _by_person(roster)
    opened = {person.id: person for person in _learners(session, tutorial.unit_id, reach.registration_id)}
    expected = {
        mate.person.id: mate.person
        for mate in roster
        if mate.person is not None and mate.member.present and not mate.member.is_teacher
    }
    found = [
        Candidate(person.public_id, person.name, person, None, _groups(known.get(person.id, [])), person.id in opened)
        for person in (opened | expected).values()
        if person.id not in listed
    ]
    found += [
        Candidate(mate.identity.public_id, mate.identity.name, None, mate.identity, tuple(mate.member.groups), False)
        for mate in roster
        if mate.person is None and mate.member.present and not mate.member.is_teacher
    ]
    return sorted(found, key=lambda one: ((one.name or "\uffff").casefold(), one.key))


def chosen(session: Session, tutorial: TutorialSession, reach: Reach, keys: Sequence[str]) -> list[Candidate]:
    """Return the candidates with these keys, without those who are on the list already.

    Who was an identity when the page was shown, and has opened the unit since, is found under that key too. Raises
    InvalidInputError for anybody else.
    """
    known = {candidate.key: candidate for candidate in candidates(session, tutorial, reach)}
    listed = {person.public_id for person in sessions.participants(session, tutorial)}
    roster = _roster(session, reach.context_id)
    since = {mate.identity.public_id: mate.person.public_id for mate in roster if mate.person is not None}
    wanted = dict.fromkeys(since.get(key, key) for key in keys)
    if not wanted.keys() <= known.keys() | listed:
        raise InvalidInputError("someone chosen is no learner of this unit or course", field="person")
    return [known[key] for key in wanted if key in known]


def person_of(session: Session, candidate: Candidate, *, now: datetime) -> Person:
    """Return the candidate's person; an identity that is nobody's becomes one."""
    if candidate.person is not None:
        return candidate.person
    identity = candidate.identity
    if identity is None:
        raise InvalidInputError("a candidate is a person or an identity", field="person")
    locked = session.scalars(select(Identity).where(Identity.id == identity.id).with_for_update()).one()
    return people.person_for(session, locked, reason=ON_A_LIST, now=now)


def group_names(session: Session, context_id: int | None) -> list[str]:
    """List the groups that learners of the course are in now."""
    present = (mate.member for mate in _roster(session, context_id) if mate.member.present)
    return sorted({name for member in present for name in member.groups})


def marks_of(form: Mapping[str, str], view: AttendanceView) -> dict[str, Outcome]:
    """Read the posted list: what is left unmarked says nothing, what was marked before and is no more is taken back.

    Raises InvalidInputError for someone who is not on the list as it was shown, or an unknown mark.
    """
    posted = {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD)}
    before = {line.person.public_id: line.outcome for line in view.lines}
    allowed = {*sessions.ATTENDANCE, NOT_MARKED}
    if not posted.keys() <= before.keys() or not set(posted.values()) <= allowed:
        raise InvalidInputError("the attendance list does not fit", field="attendance")
    return {
        public_id: Outcome.RETRACTED if value == NOT_MARKED else Outcome(value)
        for public_id, value in posted.items()
        if value != before[public_id]
    }


def _roster(session: Session, context_id: int | None) -> list[_Classmate]:
    """List everybody who is or was in the course."""
    if context_id is None:
        return []
    rows = session.execute(
        select(Member, Identity, Person)
        .join(Identity, Identity.id == Member.identity_id)
        .outerjoin(IdentityLink, (IdentityLink.identity_id == Identity.id) & IdentityLink.current)
        .outerjoin(Person, Person.id == IdentityLink.person_id)
        .where(Member.context_id == context_id)
    )
    return [_Classmate(member, identity, person) for member, identity, person in rows]


def _by_person(roster: list[_Classmate]) -> dict[int, list[Member]]:
    """Give the course's members by person; somebody may have two accounts there."""
    found: dict[int, list[Member]] = {}
    for mate in roster:
        if mate.person is not None:
            found.setdefault(mate.person.id, []).append(mate.member)
    return found


def _groups(members: list[Member]) -> tuple[str, ...]:
    return tuple(sorted({name for member in members for name in member.groups}))


def _has_left(members: list[Member]) -> bool:
    return bool(members) and not any(member.present for member in members)


def _enrolled(session: Session, registration_id: int) -> set[int]:
    """Return the (database) ids of people who are or were learners of a course of the platform."""
    return set(
        session.scalars(
            select(IdentityLink.person_id)
            .join(Member, Member.identity_id == IdentityLink.identity_id)
            .join(Context, Context.id == Member.context_id)
            .join(Deployment, Deployment.id == Context.deployment_id)
            .where(IdentityLink.current, ~Member.is_teacher, Deployment.registration_id == registration_id)
        )
    )


def _learners(session: Session, unit_id: int, registration_id: int | None) -> list[Person]:
    """List the people who came to the unit as learners, from one platform or from all."""
    query = (
        select(Person)
        .join(IdentityLink, IdentityLink.person_id == Person.id)
        .join(LinkLearner, LinkLearner.identity_id == IdentityLink.identity_id)
        .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
        .where(ResourceLink.unit_id == unit_id, IdentityLink.current)
        .order_by(Person.name, Person.id)
        .distinct()
    )
    if registration_id is not None:
        query = query.join(Deployment, Deployment.id == ResourceLink.deployment_id).where(
            Deployment.registration_id == registration_id
        )
    return list(session.scalars(query))

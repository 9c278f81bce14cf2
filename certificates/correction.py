"""Issuing an award anew with what is so today: a correction, or a second word on one that was revoked."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import tasks
from campus.models.credits import Credit
from certificates import store
from certificates.award import facts_again
from certificates.errors import (
    AwardErasedError,
    AwardRevokedError,
    AwardSupersededError,
    AwardSuspendedError,
    NotEarnedError,
)
from certificates.facts import AwardFacts, to_json
from certificates.issue import Issuing, replace_revoked, supersede
from certificates.store import Award, AwardState

OWN = frozenset({"award_id", "issued_at", "supersedes"})
"""What each award has of its own: no difference between what two say."""
GROUPS = frozenset({"recipient", "achievement"})
"""Facts that are looked at field by field."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that the new award would say otherwise: its name, like ``achievement.title``, and both as JSON values."""

    field: str
    before: Any
    after: Any


def today(session: Session, award: Award, how: Issuing) -> AwardFacts:
    """Return what the award would say if it were issued now.

    Raises AwardErasedError when its holder was erased, NotEarnedError when it isn't earned any more.
    """
    if award.facts is None:
        raise AwardErasedError("the holder's data were erased")
    facts = facts_again(session, award, how)
    if facts is None:
        raise NotEarnedError("it is not earned any more")
    return facts


def changes(before: AwardFacts, after: AwardFacts) -> list[Change]:
    """List what the second says otherwise than the first, in the order of the facts."""
    old, new = fields(before), fields(after)
    return [Change(name, old[name], new[name]) for name in old if name not in OWN and old[name] != new[name]]


def correct(session: Session, award: Award, how: Issuing, *, by: int | None, only_changed: bool = False) -> Award:
    """Issue the award anew with today's facts; the old one is revoked and names the new one, which is returned.

    With ``only_changed`` an award that would say the same stays, and is returned itself. Raises what ``today`` raises,
    AwardSupersededError, AwardRevokedError or AwardSuspendedError for one that is not valid.
    """
    _require_valid(award)
    facts = today(session, award, how)
    if only_changed and not changes(store.facts_of(award), facts):
        return award
    return supersede(session, award, facts, how, by=by)


def issue_again(session: Session, award: Award, how: Issuing, *, by: int | None) -> Award:
    """Issue an award in the place of one that was revoked. Raises what ``today`` and ``replace_revoked`` raise."""
    made = replace_revoked(session, award, today(session, award, how), how)
    credit = session.scalar(select(Credit).where(Credit.person_id == made.person_id, Credit.unit_id == made.unit_id))
    if credit is not None:
        tasks.settle_award(session, credit, by=by, now=how.now)
    return made


def _require_valid(award: Award) -> None:
    match award.state:
        case AwardState.SUPERSEDED:
            raise AwardSupersededError("another award came in its place")
        case AwardState.REVOKED:
            raise AwardRevokedError("the award was revoked")
        case AwardState.SUSPENDED:
            raise AwardSuspendedError("the award is suspended")


def fields(facts: AwardFacts) -> dict[str, Any]:
    """Return the facts as JSON values by name, like ``achievement.title``, in their order."""
    flat: dict[str, Any] = {}
    for name, value in to_json(facts).items():
        if name in GROUPS:
            flat.update({f"{name}.{field}": inner for field, inner in value.items()})
        else:
            flat[name] = value
    return flat

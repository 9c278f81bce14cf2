"""How an award stands now, in one word, with since when, why, and what came in its place. Pure."""

from dataclasses import dataclass
from datetime import datetime

from certificates.facts import AwardFacts
from certificates.store import Award, AwardState

EXPIRED = "expired"


@dataclass(frozen=True)
class Standing:
    """``word`` is an ``AwardState`` or ``expired``; ``successor`` is the public id of the award that corrects it."""

    word: str
    since: datetime | None = None
    reason: str = ""
    successor: str | None = None


def standing_of(award: Award, facts: AwardFacts | None, *, now: datetime) -> Standing:
    """Return how the award stands; the gravest is said."""
    match award.state:
        case AwardState.SUPERSEDED:
            newer = award.superseded_by
            return Standing(AwardState.SUPERSEDED, award.superseded_at, successor=newer.public_id if newer else None)
        case AwardState.REVOKED:
            return Standing(AwardState.REVOKED, award.revoked_at, award.revoked_reason or "")
        case AwardState.SUSPENDED:
            return Standing(AwardState.SUSPENDED, award.suspended_at, award.suspended_reason or "")
    if facts is not None and facts.valid_until is not None and facts.valid_until <= now:
        return Standing(EXPIRED, facts.valid_until)
    return Standing(AwardState.VALID)

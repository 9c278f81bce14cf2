"""How an award stands now, in one word, with since when, why, and what came in its place. Pure."""

from dataclasses import dataclass
from datetime import datetime

from certificates.facts import AwardFacts
from certificates.store import Award, AwardState

EXPIRED = "expired"


@dataclass(frozen=True)
class Standing:
    """``word`` is what ``word_of`` gives; ``successor`` is the public id of the award that corrects it."""

    word: str
    since: datetime | None = None
    reason: str = ""
    successor: str | None = None


def word_of(award: Award, facts: AwardFacts | None, *, now: datetime) -> str:
    """Return an ``AwardState``, or ``expired`` for one that would be valid if its time were not over."""
    is_over = facts is not None and facts.valid_until is not None and facts.valid_until <= now
    return EXPIRED if is_over and award.state is AwardState.VALID else award.state


def standing_of(award: Award, facts: AwardFacts | None, *, now: datetime) -> Standing:
    """Return how the award stands; the gravest is said."""
    word = word_of(award, facts, now=now)
    match word:
        case AwardState.SUPERSEDED:
            newer = award.superseded_by
            return Standing(word, award.superseded_at, successor=newer.public_id if newer else None)
        case AwardState.REVOKED:
            return Standing(word, award.revoked_at, award.revoked_reason or "")
        case AwardState.SUSPENDED:
            return Standing(word, award.suspended_at, award.suspended_reason or "")
    return Standing(word, facts.valid_until if facts is not None and word == EXPIRED else None)

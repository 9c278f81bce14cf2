"""What can happen in the domain. Ids only: a follower acts on the state as it is when it runs (law 4)."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EvidenceRecorded:
    """A source said something new."""

    evidence: str
    """Public id."""


@dataclass(frozen=True)
class CreditChanged:
    """A credit got a new revision: earned, withdrawn, contested or settled."""

    credit: str
    """Public id."""
    revision: int


@dataclass(frozen=True)
class CourseCompleted:
    """Someone has all that a course asks for."""

    course: str
    person: str
    """Public ids."""
    completion: int
    """Counts from 1: complete again after a withdrawal is new."""


@dataclass(frozen=True)
class LearnerArrived:
    """Someone who has a credit came from a place for the first time, which doesn't know of it yet."""

    credit: str
    """Public id."""
    revision: int
    place: str
    """Public id of the resource link."""


@dataclass(frozen=True)
class CourseOpened:
    """Who teaches a course of an LMS looks into it, and will want to see who is in it."""

    context: str
    """Public id."""
    hour: str
    """``2026-11-22T09``: within an hour it is the same event."""


@dataclass(frozen=True)
class RosterWanted:
    """Who teaches a course of an LMS asks to have its members read anew."""

    context: str
    """Public id."""
    moment: str
    """When, in ISO 8601: each wish is a new one."""


@dataclass(frozen=True)
class ScoreWanted:
    """Somebody asks to have a credit's score sent once more."""

    credit: str
    """Public id."""
    moment: str
    """When, in ISO 8601: each wish is a new one."""


@dataclass(frozen=True)
class ResultsWanted:
    """Somebody asks to have a gradebook compared with what we sent."""

    link: str
    """Public id of the resource link."""
    moment: str
    """When, in ISO 8601: each wish is a new one."""


@dataclass(frozen=True)
class StatementsWanted:
    """Statements were stored that a provider's rule asks for, or the rule is new, or was taken back."""

    rule: str
    """Public id."""
    moment: str
    """``made``, ``ended``, or the number of the last statement that was stored."""


@dataclass(frozen=True)
class AwardsWanted:
    """Somebody decided to issue, issue anew or revoke many awards at once."""

    run: str
    """Public id."""


@dataclass(frozen=True)
class KeyCompromised:
    """Others may have a key of an issuer: what it signed has to be signed anew."""

    organisation: str
    """Public id."""
    number: int
    told_at: str
    """ISO 8601: told again, it is another job, for one that was given up is not begun anew."""


Event = (
    EvidenceRecorded
    | CreditChanged
    | CourseCompleted
    | LearnerArrived
    | CourseOpened
    | RosterWanted
    | ScoreWanted
    | ResultsWanted
    | StatementsWanted
    | AwardsWanted
    | KeyCompromised
)
Publish = Callable[[Event], None]
"""Takes an event inside the transaction that caused it; what follows is decided downstream."""

"""From statements to a claim: what somebody's statements about an activity come to. Pure.

A statement is an event, a claim is a state. So a claim is always made of all the statements of one actor that a rule
reads, the best of which counts: a second, failed attempt doesn't undo the first, and a statement that is declared
void is simply no longer among them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite

from campus.rules.credit import Outcome, RequirementKind
from xapi import statements
from xapi.mappings import Place, Scoring
from xapi.parts import Json
from xapi.vocabulary import FULL_PERCENT, Verb

DIGITS = 5
"""Of a percentage; as many as Moodle's have."""
_SUCCESSFUL = frozenset({Verb.PASSED, Verb.MASTERED})
UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)


class Condition(StrEnum):
    """What else a statement must say."""

    NONE = "none"
    SUCCESS = "success"
    """``result.success`` is true, or the verb says so."""
    SCORE = "score"
    """The score is at least as many percent."""


@dataclass(frozen=True)
class Reading:
    """How statements about an activity are read."""

    activity: str
    """Its IRI, exactly."""
    places: frozenset[Place]
    verbs: frozenset[str]
    undoing: frozenset[str]
    category: str | None
    scoring: Scoring
    condition: Condition
    least_percent: float | None
    outcome: Outcome
    """What a statement comes to that meets the condition; not to meet it is no claim, but FAILED beside PASSED."""
    exam: bool
    """It is an exam's result: content in the learner's own browser isn't believed then."""


@dataclass(frozen=True)
class Claim:
    """What one actor's statements come to, by the statement that decided it."""

    outcome: Outcome
    percent: float | None
    occurred_at: datetime
    statement: Json


def outcome_for(kind: RequirementKind, condition: Condition) -> Outcome:
    """Return what a statement can claim about a requirement.

    An exam without a condition is "done" with its result, and judged by the unit's own pass mark.
    """
    if kind is RequirementKind.TUTORIAL:
        return Outcome.PRESENT
    if kind is RequirementKind.EXAM and condition is not Condition.NONE:
        return Outcome.PASSED
    return Outcome.DONE


def claim_of(reading: Reading, said: Iterable[Json]) -> Claim | None:
    """Return what the statements of one actor come to, in whatever order they are; None if to nothing."""
    best: Claim | None = None
    for statement in sorted(said, key=happened_at):
        if not _speaks_of(reading, statement):
            continue
        if statement["verb"]["id"] in reading.undoing:
            best = None
        elif (found := judge(reading, statement)) and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


def judge(reading: Reading, statement: Json) -> Claim | None:
    """Return what one statement claims by itself; None if the rule doesn't read it, or it meets no condition."""
    result = statement.get("result", {})
    if statement["verb"]["id"] not in reading.verbs or not _speaks_of(reading, statement):
        return None
    if result.get("completion") is False:
        return None
    percent = percent_of(result.get("score", {}), reading.scoring)
    met = _meets(reading, statement, percent)
    if met:
        return Claim(reading.outcome, percent, happened_at(statement), statement)
    if met is False and reading.outcome is Outcome.PASSED:
        return Claim(Outcome.FAILED, percent, happened_at(statement), statement)
    return None


def _meets(reading: Reading, statement: Json, percent: float | None) -> bool | None:
    """Say whether the statement meets the condition; None if it doesn't say enough."""
    if reading.condition is Condition.NONE:
        return True
    if reading.condition is Condition.SCORE:
        return None if percent is None or reading.least_percent is None else percent >= reading.least_percent
    success: bool | None = statement.get("result", {}).get("success")
    if success is None:
        verb = statement["verb"]["id"]
        return True if verb in _SUCCESSFUL else False if verb == Verb.FAILED else None
    return success


def _speaks_of(reading: Reading, statement: Json) -> bool:
    around = statement.get("context", {}).get("contextActivities", {})
    if reading.category is not None and reading.category not in _ids(around.get("category")):
        return False
    target = statement["object"]
    if target.get("objectType", "Activity") != "Activity":
        return False
    if Place.OBJECT in reading.places and target["id"] == reading.activity:
        return True
    others = reading.places - {Place.OBJECT}
    return any(reading.activity in _ids(around.get(place.value)) for place in others)


def _ids(activities: Json | list[Json] | None) -> set[str]:
    """Give the ids; one activity may stand without a list."""
    listed = [activities] if isinstance(activities, dict) else activities or []
    return {one["id"] for one in listed}


def percent_of(score: Json, scoring: Scoring) -> float | None:
    """Return a score as a percentage from 0 to 100; None if it tells none."""
    scaled, raw, low, high = (score.get(name) for name in ("scaled", "raw", "min", "max"))
    share = None
    if raw is not None and high is not None and high > (low or 0):
        width = float(high) - float(low or 0)
        share = (float(raw) - float(low or 0)) / width if isfinite(width) else None
    if scaled is not None and (scoring is Scoring.SCALED or share is None):
        share = scaled
    return None if share is None else round(FULL_PERCENT * max(0.0, min(1.0, share)), DIGITS)


def happened_at(statement: Json) -> datetime:
    """Return when it happened, but not after it was stored: clocks of programs may go fast."""
    times = [statements.instant(statement[name]) for name in ("timestamp", "stored") if name in statement]
    return min((time for time in times if time is not None), default=UNKNOWN_TIME)


def _rank(claim: Claim) -> tuple[bool, float]:
    return claim.outcome is not Outcome.FAILED, -1.0 if claim.percent is None else claim.percent


def basis(claim: Claim) -> Json:
    """Give the words of the deciding statement that the claim rests on: no names, no answers."""
    statement = claim.statement
    kept: Json = {name: statement[name] for name in ("id", "timestamp", "stored") if name in statement}
    result = statement.get("result", {})
    return kept | {
        "verb": statement["verb"]["id"],
        "object": statement["object"]["id"],
        "result": {name: result[name] for name in ("score", "success", "completion") if name in result},
    }

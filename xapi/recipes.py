"""Our own words about evidence and credits: facts in, statement out. Pure.

A statement's id follows from the evidence's, or from the credit's revision, so a job that runs twice says the same
thing once. It names nobody: the actor is an account whose name is the person's public id, which means something only
here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from campus.models.base import Text
from campus.rules.credit import Outcome
from xapi.clock import iso
from xapi.parts import Json, account
from xapi.vocabulary import (
    ACTIVITIES_PATH,
    EVIDENCE_EXTENSION_PATH,
    FULL_PERCENT,
    MISSED_PATH,
    PLATFORM,
    PROFILE_PATH,
    VERB_NAMES,
    ActivityType,
    Verb,
)

NAMESPACE = UUID("6b0f7a0e-0f0c-4c2b-9a55-3f3f4e1f6a51")
"""Of ids made from ours; never changes, or every statement would be told again."""
AUTHORITY_NAME = "campus"


class ThingKind(StrEnum):
    """What a step was taken on; the value stands in the activity's id."""

    PAGE = "page"
    LINK = "link"
    EXAM = "exam"
    EVALUATION = "evaluation"
    TUTORIAL = "tutorial"
    OTHER = "other"


_TYPES = {
    ThingKind.PAGE: ActivityType.LESSON,
    ThingKind.LINK: ActivityType.LINK,
    ThingKind.EXAM: ActivityType.ASSESSMENT,
    ThingKind.EVALUATION: ActivityType.SURVEY,
    ThingKind.TUTORIAL: ActivityType.MEETING,
}
_VERBS = {
    Outcome.DONE: Verb.COMPLETED,
    Outcome.PASSED: Verb.PASSED,
    Outcome.FAILED: Verb.FAILED,
    Outcome.PRESENT: Verb.ATTENDED,
    Outcome.EXCUSED: Verb.WAIVED,
}
_DONE = {ThingKind.EVALUATION: Verb.SUBMITTED, ThingKind.TUTORIAL: Verb.ATTENDED}
"""What "done" means where it isn't "completed"."""


@dataclass(frozen=True)
class Thing:
    """The activity, session or foreign object, by an id that may be public."""

    kind: ThingKind
    public_id: str
    title: Text | None = None


@dataclass(frozen=True)
class Unit:
    """The learning unit that the step belongs to."""

    public_id: str
    title: Text


@dataclass(frozen=True)
class Step:
    """One piece of evidence with what is around it; all ids are public ones."""

    evidence: str
    person: str
    outcome: Outcome
    percent: float | None
    occurred_at: datetime
    thing: Thing
    unit: Unit | None = None
    credit: str | None = None
    """Becomes the registration: one person's way through one unit."""
    platform: str = PLATFORM
    takes_back: str | None = None
    """With RETRACTED: the evidence that the source no longer stands by."""


@dataclass(frozen=True)
class Earning:
    """One revision of a credit that was earned; all ids are public ones."""

    credit: str
    revision: int
    person: str
    unit: Unit
    achieved: bool
    """The exam was passed too, not only attended."""
    percent: float | None
    earned_at: datetime


def statement_id(evidence: str) -> str:
    """Return the id of the statement about a piece of evidence (public id)."""
    return str(uuid5(NAMESPACE, evidence))


def earning_id(credit: str, revision: int, *, void: bool = False) -> str:
    """Return the id of the statement that a credit (public id) was earned by its revision, or of what voids it."""
    return str(uuid5(NAMESPACE, f"credit {credit} {revision}{' void' if void else ''}"))


def foreign_id(source: str, reference: str) -> str:
    """Return a public id for an object that has none here: a source's own one."""
    return str(uuid5(NAMESPACE, f"{source} {reference}"))


def statement(step: Step, public_url: str) -> Json:
    """Return the statement about a step; a retraction declares the earlier statement void.

    The evaluation's statement says that it was handed in, never what was answered; the same is true of the exam's
    answers: only the score is told.
    """
    void = step.outcome is Outcome.RETRACTED and step.takes_back is not None
    made: Json = {
        "id": statement_id(step.evidence),
        "actor": account(public_url, step.person),
        "verb": _verb(step, public_url),
        "object": _void_object(str(step.takes_back)) if void else _activity(step.thing, public_url),
        "context": _context(step, public_url, void=void),
        "timestamp": iso(step.occurred_at),
    }
    result = _result(step)
    return made | {"result": result} if result else made


def verb_iri(outcome: Outcome, public_url: str) -> str:
    """Return the verb of an outcome, wherever "done" is "completed"."""
    return public_url + MISSED_PATH if outcome is Outcome.ABSENT else _VERBS[outcome].value


def earned(earning: Earning, public_url: str) -> Json:
    """Return the statement that a person earned a unit's credit: attended it, and passed its exam if ``success``."""
    result: Json = {"completion": True, "success": earning.achieved}
    if earning.percent is not None:
        result = {"score": _score(earning.percent)} | result
    return {
        "id": earning_id(earning.credit, earning.revision),
        "actor": account(public_url, earning.person),
        "verb": {"id": Verb.EARNED.value, "display": VERB_NAMES[Verb.EARNED]},
        "object": _unit(earning.unit, public_url),
        "result": result,
        "context": {
            "contextActivities": {"category": [_profile(public_url)]},
            "registration": earning.credit,
            "platform": PLATFORM,
        },
        "timestamp": iso(earning.earned_at),
    }


def earned_no_more(earning: Earning, public_url: str, *, at: datetime) -> Json:
    """Return the statement that declares the one about a revision void: another revision has followed."""
    return {
        "id": earning_id(earning.credit, earning.revision, void=True),
        "actor": account(public_url, earning.person),
        "verb": {"id": Verb.VOIDED.value, "display": VERB_NAMES[Verb.VOIDED]},
        "object": {"objectType": "StatementRef", "id": earning_id(earning.credit, earning.revision)},
        "context": {
            "contextActivities": {"category": [_profile(public_url)]},
            "registration": earning.credit,
        },
        "timestamp": iso(at),
    }


def _profile(public_url: str) -> Json:
    return {"objectType": "Activity", "id": public_url + PROFILE_PATH}


def _unit(unit: Unit, public_url: str) -> Json:
    return {
        "objectType": "Activity",
        "id": f"{public_url}{ACTIVITIES_PATH}unit/{unit.public_id}",
        "definition": {"type": ActivityType.MODULE.value, "name": dict(unit.title)},
    }


def _verb(step: Step, public_url: str) -> Json:
    if step.outcome is Outcome.ABSENT:
        return {"id": public_url + MISSED_PATH, "display": VERB_NAMES[MISSED_PATH]}
    if step.outcome is Outcome.RETRACTED:
        verb = Verb.VOIDED
    elif step.outcome is Outcome.DONE:
        verb = _DONE.get(step.thing.kind, Verb.COMPLETED)
    else:
        verb = _VERBS[step.outcome]
    return {"id": verb.value, "display": VERB_NAMES[verb]}


def _void_object(evidence: str) -> Json:
    return {"objectType": "StatementRef", "id": statement_id(evidence)}


def _activity(thing: Thing, public_url: str) -> Json:
    definition: Json = {}
    if thing.kind in _TYPES:
        definition["type"] = _TYPES[thing.kind].value
    if thing.title:
        definition["name"] = dict(thing.title)
    return {
        "objectType": "Activity",
        "id": f"{public_url}{ACTIVITIES_PATH}{thing.kind}/{thing.public_id}",
        "definition": definition,
    }


def _context(step: Step, public_url: str, *, void: bool) -> Json:
    activities: dict[str, Any] = {"category": [_profile(public_url)]}
    if step.unit:
        activities["grouping"] = [_unit(step.unit, public_url)]
    context: Json = {
        "contextActivities": activities,
        "extensions": {public_url + EVIDENCE_EXTENSION_PATH: step.evidence},
    }
    if step.credit:
        context["registration"] = step.credit
    if not void:  # the standard allows a platform only beside an activity
        context["platform"] = step.platform
    return context


def _result(step: Step) -> Json:
    result: Json = {}
    if step.percent is not None:
        result["score"] = _score(step.percent)
    if step.outcome in {Outcome.PASSED, Outcome.FAILED}:
        result["success"] = step.outcome is Outcome.PASSED
    elif step.outcome is Outcome.DONE:
        result["completion"] = True
    return result


def _score(percent: float) -> Json:
    """Tell a percentage; one outside 0 to 100 (a source may give extra points) has no bounds to lie between."""
    scaled = round(max(-1.0, min(1.0, percent / FULL_PERCENT)), 7)
    if 0 <= percent <= FULL_PERCENT:
        return {"scaled": scaled, "raw": percent, "min": 0, "max": FULL_PERCENT}
    return {"scaled": scaled, "raw": percent}

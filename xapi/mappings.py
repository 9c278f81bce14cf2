"""What programs say when somebody has finished something: ready mappings, each as the program really sends it.

Checked against recordings in ``tests/data/xapi/``, whose README names the sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from xapi.vocabulary import CMI5_CATEGORY, Verb


class Place(StrEnum):
    """Where in a statement the activity stands; the value is the member's name."""

    OBJECT = "object"
    PARENT = "parent"
    """``context.contextActivities.parent``: the statement is about a part of it, such as one attempt."""
    GROUPING = "grouping"
    """``context.contextActivities.grouping``."""


class Scoring(StrEnum):
    """How a score becomes a percentage."""

    SCALED = "scaled"
    """``scaled`` as a share of 1, below 0 as 0; without it as RANGE."""
    RANGE = "range"
    """Where ``raw`` lies between ``min`` and ``max``. Moodle's logstore_xapi writes half of the points as scaled 0."""


@dataclass(frozen=True)
class ReadyMapping:
    """Where a program names the activity, and by which verbs it says what."""

    verbs: tuple[Verb, ...]
    places: tuple[Place, ...] = (Place.OBJECT,)
    undoing: tuple[Verb, ...] = ()
    """Verbs that take back what was said before of the same activity."""
    category: str | None = None
    """Only statements in this category (``context.contextActivities.category``)."""
    scoring: Scoring = Scoring.SCALED


OTHER = "other"
"""A program that is none of these: the provider names the verbs."""
MAPPINGS: Mapping[str, ReadyMapping] = {
    "h5p": ReadyMapping((Verb.COMPLETED, Verb.ANSWERED)),
    "moodle_completed": ReadyMapping((Verb.COMPLETED,), undoing=(Verb.UNCOMPLETED,), scoring=Scoring.RANGE),
    "moodle_quiz": ReadyMapping((Verb.COMPLETED,), (Place.OBJECT, Place.PARENT), scoring=Scoring.RANGE),
    "cmi5_judged": ReadyMapping((Verb.PASSED, Verb.FAILED), (Place.OBJECT, Place.GROUPING), category=CMI5_CATEGORY),
    "cmi5_completed": ReadyMapping((Verb.COMPLETED,), (Place.OBJECT, Place.GROUPING), category=CMI5_CATEGORY),
    "cmi5_satisfied": ReadyMapping((Verb.SATISFIED,), (Place.OBJECT, Place.GROUPING), category=CMI5_CATEGORY),
    OTHER: ReadyMapping(()),
}
"""By the name that stands in a rule (``EvidenceRule.mapping``)."""

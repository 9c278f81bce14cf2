"""When a course is complete. Pure."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

RULE = "course-completion/1"
SMALLEST, LARGEST = 3, 6
"""A course has 3 to 6 learning units."""


@dataclass(frozen=True)
class CoursePart:
    """A unit in a course."""

    unit: str
    compulsory: bool


def is_well_formed(parts: Iterable[CoursePart], *, electives_needed: int) -> bool:
    """Say whether this can be a course: 3 to 6 units, each once, and enough electives to choose from."""
    parts = list(parts)
    electives = sum(not part.compulsory for part in parts)
    return (
        SMALLEST <= len(parts) <= LARGEST
        and len({part.unit for part in parts}) == len(parts)
        and 0 <= electives_needed <= electives
    )


def is_complete(parts: Iterable[CoursePart], achieved: AbstractSet[str], *, electives_needed: int) -> bool:
    """Say whether all compulsory and enough elective units are achieved."""
    parts = list(parts)
    compulsory = {part.unit for part in parts if part.compulsory}
    electives = {part.unit for part in parts if not part.compulsory}
    return compulsory <= achieved and len(electives & achieved) >= electives_needed

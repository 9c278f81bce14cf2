"""How far a unit or a course goes: credit points, level, and what somebody can do afterwards."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from campus.errors import InvalidInputError
from campus.models.base import Text
from campus.models.catalogue import Course, LearningUnit

MOST_ECTS = 60
"""A year of full-time study (ECTS Users' Guide 2015)."""
EQF_LEVELS = range(1, 9)
MOST_COMPETENCIES = 12
LONGEST_COMPETENCY = 200
LONGEST_ADDRESS = 500
ADDRESS = re.compile(
    r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/([a-z0-9\-._~:/@!$&'()*+,;=?#]|%[0-9a-f]{2})*)?", re.ASCII | re.IGNORECASE
)
"""A web address that is an IRI for every library: it is signed as one. http too, for ESCO's entries begin so."""


@dataclass(frozen=True, slots=True)
class Competency:
    """What somebody can do afterwards, and the address of its entry in a framework (ESCO, DigComp, …), if any."""

    title: Text
    url: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't stand on a certificate. Raises InvalidInputError."""
        if not self.title.get("de") or any(len(text) > LONGEST_COMPETENCY for text in self.title.values()):
            raise InvalidInputError("a competency has a German title of reasonable length", field="competencies")
        if self.url and (len(self.url) > LONGEST_ADDRESS or not ADDRESS.fullmatch(self.url)):
            raise InvalidInputError("a competency's entry has a web address", field="competencies")


@dataclass(frozen=True, slots=True)
class Extent:
    """ECTS credit points, level (1 to 8) of the European Qualifications Framework, and competencies."""

    ects: float | None = None
    eqf_level: int | None = None
    competencies: Sequence[Competency] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that aren't there. Raises InvalidInputError."""
        if self.ects is not None and not (math.isfinite(self.ects) and 0 < self.ects <= MOST_ECTS):
            raise InvalidInputError(f"ECTS credit points are more than 0 and at most {MOST_ECTS}", field="ects")
        if self.eqf_level is not None and self.eqf_level not in EQF_LEVELS:
            raise InvalidInputError("EQF levels go from 1 to 8", field="eqf_level")
        titles = [one.title["de"] for one in self.competencies]
        if len(titles) > MOST_COMPETENCIES or len(set(titles)) < len(titles):
            raise InvalidInputError(f"at most {MOST_COMPETENCIES} competencies, each once", field="competencies")


def put(extent: Extent, on: LearningUnit | Course) -> None:
    """Write the extent on a unit or a course. What was certified before stays as it was signed."""
    on.ects, on.eqf_level = extent.ects, extent.eqf_level
    on.competencies = [
        {"title": dict(one.title), **({"url": one.url} if one.url else {})} for one in extent.competencies
    ]

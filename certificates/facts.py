"""What an award says, frozen when it is issued. The credential and the paper are made of it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from certificates.errors import BadFactsError

Text = Mapping[str, str]
"""A text for people: ``{"de": …, "en": …}``."""
EQF_LEVELS = range(1, 9)
"""Levels of the European Qualifications Framework (Council Recommendation 2017/C 189/03)."""


class AwardKind(StrEnum):
    """What is certified: a unit, a course, a course put together for one person, a municipality's digital maturity."""

    ATTENDANCE = "attendance"
    COURSE = "course"
    INDIVIDUAL = "individual"
    MUNICIPALITY = "municipality"


class PartResult(StrEnum):
    """How far the holder came in a part of a course."""

    ATTENDED = "attended"
    ACHIEVED = "achieved"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The holder: the public id of a person, or of the organisation for a municipality's certificate.

    A person's ``name`` is empty when no source ever sent one.
    """

    person_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """The awarding body: the organisation's public id, its did:web, its name and its page."""

    organisation_id: str
    did: str
    name: Text
    url: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Another provider that has a part in it: its did:web, its name and its page."""

    did: str
    name: Text
    url: str


@dataclass(frozen=True, slots=True)
class Competency:
    """What somebody can do afterwards, and its entry in a framework (ESCO, DigComp, …), if it has one."""

    title: Text
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Achievement:
    """What was learnt: public id and code of the unit or course, texts, and the extent.

    ``hours`` are teaching hours of 45 minutes; ``ects`` are credit points of the European system; ``eqf_level`` is a
    level (1 to 8) of the European Qualifications Framework.
    """

    public_id: str
    code: str
    title: Text
    description: Text
    criteria: Text
    hours: int | None = None
    ects: float | None = None
    eqf_level: int | None = None
    competencies: tuple[Competency, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the transcript. ``score`` is in percent; ``provider`` is the name of who taught it."""

    code: str
    title: Text
    achieved_on: date
    score: float | None
    result: PartResult
    provider: Text | None = None
    hours: int | None = None
    ects: float | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and the scale it is on, like "1,7" and "1 (best) to 5"."""

    value: str
    scheme: Text


@dataclass(frozen=True, slots=True)
class Rating:
    """How far a municipality is in one field: a level from 1 to ``highest``."""

    title: Text
    level: int
    highest: int


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule that found the achievement earned."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """A kind of evidence ("self_study", "tutorial", "exam", "evaluation", …) and its source, nothing raw."""

    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """All an award says. ``award_id`` is its public id; ``score`` and ``pass_score`` (exam) are percent.

    ``issuer`` signs. ``on_behalf_of`` is the provider for which it does so by mandate; ``awarding_bodies`` are those
    that award it jointly with these. ``supersedes`` is the public id of the award that this one corrects.
    """

    award_id: str
    kind: AwardKind
    recipient: Recipient
    achievement: Achievement
    issuer: Issuer
    issued_at: datetime
    achieved_on: date
    rule: Rule
    delivered_by: Provider | None = None
    score: float | None = None
    pass_score: float | None = None
    parts: tuple[Part, ...] = ()
    evidence: tuple[EvidenceSummary, ...] = ()
    on_behalf_of: Provider | None = None
    awarding_bodies: tuple[Provider, ...] = ()
    grade: Grade | None = None
    ratings: tuple[Rating, ...] = ()
    valid_until: datetime | None = None
    supersedes: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no honest certificate can say. Raises BadFactsError."""
        if self.issued_at.tzinfo is None or (self.valid_until is not None and self.valid_until.tzinfo is None):
            raise BadFactsError("a naive time is not an instant", field="issued_at")
        if self.valid_until is not None and self.valid_until <= self.issued_at:
            raise BadFactsError("it would never have been valid", field="valid_until")
        if self.kind in {AwardKind.COURSE, AwardKind.INDIVIDUAL} and not self.parts:
            raise BadFactsError("a course's certificate has a transcript", field="parts")
        if (self.kind is AwardKind.MUNICIPALITY) != bool(self.ratings):
            raise BadFactsError("a municipality's certificate has ratings, and no other one has", field="ratings")
        level = self.achievement.eqf_level
        if level is not None and level not in EQF_LEVELS:
            raise BadFactsError("EQF levels go from 1 to 8", field="eqf_level")
        for score in (self.score, self.pass_score, *(part.score for part in self.parts)):
            if score is not None and not (math.isfinite(score) and 0 <= score <= 100):  # noqa: PLR2004 - percent
                raise BadFactsError("a score is a percentage", field="score")
        texts = [
            self.achievement.title,
            self.achievement.description,
            self.achievement.criteria,
            self.issuer.name,
        ]
        if not all(text.get("de") for text in texts):
            raise BadFactsError("a German text is missing", field="achievement")


def to_json(facts: AwardFacts) -> dict[str, Any]:
    """Return the facts as JSON values; days and instants become ISO 8601 strings (instants in UTC)."""
    values: dict[str, Any] = _plain(asdict(facts))
    return values


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case StrEnum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    return value


def from_json(data: Mapping[str, Any]) -> AwardFacts:
    """Return the facts that ``to_json`` wrote, now or before there were as many fields.

    Raises BadFactsError when a field is missing or wrong.
    """
    try:
        return AwardFacts(
            **{
                **data,
                "kind": AwardKind(data["kind"]),
                "recipient": Recipient(**data["recipient"]),
                "achievement": _achievement(data["achievement"]),
                "issuer": Issuer(**data["issuer"]),
                "delivered_by": _provider(data["delivered_by"]),
                "issued_at": datetime.fromisoformat(data["issued_at"]),
                "achieved_on": date.fromisoformat(data["achieved_on"]),
                "rule": Rule(**data["rule"]),
                "score": data["score"],
                "pass_score": data["pass_score"],
                "parts": tuple(_part(part) for part in data["parts"]),
                "evidence": tuple(EvidenceSummary(**item) for item in data["evidence"]),
                "on_behalf_of": _provider(data.get("on_behalf_of")),
                "awarding_bodies": tuple(Provider(**item) for item in data.get("awarding_bodies", ())),
                "grade": Grade(**data["grade"]) if data.get("grade") else None,
                "ratings": tuple(Rating(**item) for item in data.get("ratings", ())),
                "valid_until": datetime.fromisoformat(data["valid_until"]) if data.get("valid_until") else None,
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadFactsError(f"stored facts can't be read ({type(error).__name__})") from error


def _achievement(data: Mapping[str, Any]) -> Achievement:
    return Achievement(**{**data, "competencies": tuple(Competency(**item) for item in data.get("competencies", ()))})


def _provider(data: Mapping[str, Any] | None) -> Provider | None:
    return Provider(**data) if data else None


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        **{**data, "achieved_on": date.fromisoformat(data["achieved_on"]), "result": PartResult(data["result"])}
    )

"""What an award says, frozen when it is issued. The credential and the paper are made of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from certificates.errors import BadFactsError

Text = Mapping[str, str]
"""A text for people: ``{"de": …, "en": …}``."""


class AwardKind(StrEnum):
    """Teilnahmebescheinigung of a unit, or Zertifikat mit Leistungsnachweis of a course."""

    ATTENDANCE = "attendance"
    COURSE = "course"


class PartResult(StrEnum):
    """How far the holder came in a part of a course."""

    ATTENDED = "attended"
    ACHIEVED = "achieved"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The holder. ``name`` is empty when no source ever sent one."""

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
    """Who taught, when that is not the awarding body (code-sharing)."""

    did: str
    name: Text
    url: str


@dataclass(frozen=True, slots=True)
class Achievement:
    """What was learnt: public id and code of the unit or course, texts, and the extent.

    ``hours`` are teaching hours of 45 minutes; ``ects`` are credit points of the European system.
    """

    public_id: str
    code: str
    title: Text
    description: Text
    criteria: Text
    hours: int | None = None
    ects: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the transcript. ``score`` is in percent."""

    code: str
    title: Text
    achieved_on: date
    score: float | None
    result: PartResult


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
    """All an award says. ``award_id`` is its public id; ``score`` and ``pass_score`` (exam) are percent."""

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

    def __post_init__(self) -> None:
        """Refuse what no honest certificate can say. Raises BadFactsError."""
        if self.issued_at.tzinfo is None:
            raise BadFactsError("a naive time of issue is not an instant", field="issued_at")
        if self.kind is AwardKind.COURSE and not self.parts:
            raise BadFactsError("a course's certificate has a transcript", field="parts")
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
    achievement, issuer, provider = facts.achievement, facts.issuer, facts.delivered_by
    return {
        "award_id": facts.award_id,
        "kind": facts.kind.value,
        "recipient": {"person_id": facts.recipient.person_id, "name": facts.recipient.name},
        "achievement": {
            "public_id": achievement.public_id,
            "code": achievement.code,
            "title": dict(achievement.title),
            "description": dict(achievement.description),
            "criteria": dict(achievement.criteria),
            "hours": achievement.hours,
            "ects": achievement.ects,
        },
        "issuer": {
            "organisation_id": issuer.organisation_id,
            "did": issuer.did,
            "name": dict(issuer.name),
            "url": issuer.url,
        },
        "delivered_by": provider and {"did": provider.did, "name": dict(provider.name), "url": provider.url},
        "issued_at": facts.issued_at.astimezone(UTC).isoformat(),
        "achieved_on": facts.achieved_on.isoformat(),
        "rule": {"name": facts.rule.name, "version": facts.rule.version},
        "score": facts.score,
        "pass_score": facts.pass_score,
        "parts": [
            {
                "code": part.code,
                "title": dict(part.title),
                "achieved_on": part.achieved_on.isoformat(),
                "score": part.score,
                "result": part.result.value,
            }
            for part in facts.parts
        ],
        "evidence": [{"kind": item.kind, "source": item.source} for item in facts.evidence],
    }


def from_json(data: Mapping[str, Any]) -> AwardFacts:
    """Return the facts that ``to_json`` wrote. Raises BadFactsError when a field is missing or wrong."""
    try:
        return AwardFacts(
            award_id=data["award_id"],
            kind=AwardKind(data["kind"]),
            recipient=Recipient(**data["recipient"]),
            achievement=Achievement(**data["achievement"]),
            issuer=Issuer(**data["issuer"]),
            delivered_by=Provider(**data["delivered_by"]) if data["delivered_by"] else None,
            issued_at=datetime.fromisoformat(data["issued_at"]),
            achieved_on=date.fromisoformat(data["achieved_on"]),
            rule=Rule(**data["rule"]),
            score=data["score"],
            pass_score=data["pass_score"],
            parts=tuple(_part(part) for part in data["parts"]),
            evidence=tuple(EvidenceSummary(**item) for item in data["evidence"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFactsError(f"stored facts can't be read ({type(error).__name__})") from error


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        code=data["code"],
        title=data["title"],
        achieved_on=date.fromisoformat(data["achieved_on"]),
        score=data["score"],
        result=PartResult(data["result"]),
    )

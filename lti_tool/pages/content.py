"""What a credential says, for people: read from the signed document itself, not from our tables. Pure.

Read leniently: the page also shows what a damaged credential still says, beside the verdict that it is damaged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certificates.structure import parse_instant

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ResultLine:
    """One result: what it is of, the value (percent) or status, and what was needed."""

    name: str
    value: str
    required: str
    is_percent: bool


@dataclass(frozen=True)
class EvidenceLine:
    """A kind of evidence and where it came from."""

    name: str
    description: str


@dataclass(frozen=True)
class Content:
    """A credential in words. Texts hold German and English as they were signed."""

    title: str
    description: str
    holder: str
    issuer: str
    issuer_id: str
    delivered_by: str
    code: str
    achievement: str
    about: tuple[str, ...]
    criteria: tuple[str, ...]
    narrative: tuple[str, ...]
    """Paragraphs, each of lines."""
    issued: Any
    ended: Any
    results: tuple[ResultLine, ...]
    evidence: tuple[EvidenceLine, ...]
    ects: str


def read(credential: Json) -> Content:
    """Read what there is; what is missing stays empty."""
    subject = _part(credential, "credentialSubject")
    achievement = _part(subject, "achievement")
    issuer = _part(credential, "issuer")
    return Content(
        title=_text(credential, "name"),
        description=_text(credential, "description"),
        holder=next((_text(item, "identityHash") for item in _items(subject, "identifier")), ""),
        issuer=_text(issuer, "name"),
        issuer_id=_text(issuer, "id"),
        delivered_by=_text(_part(subject, "source"), "name"),
        code=_text(achievement, "humanCode"),
        achievement=_text(achievement, "name"),
        about=_paragraphs(_text(achievement, "description")),
        criteria=_paragraphs(_text(_part(achievement, "criteria"), "narrative")),
        narrative=_paragraphs(_text(subject, "narrative")),
        issued=parse_instant(credential.get("validFrom")),
        ended=parse_instant(subject.get("activityEndDate")),
        results=_results(subject, achievement),
        evidence=tuple(
            EvidenceLine(_text(item, "name"), _text(item, "description")) for item in _items(credential, "evidence")
        ),
        ects=next((_text(item, "targetCode") for item in _items(achievement, "alignment")), ""),
    )


def _results(subject: Json, achievement: Json) -> tuple[ResultLine, ...]:
    described = {_text(item, "id"): item for item in _items(achievement, "resultDescription")}
    lines = []
    for item in _items(subject, "result"):
        about = described.get(_text(item, "resultDescription"), {})
        value = _text(item, "value")
        lines.append(
            ResultLine(_text(about, "name"), value or _text(item, "status"), _text(about, "requiredValue"), bool(value))
        )
    return tuple(lines)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def _part(document: Json, name: str) -> Json:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _items(document: Json, name: str) -> list[Json]:
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""

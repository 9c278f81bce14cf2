"""What a credential says, for people: read from the signed document itself, not from our tables. Pure.

Read leniently, ours and others': the page also shows what a damaged credential still says, beside the verdict that it
is damaged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certificates.verifying.report import Form, Report
from certificates.verifying.structure import parse_instant

Json = Mapping[str, Any]
ECTS, EQF = "ECTS", "EQF"


@dataclass(frozen=True)
class ResultLine:
    """One result: what it is of, the value (percent) or status, and what was needed or can be reached."""

    name: str
    value: str
    required: str
    highest: str
    is_percent: bool


@dataclass(frozen=True)
class EvidenceLine:
    """A kind of evidence and where it came from."""

    name: str
    description: str


@dataclass(frozen=True)
class Competency:
    """What somebody can do afterwards, and its entry in a framework; an address that is no web page is left out."""

    name: str
    url: str


@dataclass(frozen=True)
class Content:
    """A credential in words. Texts hold German and English as they were signed."""

    identifier: str
    title: str
    description: str
    holder: str
    issuer: str
    issuer_id: str
    on_behalf_of: str
    """For whom the issuer signs by mandate."""
    delivered_by: str
    code: str
    achievement: str
    about: tuple[str, ...]
    criteria: tuple[str, ...]
    narrative: tuple[str, ...]
    """Paragraphs, each of lines."""
    issued: Any
    ended: Any
    until: Any
    results: tuple[ResultLine, ...]
    evidence: tuple[EvidenceLine, ...]
    competencies: tuple[Competency, ...]
    ects: str
    eqf: str


def of(report: Report) -> Content:
    """Read what was verified; a transcript (ELMO) is none of these, and says nothing here."""
    return read({} if report.form is Form.ELMO else report.content)


def read(credential: Json) -> Content:
    """Read what there is; what is missing stays empty."""
    subject = _part(credential, "credentialSubject")
    achievement = _part(subject, "achievement")
    issuer = _part(credential, "issuer")
    alignments = _items(achievement, "alignment")
    return Content(
        identifier=_text(credential, "id"),
        title=_text(credential, "name") or _text(achievement, "name"),
        description=_text(credential, "description"),
        holder=_holder(subject),
        issuer=_text(issuer, "name"),
        issuer_id=_text(issuer, "id") or _text(credential, "issuer"),
        on_behalf_of=_text(_part(achievement, "creator"), "name"),
        delivered_by=_text(_part(subject, "source"), "name"),
        code=_text(achievement, "humanCode"),
        achievement=_text(achievement, "name"),
        about=_paragraphs(_text(achievement, "description")),
        criteria=_paragraphs(_text(_part(achievement, "criteria"), "narrative")),
        narrative=_paragraphs(_text(subject, "narrative")),
        issued=parse_instant(credential.get("validFrom") or credential.get("issuanceDate")),
        ended=parse_instant(subject.get("activityEndDate")),
        until=parse_instant(credential.get("validUntil") or credential.get("expirationDate")),
        results=_results(subject, achievement),
        evidence=tuple(
            EvidenceLine(_text(item, "name"), _text(item, "description")) for item in _items(credential, "evidence")
        ),
        competencies=_competencies(achievement, alignments),
        ects=_code_in(alignments, ECTS),
        eqf=_code_in(alignments, EQF),
    )


def _holder(subject: Json) -> str:
    """Return the name; identifiers of other kinds, hashed ones above all, tell people nothing."""
    named = (item for item in _items(subject, "identifier") if item.get("hashed") is not True)
    return next((_text(item, "identityHash") for item in named if item.get("identityType") == "name"), "")


def _results(subject: Json, achievement: Json) -> tuple[ResultLine, ...]:
    described = {_text(item, "id"): item for item in _items(achievement, "resultDescription")}
    lines = []
    for item in _items(subject, "result"):
        about = described.get(_text(item, "resultDescription"), {})
        kind, value = _text(about, "resultType"), _text(item, "value")
        is_percent = bool(value) and kind == "Percent"
        highest = "" if is_percent else _text(about, "valueMax")
        written = value or _text(item, "status")
        lines.append(ResultLine(_text(about, "name"), written, _text(about, "requiredValue"), highest, is_percent))
    return tuple(lines)


def _competencies(achievement: Json, alignments: list[Json]) -> tuple[Competency, ...]:
    tags = achievement.get("tag")
    plain = [Competency(tag, "") for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    others = [item for item in alignments if not _framework(item)]
    aligned = [Competency(_text(item, "targetName"), _web_address(_text(item, "targetUrl"))) for item in others]
    return tuple(one for one in (*aligned, *plain) if one.name)


def _code_in(alignments: list[Json], framework: str) -> str:
    return next((_text(item, "targetCode") for item in alignments if _framework(item) == framework), "")


def _framework(alignment: Json) -> str:
    """Return which of the two frameworks an alignment speaks of, as our own credentials write them."""
    written = _text(alignment, "targetFramework")
    return next((name for name in (ECTS, EQF) if f"({name})" in written), "")


def _web_address(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else ""


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def _part(document: Json, name: str) -> Json:
    value = document.get(name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _items(document: Json, name: str) -> list[Json]:
    value = document.get(name)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""

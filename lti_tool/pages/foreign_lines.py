"""Credentials from elsewhere as pages show them: the answer in one word, the parts of the check, the names. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from certificates.foreign import content, intake
from certificates.foreign.store import ForeignCredential, ForeignDecision
from certificates.verifying import Report
from lti_tool.pages import checks
from lti_tool.pages.checks import Answer, Line


class Named(StrEnum):
    """Whether the credential is in the name of who handed it in."""

    SAME = "same"
    OTHER = "other"
    UNSTATED = "unstated"


@dataclass(frozen=True)
class PartLine:
    """One thing that was achieved, and what was decided on it."""

    number: int
    """From 0."""
    said: dict[str, Any]
    """As ``certificates.foreign.content`` reads it."""
    day: date | None
    decision: ForeignDecision | None


@dataclass(frozen=True)
class Shown:
    """A credential from elsewhere."""

    row: ForeignCredential
    said: dict[str, Any]
    issued: date | None
    answer: Answer
    lines: tuple[Line, ...]
    named: Named
    parts: tuple[PartLine, ...]

    @property
    def title(self) -> dict[str, str]:
        """What it is called: as its first part is."""
        title: dict[str, str] = self.parts[0].said["title"]
        return title


def shown(row: ForeignCredential) -> Shown:
    """Return a credential as pages show it. It isn't erased."""
    findings = intake.findings_of(row)
    said = row.content or {}
    same = content.same_name(said["holder"]["name"], row.person.name)
    return Shown(
        row=row,
        said=said,
        issued=_day(said["issued"]),
        answer=checks.answer(Report(findings)),
        lines=tuple(checks.line(finding) for finding in findings),
        named={True: Named.SAME, False: Named.OTHER, None: Named.UNSTATED}[same],
        parts=tuple(
            PartLine(number, part, _day(part["date"]), row.latest(number)) for number, part in enumerate(row.parts)
        ),
    )


def _day(text: str) -> date | None:
    """Return the day that a text of ISO 8601 begins with, if the calendar has it."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

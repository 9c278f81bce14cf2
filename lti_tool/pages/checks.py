"""What checking found, as pages show it: the verdict in one word, the parts with their reasons, the content. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from certificates.verifying import Finding, Form, Report, Verdict, content, texts
from certificates.verifying.content import Content

Text = Mapping[str, str]

REVOKED, SUSPENDED, EXPIRED = "status.revocation", "status.suspension", "validity.expired"


class Answer(StrEnum):
    """The verdict in one word."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    INVALID = "invalid"
    UNSURE = "unsure"


SINGLE_FAULTS = {REVOKED: Answer.REVOKED, SUSPENDED: Answer.SUSPENDED, EXPIRED: Answer.EXPIRED}
"""What a genuine certificate may be besides valid."""
GRAVITY = (Answer.INVALID, Answer.REVOKED, Answer.SUSPENDED, Answer.EXPIRED, Answer.UNSURE, Answer.VALID)


@dataclass(frozen=True)
class Line:
    """A part of the check, the answer and the reason, in both languages, with its stable code."""

    part: Text
    verdict: Verdict
    why: Text
    code: str


@dataclass(frozen=True)
class Checked:
    """A credential, ours or somebody else's, as a page shows it. ``transcript`` is an ELMO document's content."""

    report: Report
    answer: Answer
    lines: tuple[Line, ...]
    content: Content
    transcript: Mapping[str, Any] | None
    document: str
    """The whole file, as text."""
    endorsements: tuple["Checked", ...] = ()


def answer(report: Report) -> Answer:
    """Sum the findings up. A revoked certificate is called revoked only if it is genuine, so with the others."""
    failed = {finding.code for finding in report.findings if finding.verdict is Verdict.FAILED}
    if report.genuine:
        return Answer.VALID
    if len(failed) == 1 and (named := SINGLE_FAULTS.get(next(iter(failed)))):
        others = [finding for finding in report.findings if finding.code not in failed]
        return named if all(finding.verdict is Verdict.OK for finding in others) else Answer.UNSURE
    return Answer.INVALID if failed else Answer.UNSURE


def worst(answers: Sequence[Answer]) -> Answer:
    """Return the gravest answer; UNSURE for none."""
    return min(answers, key=GRAVITY.index, default=Answer.UNSURE)


def line(finding: Finding) -> Line:
    """Return a finding in words."""
    return Line(texts.PARTS[finding.part], finding.verdict, texts.of(finding), finding.code)


def checked(report: Report) -> Checked:
    """Return a report as a page shows it."""
    is_elmo = report.form is Form.ELMO
    return Checked(
        report,
        answer(report),
        tuple(line(finding) for finding in report.findings),
        content.of(report),
        report.content if is_elmo else None,
        json.dumps(report.content, indent=2, ensure_ascii=False),
        tuple(checked(endorsement) for endorsement in report.endorsements),
    )

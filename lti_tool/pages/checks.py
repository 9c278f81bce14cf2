"""What checking found, as pages show it: the verdict in one word, the parts with their reasons, the content. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from certificates.verifying import Finding, Form, Part, Report, Verdict, content, issuer_id, texts
from certificates.verifying.content import Content

Text = Mapping[str, str]

REVOKED, SUSPENDED, EXPIRED = "status.revocation", "status.suspension", "validity.expired"
DAMAGED, FOREIGN_ID, FOREIGN_ISSUER = "structure.damaged", "structure.foreign_id", "issuer.foreign"
OURS: Mapping[str, Text] = {
    DAMAGED: {
        "de": "Was hier unter dieser Nummer liegt, ist beschädigt und nicht zu lesen.",
        "en": "What is stored here under this number is damaged and can't be read.",
    },
    FOREIGN_ID: {
        "de": "Es ist ein anderer Nachweis als der mit dieser Nummer.",
        "en": "It is another certificate than the one with this number.",
    },
    FOREIGN_ISSUER: {
        "de": "Er nennt einen anderen Aussteller als den, der den Nachweis mit dieser Nummer ausgestellt hat.",
        "en": "It names another issuer than the one who issued the certificate with this number.",
    },
}
"""Reasons that only the page of a number gives."""


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
    return Line(texts.PARTS[finding.part], finding.verdict, OURS.get(finding.code) or texts.of(finding), finding.code)


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


def bound(report: Report, *, identifier: str, issuer: str) -> Report:
    """Add whether the document is the one of this address and of the award's issuer.

    A genuine credential in the wrong place says nothing about the certificate whose number was asked for.
    """
    failed = []
    document = report.content
    if not document:
        failed.append(Finding(Part.STRUCTURE, Verdict.FAILED, DAMAGED))
    elif document.get("id") != identifier:
        failed.append(Finding(Part.STRUCTURE, Verdict.FAILED, FOREIGN_ID))
    if document and issuer_id(document) != issuer:
        failed.append(Finding(Part.ISSUER, Verdict.FAILED, FOREIGN_ISSUER))
    replaced = {finding.part: finding for finding in failed}
    return replace(report, findings=tuple(replaced.get(finding.part, finding) for finding in report.findings))

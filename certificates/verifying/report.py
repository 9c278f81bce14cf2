"""What checking a credential found: the parts, the answer for each, and all that the credential says. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class Part(StrEnum):
    """What is looked at, each on its own."""

    STRUCTURE = "structure"
    ISSUER = "issuer"
    INTEGRITY = "integrity"
    STATUS = "status"
    VALIDITY = "validity"


class Verdict(StrEnum):
    """The answer for a part."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Form(StrEnum):
    """What a credential was written as, whatever it was packed in."""

    JSON = "json"
    JWT = "jwt"
    ELMO = "elmo"
    NONE = "none"


class Known(StrEnum):
    """How the key that signed belongs to an issuer that the reader can name."""

    OURS = "ours"
    """The issuer is one of this installation's."""
    OWN_HOST = "own_host"
    """The issuer's own web address lists the key (did:web, or an https issuer document)."""
    KEY_ONLY = "key_only"
    """Only the key is known (did:key): whoever holds it can call itself anything."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one part and why; ``code`` is stable and has texts in German and English."""

    part: Part
    verdict: Verdict
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """One finding for each part, and the credential's own words.

    ``endorsements`` are the reports of what others say about it inside it. They don't change what is said about the
    credential itself.
    """

    findings: tuple[Finding, ...]
    form: Form = Form.NONE
    content: Json = field(default_factory=dict)
    known: Known = Known.NOT
    endorsements: tuple["Report", ...] = ()

    @property
    def genuine(self) -> bool:
        """Whether every part is ok."""
        return all(finding.verdict is Verdict.OK for finding in self.findings)

    def of(self, part: Part) -> Finding:
        """Return the finding for ``part``."""
        return next(finding for finding in self.findings if finding.part is part)


def gravity(finding: Finding) -> int:
    """Return a number that is the less the worse: failed, unknown, ok."""
    return (Verdict.FAILED, Verdict.UNKNOWN, Verdict.OK).index(finding.verdict)


def ok(part: Part, reason: str = "ok") -> Finding:
    """Return that the part is in order."""
    return Finding(part, Verdict.OK, f"{part}.{reason}")


def failed(part: Part, reason: str) -> Finding:
    """Return that the part is not in order."""
    return Finding(part, Verdict.FAILED, f"{part}.{reason}")


def unknown(part: Part, reason: str) -> Finding:
    """Return that the part could not be judged: never the same as ok."""
    return Finding(part, Verdict.UNKNOWN, f"{part}.{reason}")

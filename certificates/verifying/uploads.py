"""Whatever was handed in, verified: a file, a picture, a paper, a text, or the number of one of our awards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certificates import reading
from certificates.reading import Container, Presented
from certificates.verifying.check import Sources, verify, verify_all
from certificates.verifying.report import Report

MAX_REPORTS = 5

OwnCredential = Callable[[str], str]
"""From an award's public id to its signed credential. Raises AwardNotFoundError or AwardErasedError."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was handed in, and a report on each credential in it: none when a paper has none, whatever it prints."""

    presented: Presented
    reports: tuple[Report, ...]


def check(content: bytes, sources: Sources, own: OwnCredential, *, public_url: str, now: datetime) -> Upload:
    """Read and verify; ``public_url`` is this installation's.

    Raises UnreadableFileError, TooManyError, and what ``own`` raises for a mere number or QR code.
    """
    presented = reading.read(content, public_url=public_url)
    reports = of(presented, sources, now=now)
    if presented.container is Container.ADDRESS and presented.award_id is not None:
        reports = (verify(own(presented.award_id), sources, now=now),)
    return Upload(presented, reports)


def of(presented: Presented, sources: Sources, *, now: datetime) -> tuple[Report, ...]:
    """Verify what was handed in itself, credentials or an ELMO document, not one of ours whose mere number was."""
    if presented.elmo is not None:
        return (sources.elmo(presented.elmo),)
    return verify_all(presented.credentials[:MAX_REPORTS], sources, now=now)

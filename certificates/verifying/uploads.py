"""Whatever was handed in, verified: a file, a picture, a paper, a text, or the number of one of our awards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certificates import reading
from certificates.reading import Presented
from certificates.verifying.check import Sources, verify
from certificates.verifying.report import Report

MAX_REPORTS = 5

OwnCredential = Callable[[str], str]
"""From an award's public id to its signed credential. Raises AwardNotFoundError or AwardErasedError."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was handed in, and a report on each credential in it: none when a paper or picture has none."""

    presented: Presented
    reports: tuple[Report, ...]


def check(content: bytes, sources: Sources, own: OwnCredential, *, now: datetime) -> Upload:
    """Read and verify. Raises UnreadableFileError, TooManyError, and what ``own`` raises for a mere number."""
    presented = reading.read(content)
    credentials = presented.credentials[:MAX_REPORTS]
    if not credentials and presented.elmo is None and presented.award_id is not None:
        credentials = (own(presented.award_id),)
    return Upload(presented, tuple(verify(text, sources, now=now) for text in credentials))

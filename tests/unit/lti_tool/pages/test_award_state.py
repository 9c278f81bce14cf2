"""How an award stands, in one word: the gravest of what is true."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from certificates.store import Award
from lti_tool.pages.award_state import standing_of
from tests.unit.certificates.samples import ATTENDANCE, NOW

SUSPENDED = {"suspended_at": NOW, "suspended_reason": "Rückfrage"}
REVOKED = {"revoked_at": NOW, "revoked_reason": "Irrtum"}
FACTS = replace(ATTENDANCE, issued_at=NOW - timedelta(days=2), valid_until=NOW)


@pytest.mark.parametrize(
    ("award", "word", "reason"),
    [
        ({}, "expired", ""),
        (SUSPENDED, "suspended", "Rückfrage"),
        (SUSPENDED | REVOKED, "revoked", "Irrtum"),
        (SUSPENDED | REVOKED | {"superseded_at": NOW}, "superseded", ""),
    ],
)
def test_the_gravest_is_said(award: dict[str, Any], word: str, reason: str) -> None:
    found = standing_of(Award(**award), FACTS, now=NOW)
    assert (found.word, found.since, found.reason) == (word, NOW, reason)


def test_award_is_valid_until_its_end() -> None:
    assert standing_of(Award(), FACTS, now=NOW - timedelta(seconds=1)).word == "valid"
    assert standing_of(Award(), None, now=NOW).word == "valid"


def test_superseded_award_names_the_one_in_its_place() -> None:
    newer = Award(public_id="n")
    assert standing_of(Award(superseded_at=NOW, superseded_by=newer), FACTS, now=NOW).successor == "n"

"""Frozen facts survive storage; dishonest ones are refused."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from certificates.errors import BadFactsError
from certificates.facts import AwardFacts, from_json, to_json
from tests.unit.certificates import samples

SINCE_THEN = {"on_behalf_of", "awarding_bodies", "grade", "ratings", "valid_until", "supersedes"}
"""What older facts lack."""


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_round_trip_through_json(facts: AwardFacts) -> None:
    assert from_json(json.loads(json.dumps(to_json(facts)))) == facts


@pytest.mark.parametrize("name", [name for name in to_json(samples.COURSE) if name not in SINCE_THEN])
def test_a_missing_field_is_refused(name: str) -> None:
    stored = to_json(samples.COURSE)
    del stored[name]
    with pytest.raises(BadFactsError):
        from_json(stored)


BAD: dict[str, dict[str, Any]] = {
    "a naive time": {"issued_at": datetime(2026, 5, 1)},  # noqa: DTZ001 - the case
    "a course without a transcript": {"parts": ()},
    "over 100 percent": {"score": 100.1},
    "below nothing": {"score": -1},
    "no number": {"pass_score": float("nan")},
    "no German title": {"achievement": replace(samples.COURSE.achievement, title={"en": "x"})},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(BadFactsError):
        replace(samples.COURSE, **change)

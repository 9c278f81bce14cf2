"""Conditions and contents of documents."""

import pytest
from werkzeug.http import parse_etags

from xapi.documents import Conditions, Content
from xapi.errors import PreconditionError


@pytest.mark.parametrize(
    ("match", "none_match", "there", "allowed"),
    [
        ('"a"', None, "a", True),
        ('W/"a"', None, "a", True),  # a proxy that compresses has weakened it
        ('"b", "a"', None, "a", True),
        ('"b"', None, "a", False),
        ('"a"', None, None, False),
        ("*", None, "a", True),
        ("*", None, None, False),
        (None, "*", None, True),
        (None, "*", "a", False),
        (None, '"a"', "a", False),
        (None, '"b"', "a", True),
        ('"a"', '"b"', "a", True),
        ('"a"', "*", "a", False),
        (None, None, "a", True),
        (None, None, None, True),
    ],
)
def test_conditions(match: str | None, none_match: str | None, there: str | None, allowed: bool) -> None:
    conditions = Conditions(*(parse_etags(tags) if tags else None for tags in (match, none_match)))
    assert bool(conditions) == bool(match or none_match)
    if allowed:
        conditions.check(there)
    else:
        with pytest.raises(PreconditionError):
            conditions.check(there)


@pytest.mark.parametrize(
    ("media_type", "is_json"),
    [
        ("application/json", True),
        ("Application/JSON ; charset=utf-8", True),
        ("application/ld+json", False),
        ("text/plain; application/json", False),
    ],
)
def test_what_calls_itself_json(media_type: str, is_json: bool) -> None:
    assert Content(media_type, b"").is_json == is_json

"""How long a platform asks us to wait: seconds, or an HTTP-date by its own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from campus.outbound import Response
from lti_tool.services.errors import retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = "Sun, 22 Nov 2026 12:02:00 GMT"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "999999999999999999"}, 3600),
        ({"retry-after": LATER}, 120),
        ({"retry-after": LATER, "date": "Sun, 22 Nov 2026 12:01:30 GMT"}, 30),
        ({"retry-after": LATER, "date": "a while ago"}, 120),
        ({"retry-after": "Sunday, 22-Nov-26 12:02:00 GMT"}, 120),
        ({"retry-after": "Sun Nov 22 12:02:00 2026"}, 120),
        ({"retry-after": "Sun, 22 Nov 2026 18:00:00 GMT"}, 3600),
        ({"retry-after": "Sun, 22 Nov 2026 11:59:00 GMT"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 +9999999999999999999"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
    ids=[
        "seconds",
        "too many seconds",
        "date",
        "date by the platform's clock",
        "platform's clock unreadable",
        "date as in RFC 850",
        "date as of asctime",
        "date too far",
        "date gone by",
        "zone of no planet",
        "negative",
        "word",
        "none",
    ],
)
def test_wait_is_what_was_asked_for_but_never_long(headers: dict[str, str], wait: int | None) -> None:
    expected = timedelta(seconds=wait) if wait is not None else None
    assert retry_after(Response(503, headers, b""), now=NOW) == expected

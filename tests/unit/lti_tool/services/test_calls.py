"""Link headers as platforms write them, word for word."""

import pytest

from campus.outbound import Response
from lti_tool.services.calls import link_of

BASE = "https://lms.example/items/7?type_id=1"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://lms.example/Next?P=aB,2;3>; rel="next"', "https://lms.example/Next?P=aB,2;3"),
        ("<https://lms.example/2>; rel=next", "https://lms.example/2"),
        ('<https://lms.example/1>; rel="prev", <https://lms.example/3>; rel="next"', "https://lms.example/3"),
        ('<https://lms.example/2>; title="a, b; c"; REL="last next"', "https://lms.example/2"),
        ("<?page=2>; rel=next", "https://lms.example/items/7?page=2"),
        ("<https://lms.example/2?a=1&amp;b=2>; rel=“next”".encode().decode("latin-1"), "https://lms.example/2?a=1&b=2"),
        ("<https://lms.example/2>; rel=n\xe4chste", None),
        ('<https://lms.example/2>; rel="nextish"', None),
        ("https://lms.example/2; rel=next", None),
        ("", None),
    ],
    ids=["case", "bare", "second", "quoted", "relative", "moodle", "not utf-8", "longer word", "no brackets", "none"],
)
def test_next_page_is_found_and_left_as_it_was_written(header: str, found: str | None) -> None:
    assert link_of(Response(200, {"link": header}, b""), "next", base=BASE) == found


def test_every_relation_is_asked_for_by_its_name() -> None:
    answer = Response(200, {"link": '<https://lms.example/d>; rel="differences"'}, b"")
    assert link_of(answer, "differences", base=BASE) == "https://lms.example/d"
    assert link_of(answer, "next", base=BASE) is None

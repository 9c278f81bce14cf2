"""Answers of several pages, which stay right while statements arrive (1.0.3, data, 2.5; 2.0, 4.1.6.1)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement, voiding


def page(lrs: Lrs, more: str = "", **parameters: str) -> tuple[list[str], str]:
    """Ask for the first page, or for the one that ``more`` leads to; give its ids and where the next one is."""
    answer = lrs.ask("GET", more) if more else lrs.get(**parameters)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    found: dict[str, Any] = answer.get_json()
    assert set(found) == {"statements", "more"}
    assert isinstance(found["statements"], list)
    return [one["id"] for one in found["statements"]], found["more"]


def test_XAPI00109_XAPI00110_XAPI00154_all_on_one_page(lrs: Lrs) -> None:
    assert page(lrs) == ([], "")
    made = lrs.post([statement() for _ in range(3)]).get_json()
    assert page(lrs) == page(lrs, limit="3") == (made[::-1], "")
    assert page(lrs, verb="x:unknown") == ([], "")


def test_XAPI00112_nothing_found_is_an_answer(quick: Lrs) -> None:
    for parameters in ({"verb": "x:unknown"}, {"until": "1970-01-01T00:00:00Z"}, {"registration": SOME_ID}):
        assert page(quick, **parameters) == ([], "")


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_XAPI00108_XAPI00111_XAPI00113_XAPI00114_each_page_leads_to_the_next(lrs: Lrs, ascending: str) -> None:
    wanted = lrs.post([statement(verb={"id": "x:wanted"}) for _ in range(5)]).get_json()
    lrs.post([statement() for _ in range(3)])
    ids, more = page(lrs, verb="x:wanted", limit="2", ascending=ascending, format="ids")
    pages = [ids]
    while more:
        assert urlsplit(more).path == f"{lrs.base}/statements"
        assert parse_qs(urlsplit(more).query)["verb"] == ["x:wanted"], "the page obeys the first request"
        ids, more = page(lrs, more)
        pages.append(ids)
    assert [len(ids) for ids in pages] == [2, 2, 1]
    assert [one for ids in pages for one in ids] == (wanted if ascending == "true" else wanted[::-1])


def test_XAPI00108_pages_stay_right_while_statements_arrive(lrs: Lrs) -> None:
    made = lrs.post([statement() for _ in range(4)]).get_json()
    newest, more = page(lrs, limit="2")
    oldest, onwards = page(lrs, limit="2", ascending="true")
    (late,) = lrs.post(statement()).get_json()
    lrs.post(voiding(made[1], id=OTHER_ID))
    assert (newest, page(lrs, more)) == ([made[3], made[2]], ([made[0]], "")), "nothing twice, and not what is void now"
    following, last = page(lrs, onwards)
    assert (oldest, following) == (made[:2], made[2:4])
    assert page(lrs, last) == ([late, OTHER_ID], "")


def test_XAPI00111_a_page_is_for_who_may_read(quick: Lrs) -> None:
    quick.post([statement(actor=agent("b")) for _ in range(2)])
    _, more = page(quick, limit="1")
    refused(quick.ask("GET", more, key="nobody"), 401, "xapi.bad_key")

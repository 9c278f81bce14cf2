"""Declaring statements void (1.0.3, data, 2.3.2, communication, 2.1.4; 2.0, 4.2.5)."""

from typing import Any

import pytest

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, VOIDED, agent, statement, voiding

THIRD_ID = "3f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d13"
FOURTH_ID = "4f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d14"
NOT_FOUND = "xapi.statement_not_found"


def reference(target: str, **changes: Any) -> dict[str, Any]:
    """Give a statement about a statement, which doesn't declare it void."""
    return statement(verb={"id": "x:said"}, object={"objectType": "StatementRef", "id": target}) | changes


def test_XAPI00016_what_declares_void_is_never_void(lrs: Lrs) -> None:
    lrs.post([statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID)])
    assert lrs.post(voiding(OTHER_ID, id=THIRD_ID)).status_code == 200
    assert lrs.get(statementId=OTHER_ID).get_json()["id"] == OTHER_ID
    refused(lrs.get(voidedStatementId=OTHER_ID), 404, NOT_FOUND)
    refused(lrs.get(statementId=SOME_ID), 404, NOT_FOUND)
    assert lrs.ids() == [THIRD_ID, OTHER_ID]


def test_XAPI00016_what_is_void_may_be_declared_so_again(lrs: Lrs) -> None:
    for sent in (statement(id=SOME_ID), voiding(SOME_ID), voiding(SOME_ID)):
        assert lrs.post(sent).status_code == 200
    assert lrs.get(voidedStatementId=SOME_ID).get_json()["id"] == SOME_ID


@pytest.mark.parametrize("order", ["after", "before", "in one batch", "in one batch, first"])
def test_XAPI00018_XAPI00155_XAPI00157_void_whichever_came_first(lrs: Lrs, order: str) -> None:
    given = [statement(id=SOME_ID), voiding(SOME_ID.upper(), id=OTHER_ID)]
    if order in {"before", "in one batch, first"}:
        given.reverse()
    for sent in [given] if "batch" in order else given:
        assert lrs.post(sent).status_code == 200
    answer = lrs.get(voidedStatementId=SOME_ID)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert (answer.get_json()["id"], answer.get_json()["verb"]) == (SOME_ID, statement()["verb"])
    refused(lrs.get(statementId=SOME_ID), 404, NOT_FOUND)
    assert lrs.ids() == [OTHER_ID]


def test_XAPI00019_voided_is_the_verb_and_no_other(lrs: Lrs) -> None:
    lrs.post([statement(id=SOME_ID), reference(SOME_ID), reference(SOME_ID, verb={"id": f"{VOIDED}x"})])
    assert lrs.get(statementId=SOME_ID).status_code == 200
    lrs.post(statement(id=OTHER_ID, object={"objectType": "SubStatement", **voiding(SOME_ID)}))
    assert lrs.get(statementId=SOME_ID).status_code == 200, "what is only told of voids nothing"
    lrs.post(voiding(SOME_ID))
    refused(lrs.get(statementId=SOME_ID), 404, NOT_FOUND)


def test_XAPI00155_only_the_void_are_asked_for_so(quick: Lrs) -> None:
    (given,) = quick.post(statement()).get_json()
    refused(quick.get(voidedStatementId=given), 404, NOT_FOUND)
    refused(quick.get(voidedStatementId=SOME_ID), 404, NOT_FOUND)


def test_XAPI00162_XAPI00163_lists_have_what_speaks_of_the_void_and_not_the_void(lrs: Lrs) -> None:
    start = lrs.services.now.isoformat()
    lrs.post(statement(id=SOME_ID, verb={"id": "x:done"}, actor=agent("v")))
    lrs.post(voiding(SOME_ID, id=OTHER_ID))
    lrs.post(reference(SOME_ID, id=THIRD_ID, verb={"id": "x:done"}))
    lrs.post(reference(THIRD_ID, id=FOURTH_ID))
    assert lrs.ids(verb="x:done") == [FOURTH_ID, THIRD_ID, OTHER_ID], "each by its own verb or by what it speaks of"
    assert lrs.ids(verb="x:done", limit="1") == [FOURTH_ID]
    assert lrs.all_ids(verb="x:done", limit="1", ascending="true") == [OTHER_ID, THIRD_ID, FOURTH_ID]
    assert lrs.ids(verb="x:done", until=start) == []
    assert lrs.ids(verb="x:done", since=start) == [FOURTH_ID, THIRD_ID, OTHER_ID]
    assert SOME_ID not in lrs.ids()

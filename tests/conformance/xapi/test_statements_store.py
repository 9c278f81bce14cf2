"""Storing statements: PUT, POST, one id once, batches whole or not at all (1.0.3, communication, 2.1.1, 2.1.2, 3.2)."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement, voiding
from xapi import protocol, routes
from xapi.keys import Scope
from xapi.vocabulary import Edition

AUTHORIZATION = "Basic " + b64encode(b"all:secret-of-all").decode()

CONFLICT = "xapi.statement_conflict"
INVALID = "xapi.invalid_statement"
OTHER_WORDS: list[dict[str, Any]] = [
    {"actor": agent("b")},
    {"verb": {"id": "x:other"}},
    {"object": {"id": "x:other"}},
    {"result": {"success": False}},
    {"context": {"language": "de"}},
    {"timestamp": "2020-01-01T00:00:00Z"},
]


def put_or_post(lrs: Lrs, method: str, sent: dict[str, Any]) -> TestResponse:
    return lrs.put(sent, sent["id"]) if method == "PUT" else lrs.post(sent)


def test_XAPI00139_XAPI00140_the_resource_is_below_the_base(quick: Lrs) -> None:
    for base, edition in (("/xapi", Edition.V2), ("/xapi/1.0.3", Edition.V1)):
        quick.edition = edition
        assert quick.ask("POST", f"{base}/statements", json=statement()).status_code == 200
        assert quick.ask("GET", f"{base}/statements").status_code == 200
        put = quick.ask("PUT", f"{base}/statements", json=statement(), query_string={"statementId": str(uuid4())})
        assert put.status_code == 204
        assert {f"{base}/{resource}" for resource in routes.RESOURCES} <= _paths(quick)
        assert f"{base}/about" in _paths(quick)


def _paths(lrs: Lrs) -> set[str]:
    return {rule.rule for rule in lrs.client.application.url_map.iter_rules()}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("change", OTHER_WORDS, ids=lambda change: next(iter(change)))
def test_XAPI00142_one_id_has_one_statement(quick: Lrs, method: str, change: dict[str, Any]) -> None:
    first = statement(id=str(uuid4()), timestamp="2026-01-01T00:00:00Z")
    assert put_or_post(quick, method, first).status_code in {200, 204}
    before = quick.get(statementId=first["id"]).data
    for again in ("PUT", "POST"):
        refused(put_or_post(quick, again, first | change), 409, CONFLICT)
    assert quick.get(statementId=first["id"]).data == before


def test_XAPI00142_the_same_statement_again_is_no_conflict(lrs: Lrs) -> None:
    sent = statement(id=SOME_ID, actor=agent() | {"objectType": "Agent"})
    assert lrs.put(sent, SOME_ID).status_code == 204
    before = lrs.get(statementId=SOME_ID).data
    for same in (sent, sent | {"id": SOME_ID.upper()}, sent | {"stored": "2001-01-01T00:00:00Z", "authority": agent()}):
        lrs.services.now = lrs.services.now.replace(year=2027)
        assert lrs.put(same, SOME_ID).status_code == 204
        assert lrs.post([same]).status_code == 200
    assert lrs.get(statementId=SOME_ID).data == before
    assert lrs.ids() == [SOME_ID]
    refused(lrs.post([statement(id=OTHER_ID), sent | {"actor": agent("b")}]), 409, CONFLICT)
    assert lrs.ids() == [SOME_ID]


def test_XAPI00143_XAPI00144_put_stores_and_says_nothing(lrs: Lrs) -> None:
    answer = lrs.put(statement(), SOME_ID)
    assert (answer.status_code, answer.data) == (204, b"")
    assert lrs.get(statementId=SOME_ID).get_json()["id"] == SOME_ID
    assert lrs.put(statement(id=OTHER_ID.upper()), OTHER_ID).status_code == 204
    assert lrs.ids() == [OTHER_ID.upper(), SOME_ID], "an id is kept as it was written"


def test_XAPI00145_put_without_its_id(quick: Lrs) -> None:
    for sent in (statement(), statement(id=SOME_ID)):
        refused(quick.ask("PUT", json=sent), 400, "xapi.bad_parameter")
    for wrong in ("", "1", f"{{{SOME_ID}}}"):
        refused(quick.put(statement(), wrong), 400, "xapi.bad_parameter")
    refused(quick.put(statement(id=OTHER_ID), SOME_ID), 400, "xapi.bad_request")
    refused(quick.put([statement()], SOME_ID), 400, "xapi.bad_request")


def test_XAPI00146_XAPI00147_post_answers_with_all_ids_in_order(lrs: Lrs) -> None:
    answer = lrs.post([statement(id=OTHER_ID), statement(), statement(id=SOME_ID)])
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    first, made, third = answer.get_json()
    assert (first, third) == (OTHER_ID, SOME_ID)
    assert lrs.ids(ascending="true") == [first, made, third]
    (alone,) = lrs.post(statement()).get_json()
    assert lrs.ids(limit="1") == [alone]


def test_XAPI00182_what_is_refused_changes_nothing(quick: Lrs) -> None:
    before = quick.ids()
    for wrong in (statement(actor=None), statement(verb={"id": "x"}), [statement(), {}], statement() | {"more": 1}):
        refused(quick.post(wrong), 400, INVALID)
    refused(quick.put(statement(verb={}), SOME_ID), 400, INVALID)
    assert quick.ids() == before
    refused(quick.get(statementId=SOME_ID), 404, "xapi.statement_not_found")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (statement(actor={"mbox": "anna"}), 400),
        (statement(id=SOME_ID, verb={"id": "x:taken"}), 409),
        (statement(id=OTHER_ID), 400),
    ],
    ids=["invalid", "its id is taken", "an id of the batch"],
)
def test_XAPI00326_a_batch_is_stored_whole_or_not_at_all(lrs: Lrs, wrong: dict[str, Any], status: int) -> None:
    lrs.post(statement(id=SOME_ID))
    for at in (0, 2):
        batch = [statement(id=OTHER_ID), voiding(SOME_ID, actor=agent() | {"name": "Never said"})]
        batch.insert(at, wrong)
        assert lrs.post(batch).status_code == status
    assert lrs.ids() == [SOME_ID], "and what the batch declared void is not"
    assert "name" not in lrs.get("agents", agent=json.dumps(agent())).get_json()


def test_XAPI00327_a_key_that_may_not(quick: Lrs, edition: Edition) -> None:
    reader, writer = f"reader-{edition.name}", f"writer-{edition.name}"
    quick.add_key(reader, Scope.STATEMENTS_READ)
    quick.add_key(writer, Scope.STATEMENTS_WRITE)
    refused(quick.post(statement(), key=reader), 403, "xapi.scope")
    assert quick.post(statement(), key=writer).status_code == 200
    refused(quick.ask("GET", key=writer), 403, "xapi.scope")


def test_XAPI00328_a_body_that_is_too_large(quick: Lrs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_BODY_BYTES", 1000)
    assert quick.post(statement()).status_code == 200
    refused(quick.post([statement()] * 20), 413, "http.413")


def test_XAPI00328_a_large_body_that_does_not_say_its_length(quick: Lrs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_BODY_BYTES", 1000)
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for size, status in ((1000, 204), (1001, 413)):
        place = {"activityId": "https://lms.example/large", "agent": '{"mbox":"mailto:a@b.c"}', "stateId": f"{size}"}
        environ = EnvironBuilder(
            f"{quick.base}/activities/state", query_string=place, method="PUT", environ_overrides=chunked
        ).get_environ()
        environ |= {"wsgi.input": BytesIO(b"x" * size), "HTTP_AUTHORIZATION": AUTHORIZATION}
        environ["HTTP_X_EXPERIENCE_API_VERSION"] = quick.edition.value
        environ.pop("CONTENT_LENGTH", None)
        _, answered, _ = run_wsgi_app(quick.client.application, environ)
        assert answered.startswith(str(status))

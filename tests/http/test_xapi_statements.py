"""The protocol over HTTP: versions, keys, scopes, answers and refusals."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campus.database import Database
from campus.errors import ConflictError, InvalidInputError
from tests.databases import ON_SQLITE
from tests.factories import NOW, organisation
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.samples import OTHER_ID, PUBLIC_URL, SOME_ID, VOIDED, agent, as_bytes, full, statement, voiding
from xapi import keys, query, routes
from xapi.keys import Scope
from xapi.resources.statements import MOST_STATEMENTS, ONE_OF

PATH = "/xapi/statements"


@pytest.fixture
def store(database: Database) -> Lrs:
    lrs = open_store(database)
    with database.write() as session:
        other = organisation(session)
    lrs.add_key("reader", Scope.STATEMENTS_READ)
    lrs.add_key("writer", Scope.STATEMENTS_WRITE)
    lrs.add_key("other", Scope.ALL, of=other)
    lrs.add_key("old", Scope.ALL)
    with database.write() as session:
        keys.revoke(session, "old", now=NOW)
    return lrs


def test_about_needs_neither_key_nor_version(store: Lrs) -> None:
    answer = store.client.get("/xapi/about")
    assert answer.get_json() == {"version": ["2.0.0", "1.0.3"]}
    assert answer.headers["X-Experience-API-Version"] == "2.0.0"


def test_put_then_get(store: Lrs) -> None:
    answer = store.put(full(), SOME_ID)
    assert (answer.status_code, answer.data) == (204, b"")
    answer = store.ask("GET", query_string={"statementId": SOME_ID})
    body = answer.get_json()
    authority, stored = body.pop("authority"), body.pop("stored")
    given = full()
    given["context"]["contextActivities"]["parent"] = [given["context"]["contextActivities"]["parent"]]
    assert body | {"timestamp": given["timestamp"]} == given
    assert body["timestamp"] == "2026-11-02T09:00:00.123Z"
    assert authority["account"]["homePage"] == PUBLIC_URL
    assert answer.last_modified == NOW.replace(microsecond=0)
    assert answer.headers["X-Experience-API-Consistent-Through"] == stored == "2026-11-02T09:00:00.000000Z"


def test_post_answers_with_the_ids_in_order(store: Lrs) -> None:
    batch = [statement(id=OTHER_ID), statement(), statement(id=SOME_ID)]
    answer = store.post(batch)
    first, second, third = answer.get_json()
    assert (answer.status_code, first, third) == (200, OTHER_ID, SOME_ID)
    assert store.ids(ascending="true") == [first, second, third]
    assert store.post(statement()).get_json()[0] in store.ids()
    assert store.post([]).get_json() == []


def test_a_conflict_leaves_nothing_of_the_batch(store: Lrs) -> None:
    assert store.post(statement(id=SOME_ID)).status_code == 200
    assert store.post(statement(id=SOME_ID)).status_code == 200
    refused(store.post([statement(), statement(id=SOME_ID, actor=agent("b"))]), 409, "xapi.statement_conflict")
    put = store.ask("PUT", query_string={"statementId": SOME_ID}, json=statement(actor=agent("b")))
    refused(put, 409, "xapi.statement_conflict")
    assert store.ids() == [SOME_ID]


def test_a_bad_statement_in_a_batch_is_named_by_its_place(store: Lrs) -> None:
    problem = refused(store.post([statement(), statement(actor={})]), 400, "xapi.invalid_statement")
    assert problem["field"] == "/1/actor"
    assert store.ids() == []


def test_more_leads_through_everything(store: Lrs) -> None:
    made = store.post([statement() for _ in range(5)]).get_json()
    answer = store.ask("GET", query_string={"limit": "2", "ascending": "true"}).get_json()
    seen = [one["id"] for one in answer["statements"]]
    while answer["more"]:
        assert answer["more"].startswith("/xapi/statements?")
        answer = store.ask("GET", answer["more"]).get_json()
        seen += [one["id"] for one in answer["statements"]]
    assert seen == made


def test_voided_statements_are_asked_for_by_name(store: Lrs) -> None:
    store.post([statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID)])
    assert store.ids() == [OTHER_ID]
    assert store.ids(verb=VOIDED) == [OTHER_ID]
    refused(store.ask("GET", query_string={"statementId": SOME_ID}), 404, "xapi.statement_not_found")
    assert store.ask("GET", query_string={"voidedStatementId": SOME_ID}).get_json()["id"] == SOME_ID


def test_an_agent_is_asked_for_as_json(store: Lrs) -> None:
    store.post([statement(id=SOME_ID, actor=agent("a")), statement(actor=agent("b"))])
    assert store.ids(agent=as_bytes(agent("a")).decode()) == [SOME_ID]


@ON_SQLITE
@pytest.mark.parametrize(
    ("version", "spoken", "written"),
    [("1.0.3", "1.0.3", "1.0.0"), ("1.0", "1.0.3", "1.0.0"), ("2.0", "2.0.0", "2.0.0")],
)
def test_versions_that_are_spoken(store: Lrs, version: str, spoken: str, written: str) -> None:
    answer = store.post(statement(id=SOME_ID), headers={"X-Experience-API-Version": version})
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (200, spoken)
    body = store.ask("GET", query_string={"statementId": SOME_ID}).get_json()
    assert body["version"] == written


@ON_SQLITE
@pytest.mark.parametrize("version", ["", "0.95", "1.1.0", "2.0.0; x", "3"])
def test_versions_that_are_not(store: Lrs, version: str) -> None:
    refused(store.post(statement(), headers={"X-Experience-API-Version": version}), 400, "xapi.bad_version")


@pytest.mark.parametrize(
    "authorization",
    [None, "Basic", "Basic !", "Basic YWxsOg==", "Basic YWxsADp4", "Basic bm9ib2R5Ong=", "old"],
    ids=["none", "empty", "no base64", "no secret", "NUL", "unknown", "revoked"],
)
def test_without_a_key_nothing_is_told(store: Lrs, authorization: str | None) -> None:
    if authorization == "old":
        answer = store.ask("GET", key="old")
    else:
        headers = {"X-Experience-API-Version": "2.0.0"} | ({"Authorization": authorization} if authorization else {})
        answer = store.client.get(PATH, headers=headers)
    refused(answer, 401, "xapi.bad_key")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_scopes(store: Lrs) -> None:
    assert store.post(statement(id=SOME_ID), key="writer").status_code == 200
    refused(store.ask("GET", key="writer"), 403, "xapi.scope")
    assert store.ask("GET", key="reader").status_code == 200
    refused(store.post(statement(), key="reader"), 403, "xapi.scope")
    put = store.ask("PUT", query_string={"statementId": OTHER_ID}, json=statement(), key="reader")
    refused(put, 403, "xapi.scope")


def test_one_organisation_never_sees_another_s(store: Lrs) -> None:
    store.post(statement(id=SOME_ID))
    store.key = "other"
    assert store.ids() == []
    refused(store.ask("GET", query_string={"statementId": SOME_ID}), 404, "xapi.statement_not_found")
    store.post([voiding(SOME_ID), statement(id=OTHER_ID)])
    store.key = "all"
    assert {SOME_ID, OTHER_ID} <= set(store.ids())


@ON_SQLITE
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"nonsense": "1"}, "xapi.bad_request"),
        ({"statementId": "1"}, "xapi.bad_parameter"),
        ({"statementId": SOME_ID, "verb": "x:y"}, "xapi.bad_request"),
        ({"statementId": SOME_ID, "voidedStatementId": SOME_ID}, "xapi.bad_request"),
        ({"statementId": SOME_ID, "format": "short"}, "xapi.bad_parameter"),
        ({"attachments": "1"}, "xapi.bad_parameter"),
        ({"ascending": "yes"}, "xapi.bad_parameter"),
        ({"verb": "completed"}, "xapi.bad_parameter"),
        ({"verb": ["x:y", "x:z"]}, "xapi.bad_request"),
        ({"activity": ""}, "xapi.bad_parameter"),
        ({"registration": "1"}, "xapi.bad_parameter"),
        ({"since": "yesterday"}, "xapi.bad_parameter"),
        ({"limit": "-1"}, "xapi.bad_parameter"),
        ({"limit": "٣"}, "xapi.bad_parameter"),
        ({"agent": "anna"}, "xapi.bad_parameter"),
        ({"agent": "{}"}, "xapi.bad_parameter"),
        ({"agent": '{"objectType":"Group","member":[{"openid":"x:y"}]}'}, "xapi.bad_parameter"),
    ],
)
def test_parameters_that_mean_nothing(store: Lrs, parameters: dict[str, Any], code: str) -> None:
    refused(store.ask("GET", query_string=parameters), 400, code)


@ON_SQLITE
def test_bodies_that_mean_nothing(store: Lrs) -> None:
    as_json = "application/json"
    refused(store.ask("POST", data=b"{", content_type=as_json), 400, "xapi.bad_json")
    refused(store.ask("POST", data=as_bytes(statement()), content_type="text/plain"), 400, "xapi.bad_request")
    refused(store.post(statement(), query_string={"x": "1"}), 400, "xapi.bad_request")
    refused(store.ask("PUT", json=statement()), 400, "xapi.bad_parameter")
    put = store.ask("PUT", query_string={"statementId": SOME_ID}, json=statement(id=OTHER_ID))
    refused(put, 400, "xapi.bad_request")


@ON_SQLITE
def test_a_body_that_is_too_large_is_refused_unread(store: Lrs) -> None:
    answer = store.ask("POST", data=b" " * (routes.MAX_BODY_BYTES + 1), content_type="application/json")
    refused(answer, 413, "http.413")


def test_keys_are_made_once_and_well_named(database: Database) -> None:
    with database.write() as session:
        keys.create_key(session, "moodle", [Scope.STATEMENTS_WRITE], None, token=lambda: "x", now=NOW)
    with database.write() as session, pytest.raises(ConflictError):
        keys.create_key(session, "moodle", [], None, token=lambda: "x", now=NOW)
    with database.write() as session, pytest.raises(InvalidInputError):
        keys.create_key(session, "a:b", [], None, token=lambda: "x", now=NOW)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.dictionaries(
        st.sampled_from([*query.READERS, *ONE_OF]),
        st.text() | st.datetimes().map(lambda time: time.replace(tzinfo=UTC).isoformat()) | st.integers().map(str),
        max_size=3,
    )
)
def test_no_parameter_breaks_the_store(store: Lrs, parameters: dict[str, str]) -> None:
    assert store.ask("GET", query_string=parameters).status_code in {200, 400, 404}


@ON_SQLITE
def test_more_statements_than_one_transaction_holds_are_refused_unread(store: Lrs) -> None:
    refused(store.post([{}] * (MOST_STATEMENTS + 1)), 413, "xapi.too_many_statements")
    assert refused(store.post([{}] * MOST_STATEMENTS), 400, "xapi.invalid_statement")["field"].startswith("/0")

"""Statements over HTTP: what is answered, and what is refused and how."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.factories import NOW
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.samples import OTHER_ID, PUBLIC_URL, SOME_ID, agent, as_bytes, full, statement
from xapi import query
from xapi.resources.statements import MOST_STATEMENTS, ONE_OF


@pytest.fixture
def store(database: Database) -> Lrs:
    return open_store(database)


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


def test_a_bad_statement_in_a_batch_is_named_by_its_place(store: Lrs) -> None:
    problem = refused(store.post([statement(), statement(actor={})]), 400, "xapi.invalid_statement")
    assert problem["field"] == "/1/actor"
    assert store.ids() == []


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


MEANINGLESS: list[tuple[dict[str, Any], str]] = [
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
]


@ON_SQLITE
def test_parameters_that_mean_nothing(store: Lrs) -> None:
    for parameters, code in MEANINGLESS:
        answer = store.ask("GET", query_string=parameters)
        assert (answer.status_code, answer.get_json()["code"]) == (400, code), parameters


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

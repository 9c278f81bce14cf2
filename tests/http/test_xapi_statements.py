"""The protocol over HTTP: versions, keys, scopes, answers and refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from campus.database import Database
from campus.errors import ConflictError, InvalidInputError
from campus.models.organisations import Organisation
from lti_tool import errors
from tests.databases import ON_SQLITE
from tests.factories import NOW, organisation
from tests.unit.xapi.samples import OTHER_ID, PUBLIC_URL, SOME_ID, VOIDED, agent, as_bytes, full, statement, voiding
from xapi import keys, query, routes
from xapi.keys import Scope

PATH = "/xapi/statements"
"""What is refused before a database is asked needs no second one."""
SECRETS = {name: f"secret-of-{name}" for name in ("all", "reader", "writer", "other", "old")}


@dataclass
class _Services:
    settings: Any
    database: Database
    clock: Callable[[], datetime]


@dataclass
class Store:
    """A small application with these routes and the application's own answers to refusals."""

    client: FlaskClient
    key: str = "all"
    version: str = "2.0.0"
    organisations: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str = PATH, *, key: str | None = None, **request: Any) -> TestResponse:
        name = key or self.key
        headers = {"X-Experience-API-Version": self.version} | request.pop("headers", {})
        return self.client.open(path, method=method, auth=(name, SECRETS[name]), headers=headers, **request)

    def post(self, body: Any, **request: Any) -> TestResponse:
        return self.ask("POST", json=body, **request)

    def ids(self, **parameters: str) -> list[str]:
        answer = self.ask("GET", query_string=parameters)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.get_json()["statements"]]


@pytest.fixture
def app(database: Database) -> Flask:
    app = Flask(__name__)
    errors.install(app)
    app.register_blueprint(routes.blueprint(_Services(SimpleNamespace(public_url=PUBLIC_URL), database, lambda: NOW)))
    return app


@pytest.fixture
def store(app: Flask, database: Database) -> Store:
    with database.write() as session:
        other = organisation(session)

        def make(name: str, *scopes: Scope, of: Organisation | None = None) -> None:
            assert keys.create_key(session, name, scopes, of, token=lambda: SECRETS[name], now=NOW) == SECRETS[name]

        make("all", *Scope)
        make("reader", Scope.STATEMENTS_READ)
        make("writer", Scope.STATEMENTS_WRITE)
        make("other", *Scope, of=other)
        make("old", *Scope)
        keys.revoke(session, "old", now=NOW)
    return Store(app.test_client())


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type, problem["code"]) == (status, "application/problem+json", code)
    assert answer.headers["X-Experience-API-Version"]
    return problem


def test_about_needs_neither_key_nor_version(store: Store) -> None:
    answer = store.client.get("/xapi/about")
    assert answer.get_json() == {"version": ["2.0.0", "1.0.3"]}
    assert answer.headers["X-Experience-API-Version"] == "2.0.0"


def test_put_then_get(store: Store) -> None:
    answer = store.ask("PUT", query_string={"statementId": SOME_ID}, json=full())
    assert (answer.status_code, answer.data) == (204, b"")
    answer = store.ask("GET", query_string={"statementId": SOME_ID})
    body = answer.get_json()
    authority, stored = body.pop("authority"), body.pop("stored")
    assert body == full()
    assert authority["account"]["homePage"] == PUBLIC_URL
    assert answer.last_modified == NOW.replace(microsecond=0)
    assert answer.headers["X-Experience-API-Consistent-Through"] == stored == "2026-11-02T09:00:00.000000Z"


def test_post_answers_with_the_ids_in_order(store: Store) -> None:
    batch = [statement(id=OTHER_ID), statement(), statement(id=SOME_ID)]
    answer = store.post(batch)
    first, second, third = answer.get_json()
    assert (answer.status_code, first, third) == (200, OTHER_ID, SOME_ID)
    assert store.ids(ascending="true") == [first, second, third]
    assert store.post(statement()).get_json()[0] in store.ids()
    assert store.post([]).get_json() == []


def test_a_conflict_leaves_nothing_of_the_batch(store: Store) -> None:
    assert store.post(statement(id=SOME_ID)).status_code == 200
    assert store.post(statement(id=SOME_ID)).status_code == 200
    refused(store.post([statement(), statement(id=SOME_ID, actor=agent("b"))]), 409, "xapi.statement_conflict")
    put = store.ask("PUT", query_string={"statementId": SOME_ID}, json=statement(actor=agent("b")))
    refused(put, 409, "xapi.statement_conflict")
    assert store.ids() == [SOME_ID]


def test_a_bad_statement_in_a_batch_is_named_by_its_place(store: Store) -> None:
    problem = refused(store.post([statement(), statement(actor={})]), 400, "xapi.invalid_statement")
    assert problem["field"] == "/1/actor"
    assert store.ids() == []


def test_more_leads_through_everything(store: Store) -> None:
    made = store.post([statement() for _ in range(5)]).get_json()
    answer = store.ask("GET", query_string={"limit": "2", "ascending": "true"}).get_json()
    seen = [one["id"] for one in answer["statements"]]
    while answer["more"]:
        assert answer["more"].startswith("/xapi/statements?")
        answer = store.ask("GET", answer["more"]).get_json()
        seen += [one["id"] for one in answer["statements"]]
    assert seen == made


def test_voided_statements_are_asked_for_by_name(store: Store) -> None:
    store.post([statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID)])
    assert store.ids() == [OTHER_ID]
    assert store.ids(verb=VOIDED) == [OTHER_ID]
    refused(store.ask("GET", query_string={"statementId": SOME_ID}), 404, "xapi.statement_not_found")
    assert store.ask("GET", query_string={"voidedStatementId": SOME_ID}).get_json()["id"] == SOME_ID


def test_an_agent_is_asked_for_as_json(store: Store) -> None:
    store.post([statement(id=SOME_ID, actor=agent("a")), statement(actor=agent("b"))])
    assert store.ids(agent=as_bytes(agent("a")).decode()) == [SOME_ID]


@ON_SQLITE
@pytest.mark.parametrize(("version", "spoken"), [("1.0.3", "1.0.3"), ("1.0", "1.0.3"), ("2.0", "2.0.0")])
def test_versions_that_are_spoken(store: Store, version: str, spoken: str) -> None:
    store.version = version
    answer = store.post(statement(id=SOME_ID))
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (200, spoken)
    body = store.ask("GET", query_string={"statementId": SOME_ID}).get_json()
    assert body["version"] == spoken


@ON_SQLITE
@pytest.mark.parametrize("version", ["", "0.95", "1.1.0", "2.0.0; x", "3"])
def test_versions_that_are_not(store: Store, version: str) -> None:
    store.version = version
    refused(store.post(statement()), 400, "xapi.bad_version")


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer x", "Basic", "Basic !", "Basic YWxsOg==", "Basic YWxsADp4", "Basic bm9ib2R5Ong=", "old"],
    ids=["none", "bearer", "empty", "no base64", "no secret", "NUL", "unknown", "revoked"],
)
def test_without_a_key_nothing_is_told(store: Store, authorization: str | None) -> None:
    if authorization == "old":
        answer = store.ask("GET", key="old")
    else:
        headers = {"X-Experience-API-Version": "2.0.0"} | ({"Authorization": authorization} if authorization else {})
        answer = store.client.get(PATH, headers=headers)
    refused(answer, 401, "xapi.bad_key")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_scopes(store: Store) -> None:
    assert store.post(statement(id=SOME_ID), key="writer").status_code == 200
    refused(store.ask("GET", key="writer"), 403, "xapi.scope")
    assert store.ask("GET", key="reader").status_code == 200
    refused(store.post(statement(), key="reader"), 403, "xapi.scope")
    put = store.ask("PUT", query_string={"statementId": OTHER_ID}, json=statement(), key="reader")
    refused(put, 403, "xapi.scope")


def test_one_organisation_never_sees_another_s(store: Store) -> None:
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
        ({"statementId": "1"}, "xapi.bad_request"),
        ({"statementId": SOME_ID, "verb": "x:y"}, "xapi.bad_request"),
        ({"statementId": SOME_ID, "voidedStatementId": SOME_ID}, "xapi.bad_request"),
        ({"statementId": SOME_ID, "format": "ids"}, "xapi.unsupported"),
        ({"format": "canonical"}, "xapi.unsupported"),
        ({"attachments": "true"}, "xapi.unsupported"),
        ({"ascending": "yes"}, "xapi.bad_request"),
        ({"verb": "completed"}, "xapi.bad_request"),
        ({"verb": ["x:y", "x:z"]}, "xapi.bad_request"),
        ({"activity": ""}, "xapi.bad_request"),
        ({"registration": "1"}, "xapi.bad_request"),
        ({"since": "yesterday"}, "xapi.bad_request"),
        ({"limit": "-1"}, "xapi.bad_request"),
        ({"limit": "٣"}, "xapi.bad_request"),
        ({"agent": "anna"}, "xapi.bad_json"),
        ({"agent": "{}"}, "xapi.invalid_statement"),
        ({"agent": '{"objectType":"Group","member":[{"openid":"x:y"}]}'}, "xapi.bad_request"),
    ],
)
def test_parameters_that_mean_nothing(store: Store, parameters: dict[str, Any], code: str) -> None:
    refused(store.ask("GET", query_string=parameters), 400, code)


@ON_SQLITE
def test_bodies_that_mean_nothing(store: Store) -> None:
    as_json = "application/json"
    refused(store.ask("POST", data=b"{", content_type=as_json), 400, "xapi.bad_json")
    refused(store.ask("POST", data=as_bytes(statement()), content_type="text/plain"), 400, "xapi.bad_request")
    refused(store.ask("POST", data=b"x", content_type="multipart/mixed; boundary=x"), 400, "xapi.unsupported")
    refused(store.post(statement(attachments=[])), 400, "xapi.unsupported")
    refused(store.post(statement(), query_string={"x": "1"}), 400, "xapi.bad_request")
    refused(store.ask("PUT", json=statement()), 400, "xapi.bad_request")
    put = store.ask("PUT", query_string={"statementId": SOME_ID}, json=statement(id=OTHER_ID))
    refused(put, 400, "xapi.bad_request")


@ON_SQLITE
def test_a_body_that_is_too_large_is_refused_unread(store: Store) -> None:
    answer = store.ask("POST", data=b" " * (routes.MAX_BODY_BYTES + 1), content_type="application/json")
    refused(answer, 413, "http.413")


def test_keys_are_made_once_and_well_named(database: Database) -> None:
    with database.write() as session:
        keys.create_key(session, "moodle", [Scope.STATEMENTS_WRITE], None, token=lambda: "x", now=NOW)
    with database.write() as session, pytest.raises(ConflictError):
        keys.create_key(session, "moodle", [], None, token=lambda: "x", now=NOW)
    with database.write() as session, pytest.raises(InvalidInputError):
        keys.create_key(session, "a:b", [], None, token=lambda: "x", now=NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def nearly_statements(draw: st.DrawFn) -> Any:
    """Draw the full statement with some members replaced by anything, left out, or exchanged."""
    made = full()
    made.pop("id")
    for _ in range(draw(st.integers(1, 3))):
        place: Any = made
        while True:
            members = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not members:
                break
            step = draw(st.sampled_from(members))
            if isinstance(place[step], dict | list) and draw(st.booleans()):
                place = place[step]
                continue
            if draw(st.booleans()):
                place[step] = draw(JSON)
            else:
                del place[step]
            break
    return made


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=nearly_statements() | JSON | st.lists(nearly_statements(), max_size=2))
def test_no_body_breaks_the_store_and_what_it_takes_it_gives_back(store: Store, body: Any) -> None:
    answer = store.ask("POST", data=as_bytes(body), content_type="application/json")
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        for one, made in zip(body if isinstance(body, list) else [body], answer.get_json(), strict=True):
            kept = store.ask("GET", query_string={"statementId": made, "format": "exact"}).get_json()
            assert {name: kept[name] for name in one if name not in {"stored", "authority"}} == {
                name: value for name, value in one.items() if name not in {"stored", "authority"}
            }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.dictionaries(
        st.sampled_from([*query.READERS, *query.FLAGS, *routes.ONE_OF, "format"]),
        st.text() | st.datetimes().map(lambda time: time.replace(tzinfo=UTC).isoformat()) | st.integers().map(str),
        max_size=3,
    )
)
def test_no_parameter_breaks_the_store(store: Store, parameters: dict[str, str]) -> None:
    assert store.ask("GET", query_string=parameters).status_code in {200, 400, 404}

"""Documents and things over HTTP: whose they are, who may, odd contents and parameters, caches."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.samples import SOME_ID, agent
from xapi import documents, protocol
from xapi.vocabulary import Edition

ACTIVITY = "https://lms.example/course/1"
ANNA = json.dumps(agent())
OF = {
    "activities/state": {"activityId": ACTIVITY, "agent": ANNA, "stateId": "place"},
    "activities/profile": {"activityId": ACTIVITY, "profileId": "place"},
    "agents/profile": {"agent": ANNA, "profileId": "place"},
}
THINGS: dict[str, dict[str, str]] = {"agents": {"agent": ANNA}, "activities": {"activityId": ACTIVITY}}
IF_NEW = {"If-None-Match": "*"}


@pytest.fixture
def store(database: Database) -> Lrs:
    return open_store(database)


def put(store: Lrs, resource: str, body: bytes = b"abc", **request: Any) -> TestResponse:
    request = {"headers": IF_NEW, "query_string": OF[resource]} | request
    return store.ask("PUT", resource, data=body, **request)


@ON_SQLITE
@pytest.mark.parametrize("resource", [*OF, *THINGS])
def test_parameters_that_are_not_of_the_resource(store: Lrs, resource: str) -> None:
    parameters = (OF | THINGS)[resource]
    refused(store.get(resource, **parameters, x="1"), 400, "xapi.bad_request")
    refused(store.get(resource, **parameters, since="2026-01-01T00:00:00Z"), 400, "xapi.bad_request")
    if resource != "activities/state":
        refused(store.get(resource, **parameters, registration=SOME_ID), 400, "xapi.bad_request")
    for name, value in parameters.items():
        twice = f"{urlencode(parameters)}&{urlencode({name: value})}"
        refused(store.ask("GET", resource, query_string=twice), 400, "xapi.bad_request")
        nul = parameters | {name: f"{value}\0"}
        refused(store.ask("GET", resource, query_string=nul), 400, "xapi.bad_request")


@ON_SQLITE
def test_what_only_state_can(store: Lrs) -> None:
    context = {"activityId": ACTIVITY, "agent": ANNA}
    answer = store.ask("DELETE", "activities/state", query_string=context, headers={"If-Match": '"a"'})
    refused(answer, 400, "xapi.bad_request")
    answer = store.ask("DELETE", "activities/state", query_string=context | {"since": "2026-01-01T00:00:00Z"})
    refused(answer, 400, "xapi.bad_request")


@ON_SQLITE
def test_a_document_without_a_type_and_without_content(store: Lrs) -> None:
    assert put(store, "activities/state", b"").status_code == 204
    answer = store.get("activities/state", **OF["activities/state"])
    assert (answer.data, answer.content_type) == (b"", "application/octet-stream")


@ON_SQLITE
@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml"])
def test_a_foreign_document_is_no_page_of_ours(store: Lrs, media_type: str) -> None:
    put(store, "activities/profile", b"<script>alert(1)</script>", content_type=media_type)
    answer = store.get("activities/profile", **OF["activities/profile"])
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@ON_SQLITE
def test_who_has_it_already_is_told_so(store: Lrs) -> None:
    resource = "activities/state"
    put(store, resource)
    names = {name: value for name, value in OF[resource].items() if name != "stateId"}
    for parameters in (OF[resource], names):
        tag = store.get(resource, **parameters).headers["ETag"]
        answer = store.ask("GET", resource, query_string=parameters, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        answer = store.ask("GET", resource, query_string=parameters, headers={"If-None-Match": '"other"'})
        assert answer.status_code == 200


@ON_SQLITE
def test_documents_are_as_large_as_a_request_and_no_larger(store: Lrs, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = "agents/profile"
    refused(put(store, resource, b" " * (protocol.MAX_BODY_BYTES + 1)), 413, "http.413")
    monkeypatch.setattr(documents, "MAX_CONTENT_BYTES", 100)
    for name, status in (("a", 204), ("b", 400), ("a", 204)):
        body = {name: "x" * 60}
        assert store.ask("POST", resource, query_string=OF[resource], json=body).status_code == status
    assert store.get(resource, **OF[resource]).get_json().keys() == {"a"}


@ON_SQLITE
def test_the_alternate_syntax_of_1_0_3(store: Lrs) -> None:
    store.edition = Edition.V1
    resource, parameters = "activities/profile", OF["activities/profile"]

    def send(method: str, **form: str) -> TestResponse:
        return store.ask("POST", resource, query_string={"method": method}, data=parameters | form)

    more = {"If-None-Match": "*", "Content-Type": "text/plain"}
    assert send("PUT", content="grün", **more).status_code == 204
    refused(send("PUT", content="rot", **more), 412, "xapi.precondition")
    answer = send("GET")
    assert (answer.data.decode(), answer.content_type) == ("grün", "text/plain")
    refused(send("PUT", content="x", **{"If-Match": "*", "Content-Type": "a\r\nb: c"}), 400, "xapi.bad_request")
    assert send("DELETE", **{"If-Match": answer.headers["ETag"]}).status_code == 204
    refused(send("GET"), 404, "xapi.document_not_found")


REQUESTS = st.fixed_dictionaries(
    {
        "query_string": st.dictionaries(
            st.sampled_from(["activityId", "agent", "stateId", "profileId", "registration", "since"]),
            st.text() | st.datetimes().map(lambda time: f"{time.isoformat()}Z") | st.integers().map(str),
            max_size=2,
        ),
        "headers": st.sampled_from([{}, IF_NEW, {"If-Match": "*"}, {"If-Match": "x, ,"}, {"If-None-Match": 'W/"'}]),
        "content_type": st.sampled_from(["application/json", "text/plain", ""]),
        "data": st.binary() | st.dictionaries(st.text(), st.integers()).map(lambda value: json.dumps(value).encode()),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]), resource=st.sampled_from(list(OF)), request=REQUESTS)
def test_no_request_breaks_the_store(store: Lrs, method: str, resource: str, request: dict[str, Any]) -> None:
    """What was accepted comes back as it was."""
    parameters = OF[resource] | request["query_string"]
    answer = store.ask(method, resource, **request | {"query_string": parameters})
    assert answer.status_code in {200, 204, 304, 400, 404, 409, 412}
    if (method, answer.status_code) == ("PUT", 204):
        assert store.get(resource, **parameters).data == request["data"]

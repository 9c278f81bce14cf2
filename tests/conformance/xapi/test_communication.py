"""Requests to any resource: HEAD, texts, parameters, versions, credentials, About (1.0.3, communication; 2.0, 4.1)."""

import json
from base64 import b64encode
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.record_store import VERSION_HEADER, Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement
from xapi import query
from xapi.vocabulary import Edition

ANNA = json.dumps(agent())
IRI = "https://lms.example/course/1"
RESOURCES: dict[str, dict[str, str]] = {
    "statements": {"limit": "1"},
    "activities/state": {"activityId": IRI, "agent": ANNA, "stateId": "a"},
    "activities/profile": {"activityId": IRI, "profileId": "a"},
    "agents/profile": {"agent": ANNA, "profileId": "a"},
    "agents": {"agent": ANNA},
    "activities": {"activityId": IRI},
}
DOCUMENTS = [resource for resource in RESOURCES if "/" in resource]
BAD = "xapi.bad_request"
each_resource = pytest.mark.parametrize("resource", RESOURCES)


def paired(names: str, values: list[Any]) -> pytest.MarkDecorator:
    """Run a test of all values on Statements, and of the last one on each other resource: one place reads them."""
    rows = [("statements", each) for each in values]
    rows += [(resource, values[-1]) for resource in RESOURCES if resource != "statements"]
    return pytest.mark.parametrize(("resource", names), rows)


def ask(lrs: Lrs, resource: str, method: str = "GET", **request: Any) -> TestResponse:
    """Ask a resource for something that is there."""
    if resource in DOCUMENTS:
        lrs.ask("PUT", resource, query_string=RESOURCES[resource], data=b"x", headers={"If-None-Match": "*"})
    return lrs.ask(method, resource, **{"query_string": RESOURCES[resource]} | request)


def without(lrs: Lrs, *names: str, method: str = "GET", resource: str = "statements", **headers: str) -> TestResponse:
    """Ask without some of the headers that a client sends, or with others."""
    sent = {VERSION_HEADER: lrs.edition.value, "Authorization": basic("all", "secret-of-all")} | headers
    sent = {name: value for name, value in sent.items() if name not in names}
    return lrs.client.open(f"{lrs.base}/{resource}", method=method, headers=sent, json=statement())


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


@each_resource
def test_XAPI00125_XAPI00126_head_is_get_without_a_body(quick: Lrs, resource: str) -> None:
    quick.post(statement())
    got, headed = ask(quick, resource), ask(quick, resource, "HEAD")
    assert (got.status_code, headed.status_code, headed.data) == (200, 200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", VERSION_HEADER):
        assert headed.headers.get(name) == got.headers.get(name)
    wrong = ask(quick, resource, "HEAD", query_string=RESOURCES[resource] | {"foo": "bar"})
    assert (wrong.status_code, wrong.data) == (400, b"")


def test_XAPI00126_head_of_about_and_of_one_statement(quick: Lrs) -> None:
    (given,) = quick.post(statement()).get_json()
    headed = quick.ask("HEAD", query_string={"statementId": given})
    assert (headed.status_code, headed.data) == (200, b"")
    assert headed.last_modified == quick.get(statementId=given).last_modified
    assert quick.client.head(f"{quick.base}/about").status_code == 200


def test_XAPI00015_texts_are_utf_8(lrs: Lrs) -> None:
    texts = {"de": "Größe", "ja": "参加しました", "ar": "حضر", "en": "\U0001f600 e\u0301 \u0000"}
    sent = statement(id=SOME_ID, verb={"id": "x:größe", "display": texts})
    raw = json.dumps(sent, ensure_ascii=False).encode("utf-8")
    assert lrs.ask("POST", data=raw, content_type="application/json; charset=utf-8").status_code == 200
    answer = lrs.get(verb="x:größe")
    assert answer.get_json()["statements"][0]["verb"]["display"] == texts
    assert "参加しました".encode() in answer.data
    for wrong in (raw.decode().encode("latin-1", "replace"), raw.decode().encode("utf-16")):
        refused(lrs.ask("POST", data=wrong, content_type="application/json"), 400, "xapi.bad_json")


@pytest.mark.parametrize("version", [None, "", "0.95", "2.0", "nonsense"])
def test_XAPI00315_XAPI00316_XAPI00317_XAPI00318_XAPI00319_about(quick: Lrs, version: str | None) -> None:
    headers = {} if version is None else {VERSION_HEADER: version}
    answer = quick.client.get(f"{quick.base}/about", headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == {"version": ["2.0.0", "1.0.3"]}
    assert answer.headers[VERSION_HEADER] == quick.edition


@each_resource
def test_XAPI00321_a_request_without_a_version(quick: Lrs, resource: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = without(quick, VERSION_HEADER, method=method, resource=resource)
        refused(answer, 400, "xapi.bad_version")
        assert answer.headers[VERSION_HEADER] == quick.edition


@paired(
    "version",
    ["", "0.9", "0.95", "1", "1.1.0", "2", "2.1.0", "3.0.0", "1.0.", "1.0.x", "v1.0.3", "1.0.3, 2.0.0", "١.0"],
)
def test_XAPI00331_a_version_that_is_not_spoken(quick: Lrs, resource: str, version: str) -> None:
    refused(ask(quick, resource, headers={VERSION_HEADER: version}), 400, "xapi.bad_version")


@paired(
    "spoken",
    [("1.0", Edition.V1), ("1.0.0", Edition.V1), ("1.0.9", Edition.V1), ("2.0", Edition.V2), ("2.0.1", Edition.V2)],
)
def test_XAPI00333_answers_name_the_edition(quick: Lrs, resource: str, spoken: tuple[str, Edition]) -> None:
    version, edition = spoken
    for parameters, status in ((RESOURCES[resource], 200), ({"foo": "bar"}, 400)):
        answer = ask(quick, resource, headers={VERSION_HEADER: version}, query_string=parameters)
        assert (answer.status_code, answer.headers[VERSION_HEADER]) == (status, edition)


def test_XAPI00330_statements_are_the_same_in_either_edition(lrs: Lrs) -> None:
    context = {"contextActivities": {"parent": [{"id": IRI}]}, "extensions": {"x:1": [1.5, None]}}
    sent = statement(id=SOME_ID, context=context, version="1.0.0", timestamp="2015-11-18T11:17:00Z")
    assert lrs.post(sent).status_code == 200
    read = []
    for lrs.edition in Edition:
        found = lrs.get(statementId=SOME_ID).get_json()
        assert {name: found[name] for name in sent} == sent
        read.append(found)
    assert read[0] == read[1]


@each_resource
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_XAPI00324_a_parameter_that_nobody_knows(quick: Lrs, resource: str, method: str) -> None:
    if (resource in {"agents", "activities"} and method != "GET") or (resource, method) == ("statements", "DELETE"):
        refused(quick.ask(method, resource, query_string={"foo": "bar"}), 405, "xapi.method")
        return
    known = {"PUT": {"statementId": OTHER_ID}, "POST": {}}.get(method, {}) if resource == "statements" else None
    parameters = {"foo": "bar"} | (RESOURCES[resource] if known is None else known)
    refused(ask(quick, resource, method, query_string=parameters, json=statement()), 400, BAD)


@pytest.mark.parametrize("name", [*query.READERS, "statementId", "voidedStatementId"])
def test_XAPI00325_a_parameter_of_statements_in_other_case(quick: Lrs, name: str) -> None:
    valid = {"agent": ANNA, "limit": "1", "registration": SOME_ID, "format": "ids", "cursor": "1"}
    value = valid.get(name, SOME_ID if name.endswith("Id") else "true" if "_" in name else "2026-01-01T00:00:00Z")
    for other in {name.upper(), name.capitalize()} - {name}:
        refused(quick.get(**{other: value}), 400, BAD)
    if name == "statementId":
        refused(quick.ask("PUT", query_string={"StatementId": SOME_ID}, json=statement()), 400, BAD)


@pytest.mark.parametrize("resource", [*DOCUMENTS, "agents", "activities"])
def test_XAPI00325_a_parameter_in_other_case(quick: Lrs, resource: str) -> None:
    for name, value in RESOURCES[resource].items():
        changed = {key: text for key, text in RESOURCES[resource].items() if key != name} | {name.upper(): value}
        assert ask(quick, resource, query_string=changed).status_code == 400


@paired("header", ["", "Basic", "Basic !", "Basic " + "A" * 9, "Bearer", "Bearer x", "Digest x"])
def test_XAPI00334_malformed_credentials(quick: Lrs, resource: str, header: str) -> None:
    for method in ("GET", "PUT", "POST"):
        answer = without(quick, method=method, resource=resource, Authorization=header)
        refused(answer, 401, "xapi.bad_key")
        assert "WWW-Authenticate" in answer.headers


@each_resource
def test_XAPI00334_XAPI00335_credentials(quick: Lrs, resource: str) -> None:
    ask(quick, resource)
    for name, secret in (("nobody", "x"), ("all", "wrong"), ("all", ""), ("", "")):
        refused(without(quick, resource=resource, Authorization=basic(name, secret)), 401, "xapi.bad_key")
    refused(without(quick, "Authorization", resource=resource), 401, "xapi.bad_key")
    answer = quick.client.get(
        f"{quick.base}/{resource}",
        headers={VERSION_HEADER: quick.edition, "Authorization": basic("all", "secret-of-all")},
        query_string=RESOURCES[resource],
    )
    assert answer.status_code == 200


def test_XAPI00334_refused_statements_are_not_stored(quick: Lrs) -> None:
    before = quick.ids()
    refused(quick.post(statement(), key="nobody"), 401, "xapi.bad_key")
    refused(quick.put(statement(), OTHER_ID, key="nobody"), 401, "xapi.bad_key")
    assert quick.ids() == before

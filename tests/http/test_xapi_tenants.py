"""Tenants: what one provider keeps in the record store, another never sees, changes, or learns of, by no way."""

import hashlib
import json
from typing import Any

import pytest

from campus.database import Database
from tests.factories import organisation
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.samples import COMPLETED, OTHER_ID, SOME_ID, agent, statement, voiding
from xapi.keys import Scope
from xapi.vocabulary import Edition

ACTIVITY, MENTIONED = "https://lms.example/course/1", "https://lms.example/programme"
CONTENT = b"an attached file"
SHA2 = hashlib.sha256(CONTENT).hexdigest()
SECRET = "only A's"
REGISTRATION = "3f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d13"
TOLD: dict[str, Any] = {
    "id": SOME_ID,
    "actor": agent("anna") | {"name": SECRET},
    "verb": {"id": COMPLETED, "display": {"de": SECRET}},
    "object": {"id": ACTIVITY, "definition": {"name": {"de": SECRET}}},
    "context": {
        "registration": REGISTRATION,
        "instructor": agent("lehrerin"),
        "contextActivities": {"parent": [{"id": MENTIONED}]},
    },
}
DOCUMENTS = {
    "activities/state": {"activityId": ACTIVITY, "agent": json.dumps(agent("anna")), "stateId": "x"},
    "activities/profile": {"activityId": ACTIVITY, "profileId": "x"},
    "agents/profile": {"agent": json.dumps(agent("anna")), "profileId": "x"},
}


@pytest.fixture
def lrs(database: Database) -> Lrs:
    """Give the store with a key of each of two providers, and of the campus; A has told something."""
    made = open_store(database)
    with database.write() as session:
        one, two = organisation(session), organisation(session)
    made.add_key("a", Scope.ALL, of=one)
    made.add_key("b", Scope.ALL, of=two)
    made.key = "a"
    assert made.post(TOLD).status_code == 200
    made.key = "b"
    return made


def seen(lrs: Lrs, key: str, **parameters: str) -> list[str]:
    answer = lrs.ask("GET", key=key, query_string=parameters)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.get_json()["statements"]]


FILTERS = [
    {},
    {"agent": json.dumps(agent("anna"))},
    {"agent": json.dumps(agent("lehrerin")), "related_agents": "true"},
    {"verb": COMPLETED},
    {"activity": ACTIVITY},
    {"activity": MENTIONED, "related_activities": "true"},
    {"registration": REGISTRATION},
    {"since": "2000-01-01T00:00:00Z"},
    {"until": "2099-01-01T00:00:00Z", "ascending": "true"},
    {"verb": COMPLETED, "cursor": "0", "ascending": "true"},
]


def test_no_filter_finds_another_tenant_s_statements(lrs: Lrs) -> None:
    for parameters in FILTERS:
        found = [seen(lrs, key, **parameters) for key in ("a", "b", "all")]
        assert found == [[SOME_ID], [], [SOME_ID]], parameters


def test_an_id_of_another_tenant_is_not_there(lrs: Lrs) -> None:
    for name in ("statementId", "voidedStatementId"):
        refused(lrs.ask("GET", query_string={name: SOME_ID}), 404, "xapi.statement_not_found")


def test_the_same_id_is_no_conflict_and_each_reads_its_own(lrs: Lrs) -> None:
    assert lrs.post(statement(id=SOME_ID, actor=agent("b"))).status_code == 200
    assert lrs.put(statement(actor=agent("b")), SOME_ID).status_code == 204
    for key, name in (("a", "anna"), ("b", "b")):
        found = lrs.ask("GET", key=key, query_string={"statementId": SOME_ID}).get_json()
        assert found["actor"]["account"]["name"] == name
    conflict = lrs.ask("POST", key="a", json=statement(id=SOME_ID, actor=agent("b")))
    refused(conflict, 409, "xapi.statement_conflict")


def test_nobody_declares_another_tenant_s_statement_void(lrs: Lrs) -> None:
    for edition in Edition:
        lrs.edition = edition
        assert lrs.post(voiding(SOME_ID)).status_code in {200, 204}
    assert lrs.ask("POST", key="all", json=voiding(SOME_ID)).status_code == 200
    assert seen(lrs, "a") == [SOME_ID]
    assert lrs.ask("POST", key="a", json=voiding(SOME_ID, id=OTHER_ID)).status_code == 200
    assert seen(lrs, "a") == [OTHER_ID]


def test_a_voiding_that_came_first_voids_nothing_of_another_tenant(lrs: Lrs) -> None:
    lrs.post(voiding(OTHER_ID))
    lrs.ask("POST", key="a", json=statement(id=OTHER_ID))
    assert seen(lrs, "a", verb=COMPLETED) == [OTHER_ID, SOME_ID]


def test_a_reference_to_another_tenant_s_statement_tells_nothing_of_it(lrs: Lrs) -> None:
    about = statement(actor=agent("b"), object={"objectType": "StatementRef", "id": SOME_ID}, verb={"id": "x:y"})
    (made,) = lrs.post(about).get_json()
    assert seen(lrs, "b") == [made]
    for parameters in FILTERS[1:7]:
        assert seen(lrs, "b", **parameters) == [], parameters


def test_names_and_definitions_are_learnt_by_each_tenant_for_itself(lrs: Lrs) -> None:
    asked = {"agents": {"agent": json.dumps(agent("anna"))}, "activities": {"activityId": ACTIVITY}}
    for resource, parameters in asked.items():
        assert SECRET in lrs.ask("GET", resource, key="a", query_string=parameters).text
        for key in ("b", "all"):
            assert SECRET not in lrs.ask("GET", resource, key=key, query_string=parameters).text
    lrs.post(statement(verb={"id": COMPLETED}))
    answer = lrs.ask("GET", query_string={"format": "canonical"})
    assert (answer.status_code, SECRET in answer.text) == (200, False)


def test_another_tenant_s_word_changes_no_definition(lrs: Lrs) -> None:
    lrs.post(statement(object={"id": ACTIVITY, "definition": {"name": {"de": "umbenannt"}}}))
    found = lrs.ask("GET", "activities", key="a", query_string={"activityId": ACTIVITY}).get_json()
    assert found["definition"]["name"] == {"de": SECRET}


@pytest.mark.parametrize("resource", DOCUMENTS)
def test_documents_of_another_tenant_are_not_there_and_stay(lrs: Lrs, resource: str) -> None:
    parameters = DOCUMENTS[resource]
    all_of_them = {name: value for name, value in parameters.items() if name not in {"stateId", "profileId"}}

    def ask(key: str, method: str, **request: Any) -> Any:
        return lrs.ask(method, resource, key=key, **({"query_string": parameters} | request))

    new = {"If-None-Match": "*"}
    assert ask("a", "PUT", json={"of": "a"}, headers=new).status_code == 204
    for key in ("b", "all"):
        assert ask(key, "GET").status_code == 404
        assert ask(key, "GET", query_string=all_of_them).get_json() == []
        if resource == "activities/state":
            assert ask(key, "DELETE", query_string=all_of_them).status_code == 204
        assert ask(key, "PUT", json={"of": key}, headers=new).status_code == 204
        assert ask(key, "POST", json={"more": key}).status_code == 204
        assert ask(key, "GET").get_json() == {"of": key, "more": key}
        etag = ask(key, "GET").headers["ETag"]
        assert ask(key, "DELETE", headers={"If-Match": etag}).status_code == 204
    assert ask("a", "GET").get_json() == {"of": "a"}


def test_a_content_that_another_tenant_sent_must_be_sent_again(lrs: Lrs) -> None:
    """Its SHA-2 alone gets nobody the content, nor shows that it is there."""
    described = {
        "usageType": "https://lms.example/usage",
        "display": {"en": "file"},
        "contentType": "text/plain",
        "length": len(CONTENT),
        "sha2": SHA2,
    }
    told = statement(id=OTHER_ID, attachments=[described])
    assert lrs.ask("POST", key="a", **_multipart(told)).status_code == 200
    refusals = [lrs.post(statement(attachments=[described | {"sha2": sha2}])) for sha2 in (SHA2, "0" * 64)]
    assert [(one.status_code, one.get_json()["code"]) for one in refusals] == [
        (400, refusals[0].get_json()["code"])
    ] * 2
    linked = described | {"fileUrl": "https://lms.example/file"}
    assert lrs.post(statement(id=OTHER_ID, attachments=[linked])).status_code == 200
    answer = lrs.ask("GET", query_string={"statementId": OTHER_ID, "attachments": "true"})
    assert (answer.status_code, CONTENT in answer.data) == (200, False)
    answer = lrs.ask("GET", key="a", query_string={"statementId": OTHER_ID, "attachments": "true"})
    assert CONTENT in answer.data


def test_paging_of_one_tenant_never_comes_to_another(lrs: Lrs) -> None:
    mine = [lrs.post(statement()).get_json()[0] for _ in range(3)]
    lrs.ask("POST", key="a", json=[statement() for _ in range(3)])
    assert lrs.all_ids(limit="1") == mine[::-1]
    first = lrs.ask("GET", key="a", query_string={"limit": "1"}).get_json()
    stolen = lrs.ask("GET", first["more"], key="b").get_json()["statements"]
    assert {one["id"] for one in stolen} <= set(mine)


def test_the_campus_s_key_writes_into_a_store_of_its_own(lrs: Lrs) -> None:
    lrs.ask("POST", key="all", json=statement(id=OTHER_ID))
    assert seen(lrs, "all") == [OTHER_ID, SOME_ID]
    assert seen(lrs, "b") == []
    assert seen(lrs, "a") == [SOME_ID]


def _multipart(told: dict[str, Any]) -> dict[str, Any]:
    lines = [
        b"--x",
        b"Content-Type: application/json",
        b"",
        json.dumps(told).encode(),
        b"--x",
        b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: binary",
        b"X-Experience-API-Hash: " + SHA2.encode(),
        b"",
        CONTENT,
        b"--x--",
        b"",
    ]
    return {"data": b"\r\n".join(lines), "content_type": "multipart/mixed; boundary=x"}

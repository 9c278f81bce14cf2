"""Each member of a statement (1.0.3, data, 2.3 and 2.4; 2.0, 4.2.2 to 4.2.5)."""

from typing import Any

import pytest

from tests.conformance.xapi.test_data_formatting import broken
from tests.record_store import Lrs
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, VOIDED, agent, statement
from xapi.vocabulary import Edition

SUB = {"objectType": "SubStatement", **statement()}
REFERENCE = {"objectType": "StatementRef", "id": OTHER_ID}
MAILBOX = {"mbox": "mailto:a@b.c"}
GROUP = {"objectType": "Group", "member": [agent()]}
INTERACTION: dict[str, Any] = {
    "correctResponsesPattern": ["a"],
    "choices": [{"id": "a"}],
    "scale": [{"id": "a"}],
    "source": [{"id": "a"}],
    "target": [{"id": "a"}],
    "steps": [{"id": "a"}],
}


def test_XAPI00017_a_voiding_statement_is_about_a_statement(quick: Lrs) -> None:
    voids = {"id": VOIDED}
    assert broken(quick.post(statement(verb=voids)), "XAPI-00017") == "/object"
    assert quick.post(statement(verb=voids, object=REFERENCE)).status_code == 200, "also of one that isn't there"


def test_XAPI00026_the_store_gives_an_id(lrs: Lrs) -> None:
    (given,) = lrs.post(statement()).get_json()
    assert lrs.get(statementId=given).get_json()["id"] == given


@pytest.mark.parametrize("place", ["actor", "object", "instructor", "team", "authority"])
def test_XAPI00034_XAPI00037_exactly_one_identifier(quick: Lrs, place: str) -> None:
    def post(who: dict[str, Any]) -> Any:
        inside = {"context": {place: who}} if place in {"instructor", "team"} else {place: who}
        return quick.post(statement(**inside))

    if place not in {"team", "authority"}:
        broken(post(agent() | MAILBOX | {"objectType": "Agent"}), "XAPI-00034")
        broken(post({"name": "A", "objectType": "Agent"}), "XAPI-00034")
    if place != "authority":
        assert post(GROUP).status_code == 200
        assert post(GROUP | MAILBOX).status_code == 200
        broken(post(GROUP | MAILBOX | agent()), "XAPI-00037")
        broken(post({"objectType": "Group"}), "XAPI-00037")
        broken(post({"objectType": "Group", "member": []}), "XAPI-00037")
        broken(post(GROUP | {"member": [agent(), GROUP]}), "XAPI-00")


@pytest.mark.parametrize(
    ("identifier", "requirement"),
    [
        ({"mbox": "a@b.c"}, "XAPI-00038"),
        ({"mbox": "http://b.c/a@b"}, "XAPI-00038"),
        ({"mbox_sha1sum": "a" * 39}, "XAPI-00039"),
        ({"openid": "b.c"}, "XAPI-00040"),
        ({"account": "a"}, "XAPI-00041"),
        ({"account": {"name": "a"}}, "XAPI-00042"),
        ({"account": {"name": "a", "homePage": "b.c"}}, "XAPI-00042"),
        ({"account": {"homePage": "https://b.c"}}, "XAPI-00043"),
        ({"account": {"name": 5, "homePage": "https://b.c"}}, "XAPI-00043"),
        (MAILBOX | {"name": 5}, "XAPI-00033"),
    ],
)
def test_XAPI00033_to_00043_identifiers(quick: Lrs, identifier: dict[str, Any], requirement: str) -> None:
    broken(quick.post(statement(actor=identifier)), requirement)
    broken(quick.post(statement(actor={"objectType": "Group", **identifier})), requirement)
    broken(quick.post(statement(object=SUB | {"actor": identifier})), requirement)


def test_XAPI00046_XAPI00065_what_an_object_is(quick: Lrs) -> None:
    broken(quick.post(statement(object={"objectType": "Thing", "id": "a:b"})), "XAPI-00046")
    assert quick.post(statement(object=agent())).status_code == 400, "an agent there says its objectType"
    assert quick.post(statement(object=agent() | {"objectType": "Agent"})).status_code == 200


@pytest.mark.parametrize("member", INTERACTION)
def test_XAPI00064_an_interaction_says_its_type(quick: Lrs, member: str) -> None:
    definition = {member: INTERACTION[member]}
    broken(quick.post(statement(object={"id": "a:b", "definition": definition})), "XAPI-00064")
    definition["interactionType"] = "other"
    assert quick.post(statement(object={"id": "a:b", "definition": definition})).status_code == 200


@pytest.mark.parametrize(
    "extra", [{"id": OTHER_ID}, {"stored": "2026-01-01T00:00:00Z"}, {"version": "1.0.0"}, {"authority": agent()}]
)
def test_XAPI00067_to_00070_a_substatement_is_not_stored(quick: Lrs, extra: dict[str, Any]) -> None:
    broken(quick.post(statement(object=SUB | extra)), "XAPI-00067")


def test_XAPI00066_XAPI00071_a_substatement_is_a_statement_without_another(quick: Lrs) -> None:
    broken(quick.post(statement(object={"objectType": "SubStatement", "actor": agent()})), "XAPI-00066")
    broken(quick.post(statement(object=SUB | {"object": SUB})), "XAPI-00071")


def test_XAPI00072_XAPI00073_a_reference(quick: Lrs) -> None:
    broken(quick.post(statement(object={"objectType": "StatementRef"})), "XAPI-00072")
    broken(quick.post(statement(context={"statement": {"id": OTHER_ID, "objectType": "statementref"}})), "XAPI-00073")


@pytest.mark.parametrize(
    ("score", "requirement"),
    [
        ({"scaled": 1.01}, "XAPI-00083"),
        ({"min": 1, "max": 1}, "XAPI-00081"),
        ({"min": 0, "max": 10, "raw": 10.5}, "XAPI-00082"),
        ({"min": 0, "raw": -1}, "XAPI-00082"),
        ({"max": "10"}, "XAPI-00080"),
    ],
)
def test_XAPI00080_to_00083_scores(quick: Lrs, score: dict[str, Any], requirement: str) -> None:
    broken(quick.post(statement(result={"score": score})), requirement)
    broken(quick.post(statement(object=SUB | {"result": {"score": score}})), requirement)


@pytest.mark.parametrize(("member", "requirement"), [("revision", "XAPI-00084"), ("platform", "XAPI-00085")])
def test_XAPI00084_XAPI00085_only_of_activities(quick: Lrs, member: str, requirement: str) -> None:
    context = {"context": {member: "1"}}
    assert quick.post(statement(**context)).status_code == 200
    for target in (REFERENCE, GROUP, SUB):
        broken(quick.post(statement(object=target, **context)), requirement)
    broken(quick.post(statement(object=SUB | {"object": REFERENCE} | context)), requirement)


@pytest.mark.parametrize(
    ("context", "requirement"),
    [
        ({"registration": "a"}, "XAPI-00087"),
        ({"instructor": "a"}, "XAPI-00087"),
        ({"team": "a"}, "XAPI-00088"),
        ({"contextActivities": []}, "XAPI-00086"),
        ({"contextActivities": {"child": []}}, "XAPI-00093"),
        ({"contextActivities": {"parent": "a:b"}}, "XAPI-00094"),
        ({"contextActivities": {"parent": [{"id": "b"}]}}, "XAPI-00047"),
        ({"language": 5}, "XAPI-00091"),
    ],
)
def test_XAPI00086_to_00094_contexts(quick: Lrs, context: dict[str, Any], requirement: str) -> None:
    broken(quick.post(statement(context=context)), requirement)
    broken(quick.post(statement(object=SUB | {"context": context})), requirement)
    assert quick.post(statement(context={"team": agent()})).status_code == 400, "a team is a group"


@pytest.mark.parametrize("relation", ["parent", "grouping", "category", "other"])
def test_XAPI00096_a_single_context_activity_comes_back_in_a_list(lrs: Lrs, relation: str) -> None:
    context = {"contextActivities": {relation: {"id": "a:b"}}}
    lrs.post(statement(id=SOME_ID, context=context, object=SUB | {"context": context}))
    found = lrs.get(statementId=SOME_ID).get_json()
    for holder in (found, found["object"]):
        assert holder["context"] == {"contextActivities": {relation: [{"id": "a:b"}]}}


def test_XAPI00097_XAPI00099_the_store_says_when_and_on_whose_word(lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID, stored="2011-07-15T00:00:00Z", authority=MAILBOX))
    found = lrs.get(statementId=SOME_ID).get_json()
    assert found["stored"] != "2011-07-15T00:00:00Z"
    assert found["authority"] != MAILBOX


@pytest.mark.parametrize(
    "group",
    [
        {"member": [agent("a")]},
        {"member": [agent("a"), agent("b"), agent("c")]},
        {"member": [agent("a"), agent("b")], **MAILBOX},
        MAILBOX,
    ],
)
def test_XAPI00098_XAPI00100_an_authority_is_no_other_group_than_a_pair(quick: Lrs, group: dict[str, Any]) -> None:
    broken(quick.post(statement(authority={"objectType": "Group", **group})), "XAPI-00098")


@pytest.mark.parametrize(
    ("version", "valid"),
    [
        ("1.0", set(Edition)),
        ("1.0.9", set(Edition)),
        ("2.0.0", {Edition.V2}),
        ("0.9.9", set()),
        ("1.1.0", set()),
        ("2.1.0", set()),
        ("1.0.x", set()),
    ],
)
def test_XAPI00101_XAPI00332_versions(lrs: Lrs, version: str, valid: set[Edition]) -> None:
    answer = lrs.post(statement(id=SOME_ID, version=version))
    if lrs.edition in valid:
        assert lrs.get(statementId=SOME_ID).get_json()["version"] == version
    else:
        assert broken(answer, "XAPI-00101") == "/version"


def test_2_4_10_a_version_that_isnt_said(lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID))
    assert lrs.get(statementId=SOME_ID).get_json()["version"] == {Edition.V1: "1.0.0", Edition.V2: "2.0.0"}[lrs.edition]


@pytest.mark.parametrize(
    ("entry", "valid"),
    [
        ({"objectType": "contextAgent", "agent": agent()}, True),
        ({"objectType": "contextAgent", "agent": agent(), "relevantTypes": ["a:b"]}, True),
        ({"objectType": "contextAgent", "agent": agent(), "relevantTypes": []}, False),
        ({"objectType": "contextAgent", "agent": agent(), "relevantTypes": ["b"]}, False),
        ({"objectType": "contextAgent", "agent": {}}, False),
        ({"objectType": "agent", "agent": agent()}, False),
        ({"agent": agent()}, False),
        ({"objectType": "contextAgent"}, False),
    ],
)
def test_4_2_2_5_context_agents_and_groups_of_edition_2(quick: Lrs, entry: dict[str, Any], valid: bool) -> None:
    as_group = {name: value for name, value in entry.items() if name != "agent"}
    if "agent" in entry:
        as_group["group"] = GROUP if entry["agent"] else {}
    as_group |= {"objectType": "contextGroup"} if entry.get("objectType") == "contextAgent" else {}
    for context in ({"contextAgents": [entry]}, {"contextGroups": [as_group]}):
        for sent in (statement(context=context), statement(object=SUB | {"context": context})):
            assert quick.post(sent).status_code == (200 if valid and quick.edition is Edition.V2 else 400)

"""A member that breaks its requirement, in a statement and in a SubStatement (1.0.3, data, 2.4; 2.0, 4.2.2)."""

import json
from typing import Any

import pytest

from tests.conformance.xapi.test_data_formatting import broken, given_in_2
from tests.conformance.xapi.test_data_members import REFERENCE, SUB
from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, VOIDED, agent, statement

DEFINITION = "/object/definition"
COMPONENTS = ("steps", "target", "source", "scale", "choices")
TWICE = [{"id": "a"}, {"id": "a"}]


def row(number: int, place: str, value: Any, said: str = "") -> Any:
    """Give a requirement, a place, what must not stand there, and the requirement that the refusal names if another."""
    return pytest.param(place, value, said or f"XAPI-{number:05}", id=f"XAPI{number:05}-{place[1:]}")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        row(31, "/actor/objectType", "Person"),
        row(32, "/actor/objectType", 5, "XAPI-00031"),
        row(32, "/actor/member/0/objectType", 5, "XAPI-00031"),
        row(33, "/actor/name", 5),
        row(33, "/actor/member/1/name", {}),
        row(35, "/context/instructor", agent() | {"member": [agent()]}, "XAPI-00008"),
        row(36, "/actor/member", agent()),
        row(36, "/context/team/member", ["anna"], "XAPI-00"),
        row(36, "/context/team/member/0", {"name": "anna"}, "XAPI-00034"),
        row(44, "/verb/id", "completed"),
        row(44, "/verb", {"display": {"de": "hat"}}),
        row(45, "/verb/display", "hat"),
        row(45, "/verb/display/de", 5, "XAPI-00"),
        row(48, DEFINITION, "course"),
        row(49, f"{DEFINITION}/interactionType", "essay"),
        row(49, f"{DEFINITION}/interactionType", 5),
        row(50, f"{DEFINITION}/correctResponsesPattern", "a", "XAPI-00006"),
        row(50, f"{DEFINITION}/correctResponsesPattern", [5], "XAPI-00006"),
        *(row(51 + at, f"{DEFINITION}/{name}", {"id": "a"}, "XAPI-00006") for at, name in enumerate(COMPONENTS)),
        row(56, f"{DEFINITION}/name", "Frage"),
        row(57, f"{DEFINITION}/extensions", "x", "XAPI-00120"),
        *(row(58, f"{DEFINITION}/{name}", TWICE, "components differ") for name in COMPONENTS),
        row(58, f"{DEFINITION}/choices/0", {"description": {"de": "A"}}, "XAPI-00006"),
        row(58, f"{DEFINITION}/choices/0/id", 5, "XAPI-00006"),
        row(59, f"{DEFINITION}/description", 5),
        row(60, f"{DEFINITION}/type", "question"),
        row(61, f"{DEFINITION}/moreInfo", "lms.example/more"),
        row(62, f"{DEFINITION}/choices/0/description", "A", "XAPI-00"),
        row(62, f"{DEFINITION}/choices/0/description", {"de_DE": "A"}, "XAPI-00121"),
        row(63, f"{DEFINITION}/choices/0", "a", "XAPI-00006"),
        row(74, "/result/success", "true"),
        row(75, "/result/completion", 1),
        row(76, "/result/response", {}),
        row(78, "/result/extensions", "x", "XAPI-00120"),
        row(79, "/result/score", 5),
        row(89, "/context/revision", 1),
        row(90, "/context/platform", {}),
        row(92, "/context/statement", SOME_ID),
        row(92, "/context/statement", {"objectType": "StatementRef"}, "XAPI-00072"),
        row(120, f"{DEFINITION}/extensions", []),
        row(120, "/context/extensions", 5),
    ],
)
def test_a_member(quick: Lrs, place: str, value: Any, said: str) -> None:
    sent = given_in_2(place, value)
    assert broken(quick.post(sent), said).startswith(place)
    inner = {name: part for name, part in sent.items() if name not in {"id", "version"}}
    sent = statement(object=inner | {"objectType": "SubStatement"})
    assert broken(quick.post(sent), said).startswith(f"/object{place}")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        row(22, "/timestamp", "yesterday"),
        row(22, "/timestamp", 5),
        row(23, "/stored", "yesterday"),
        row(24, "/authority", "anna"),
        row(24, "/authority", {"objectType": "Activity", "id": "a:b"}, "XAPI-00"),
        row(27, "/id", "1", "XAPI-00029"),
        row(28, "/id", 5, "XAPI-00029"),
        row(28, "/id", {"id": SOME_ID}, "XAPI-00029"),
    ],
)
def test_a_member_of_statements_alone(quick: Lrs, place: str, value: Any, said: str) -> None:
    assert broken(quick.post(statement(**{place[1:]: value})), said).startswith(place)


@pytest.mark.parametrize(
    "uuid",
    [
        pytest.param(5, id="XAPI00028-number"),
        pytest.param(SOME_ID.replace("-", ""), id="XAPI00029-no hyphens"),
        pytest.param(f"urn:uuid:{SOME_ID}", id="XAPI00029-URN"),
        pytest.param(f"{SOME_ID}0", id="XAPI00030-too long"),
        pytest.param(SOME_ID.replace("1f", "1g"), id="XAPI00030-no digit"),
    ],
)
def test_what_is_a_uuid_is_one_everywhere(quick: Lrs, uuid: Any) -> None:
    reference = REFERENCE | {"id": uuid}
    for sent in (
        statement(id=uuid),
        statement(object=reference),
        statement(object=SUB | {"object": reference}),
        statement(context={"registration": uuid}),
        statement(context={"statement": reference}),
        statement(object=SUB | {"context": {"registration": uuid}}),
    ):
        refused(quick.post(sent), 400, "xapi.invalid_statement")


@pytest.mark.parametrize("kind", ["Activity", "Agent", "SubStatement"])
def test_XAPI00020_a_voiding_statement_s_object_is_a_reference(quick: Lrs, kind: str) -> None:
    target = {"Activity": {"id": "a:b"}, "Agent": agent(), "SubStatement": statement()}[kind] | {"objectType": kind}
    broken(quick.post(statement(verb={"id": VOIDED}, object=target)), "XAPI-00017")


@pytest.mark.parametrize("name", ["actor", "verb", "object", "id", "context"])
def test_XAPI00021_a_member_that_is_given_twice(quick: Lrs, name: str) -> None:
    members = statement(id=SOME_ID, context={"language": "de"})
    body = f'{json.dumps(members)[:-1]},"{name}":{json.dumps(members[name])}}}'
    refused(quick.ask("POST", data=body.encode(), content_type="application/json"), 400, "xapi.bad_json")


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"version": "1.0.0"}, id="XAPI00068"),
        pytest.param({"stored": "2026-01-01T00:00:00Z"}, id="XAPI00069"),
        pytest.param({"id": OTHER_ID}, id="XAPI00070"),
    ],
)
def test_a_substatement_is_not_stored_itself(quick: Lrs, extra: dict[str, Any]) -> None:
    assert broken(quick.post(statement(object=SUB | extra)), "XAPI-00067").startswith("/object")


@pytest.mark.parametrize("value", [None, "", {}, [], 0, False], ids=repr)
def test_XAPI00119_an_extension_may_be_empty(quick: Lrs, value: Any) -> None:
    has = {"extensions": {"a:b": value}}
    sent = statement(result=has, context=has, object={"id": "a:b", "definition": has})
    ids = quick.post([sent, statement(object={"objectType": "SubStatement", **sent})]).get_json()
    plain, nested = (quick.get(statementId=one).get_json() for one in ids)
    for found in (plain, nested["object"]):
        assert found["result"] == found["context"] == found["object"]["definition"] == has

"""What is a valid statement and where an invalid one breaks; what the two editions know."""

from typing import Any

import pytest

from tests.unit.xapi.samples import OTHER_ID, VOIDED, agent, changed, full, statement
from xapi import requirements, statements
from xapi.errors import InvalidStatementError
from xapi.parts import Json
from xapi.statements import check, check_agent, same
from xapi.vocabulary import Edition

SUB = {"objectType": "SubStatement", **statement()}
STEPS = {"interactionType": "performance", "steps": [{"id": "a"}, {"id": "a"}]}
TWICE = {"id": "a:b", "definition": STEPS}


@pytest.mark.parametrize(
    "valid",
    [
        statement(),
        full(),
        statement(object=SUB),
        statement(object={"objectType": "Agent", **agent("b")}),
        statement(object={"objectType": "Group", "member": [agent("b")]}),
        statement(object={"objectType": "StatementRef", "id": OTHER_ID}),
        statement(timestamp="2024-02-29T23:59:59Z", version="2.0.0"),
        statement(result={"duration": "P3W"}),
    ],
    ids=["small", "full", "substatement", "agent", "group", "reference", "leap day", "weeks"],
)
def test_valid(valid: dict[str, Any]) -> None:
    found = check(valid)
    assert same(valid, found)
    assert check(found) == found, "what is written as the store writes it stays as it is"


@pytest.mark.parametrize(
    ("invalid", "pointer"),
    [
        ([], ""),
        ("statement", ""),
        (statement(verb=None), ""),
        (statement(extra=1), ""),
        (statement(id="1"), "/id"),
        (statement(actor={}), "/actor"),
        (statement(actor={"mbox": "mailto:a@b.c", "openid": "https://a.example"}), "/actor"),
        (statement(actor={"mbox": "a@b.c"}), "/actor/mbox"),
        (statement(actor={"objectType": "Person", **agent()}), "/actor/objectType"),
        (statement(actor={"account": {"name": "x"}}), "/actor/account"),
        (statement(actor={"objectType": "Group"}), "/actor"),
        (statement(actor={"objectType": "Group", "member": [agent(), {}]}), "/actor/member/1"),
        (statement(verb={"id": "completed"}), "/verb/id"),
        (statement(verb={"id": "x:y", "display": {"not a language": "x"}}), "/verb/display"),
        (statement(verb={"id": "x:y", "display": {"de": 1}}), "/verb/display/de"),
        (statement(verb={"id": VOIDED}), "/object"),
        (statement(object={"id": "no iri"}), "/object/id"),
        (statement(object={"objectType": "activity", "id": "a:b"}), "/object/objectType"),
        (statement(object=SUB | {"object": SUB}), "/object/object/objectType"),
        (statement(object=SUB | {"id": OTHER_ID}), "/object"),
        (statement(object=SUB | {"timestamp": "2026-02-30T00:00:00Z"}), "/object/timestamp"),
        (statement(object=SUB | {"actor": {}}), "/object/actor"),
        (statement(timestamp="2026-11-02"), "/timestamp"),
        (statement(timestamp="2026-11-02T10:00:00"), "/timestamp"),
        (statement(timestamp="2026-11-02T10:00:00-00:00"), "/timestamp"),
        (statement(timestamp="0001-01-01T00:00:00+14:00"), "/timestamp"),
        (statement(version="0.95"), "/version"),
        (changed("/result/score/scaled", 1.1), "/result/score/scaled"),
        (changed("/result/score/raw", 11), "/result/score/raw"),
        (changed("/result/score/max", 0), "/result/score/min"),
        (changed("/result/success", "true"), "/result/success"),
        (changed("/result/response", None), "/result/response"),
        (changed("/result/duration", "P"), "/result/duration"),
        (changed("/result/duration", "PT"), "/result/duration"),
        (changed("/result/duration", "P1.5YT3H"), "/result/duration"),
        (changed("/context/registration", "x"), "/context/registration"),
        (changed("/context/team", agent()), "/context/team"),
        (changed("/context/contextAgents/0/agent", {}), "/context/contextAgents/0/agent"),
        (changed("/context/contextActivities/other/0/id", 7), "/context/contextActivities/other/0/id"),
        (changed("/context/contextActivities/none", []), "/context/contextActivities"),
        (changed("/context/extensions/short", 1), "/context/extensions"),
        (changed("/object", {"objectType": "StatementRef", "id": OTHER_ID}), "/context/revision"),
        (changed("/object/definition/interactionType", "guess"), "/object/definition/interactionType"),
        (changed("/object/definition/choices/0/id", 1), "/object/definition/choices/0/id"),
        (changed("/object/definition/choices/0/id", "b"), "/object/definition/choices"),
        (changed("/context/contextActivities/parent", [TWICE]), "/context/contextActivities/parent/0/definition/steps"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_an_invalid_one_is_refused_at_the_place_where_it_breaks(invalid: Any, pointer: str) -> None:
    with pytest.raises(InvalidStatementError) as refused:
        check(invalid, "/3")
    assert refused.value.field == "/3" + pointer


def places(value: Any, pointer: str = "") -> list[str]:
    """List the pointers to all members of the full statement but what extensions hold."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if pointer.endswith("/extensions"):
        return [pointer]
    return ([pointer] if pointer else []) + [p for name, child in members for p in places(child, f"{pointer}/{name}")]


@pytest.mark.parametrize("pointer", places(full()))
def test_null_is_refused_everywhere_but_inside_extensions(pointer: str) -> None:
    with pytest.raises(InvalidStatementError):
        check(changed(pointer, None))


def test_a_refusal_doesnt_repeat_what_was_said_of_a_person() -> None:
    with pytest.raises(InvalidStatementError) as refused:
        check(statement(actor={"mbox": "anna.muster@example.org"}))
    assert "anna" not in f"{refused.value} {refused.value.field}"


def test_a_refusal_names_the_requirement_of_the_nearest_part() -> None:
    def rule(invalid: Any) -> str:
        with pytest.raises(InvalidStatementError) as refused:
            check(invalid)
        return refused.value.rule.split()[0]

    assert rule(statement(verb={})) == "XAPI-00044"
    assert rule(statement(verb=None)) == "XAPI-00004"
    assert rule(statement(actor=agent() | {"Name": "A"})) == "XAPI-00008"
    assert rule(statement(verb={"id": "x:y", "display": {"a12345678": "x"}})) == "XAPI-00121"
    assert rule(changed("/context/extensions/short", 1)) == "XAPI-00118"
    assert rule(changed("/context/statement/id", None)) == "XAPI-00001"
    assert rule(changed("/result/success", "yes")) == "XAPI-00074"


def test_each_requirement_that_the_schema_names_has_a_text() -> None:
    def named(part: Any) -> set[str]:
        if isinstance(part, list):
            return {name for child in part for name in named(child)}
        if not isinstance(part, dict):
            return set()
        own = {part["rule"]} if isinstance(part.get("rule"), str) else set()
        return own | set(part.get("rules", {}).values()) | {name for child in part.values() for name in named(child)}

    schema = statements._SCHEMA  # the file itself, as it was read
    assert named(schema["$defs"]) < set(requirements.TEXTS)
    assert all(len(requirements.rule(one)) > len(one) for one in requirements.TEXTS)


PAIR = [agent("a"), agent("b")]


@pytest.mark.parametrize(
    ("authority", "valid"),
    [
        (agent(), True),
        ({"objectType": "Group", "member": PAIR}, True),
        ({"objectType": "Group", "member": PAIR[:1]}, False),
        ({"objectType": "Group", "member": [*PAIR, agent("c")]}, False),
        ({"objectType": "Group", "member": PAIR, "mbox": "mailto:a@b.c"}, False),
        ({"objectType": "Group", "mbox": "mailto:a@b.c"}, False),
    ],
)
def test_an_authority_that_is_a_group_is_a_nameless_pair(authority: Json, valid: bool) -> None:
    if valid:
        assert check(statement(authority=authority))
    else:
        with pytest.raises(InvalidStatementError, match="XAPI-00098"):
            check(statement(authority=authority))


@pytest.mark.parametrize(
    "only_in_2",
    [
        statement(version="2.0.0"),
        statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": agent()}]}),
        statement(context={"contextGroups": []}),
    ],
)
def test_what_edition_1_doesnt_know(only_in_2: Json) -> None:
    assert check(only_in_2)
    with pytest.raises(InvalidStatementError):
        check(only_in_2, edition=Edition.V1)


def test_an_agent_asked_for_is_checked_like_one_in_a_statement() -> None:
    assert check_agent(agent()) == agent()
    with pytest.raises(InvalidStatementError):
        check_agent({"objectType": "Group", "member": [{}]})

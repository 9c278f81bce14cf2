"""What is a valid statement, where an invalid one breaks, and when two are the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.xapi.samples import OTHER_ID, VOIDED, agent, changed, full, statement
from xapi import parts
from xapi.errors import InvalidStatementError, UnsupportedError
from xapi.statements import check, check_agent, instant, same

SUB = {"objectType": "SubStatement", **statement()}


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
    assert check(valid) is valid


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
        (changed("/result/score/max", 0), "/result/score/max"),
        (changed("/result/success", "true"), "/result/success"),
        (changed("/result/response", None), "/result/response"),
        (changed("/result/duration", "P"), "/result/duration"),
        (changed("/result/duration", "PT"), "/result/duration"),
        (changed("/context/registration", "x"), "/context/registration"),
        (changed("/context/team", agent()), "/context/team"),
        (changed("/context/contextAgents/0/agent", {}), "/context/contextAgents/0/agent"),
        (changed("/context/contextActivities/other/0/id", 7), "/context/contextActivities/other/0/id"),
        (changed("/context/contextActivities/none", []), "/context/contextActivities"),
        (changed("/context/extensions/short", 1), "/context/extensions"),
        (changed("/object", {"objectType": "StatementRef", "id": OTHER_ID}), "/context/revision"),
        (changed("/object/definition/interactionType", "guess"), "/object/definition/interactionType"),
        (changed("/object/definition/choices/0/id", 1), "/object/definition/choices/0/id"),
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


def test_attachments_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="attachments"):
        check(statement(attachments=[]))


def test_an_agent_asked_for_is_checked_like_one_in_a_statement() -> None:
    assert check_agent(agent()) == agent()
    with pytest.raises(InvalidStatementError):
        check_agent({"objectType": "Group", "member": [{}]})


@pytest.mark.parametrize(
    "again",
    [
        full() | {"stored": "2026-01-01T00:00:00Z", "authority": agent("x"), "version": "1.0.0"},
        changed("/timestamp", "2026-11-02T09:00:00.123Z"),
        changed("/verb/display", {"fr": "terminé"}),
        changed("/object/definition", {}),
        changed("/actor/member", list(reversed(full()["actor"]["member"]))),
        changed("/context/contextActivities/parent", [{"objectType": "Activity", "id": "https://lms.example/p"}]),
        changed("/context/registration", OTHER_ID.lower()),
        {name: value for name, value in full().items() if name != "timestamp"},
    ],
    ids=["set by the store", "zone", "display", "definition", "members", "single", "case", "time left to us"],
)
def test_the_same_statement_in_other_words(again: dict[str, Any]) -> None:
    original = full()
    assert same(original, again)
    assert original == full(), "comparing changes nothing"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/actor/mbox", "mailto:other@example.org"),
        ("/verb/id", "x:y"),
        ("/object/id", "x:y"),
        ("/result/success", False),
        ("/timestamp", "2026-11-02T10:00:00.124+01:00"),
        ("/context/extensions", {}),
    ],
)
def test_another_statement(path: str, value: Any) -> None:
    assert not same(full(), changed(path, value))


def test_where_agents_and_activities_are() -> None:
    keys = dict(parts.agent_keys(full()))
    assert keys["mbox:mailto:kurs@example.org"]
    assert keys["account:https://lms.example|b"], "a member of the actor counts as the actor"
    assert {key for key, direct in keys.items() if not direct} == {
        f"account:https://lms.example|{name}" for name in ("c", "d", "e", "lehrerin")
    }
    assert dict(parts.activity_keys(full())) == {
        "https://lms.example/course/1": True,
        "https://lms.example/o": False,
        "https://lms.example/p": False,
    }
    inner = statement(object=SUB | {"actor": agent("inner")})
    assert dict(parts.agent_keys(inner))["account:https://lms.example|inner"] is False
    assert parts.activity_keys(inner) == [("https://lms.example/course/1", False)]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_times(text: str) -> None:
    found = instant(text)
    assert found is None or found.tzinfo is not None

"""How the store writes a statement, and when two are the same one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, changed, full, statement
from xapi import parts
from xapi.errors import InvalidStatementError
from xapi.statements import check, instant, same
from xapi.vocabulary import Edition

SUB = {"objectType": "SubStatement", **statement()}


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z"),
        ("2026-11-02t10:00:00.123456789z", None, "2026-11-02T10:00:00.123456789Z"),
        ("2026-11-02T10:00:00.120+05:30", "2026-11-02T04:30:00.120Z", "2026-11-02T04:30:00.120Z"),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00-0030", "2026-01-01T00:30:00Z", None),
        ("2026-01-01T00:00:00+01", "2025-12-31T23:00:00Z", None),
        ("2026-01-01T00:00", "2026-01-01T00:00:00Z", None),
        ("20260101T000000,5Z", "2026-01-01T00:00:00.5Z", None),
        ("2026-01-01T00:00:00-00:00", None, None),
        ("2026-01-01T00:00:00-00", None, None),
        ("2026-01-01T00:00:00-0000", None, None),
        ("2026-01-01", None, None),
        ("2026-01-01 00:00:00Z", None, None),
        ("0001-01-01T00:00:00+14:00", None, None),
    ],
)
def test_a_time_is_written_in_utc_with_all_its_digits(text: str, first: str | None, second: str | None) -> None:
    for edition, written in ((Edition.V1, first), (Edition.V2, second)):
        for holder in (statement(timestamp=text), statement(object=SUB | {"timestamp": text})):
            if written is None:
                with pytest.raises(InvalidStatementError, match=r"XAPI-00022|XAPI-00123"):
                    check(holder, edition=edition)
            else:
                found = check(holder, edition=edition)
                assert found.get("timestamp", found["object"].get("timestamp")) == written


def test_version_and_context_activities_are_written_in_one_way() -> None:
    given = statement(
        context={"contextActivities": {"parent": {"id": "a:b"}, "other": []}},
        object=SUB | {"context": {"contextActivities": {"category": {"id": "a:c"}}}},
    )
    before = repr(given)
    found = check(given, edition=Edition.V1)
    assert found["context"]["contextActivities"] == {"parent": [{"id": "a:b"}], "other": []}
    assert found["object"]["context"]["contextActivities"] == {"category": [{"id": "a:c"}]}
    assert found["version"] == "1.0.0"
    assert "version" not in found["object"]
    assert check(given)["version"] == "2.0.0"
    assert check(statement(version="1.0.9"))["version"] == "1.0.9"
    assert repr(given) == before


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
        changed("/context/language", "de-de"),
        changed("/context/statement/id", OTHER_ID.upper()),
        changed("/actor/mbox", "mailto:kurs@EXAMPLE.org"),
        changed("/actor/member/1/mbox_sha1sum", "A" * 40),
        changed("/result/duration", "PT1H30M5.509S") | {"id": SOME_ID.upper()},
        {name: value for name, value in full().items() if name != "timestamp"},
    ],
    ids=[
        "set by the store", "zone", "display", "definition", "members", "single", "case", "language", "reference",
        "domain", "hash", "beyond hundredths", "time left to us",
    ],
)  # fmt: skip
def test_the_same_statement_in_other_words(again: dict[str, Any]) -> None:
    original = changed("/result/duration", "PT1H30M5.50S")
    if again["result"]["duration"] == "PT1H30M5.5S":  # another way of writing isn't the same (2.3.1.b8)
        again = again | {"result": original["result"]}
    assert same(original, again)
    assert original == changed("/result/duration", "PT1H30M5.50S"), "comparing changes nothing"


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
    keys = {parts.agent_key(part.value): part.direct for part in parts.agents(full())}
    assert keys["mbox:mailto:kurs@example.org"]
    assert keys["account:https://lms.example|b"], "a member of the actor counts as the actor"
    assert {key for key, direct in keys.items() if not direct and key} == {
        f"account:https://lms.example|{name}" for name in ("c", "d", "e", "lehrerin")
    }
    assert {part.value["id"]: part.direct for part in parts.activities(full())} == {
        "https://lms.example/course/1": True,
        "https://lms.example/o": False,
        "https://lms.example/p": False,
    }
    inner = statement(object=SUB | {"actor": agent("inner")})
    assert [part.direct for part in parts.agents(inner)] == [True, False]
    assert [(part.pointer, part.direct) for part in parts.activities(inner)] == [("/object/object", False)]


@given(
    text=st.text(max_size=40) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.,0-9Z+:-]{0,9}")
)
def test_no_text_breaks_the_reader_of_times(text: str) -> None:
    found = instant(text)
    assert found is None or found.tzinfo is UTC
    if found:
        written = check(statement(timestamp=text), edition=Edition.V1)["timestamp"]
        assert check(statement(timestamp=written), edition=Edition.V2)["timestamp"] == written
        assert instant(written) == found
        assert datetime.fromisoformat(written) == found


def test_true_and_one_are_different_words() -> None:
    one, other = (statement(context={"extensions": {"https://x.example/y": value}}) for value in (True, 1))
    assert not same(one, other)
    assert same(other, statement(context={"extensions": {"https://x.example/y": 1.0}}))


def test_a_language_tag_of_any_length_is_taken_or_refused() -> None:
    long = "de-" + "-".join(f"a{number:04}" for number in range(500))
    with pytest.raises(InvalidStatementError):
        check(statement(context={"language": long}))

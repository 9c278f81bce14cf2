"""Whatever is sent, the store answers; what it accepts it gives back as it was."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.record_store import Lrs, open_store
from tests.unit.xapi.samples import full, statement, voiding
from xapi.vocabulary import Edition

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=12)
"""Of all characters: NUL, line ends, halves of surrogate pairs."""
NUMBERS = st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
LIKELY = st.sampled_from(
    [
        None, "", "Agent", "Group", "Activity", "SubStatement", "StatementRef", [], {}, 0, -1, 1.5, True, "a:b", "de",
        "mailto:a@b.c", "2026-02-30T00:00:00Z", "2026-02-28T24:00:00+23:59", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "2026-02-28T10:00:00.5-01:00", "PT1.999S", "P1Y", 10**400, {"id": "a:b"},
        [{"id": "a:c"}], "http://adlnet.gov/expapi/verbs/voided", "1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11",
    ]
).map(deepcopy)  # fmt: skip
"""What gets further than any text."""
SUB = ("actor", "verb", "object", "result", "context", "timestamp")
SEEDS: list[Callable[[], dict[str, Any]]] = [
    full,
    statement,
    lambda: voiding("2f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d12"),
    lambda: statement(object={"objectType": "SubStatement"} | {k: v for k, v in full().items() if k in SUB}),
]
OUR_OWN = ("id", "stored", "authority", "version")
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def lrs(database: Database) -> Lrs:
    return open_store(database)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the ways to all members of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, child in inner for found in places(child, (*path, name)))]


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """Draw a statement in which a few members are something else, gone, or named anew."""
    made: Any = {"": draw(st.sampled_from(SEEDS))()}
    made[""].pop("id", None)
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(places(made)[1:]))
        holder = made
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["set", "set", "add", "remove"])):
            case "add" if isinstance(holder[last], dict):
                holder[last][draw(TEXTS | st.sampled_from(["name", "member", "mbox", "version"]))] = draw(LIKELY)
            case "remove" if way:
                del holder[last]
            case _:
                holder[last] = draw(LIKELY | VALUES)
    return made[""]


def ask(lrs: Lrs, edition: Edition, body: bytes) -> Any:
    lrs.edition = edition
    answer = lrs.ask("POST", data=body, content_type="application/json")
    assert answer.status_code in {200, 400, 409}, answer.text
    return answer


def as_kept(sent: dict[str, Any]) -> dict[str, Any]:
    """Write what was sent as it is to come back, times as what they mean."""
    found = {name: value for name, value in sent.items() if name not in OUR_OWN}
    if "timestamp" in found:
        time = datetime.fromisoformat(found["timestamp"].upper())
        found["timestamp"] = time.timestamp() if time.tzinfo else time
    relations = found.get("context", {}).get("contextActivities")
    if relations is not None:
        lists = {name: [one] if isinstance(one, dict) else one for name, one in relations.items()}
        found["context"] = found["context"] | {"contextActivities": lists}
    if found["object"].get("objectType") == "SubStatement":
        found["object"] = as_kept(found["object"])
    return found


def assert_comes_back(lrs: Lrs, answer: Any, sent: dict[str, Any]) -> None:
    found = lrs.get(statementId=answer.get_json()[0]).get_json()
    if "timestamp" not in sent:
        assert found.pop("timestamp") == found["stored"]
    assert as_kept(found) == as_kept(sent)
    assert found["version"] == sent.get("version", found["version"])


@ON_SQLITE
@pytest.mark.parametrize("edition", Edition)
@MANY
@given(body=st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_body_breaks_the_store(lrs: Lrs, edition: Edition, body: bytes) -> None:
    ask(lrs, edition, body)


@pytest.mark.parametrize("edition", Edition)
@MANY
@given(sent=changed(), several=st.booleans())
def test_what_is_accepted_comes_back_equal(lrs: Lrs, edition: Edition, sent: Any, several: bool) -> None:
    answer = ask(lrs, edition, json.dumps([sent] if several else sent).encode())
    if answer.status_code == 200 and answer.get_json():
        assert_comes_back(lrs, answer, sent)


WHOLE_TEXTS = st.text(max_size=12)
WHOLE_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WHOLE_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WHOLE_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@MANY
@given(value=WHOLE_VALUES, text=WHOLE_TEXTS, name=WHOLE_TEXTS, escaped=st.booleans())
def test_any_value_may_stand_in_an_extension(lrs: Lrs, value: Any, text: str, name: str, escaped: bool) -> None:
    sent = statement(
        actor={"account": {"homePage": "https://lms.example", "name": name}, "name": text},
        object={"id": "a:b", "definition": {"name": {"de": text}, "extensions": {"a:x": value}}},
        result={"response": text, "extensions": {"a:x": value}},
    )
    answer = ask(lrs, Edition.V2, json.dumps(sent, ensure_ascii=escaped).encode())
    assert answer.status_code == 200, answer.text
    assert_comes_back(lrs, answer, sent)

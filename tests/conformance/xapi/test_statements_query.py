"""Asking for statements: filters, order, what refers to another one (1.0.3, communication, 2.1.3; 2.0, 4.1.6.1)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.record_store import Lrs, refused, utc
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement

COURSE = "https://lms.example/course/1"
ANNA = agent("anna")
GROUP = {"objectType": "Group", "mbox": "mailto:kurs@example.org"}
CONSISTENT = "X-Experience-API-Consistent-Through"


def by(name: str, verb: str = "x:did", target: Any = None, **changes: Any) -> dict[str, Any]:
    """Give a statement that has nothing of the others unless it is said."""
    return statement(actor=agent(name), verb={"id": verb}, object=target or {"id": f"x:of-{name}"}, **changes)


def nested(**changes: Any) -> dict[str, Any]:
    return {"objectType": "SubStatement", **by("nobody"), **changes}


def related(relation: str) -> dict[str, Any]:
    return {"contextActivities": {relation: [{"id": COURSE}]}}


def members(*names: str) -> dict[str, Any]:
    return {"objectType": "Group", "member": [agent(name) for name in names]}


def about(name: str) -> dict[str, Any]:
    """Refer to one of the statements below."""
    return {"objectType": "StatementRef", "id": uuid(name)}


def uuid(name: str) -> str:
    return f"{list(GIVEN).index(name):08}-0000-4000-8000-000000000000"


GIVEN: dict[str, Any] = {
    "early about": lambda: by("e", "x:said", about("plain")),
    "plain": lambda: by("anna", "x:completed", {"id": COURSE}),
    "met": lambda: by("m", "x:met", ANNA | {"objectType": "Agent"}),
    "group": lambda: by("g") | {"actor": GROUP | {"member": [ANNA]}},
    "anonymous": lambda: by("g") | {"actor": members("x", "anna")},
    "instructor": lambda: by("i", context={"instructor": ANNA}),
    "team": lambda: by("t", context={"team": members("anna")}),
    "context agent": lambda: by("c", context={"contextAgents": [{"objectType": "contextAgent", "agent": ANNA}]}),
    "context group": lambda: by("c", context={"contextGroups": [{"objectType": "contextGroup", "group": GROUP}]}),
    "nested actor": lambda: by("n", target=nested(actor=ANNA, verb={"id": "x:nested"})),
    "nested object": lambda: by("n", target=nested(object={"id": COURSE})),
    "nested context": lambda: by("n", target=nested(context=related("parent") | {"instructor": ANNA})),
    "parent": lambda: by("p", context=related("parent")),
    "grouping": lambda: by("p", context=related("grouping")),
    "category": lambda: by("p", context=related("category")),
    "other": lambda: by("p", context=related("other")),
    "registered": lambda: by("r", context={"registration": SOME_ID.upper()}),
    "about": lambda: by("a", "x:said", about("plain")),
    "about about": lambda: by("a", "x:said", about("about")),
    "in context": lambda: by("a", context={"statement": about("plain")}),
}
"""In the order in which they are stored, a second from one to the next."""
ABOUT = {"early about", "about", "about about"}
OF_ANNA = {"plain", "met", "group", "anonymous"} | ABOUT
RELATED_TO_ANNA = {"instructor", "team", "context agent", "nested actor", "nested context"}
RELATED_TO_COURSE = {"nested object", "nested context", "parent", "grouping", "category", "other"}


@pytest.fixture(scope="module")
def _filling(lasting_store: Lrs) -> None:
    for name, make in GIVEN.items():
        lasting_store.services.now += timedelta(seconds=1)
        assert lasting_store.post(make() | {"id": uuid(name)}).status_code == 200


@pytest.fixture
def filled(_filling: None, lasting: Lrs) -> Lrs:
    """Give the store with those statements, asked in each edition."""
    return lasting


def names(lrs: Lrs, **parameters: Any) -> list[str]:
    """Ask for statements and give their names, the last stored first; dictionaries are sent as JSON."""
    sent = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in parameters.items()}
    return [list(GIVEN)[int(one.partition("-")[0])] for one in lrs.ids(**sent)]


def in_order(wanted: set[str]) -> list[str]:
    return [name for name in reversed(GIVEN) if name in wanted]


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        pytest.param({}, set(GIVEN), id="XAPI00159"),
        pytest.param({"agent": ANNA}, OF_ANNA, id="XAPI00181"),
        pytest.param({"agent": ANNA | {"name": "Never said"}}, OF_ANNA, id="XAPI00181-by its identifier alone"),
        pytest.param({"agent": GROUP}, {"group"}, id="XAPI00181-group"),
        pytest.param({"agent": {"mbox": "mailto:anna@lms.example"}}, set(), id="XAPI00181-nobody"),
        pytest.param({"agent": ANNA, "related_agents": "false"}, OF_ANNA, id="XAPI00176-false"),
        pytest.param({"agent": ANNA, "related_agents": "true"}, OF_ANNA | RELATED_TO_ANNA, id="XAPI00176"),
        pytest.param({"agent": GROUP, "related_agents": "true"}, {"group", "context group"}, id="XAPI00176-group"),
        pytest.param({"verb": "x:completed"}, {"plain"} | ABOUT, id="XAPI00180"),
        pytest.param({"verb": "x:said"}, ABOUT, id="XAPI00180-of references"),
        pytest.param({"verb": "x:nested"}, set(), id="XAPI00180-not of a SubStatement"),
        pytest.param({"activity": COURSE}, {"plain"} | ABOUT, id="XAPI00179"),
        pytest.param({"activity": COURSE, "related_activities": "false"}, {"plain"} | ABOUT, id="XAPI00177-false"),
        pytest.param(
            {"activity": COURSE, "related_activities": "true"}, {"plain"} | ABOUT | RELATED_TO_COURSE, id="XAPI00177"
        ),
        pytest.param({"registration": SOME_ID}, {"registered"}, id="XAPI00178"),
        pytest.param({"registration": OTHER_ID}, set(), id="XAPI00178-another"),
        pytest.param({"agent": ANNA, "verb": "x:met"}, {"met"}, id="XAPI00164"),
        pytest.param({"agent": ANNA, "activity": COURSE}, {"plain"} | ABOUT, id="XAPI00164-through a reference"),
        pytest.param({"agent": agent("e"), "verb": "x:completed"}, set(), id="XAPI00164-not one half of each"),
        pytest.param({"agent": ANNA, "registration": SOME_ID}, set(), id="XAPI00164-none"),
        pytest.param({"related_agents": "true", "related_activities": "true"}, set(GIVEN), id="XAPI00164-of nothing"),
        pytest.param({"verb": "x:unknown"}, set(), id="XAPI00149"),
    ],
)
def test_filters(filled: Lrs, parameters: dict[str, Any], wanted: set[str]) -> None:
    assert names(filled, **parameters) == in_order(wanted)


def test_XAPI00176_related_agents_are_also_who_vouches(filled: Lrs) -> None:
    authority = filled.get(statementId=uuid("plain")).get_json()["authority"]
    assert names(filled, agent=authority) == []
    assert names(filled, agent=authority, related_agents="true") == in_order(set(GIVEN))


def test_XAPI00174_XAPI00175_since_is_after_and_until_includes(filled: Lrs) -> None:
    met, team = (filled.get(statementId=uuid(name)).get_json()["stored"] for name in ("met", "team"))
    assert names(filled, until=met) == ["met", "plain", "early about"]
    between = ["team", "instructor", "anonymous", "group"]
    assert names(filled, since=met, until=team) == between
    assert names(filled, since=met, until=team, ascending="true") == between[::-1]
    assert names(filled, since=utc(met).isoformat(), limit="2", ascending="true") == between[:1:-1]
    assert names(filled, since=team, until=met) == []
    assert names(filled, since="2099-01-01T00:00:00Z") == []
    assert names(filled, until="2001-01-01T00:00:00Z") == []
    assert names(filled, since=met, until=team, agent=ANNA) == ["anonymous", "group"]


def test_XAPI00165_XAPI00166_stored_times_fall_or_rise(filled: Lrs) -> None:
    for parameters, descending in (({}, True), ({"ascending": "false"}, True), ({"ascending": "true"}, False)):
        times = [utc(one["stored"]) for one in filled.get(**parameters).get_json()["statements"]]
        assert times == sorted(times, reverse=descending)
        assert len(set(times)) == len(GIVEN)


def test_XAPI00173_limits(filled: Lrs) -> None:
    assert names(filled, limit="1") == ["in context"]
    assert names(filled, limit="3", verb="x:said", ascending="true") == ["early about", "about", "about about"]
    assert len(names(filled, limit="0")) == len(names(filled)) == len(GIVEN), "0 and none: what the server likes"
    assert len(names(filled, limit="100000")) == len(GIVEN)


@pytest.mark.parametrize(
    "parameters",
    [
        {"agent": json.dumps(ANNA)},
        {"verb": "x:y"},
        {"activity": "x:y"},
        {"registration": SOME_ID},
        {"since": "2026-01-01T00:00:00Z"},
        {"until": "2026-01-01T00:00:00Z"},
        {"limit": "1"},
        {"ascending": "true"},
        {"related_agents": "true"},
        {"related_activities": "true"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
@pytest.mark.parametrize(
    ("name", "other"),
    [
        pytest.param("voidedStatementId", "statementId", id="XAPI00150"),
        pytest.param("statementId", "voidedStatementId", id="XAPI00151"),
    ],
)
def test_one_statement_is_asked_for_alone(quick: Lrs, name: str, other: str, parameters: dict[str, str]) -> None:
    refused(quick.get(**{name: SOME_ID}, **parameters), 400, "xapi.bad_request")
    refused(quick.get(**{name: SOME_ID, other: SOME_ID}), 400, "xapi.bad_request")
    for allowed in ({"format": "ids"}, {"attachments": "true"}):
        refused(quick.get(**{name: SOME_ID}, **allowed), 404, "xapi.statement_not_found")


def test_XAPI00156_XAPI00158_one_statement_by_its_id(filled: Lrs) -> None:
    for written in (uuid("plain"), uuid("plain").upper()):
        answer = filled.get(statementId=written)
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        found = answer.get_json()
        assert {name: found[name] for name in ("id", "actor", "verb", "object")} == GIVEN["plain"]() | {
            "id": uuid("plain")
        }
        assert answer.last_modified == utc(found["stored"]).replace(microsecond=0)
    refused(filled.get(statementId=SOME_ID), 404, "xapi.statement_not_found")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 200),
        ({"agent": json.dumps(ANNA)}, 200),
        ({"verb": "x:unknown"}, 200),
        ({"attachments": "true"}, 200),
        ({"statementId": uuid("plain")}, 200),
        ({"statementId": SOME_ID}, 404),
        ({"voidedStatementId": SOME_ID}, 404),
        ({"statementId": "1"}, 400),
        ({"foo": "bar"}, 400),
        ({"agent": "anna"}, 400),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_XAPI00153_XAPI00160_how_far_an_answer_goes(
    filled: Lrs, method: str, parameters: dict[str, str], status: int
) -> None:
    last = utc(filled.get(limit="1").get_json()["statements"][0]["stored"])
    answer = filled.ask(method, query_string=parameters)
    assert answer.status_code == status
    assert last <= utc(answer.headers[CONSISTENT]) <= max(filled.services.now, last)


def test_XAPI00153_said_to_who_may_not_know_more(filled: Lrs) -> None:
    answer = filled.client.get(f"{filled.base}/statements")
    assert answer.status_code == 400
    assert utc(answer.headers[CONSISTENT]) >= utc(filled.get(limit="1").get_json()["statements"][0]["stored"])

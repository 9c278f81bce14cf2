"""Agents and Activities resources (1.0.3, communication, 2.4 and 2.5)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import agent, statement

IDENTIFIERS = {
    "XAPI00239-XAPI00244": ("mbox", "mailto:anna@example.org"),
    "XAPI00240": ("mbox_sha1sum", "a" * 40),
    "XAPI00241": ("openid", "https://id.example/anna"),
    "XAPI00242": ("account", {"homePage": "https://lms.example", "name": "anna"}),
}


def person(lrs: Lrs, wanted: Any) -> Any:
    answer = lrs.get("agents", agent=json.dumps(wanted))
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return answer.get_json()


def test_XAPI00236_XAPI00237_XAPI00238_XAPI00245_XAPI00246_XAPI00248_a_person_has_all_names_of_the_agent(
    lrs: Lrs,
) -> None:
    for name in ("Anna", "Anna A.", "Anna"):
        assert lrs.post(statement(actor=agent() | {"name": name})).status_code == 200
    lrs.post(statement(actor=agent("b") | {"name": "Berta"}))
    answer = person(lrs, agent())
    assert sorted(answer.pop("name")) == ["Anna", "Anna A."]
    assert answer == {"objectType": "Person", "account": [agent()["account"]]}


@pytest.mark.parametrize(("name", "value"), IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_a_person_has_lists_of_identifiers(lasting: Lrs, name: str, value: Any) -> None:
    assert lasting.post(statement(actor={name: value, "name": "Anna"})).status_code == 200
    assert person(lasting, {name: value}) == {"objectType": "Person", "name": ["Anna"], name: [value]}


def test_XAPI00247_of_an_agent_never_heard_of_only_what_was_asked(quick: Lrs) -> None:
    unknown = agent(str(uuid4()))
    assert person(quick, unknown) == {"objectType": "Person", "account": [unknown["account"]]}
    assert person(quick, unknown | {"name": "Z"})["name"] == ["Z"]


@pytest.mark.parametrize(
    "given",
    [None, "", "anna", "true", '{"objectType":"Agent","name":"Rick James"}', '{"objectType":"Group","openid":"x:y"}'],
    ids=["XAPI00243", "empty", "no JSON", "no object", "XAPI00249", "group"],
)
def test_an_agent_that_is_none(quick: Lrs, given: str | None) -> None:
    answer = quick.get("agents", **({} if given is None else {"agent": given}))
    assert refused(answer, 400, "xapi.bad_parameter")["field"] == "agent"


def test_XAPI00251_XAPI00253_XAPI00254_an_activity_has_all_that_was_said_of_it(lrs: Lrs) -> None:
    iri = "https://lms.example/meeting"
    first = {"type": "x:meeting", "name": {"en": "meeting"}, "extensions": {"x:1": None}, "moreInfo": "x:more"}
    second = {"name": {"fr": "réunion"}, "description": {"en": "We meet"}, "extensions": {"x:2": [1]}}
    for definition in (first, second):
        assert lrs.post(statement(object={"id": iri, "definition": definition})).status_code == 200
    answer = lrs.get("activities", activityId=iri)
    assert answer.get_json() == {
        "objectType": "Activity",
        "id": iri,
        "definition": first
        | {
            "name": {"en": "meeting", "fr": "réunion"},
            "description": {"en": "We meet"},
            "extensions": {"x:1": None, "x:2": [1]},
        },
    }


def test_XAPI00252_an_activity_never_heard_of_is_one_all_the_same(quick: Lrs) -> None:
    iri = f"https://lms.example/{uuid4()}"
    assert quick.get("activities", activityId=iri).get_json() == {"objectType": "Activity", "id": iri}


@pytest.mark.parametrize("given", [None, "", "true"], ids=["XAPI00250", "empty", "no IRI"])
def test_an_activity_that_is_none(quick: Lrs, given: str | None) -> None:
    answer = quick.get("activities", **({} if given is None else {"activityId": given}))
    assert refused(answer, 400, "xapi.bad_parameter")["field"] == "activityId"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("resource", ["agents", "activities"])
def test_things_are_only_read(quick: Lrs, resource: str, method: str) -> None:
    refused(quick.ask(method, resource, json={}), 405, "xapi.method")

"""The forms of statements: exact, canonical, ids (1.0.3, communication, 2.1.3; 2.0, 4.1.6.1)."""

import json
from typing import Any

import pytest

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement

VERB: dict[str, Any] = {
    "id": "x:answered",
    "display": {"de-DE": "hat beantwortet", "en": "answered", "fr": "a répondu"},
}
NAME = {"de-DE": "Frage", "en": "Question"}
DESCRIPTION = {"en": "What is it?", "fr": "Qu'est-ce?"}
DEFINITION: dict[str, Any] = {
    "name": NAME,
    "description": DESCRIPTION,
    "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
    "interactionType": "choice",
    "choices": [{"id": "a", "description": NAME}, {"id": "b"}],
    "extensions": {"x:1": None},
}
ACTIVITY = {"objectType": "Activity", "id": "x:question", "definition": DEFINITION}
GROUP = {"objectType": "Group", "mbox": "mailto:kurs@example.org", "name": "Kurs", "member": [agent("c")]}
CROWD = {"objectType": "Group", "name": "Alle", "member": [agent("d") | {"name": "D", "objectType": "Agent"}]}
SENT = statement(
    id=SOME_ID,
    actor=agent() | {"name": "Anna", "objectType": "Agent"},
    verb=VERB,
    object={"objectType": "SubStatement", "actor": GROUP, "verb": VERB, "object": ACTIVITY},
    context={"contextActivities": {"parent": [ACTIVITY]}, "team": CROWD},
)
PARTS = ("actor", "verb", "object", "context")


def read(lrs: Lrs, languages: str | None = None, **parameters: str) -> dict[str, Any]:
    """Ask for that statement by its id and in a list, which are the same; give its parts."""
    headers = {} if languages is None else {"Accept-Language": languages}
    alone = lrs.ask("GET", query_string={"statementId": SOME_ID} | parameters, headers=headers).get_json()
    (listed,) = lrs.ask("GET", query_string={"verb": VERB["id"]} | parameters, headers=headers).get_json()["statements"]
    assert alone == listed
    assert {"id", "stored", "timestamp", "version", "authority"} <= set(alone)
    return {name: alone[name] for name in PARTS}


def test_XAPI00168_XAPI00170_exact_is_as_it_was_sent(lrs: Lrs) -> None:
    lrs.post(SENT)
    lrs.post(statement(object={"id": "x:question", "definition": {"name": {"en": "Another"}}}))
    wanted = {name: SENT[name] for name in PARTS}
    assert read(lrs) == read(lrs, "fr") == read(lrs, format="exact") == wanted


def test_XAPI00171_ids_tell_apart_and_no_more(lrs: Lrs) -> None:
    lrs.post(SENT)
    found = read(lrs, format="ids")
    verb, activity = {"id": "x:answered"}, {"id": "x:question"}
    group = {"objectType": "Group", "mbox": GROUP["mbox"]}
    crowd = {"objectType": "Group", "member": [agent("d") | {"objectType": "Agent"}]}
    assert found["actor"] == agent() | {"objectType": "Agent"}
    assert found["verb"] == verb
    assert found["object"] == {"objectType": "SubStatement", "actor": group, "verb": verb, "object": activity}
    assert found["context"] == {"contextActivities": {"parent": [activity]}, "team": crowd}


@pytest.mark.parametrize(
    ("languages", "verb", "name", "description"),
    [
        ("en", "en", "en", "en"),
        ("fr", "fr", None, "fr"),
        ("de", "de-DE", "de-DE", None),
        ("de-DE;q=0.5, fr;q=0.9", "fr", "de-DE", "fr"),
        ("en;q=0, fr", "fr", None, "fr"),
        ("*", None, None, None),
        ("", None, None, None),
        ("nonsense;;q=x", None, None, None),
        (None, None, None, None),
    ],
)
def test_XAPI00169_XAPI00172_canonical_is_in_one_language(
    quick: Lrs, languages: str | None, verb: str | None, name: str | None, description: str | None
) -> None:
    quick.post(SENT)
    found = read(quick, languages, format="canonical")
    assert (found["actor"], found["object"]["actor"]) == (SENT["actor"], GROUP)
    definition = found["object"]["object"]["definition"]
    assert found["context"]["contextActivities"]["parent"][0]["definition"] == definition
    assert found["object"]["verb"] == found["verb"]
    for texts, given, tag in (
        (found["verb"]["display"], VERB["display"], verb),
        (definition["name"], NAME, name),
        (definition["choices"][0]["description"], NAME, name),
        (definition["description"], DESCRIPTION, description),
    ):
        (chosen,) = texts
        assert chosen == (tag or chosen)
        assert texts.items() <= given.items()
    assert {**definition, "name": 0, "description": 0, "choices": 0} == {
        **DEFINITION,
        "name": 0,
        "description": 0,
        "choices": 0,
    }


def test_XAPI00169_canonical_is_what_the_store_learnt_since(lrs: Lrs) -> None:
    lrs.post(statement(id=OTHER_ID, object={"id": "x:question"}))
    lrs.post(SENT)
    (bare,) = lrs.get(activity="x:question", format="canonical").get_json()["statements"]
    assert bare["object"]["definition"]["type"] == DEFINITION["type"]
    assert "definition" not in lrs.get(statementId=OTHER_ID).get_json()["object"]
    lrs.post(statement(object={"id": "x:question", "definition": {"name": {"en": "Corrected"}}}))
    again = lrs.ask(
        "GET", query_string={"statementId": OTHER_ID, "format": "canonical"}, headers={"Accept-Language": "en"}
    )
    assert again.get_json()["object"]["definition"]["name"] == {"en": "Corrected"}


@pytest.mark.parametrize("form", ["", "IDS", "short", json.dumps(["ids"])])
def test_XAPI00168_a_form_that_is_none(quick: Lrs, form: str) -> None:
    refused(quick.get(format=form), 400, "xapi.bad_parameter")
    refused(quick.get(statementId=SOME_ID, format=form), 400, "xapi.bad_parameter")

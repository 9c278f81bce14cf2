"""The profile document: valid, up to date in docs, and true of the statements that our recipes make."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campus.rules.credit import Outcome
from tests.unit.xapi.samples import PUBLIC_URL
from tests.unit.xapi.test_recipes import earning, step
from xapi import profile, recipes
from xapi.recipes import ThingKind
from xapi.statements import is_iri
from xapi.vocabulary import VERB_NAMES

DOCUMENT = Path(__file__).parents[3] / "docs/xapi-profile.jsonld"
MADE = profile.document(PUBLIC_URL)
LABELLED = {"id", "type", "inScheme", "prefLabel", "definition"}


def said() -> list[dict[str, Any]]:
    """Give one statement of each kind that our recipes make."""
    steps = [
        recipes.statement(step(outcome, kind), PUBLIC_URL)
        for outcome in Outcome
        for kind in (ThingKind.PAGE, ThingKind.EXAM, ThingKind.EVALUATION, ThingKind.TUTORIAL)
    ]
    last = earning()
    return [*steps, recipes.earned(last, PUBLIC_URL), recipes.earned_no_more(last, PUBLIC_URL, at=last.earned_at)]


def test_the_document_in_docs_is_the_one_that_is_served() -> None:
    """If it isn't, write ``json.dumps(document(EXAMPLE), indent=2, ensure_ascii=False)`` into the file."""
    assert json.loads(DOCUMENT.read_text()) == profile.document(profile.EXAMPLE)


def test_it_has_what_the_specification_demands() -> None:
    assert {"@context", "id", "type", "conformsTo", "prefLabel", "definition", "versions", "author"} <= MADE.keys()
    (version,) = MADE["versions"]
    assert version["id"] != MADE["id"]
    parts = [*MADE["concepts"], *MADE["templates"]]
    for part in parts:
        assert part.keys() >= LABELLED
        assert part["inScheme"] == version["id"]
        assert is_iri(part["id"])
    assert len({part["id"] for part in parts}) == len(parts)
    for template in MADE["templates"]:
        assert all(rule.keys() & {"presence", "any", "all", "none"} for rule in template["rules"])
    (extension,) = (part for part in MADE["concepts"] if part["type"] == "ContextExtension")
    assert json.loads(extension["inlineSchema"])["type"] == "string"


def test_it_defines_only_what_is_ours() -> None:
    assert all(concept["id"].startswith(f"{PUBLIC_URL}/xapi/") for concept in MADE["concepts"])


def test_each_statement_of_ours_follows_a_template() -> None:
    templates = {template["verb"]: template for template in MADE["templates"]}
    for statement in said():
        template = templates[statement["verb"]["id"]]
        (category,) = statement["context"]["contextActivities"]["category"]
        assert category["id"] == MADE["id"]
        if wanted := template.get("objectActivityType"):
            assert statement["object"]["definition"]["type"] == wanted
        for rule in template["rules"]:
            if rule["location"] == "$.result.success" and "all" in rule:
                assert statement["result"]["success"] in rule["all"]
    verbs = {statement["verb"]["id"] for statement in said()}
    assert verbs == set(templates), "no template without a statement"
    named = {verb if is_iri(verb) else PUBLIC_URL + verb for verb in VERB_NAMES}
    assert verbs == named, "what we say has a name, and only that"


@pytest.mark.parametrize("achieved", [True, False])
def test_a_credit_that_was_earned(achieved: bool) -> None:
    made = recipes.earned(replace(earning(), achieved=achieved, percent=80.0), PUBLIC_URL)
    assert made["result"] == {
        "score": {"scaled": 0.8, "raw": 80.0, "min": 0, "max": 100},
        "completion": True,
        "success": achieved,
    }
    assert made["id"] != recipes.earned(replace(earning(), revision=4), PUBLIC_URL)["id"]

"""What things in statements are called."""

from typing import Any

import pytest

from lti_tool.pages.office.record_store_names import Names, last_step, short
from xapi.descriptions import ACTIVITY, AGENT, VERB, description_digest
from xapi.parts import own_name
from xapi.store import CAMPUS
from xapi.vocabulary import Verb

URL = "https://campus.example"
PERSON = "1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11"
READ = "https://x.example/verbs/read"


def names(known: dict[tuple[str, str], Any] | None = None, language: str = "de") -> Names:
    digests = {description_digest(CAMPUS, kind, name): body for (kind, name), body in (known or {}).items()}
    return Names(digests, {PERSON: "Anna Beispiel"}, URL, language)


def test_a_verb_is_said_in_the_readers_language_by_whoever_knows_it() -> None:
    assert names().verb(CAMPUS, {"id": Verb.COMPLETED, "display": {"en-US": "completed"}}) == "hat abgeschlossen"
    others = names({(VERB, READ): {"de-AT": "hat gelesen"}})
    assert others.verb(CAMPUS, {"id": READ, "display": {"en": "read"}}) == "hat gelesen"
    assert names(language="en").verb(CAMPUS, {"id": READ, "display": {"de": "liest", "fr": "lit"}}) == "liest"
    assert names().verb(CAMPUS, {"id": READ}) == "read"
    assert names({(VERB, READ): {"de": "foreign"}}).verb(CAMPUS + 1, {"id": READ}) == "read"


def test_an_activity_without_a_name_is_called_by_its_address() -> None:
    iri = "https://x.example/1"
    assert names({(ACTIVITY, iri): {"name": {"de": "Eins"}}}).activity(CAMPUS, {"id": iri}) == "Eins"
    assert names().activity(CAMPUS, {"id": iri, "definition": {"name": {"de": " "}}}) == iri


def test_an_agent_has_its_own_name_then_others_then_ours_then_its_identifier() -> None:
    mail = {"mbox": "mailto:a@example.org"}
    known = names({(AGENT, "mbox:mailto:a@example.org"): ["Old", "New"]})
    assert known.agent(CAMPUS, mail | {"name": "Own"}) == "Own"
    assert known.agent(CAMPUS, mail) == "New"
    assert names().agent(CAMPUS, mail) == "a@example.org"
    assert names().agent(CAMPUS, {"account": {"homePage": URL, "name": PERSON}}) == "Anna Beispiel"
    foreign = {"account": {"homePage": "https://evil.example", "name": PERSON}}
    assert own_name(foreign, URL) is None
    assert names().agent(CAMPUS, foreign) == f"{PERSON} (https://evil.example)"


def test_a_group_says_that_it_is_one() -> None:
    members = [{"mbox": f"mailto:{name}@example.org"} for name in "ab"]
    group = {"objectType": "Group", "member": members}
    assert "a@example.org, b@example.org" in names().agent(CAMPUS, group)
    assert names().agent(CAMPUS, group | {"name": "Kurs"}).startswith("Kurs (")


@pytest.mark.parametrize(
    ("iri", "step"),
    [("https://x.example/v/read/", "read"), ("urn:x:read", "read"), ("https://x.example#did", "did"), ("///", "///")],
)
def test_the_last_step_of_an_address(iri: str, step: str) -> None:
    assert last_step(iri) == step


def test_names_are_short_and_without_control_characters() -> None:
    assert short("a\0b\nc") == "a b c"
    assert short("x" * 1000) == "x" * 200 + "…"

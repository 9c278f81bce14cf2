"""What a credential says, and how."""

from dataclasses import replace
from typing import Any

import pytest

from certificates.facts import AwardFacts, Recipient
from certificates.verifying import structure
from tests.unit.certificates import samples


def _all(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in _all(item)]
    if isinstance(value, list):
        return [found for item in value for found in _all(item)]
    return [value]


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_holds_no_numbers_and_nothing_unsigned(facts: AwardFacts) -> None:
    assert {type(value) for value in _all(samples.unsigned(facts))} == {str, bool}


def test_names_the_holder_but_no_id_of_the_person() -> None:
    document = samples.unsigned()
    assert document["credentialSubject"]["identifier"] == [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": "Mira Öztürk-Beispiel",
            "identityType": "name",
        }
    ]
    assert samples.ATTENDANCE.recipient.person_id not in str(document)


def test_two_awards_of_one_person_share_no_subject_id() -> None:
    other = replace(samples.ATTENDANCE, award_id="00000000-0000-4000-8000-000000000000")
    first, second = samples.unsigned(), samples.unsigned(other)
    assert first["credentialSubject"]["id"] != second["credentialSubject"]["id"]


def test_a_person_without_a_name_gets_an_id_only() -> None:
    document = samples.unsigned(replace(samples.ATTENDANCE, recipient=Recipient("x", "")))
    assert "identifier" not in document["credentialSubject"]
    assert structure.problems(samples.sign(document)) == []


def test_says_who_taught_when_that_is_not_the_issuer() -> None:
    assert samples.unsigned()["credentialSubject"]["source"]["name"] == "Akademie B / Academy B"
    assert "source" not in samples.unsigned(samples.COURSE)["credentialSubject"]


def test_results_point_to_their_descriptions_even_when_codes_repeat() -> None:
    subject = samples.unsigned(samples.COURSE)["credentialSubject"]
    described = [item["id"] for item in subject["achievement"]["resultDescription"]]
    assert len(set(described)) == 3
    assert [item["resultDescription"] for item in subject["result"]] == described
    assert [item.get("value") or item["status"] for item in subject["result"]] == ["85.71", "100", "Completed"]


def test_ects_is_said_as_such_and_never_as_credit_hours() -> None:
    achievement = samples.unsigned(samples.COURSE)["credentialSubject"]["achievement"]
    assert "creditsAvailable" not in achievement
    assert achievement["alignment"][0]["targetName"] == "2.5 ECTS"
    assert "2,5 ECTS-Leistungspunkte" in achievement["description"]


def test_the_transcript_is_in_the_signed_text_in_both_languages() -> None:
    narrative = samples.unsigned(samples.COURSE)["credentialSubject"]["narrative"]
    assert "A1 OZG: bestanden, 01.03.2026, 85,71\N{NO-BREAK SPACE}%" in narrative
    assert "B1 Participation: attended, 12 May 2026" in narrative


def test_equal_evidence_is_said_once() -> None:
    facts = replace(samples.ATTENDANCE, evidence=samples.ATTENDANCE.evidence * 3)
    assert len(samples.unsigned(facts)["evidence"]) == 2


def test_control_characters_of_a_source_are_cleaned_so_that_it_can_be_signed() -> None:
    facts = replace(samples.ATTENDANCE, recipient=Recipient("x", "Mira\t\x07Bei\r\nspiel"))
    signed = samples.sign(samples.unsigned(facts))
    assert signed["credentialSubject"]["identifier"][0]["identityHash"] == "Mira Bei spiel"


def test_the_same_facts_give_the_same_credential() -> None:
    assert samples.unsigned() == samples.unsigned()

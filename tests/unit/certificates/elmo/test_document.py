"""What an ELMO document of ours says."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from certificates.elmo import content, document, shape
from certificates.errors import NoElmoError
from certificates.facts import AwardFacts, AwardKind, Grade, Part, PartResult, Provider, Rating
from certificates.reading import markup
from tests.unit.certificates import samples
from tests.unit.certificates.awards import awards

PERSONS = (AwardKind.ATTENDANCE, AwardKind.COURSE, AwardKind.INDIVIDUAL)
EXAM = replace(samples.ATTENDANCE, achievement=replace(samples.ATTENDANCE.achievement, ects=2.5, eqf_level=5))


def said(facts: AwardFacts) -> dict[str, Any]:
    xml = document.build(facts, samples.ADDRESSES, generated_at=samples.NOW)
    return content.read(markup.parse(xml))


def item(facts: AwardFacts) -> dict[str, Any]:
    found: dict[str, Any] = said(facts)["reports"][0]["items"][0]
    return found


def test_learner_issuer_and_dates_are_there() -> None:
    found = said(samples.ATTENDANCE)
    assert found["learner"]["name"] == "Mira Öztürk-Beispiel"
    assert found["generated"] == "2026-05-14T09:30:00Z"
    report = found["reports"][0]
    assert report["issuer"] == {
        "name": {"de": "Hochschule A", "en": "University A"},
        "url": "https://a.example",
        "country": "",
        "identifiers": [{"type": "did", "value": samples.DID}],
    }
    assert report["issued"] == "2026-05-14T09:30:00Z"


def test_a_unit_is_a_course_with_result_credits_level_and_hours_of_sixty_minutes() -> None:
    found = item(EXAM)
    assert found["title"] == samples.ATTENDANCE.achievement.title
    assert (found["type"], found["date"], found["status"]) == ("Course", "2026-05-12", "passed")
    assert (found["result"], found["scheme"]) == ("85.71%", "percent")
    assert found["credits"] == [{"scheme": "ects", "value": "2.5"}]
    assert found["levels"] == [{"type": "EQF", "value": "5"}]
    assert found["hours"] == "9"
    assert "12 Unterrichtsstunden (je 45 Minuten)" in found["description"]["de"]
    assert {"type": "award", "value": samples.ATTENDANCE.award_id} in found["awards"]


@pytest.mark.parametrize(("score", "needed"), [(None, None), (59.9, 60), (80.0, None)])
def test_who_only_attended_gets_no_credits_and_no_mark(score: float | None, needed: float | None) -> None:
    found = item(replace(EXAM, score=score, pass_score=needed))
    assert (found["credits"], found["result"]) == ([], "teilgenommen / attended")


def test_a_course_is_a_module_with_its_units_as_parts() -> None:
    found = item(samples.COURSE)
    assert found["type"] == "Module"
    assert [(part["type"], part["result"], part["date"]) for part in found["parts"]] == [
        ("Course", "85.71%", "2026-03-01"),
        ("Course", "100%", "2026-04-02"),
        ("Course", "teilgenommen / attended", "2026-05-12"),
    ]


def test_ects_credits_stand_in_the_course_or_in_its_units_never_in_both() -> None:
    parts = tuple(replace(part, ects=1.5) for part in samples.COURSE.parts)
    whole = item(replace(samples.COURSE, parts=parts))
    assert [bool(found["credits"]) for found in (whole, *whole["parts"])] == [True, False, False, False]
    alone = replace(samples.COURSE, parts=parts, achievement=replace(samples.COURSE.achievement, ects=None))
    split = item(alone)
    assert [bool(found["credits"]) for found in (split, *split["parts"])] == [False, True, True, False]


def test_a_grade_stands_with_its_scale() -> None:
    graded = replace(samples.COURSE, grade=Grade("1,7", {"de": "1 bis 5", "en": "1 to 5"}))
    assert (item(graded)["result"], item(graded)["scheme"]) == ("1,7", "grade")
    assert said(graded)["reports"][0]["schemes"]["grade"] == {"de": "1 bis 5", "en": "1 to 5"}


def test_joint_award_mandate_and_supersession_are_said() -> None:
    facts = replace(
        samples.COURSE,
        on_behalf_of=Provider("did:web:c.example", {"de": "Hochschule C"}, "https://c.example"),
        awarding_bodies=(Provider("did:web:d.example", {"de": "Universität D"}, "https://d.example"),),
        supersedes="0e2cbf0a-5a0b-4a2a-8f0d-6f5d1c7c7a11",
    )
    found = item(facts)
    assert "Gemeinsam verliehen von Hochschule C und Universität D." in found["description"]["de"]
    assert "Issued by University A on behalf of Hochschule C." in found["description"]["en"]
    assert {"type": "supersedes", "value": "0e2cbf0a-5a0b-4a2a-8f0d-6f5d1c7c7a11"} in found["awards"]


def test_the_paper_and_the_open_badge_are_attached() -> None:
    files = list(document.attachments_of(b"%PDF-1.7", "{}", AwardKind.COURSE))
    xml = document.build(samples.COURSE, samples.ADDRESSES, generated_at=samples.NOW, attachments=files)
    listed = content.read(markup.parse(xml))["reports"][0]["attachments"]
    assert [(one["type"], one["media_type"]) for one in listed] == [
        ("Transcript of Records", "application/pdf"),
        ("Micro Credential", "application/vc+json"),
    ]
    assert b"data:application/pdf;base64,JVBERi0xLjc=" in xml


def test_a_municipality_has_no_elmo() -> None:
    facts = replace(
        samples.ATTENDANCE, kind=AwardKind.MUNICIPALITY, ratings=(Rating({"de": "Daten", "en": "Data"}, 2, 5),)
    )
    with pytest.raises(NoElmoError):
        document.build(facts, samples.ADDRESSES, generated_at=samples.NOW)


@given(awards(PERSONS))
def test_any_award_gives_a_document_that_our_own_rules_accept(facts: AwardFacts) -> None:
    xml = document.build(facts, samples.ADDRESSES, generated_at=samples.NOW)
    assert shape.problem(markup.parse(xml)) is None
    assert xml == document.build(facts, samples.ADDRESSES, generated_at=samples.NOW)


def test_a_name_that_is_not_known_leaves_an_empty_learner() -> None:
    facts = replace(samples.ATTENDANCE, recipient=replace(samples.ATTENDANCE.recipient, name=""))
    assert said(facts)["learner"]["name"] == ""


def test_a_part_names_its_provider() -> None:
    part = Part("Z", {"de": "Zett"}, date(2026, 1, 1), None, PartResult.ACHIEVED, {"de": "Hochschule Z"}, 8, 1.0)
    found = item(replace(samples.COURSE, parts=(part,)))["parts"][0]
    assert found["description"]["de"].splitlines() == [
        "Ergebnis: bestanden",
        "Umfang: 8 UStd., 1 ECTS",
        "Anbieter: Hochschule Z",
    ]

"""What statements come to, as H5P, Moodle's logstore_xapi and cmi5 really send them."""

from typing import Any

import pytest

from campus.rules.credit import Outcome, RequirementKind
from tests.unit.xapi.recorded import recorded
from tests.unit.xapi.samples import statement
from xapi.errors import InvalidStatementError
from xapi.evidence import Claim, Condition, Reading, basis, claim_of, judge, outcome_for, percent_of
from xapi.mappings import MAPPINGS, Scoring
from xapi.statements import check

H5P = "https://lernen.example/wp-admin/admin-ajax.php?action=h5p_embed&id=12"
BOOK = "https://moodle.example/mod/book/view.php?id=9"
QUIZ = "https://moodle.example/mod/quiz/view.php?id=11"
AU = "https://lms.example/cmi5/au-lms-id/4756b422"
PUBLISHED = "https://inhalte.example/kurse/datenschutz"
COURSE = "https://lms.example/cmi5/lms-id/57c4917c"
ACTIVITY, EXAM, TUTORIAL = RequirementKind.ACTIVITY, RequirementKind.EXAM, RequirementKind.TUTORIAL


def reading(
    mapping: str,
    activity: str,
    kind: RequirementKind = ACTIVITY,
    condition: Condition = Condition.NONE,
    least: float | None = None,
) -> Reading:
    ready = MAPPINGS[mapping]
    return Reading(
        activity,
        frozenset(ready.places),
        frozenset(verb.value for verb in ready.verbs),
        frozenset(verb.value for verb in ready.undoing),
        ready.category,
        ready.scoring,
        condition,
        least,
        outcome_for(kind, condition),
        kind is EXAM,
    )


def said(claim: Claim | None) -> tuple[str, float | None] | None:
    return (claim.outcome.value, claim.percent) if claim else None


SUCCESS, SCORE = Condition.SUCCESS, Condition.SCORE
CASES = [
    ("h5p", H5P, ACTIVITY, Condition.NONE, None, "completed", ("done", 87.5)),
    ("h5p", H5P, ACTIVITY, Condition.NONE, None, "answered", ("done", 100.0)),
    ("h5p", H5P, ACTIVITY, Condition.NONE, None, "attempted", None),
    ("h5p", H5P, ACTIVITY, Condition.NONE, None, "answered_part", None),
    ("h5p", H5P, ACTIVITY, SUCCESS, None, "completed_failed", None),
    ("h5p", H5P, ACTIVITY, SUCCESS, None, "answered", None),
    ("h5p", H5P, EXAM, SUCCESS, None, "completed", ("passed", 87.5)),
    ("h5p", H5P, EXAM, SUCCESS, None, "completed_failed", ("failed", 37.5)),
    ("h5p", H5P, EXAM, SCORE, 87.5, "completed", ("passed", 87.5)),
    ("h5p", H5P, EXAM, SCORE, 87.6, "completed", ("failed", 87.5)),
    ("h5p", H5P, ACTIVITY, SCORE, 87.6, "completed", None),
    ("h5p", H5P, TUTORIAL, Condition.NONE, None, "completed", ("present", 87.5)),
    ("logstore_xapi", BOOK, ACTIVITY, Condition.NONE, None, "module_completed", ("done", None)),
    ("logstore_xapi", BOOK, ACTIVITY, Condition.NONE, None, "module_uncompleted", None),
    ("cmi5_judged", AU, EXAM, SUCCESS, None, "passed", ("passed", 88.0)),
    ("cmi5_judged", AU, EXAM, SUCCESS, None, "failed", ("failed", 82.0)),
    ("cmi5_judged", f"{PUBLISHED}/aus/1", EXAM, SUCCESS, None, "passed", ("passed", 88.0)),
    ("cmi5_judged", AU, EXAM, SUCCESS, None, "passed_allowed", None),
    ("cmi5_judged", AU, EXAM, SUCCESS, None, "completed", None),
    ("cmi5_completed", AU, ACTIVITY, Condition.NONE, None, "completed", ("done", None)),
    ("cmi5_satisfied", COURSE, ACTIVITY, Condition.NONE, None, "satisfied", ("done", None)),
    ("cmi5_satisfied", PUBLISHED, ACTIVITY, Condition.NONE, None, "satisfied", ("done", None)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[5]}-{case[3]}")
def test_what_a_program_reports(case: tuple[Any, ...]) -> None:
    program, activity, kind, condition, least, name, claim = case
    asked = reading("moodle_completed" if program == "logstore_xapi" else program, activity, kind, condition, least)
    kept_in = program if program == "logstore_xapi" else program.partition("_")[0]
    assert said(judge(asked, check(recorded(kept_in, name)))) == claim


@pytest.mark.parametrize(
    ("name", "kind", "condition", "claim"),
    [
        ("quiz_attempt_failed", EXAM, Condition.NONE, ("done", 50.0)),
        ("quiz_attempt_passed", EXAM, Condition.NONE, ("done", 85.0)),
        ("quiz_attempt_failed", EXAM, SUCCESS, ("failed", 50.0)),
        ("quiz_attempt_passed", EXAM, SUCCESS, ("passed", 85.0)),
        ("quiz_module_failed", EXAM, SUCCESS, ("failed", None)),
        ("quiz_question_answered", EXAM, Condition.NONE, None),
    ],
)
def test_a_quiz_of_moodle_is_the_parent_of_its_attempts(
    name: str, kind: RequirementKind, condition: Condition, claim: tuple[str, float | None] | None
) -> None:
    asked = reading("moodle_quiz", QUIZ, kind, condition)
    assert said(judge(asked, check(recorded("logstore_xapi", name)))) == claim


def test_of_several_attempts_the_best_counts_in_whatever_order_they_come() -> None:
    asked = reading("moodle_quiz", QUIZ, EXAM, SUCCESS)
    attempts = [recorded("logstore_xapi", f"quiz_attempt_{how}") for how in ("passed", "failed")]
    assert said(claim_of(asked, attempts)) == said(claim_of(asked, attempts[::-1])) == ("passed", 85.0)


def test_what_moodle_takes_back_counts_no_more_until_it_is_said_again() -> None:
    asked = reading("moodle_completed", BOOK)
    done, undone = (recorded("logstore_xapi", f"module_{how}") for how in ("completed", "uncompleted"))
    assert claim_of(asked, [undone, done]) is None
    again = done | {"timestamp": "2026-11-02T10:00:00+01:00"}
    assert said(claim_of(asked, [done, undone, again])) == ("done", None)


def test_content_of_h5p_without_points_breaks_the_standard() -> None:
    with pytest.raises(InvalidStatementError):
        check(recorded("h5p", "completed_unscored"))


def test_a_score_beyond_numbers_tells_nothing() -> None:
    assert percent_of({"raw": 16 * 10**307, "min": -17 * 10**307, "max": 1.7e308}, Scoring.RANGE) is None


@pytest.mark.parametrize(
    ("score", "scoring", "percent"),
    [
        ({"scaled": 0.875}, Scoring.SCALED, 87.5),
        ({"scaled": -0.2}, Scoring.SCALED, 0.0),
        ({"scaled": 0.5, "raw": 9, "max": 10}, Scoring.SCALED, 50.0),
        ({"scaled": 0.0, "raw": 5, "min": 0, "max": 10}, Scoring.RANGE, 50.0),
        ({"raw": 15, "min": 10, "max": 20}, Scoring.RANGE, 50.0),
        ({"raw": 12, "max": 10}, Scoring.SCALED, 100.0),
        ({"raw": 1, "max": 3}, Scoring.SCALED, 33.33333),
        ({"raw": 12}, Scoring.SCALED, None),
        ({"raw": 1, "max": 0}, Scoring.RANGE, None),
        ({}, Scoring.SCALED, None),
    ],
)
def test_scores_as_percentages(score: dict[str, Any], scoring: Scoring, percent: float | None) -> None:
    assert percent_of(score, scoring) == percent


def test_what_is_not_complete_counts_nothing() -> None:
    asked = reading("h5p", "https://lms.example/course/1")
    assert judge(asked, statement(result={"completion": True})) is not None
    assert judge(asked, statement(result={"completion": False})) is None


def test_a_clock_that_goes_fast_does_not_date_evidence_into_the_future() -> None:
    asked = reading("h5p", "https://lms.example/course/1")
    claim = judge(asked, statement(timestamp="2030-01-01T00:00:00Z", stored="2026-11-02T09:00:00Z"))
    assert claim is not None
    assert claim.occurred_at.isoformat() == "2026-11-02T09:00:00+00:00"


def test_the_basis_names_nobody_and_tells_no_answer() -> None:
    given = recorded("h5p", "completed")
    given["result"]["response"] = "geheim"
    claim = judge(reading("h5p", H5P), given)
    assert claim is not None
    assert basis(claim) == {
        "verb": "http://adlnet.gov/expapi/verbs/completed",
        "object": H5P,
        "result": {
            "score": {"min": 0, "max": 8, "raw": 7, "scaled": 0.875},
            "success": True,
            "completion": True,
        },
    }


def test_an_exam_without_a_condition_is_left_to_the_units_pass_mark() -> None:
    assert outcome_for(EXAM, Condition.NONE) is Outcome.DONE
    assert outcome_for(EXAM, SCORE) is Outcome.PASSED
    assert outcome_for(TUTORIAL, SUCCESS) is Outcome.PRESENT

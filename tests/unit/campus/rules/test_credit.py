"""The rule that turns evidence into a credit."""

import pytest

from campus.rules.credit import (
    Claim,
    Outcome,
    Requirement,
    RequirementKind,
    Ruling,
    Standing,
    UnitRequirements,
    assess,
    judge,
)

PAGE = Requirement("activity:page", RequirementKind.ACTIVITY)
TUTORIAL = Requirement("tutorial", RequirementKind.TUTORIAL)
EXAM = Requirement("activity:exam", RequirementKind.EXAM)
FORM = Requirement("activity:form", RequirementKind.EVALUATION)
UNIT = UnitRequirements((PAGE, TUTORIAL, EXAM, FORM), left_out=("H5P",))


def claim(  # what a source says, by default ours about its one object of that kind
    requirement: str, outcome: Outcome, percent: float | None, evidence: str, *, at: str = "campus", thing: str = ""
) -> Claim:
    return Claim(requirement, outcome, percent, evidence, source=at, object=thing or requirement)


READ = claim(PAGE.key, Outcome.DONE, None, "e-page")
PRESENT = claim(TUTORIAL.key, Outcome.PRESENT, None, "e-tutorial", thing="session:1")
PASSED = claim(EXAM.key, Outcome.PASSED, 80.0, "e-exam")
FAILED_ELSEWHERE = claim(EXAM.key, Outcome.FAILED, 57.14286, "e-moodle", at="https://moodle")
HANDED_IN = claim(FORM.key, Outcome.DONE, None, "e-form")
ALL = (READ, PRESENT, PASSED, HANDED_IN)


def test_nothing_known_is_no_standing() -> None:
    assert assess(UNIT, ()).standing is Standing.NONE


def test_all_and_passed_is_achieved_and_names_rule_and_evidence() -> None:
    found = assess(UNIT, ALL)
    assert found.standing is Standing.ACHIEVED
    assert found.percent == 80.0
    assert found.rule == "unit-credit/1"
    assert found.met[EXAM.key] == ("e-exam",)
    assert found.left_out == ("H5P",)


def test_all_but_exam_failed_is_attended() -> None:
    failed = claim(EXAM.key, Outcome.FAILED, 40.0, "e-exam")
    found = assess(UNIT, (READ, PRESENT, failed, HANDED_IN))
    assert (found.standing, found.percent) == (Standing.ATTENDED, 40.0)


@pytest.mark.parametrize("gone", ALL, ids=lambda one: one.requirement)
def test_each_missing_requirement_keeps_it_open(gone: Claim) -> None:
    found = assess(UNIT, [one for one in ALL if one is not gone])
    assert found.standing is Standing.IN_PROGRESS
    assert found.missing == (gone.requirement,)


def test_excused_counts_as_attended() -> None:
    excused = claim(TUTORIAL.key, Outcome.EXCUSED, None, "e-tutorial")
    assert assess(UNIT, (READ, excused, PASSED, HANDED_IN)).standing is Standing.ACHIEVED


def test_absent_does_not_meet_the_tutorial() -> None:
    absent = claim(TUTORIAL.key, Outcome.ABSENT, None, "e-tutorial")
    assert assess(UNIT, (READ, absent, PASSED, HANDED_IN)).missing == (TUTORIAL.key,)


def test_a_retracted_fact_says_nothing() -> None:
    retracted = claim(PAGE.key, Outcome.RETRACTED, None, "e-page")
    assert assess(UNIT, (retracted, PRESENT, PASSED, HANDED_IN)).missing == (PAGE.key,)


@pytest.mark.parametrize("claims", [(*ALL, FAILED_ELSEWHERE), (FAILED_ELSEWHERE, *ALL)], ids=["late", "early"])
def test_passed_and_failed_contradict_whatever_came_first(claims: tuple[Claim, ...]) -> None:
    found = assess(UNIT, claims)
    assert found.standing is Standing.ATTENDED
    assert found.contested == (EXAM.key,)
    assert found.percent is None
    assert set(found.contradictions[EXAM.key]) == {"e-exam", "e-moodle"}


def test_present_and_absent_contradict_and_keep_the_tutorial_open() -> None:
    absent = claim(TUTORIAL.key, Outcome.ABSENT, None, "e-list", at="https://moodle")
    found = assess(UNIT, (*ALL, absent))
    assert (found.standing, found.contested) == (Standing.IN_PROGRESS, (TUTORIAL.key,))


@pytest.mark.parametrize(
    ("outcome", "standing", "percent"),
    [(Outcome.PASSED, Standing.ACHIEVED, 80.0), (Outcome.FAILED, Standing.ATTENDED, 57.14286)],
)
def test_a_decision_settles_a_contradiction(outcome: Outcome, standing: Standing, percent: float) -> None:
    ruling = Ruling(EXAM.key, outcome, frozenset({"e-exam", "e-moodle"}), "d-1")
    found = assess(UNIT, (*ALL, FAILED_ELSEWHERE), [ruling])
    assert (found.standing, found.percent, found.contested) == (standing, percent, ())
    assert found.decisions == ("d-1",)


def test_a_decision_does_not_settle_evidence_that_it_did_not_see() -> None:
    ruling = Ruling(EXAM.key, Outcome.PASSED, frozenset({"e-exam", "e-moodle"}), "d-1")
    later = claim(EXAM.key, Outcome.FAILED, 10.0, "e-later", at="https://other")
    assert assess(UNIT, (*ALL, FAILED_ELSEWHERE, later), [ruling]).contested == (EXAM.key,)


def test_the_last_decision_counts() -> None:
    seen = frozenset({"e-exam", "e-moodle"})
    rulings = [Ruling(EXAM.key, Outcome.PASSED, seen, "d-1"), Ruling(EXAM.key, Outcome.FAILED, seen, "d-2")]
    assert assess(UNIT, (*ALL, FAILED_ELSEWHERE), rulings).standing is Standing.ATTENDED


def test_a_decision_falls_with_the_claim_that_it_followed() -> None:
    """The account that passed turned out to be somebody else's: what is left was failed."""
    ruling = Ruling(EXAM.key, Outcome.PASSED, frozenset({"e-exam", "e-moodle"}), "d-1")
    found = assess(UNIT, (READ, PRESENT, HANDED_IN, FAILED_ELSEWHERE), [ruling])
    assert (found.standing, found.percent, found.decisions) == (Standing.ATTENDED, 57.14286, ())


def test_two_accounts_at_one_exam_are_attempts_of_one_person() -> None:
    failed = claim(EXAM.key, Outcome.FAILED, 28.57, "e-other-account")
    found = assess(UNIT, (*ALL, failed))
    assert (found.standing, found.percent, found.contested) == (Standing.ACHIEVED, 80.0, ())


def test_absent_at_one_session_and_present_at_another_is_attended() -> None:
    absent = claim(TUTORIAL.key, Outcome.ABSENT, None, "e-first", thing="session:0")
    assert assess(UNIT, (absent, *ALL)).standing is Standing.ACHIEVED


def test_present_and_absent_at_the_same_session_contradict() -> None:
    absent = claim(TUTORIAL.key, Outcome.ABSENT, None, "e-other-account", thing="session:1")
    assert assess(UNIT, (*ALL, absent)).contested == (TUTORIAL.key,)


def test_two_sources_that_agree_don_t_contradict_and_the_best_result_counts() -> None:
    better = claim(EXAM.key, Outcome.PASSED, 95.0, "e-moodle", at="https://moodle")
    found = assess(UNIT, (*ALL, better))
    assert (found.standing, found.percent, found.contested) == (Standing.ACHIEVED, 95.0, ())


@pytest.mark.parametrize(("percent", "standing"), [(60.0, Standing.ACHIEVED), (59.9, Standing.ATTENDED)])
def test_an_exam_that_is_only_called_done_is_judged_by_the_units_pass_mark(percent: float, standing: Standing) -> None:
    exam = Requirement(EXAM.key, RequirementKind.EXAM, pass_percent=60.0)
    done = judge(claim(EXAM.key, Outcome.DONE, percent, "e-moodle"), exam)
    assert assess(UnitRequirements((PAGE, exam)), (READ, done)).standing is standing


def test_an_exam_called_done_without_a_result_proves_nothing() -> None:
    exam = Requirement(EXAM.key, RequirementKind.EXAM, pass_percent=60.0)
    done = judge(claim(EXAM.key, Outcome.DONE, None, "e-moodle"), exam)
    assert assess(UnitRequirements((PAGE, exam)), (READ, done)).missing == (EXAM.key,)


def test_a_unit_without_exam_can_be_attended_only() -> None:
    on_demand = UnitRequirements((PAGE,))
    assert assess(on_demand, (READ,)).standing is Standing.ATTENDED

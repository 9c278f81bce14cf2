"""The short exam, marked as Moodle marks it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.rules.exam import (
    BadAnswerError,
    BadExamError,
    ExamDefinition,
    final_percent,
    mark,
    validate_answers,
)

TYPED = st.text(alphabet="ab123*,. xe+-\\\n", max_size=8)
POSTED = TYPED | st.booleans() | st.lists(TYPED, max_size=3)


def exam(*questions: dict[str, Any], **settings: Any) -> ExamDefinition:
    numbered = [
        {"key": f"q{place}", "text_html": "?", "max_mark": 1.0, **question}
        for place, question in enumerate(questions, 1)
    ]
    return ExamDefinition.from_json({"pass_percent": 60, "questions": numbered, **settings})


def choice(*fractions: float, single: bool) -> dict[str, Any]:
    answers = [
        {"key": f"a{place}", "text_html": "x", "fraction": fraction} for place, fraction in enumerate(fractions, 1)
    ]
    return {"kind": "multichoice", "single": single, "answers": answers}


def words(*answers: tuple[str, float], case_sensitive: bool = False) -> dict[str, Any]:
    expected = [{"pattern": pattern, "fraction": fraction} for pattern, fraction in answers]
    return {"kind": "shortanswer", "case_sensitive": case_sensitive, "answers": expected}


def number(value: float | None, tolerance: float = 0.0) -> dict[str, Any]:
    answers = [{"value": value, "tolerance": tolerance, "fraction": 1.0}]
    return {"kind": "numerical", "answers": answers}


def score(question: dict[str, Any], answer: object) -> float:
    return mark(exam(question), {"q1": answer}).score


@pytest.mark.parametrize(("chosen", "expected"), [("a1", 1.0), ("a2", 0.0), ("a3", -0.5), ("", 0.0)])
def test_single_choice_gives_its_fraction(chosen: str, expected: float) -> None:
    (question,) = mark(exam(choice(1.0, 0.0, -0.5, single=True)), {"q1": chosen}).questions
    assert question.mark == expected


def test_an_exam_never_gives_less_than_nothing() -> None:
    result = mark(exam(choice(1.0, 0.0, -0.5, single=True)), {"q1": "a3"})
    assert (result.score, result.percent, result.passed) == (0.0, 0.0, False)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([], 0.0),
        (["a1"], 0.5),
        (["a1", "a2"], 1.0),
        (["a1", "a3"], 0.0),
        (["a3"], 0.0),
        (["a1", "a2", "a3"], 0.5),
        (["a1", "a2", "a4"], 1.0),
    ],
)
def test_several_choices_give_their_sum_within_0_and_1(chosen: list[str], expected: float) -> None:
    assert score(choice(0.5, 0.5, -0.5, 0.2, single=False), chosen) == expected


@pytest.mark.parametrize(
    ("right", "answer", "expected"),
    [(True, True, 1), (True, "true", 1), (True, False, 0), (False, False, 1), (False, "false", 1), (False, None, 0)],
)
def test_true_false(right: bool, answer: object, expected: float) -> None:
    assert score({"kind": "truefalse", "right": right}, answer) == expected


@pytest.mark.parametrize(
    ("pattern", "answer", "matches"),
    [
        ("Portalverbund", " portalVERBUND\n", True),
        ("Portalverbund", "der Portalverbund", False),
        ("*verbund", "Portalverbund", True),
        ("*verbund*", "Verbundportal", True),
        ("Portal*bund", "Portalbund", True),
        ("a*a", "a", False),
        ("a**b", "a--b", True),
        (r"5\*6", "5*6", True),
        (r"5\*6", "5x6", False),
        (r"\**", "*abc", True),
        ("a.c", "abc", False),
        ("*", "irgendetwas", True),
        ("*", "", False),
        ("*", "zwei\nZeilen", False),
        ("0", "0", True),
        ("Straße", "STRAßE", True),
        ("Straße", "Strasse", False),
        ("Gru\u0308n", "Grün", True),
        ("ÄMTER", "ämter", True),
        ("a*b*c*d", "a1b2c3d", True),
        ("a*b*c*d", "a1c2b3d", False),
        ("*ab*ba*", "aba", False),
        ("ab*ba", "aba", False),
    ],
)
def test_words_with_wildcards(pattern: str, answer: str, matches: bool) -> None:
    assert score(words((pattern, 1.0)), answer) == float(matches)


def test_case_counts_when_it_is_to() -> None:
    assert score(words(("OZG", 1.0), case_sensitive=True), "ozg") == 0


def test_first_pattern_that_matches_decides() -> None:
    assert score(words(("Portal*", 0.5), ("Portalverbund", 1.0)), "Portalverbund") == 0.5


def test_a_pattern_of_many_wildcards_takes_no_time() -> None:
    assert score(words(("*a" * 60 + "b", 1.0)), "a" * 1000) == 0


@pytest.mark.parametrize(
    ("answer", "matches"),
    [
        ("575", True),
        ("545", True),
        ("605", True),
        ("605.0000001", False),
        ("544,99", False),
        ("575,5", True),
        ("5 7 5", True),
        ("5.75e2", True),
        ("5,75 x 10^2", True),
        ("+575", True),
        ("575 Leistungen", True),
        ("etwa 575", False),
        ("1,575", False),
        ("0,575,0", False),
        ("-575", False),
        ("", False),
        ("1e999", False),
        ("nan", False),
    ],
)
def test_number_with_tolerance(answer: str, matches: bool) -> None:
    assert score(number(575, 30), answer) == float(matches)


@pytest.mark.parametrize(("value", "answer"), [(0.3, "0,3"), (0.1 + 0.2, "0.3"), (1e20, "1e20"), (1234.5, "1,234.5")])
def test_number_without_tolerance_forgives_rounding(value: float, answer: str) -> None:
    assert score(number(value), answer) == 1


def test_any_number() -> None:
    assert (score(number(None), "42"), score(number(None), "viel")) == (1, 0)


def test_marks_add_up_to_a_percentage() -> None:
    result = mark(exam(choice(1.0, 0.0, single=True), {**words(("x", 0.5)), "max_mark": 2.0}), {"q1": "a2", "q2": "x"})

    assert (result.score, result.max_score, result.percent, result.passed) == (1.0, 3.0, 33.33333, False)
    assert [(one.key, one.mark) for one in result.questions] == [("q1", 0.0), ("q2", 1.0)]


@pytest.mark.parametrize(
    "answers",
    [
        {"q9": "x"},
        {"q1": "a9"},
        {"q1": ["a1"]},
        {"q1": 1},
        {"q2": "a1"},
        {"q2": ["a9"]},
        {"q2": ["a1", "a1"]},
        {"q3": "maybe"},
        {"q4": ["x"]},
        {"q4": "x" * 1001},
        {"q5": 575},
    ],
)
def test_answers_that_no_form_can_have_sent(answers: dict[str, object]) -> None:
    definition = exam(
        choice(1.0, 0.0, single=True),
        choice(1.0, 0.0, single=False),
        {"kind": "truefalse", "right": True},
        words(("x", 1.0)),
        number(575),
    )

    with pytest.raises(BadAnswerError) as caught:
        mark(definition, answers)

    assert caught.value.code == "exam.bad_answer"


@pytest.mark.parametrize("kind", [words(("*", 1.0)), number(575)])
def test_typed_answer_with_nul_is_refused_for_no_database_keeps_it(kind: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError):
        mark(exam(kind), {"q1": "57\x005"})


@given(st.dictionaries(st.sampled_from(["q1", "q2", "q3", "q4", "q5"]), POSTED))
def test_any_post_is_marked_or_refused(answers: dict[str, object]) -> None:
    definition = exam(
        choice(1.0, -0.5, single=True),
        choice(0.5, 0.5, single=False),
        {"kind": "truefalse", "right": True},
        words(("a*b", 1.0)),
        number(575, 30),
    )
    try:
        result = mark(definition, answers)
    except BadAnswerError:
        return
    assert -0.5 <= result.score <= 5


@pytest.mark.parametrize(
    "change",
    [
        {"questions": []},
        {"questions": "x"},
        {"questions": [{"key": "q1"}]},
        {"pass_percent": 101},
        {"pass_percent": None},
        {"grading": "lucky"},
        {"attempts": 0},
        {"time_limit_seconds": "long"},
        {"questions": [{"key": "q1", "text_html": "", "max_mark": 0, "kind": "truefalse", "right": True}]},
        {"questions": [{"key": "q1", "text_html": "", "max_mark": 1, "kind": "essay", "answers": [{}]}]},
        {"questions": [{"key": "q", "text_html": "", "max_mark": 1, "kind": "truefalse", "right": True}] * 2},
    ],
)
def test_definitions_that_are_none(change: dict[str, Any]) -> None:
    with pytest.raises(BadExamError):
        exam({"kind": "truefalse", "right": True}, **change)


@pytest.mark.parametrize(("grading", "percent"), [("best", 80.0), ("average", 60.0), ("first", 40.0), ("last", 60.0)])
def test_which_attempt_counts(grading: str, percent: float) -> None:
    assert final_percent(grading, [40.0, 80.0, 60.0]) == percent


def test_no_attempt_counts_nothing() -> None:
    assert final_percent("best", []) is None


@pytest.mark.parametrize(("seconds", "minutes"), [(2700, 45), (2701, 46), (59, 1), (None, None)])
def test_time_limit_in_minutes_is_rounded_up(seconds: int | None, minutes: int | None) -> None:
    assert exam({"kind": "truefalse", "right": True}, time_limit_seconds=seconds).minutes == minutes


def test_unanswered_is_left_out() -> None:
    definition = exam(words(("x", 1.0)), choice(1.0, single=False))

    assert validate_answers(definition, {"q1": "  ", "q2": []}) == {}

"""The exam's form: which options in which order, and what a post becomes."""

from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from campus.models.learning import ExamAttempt
from campus.rules.exam import ExamDefinition
from lti_tool.pages.exams import answers_of, asked

KEYS = [f"a{n}" for n in range(1, 9)]
OPTIONS = [{"key": key, "text_html": key, "fraction": float(key == "a1")} for key in KEYS]
CHOICE = {"kind": "multichoice", "text_html": "?", "max_mark": 1, "answers": OPTIONS}
CONFIG: MappingProxyType[str, Any] = MappingProxyType(
    {
        "pass_percent": 60,
        "shuffle_answers": True,
        "questions": [
            {**CHOICE, "key": "one", "single": True},
            {**CHOICE, "key": "several", "single": False},
            {"kind": "truefalse", "key": "truth", "text_html": "?", "max_mark": 1, "right": True},
        ],
    }
)


def order(public_id: str, **changes: Any) -> list[str]:
    questions = asked(ExamDefinition.from_json({**CONFIG, **changes}), ExamAttempt(public_id=public_id))
    return [option.key for option in questions[0].options]


def test_options_are_shuffled_by_attempt_and_always_the_same_within_one() -> None:
    assert order("attempt-1") == order("attempt-1") != order("attempt-2")
    assert sorted(order("attempt-1")) == sorted(KEYS)


def test_options_stay_in_order_where_the_exam_does_not_shuffle() -> None:
    assert order("attempt-1", shuffle_answers=False) == KEYS


def test_several_choices_are_a_list_even_if_one_is_ticked_and_two_for_one_stay_visible() -> None:
    posted = MultiDict([("one", "a1"), ("one", "a2"), ("several", "a3"), ("truth", "true"), ("odd", "x")])
    assert answers_of(ExamDefinition.from_json(CONFIG), posted) == {
        "one": ["a1", "a2"],
        "several": ["a3"],
        "truth": "true",
        "odd": "x",
    }

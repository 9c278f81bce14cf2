"""The oracle: an attempt that a real Moodle marked, marked again here from the same backup and the same answers."""

import html
import json
import re
from typing import Any

import pytest

from campus.rules.exam import ExamDefinition, Multichoice, Question, TrueFalse, mark
from moodle_sync.backup import read_backup
from moodle_sync.mapping import map_course
from tests.moodle.archives import A1
from tests.moodle.server import DATA

REVIEW: dict[str, Any] = json.loads((DATA / "quiz1_attempt_review.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def definition() -> ExamDefinition:
    draft = map_course(read_backup(A1.read_bytes())).draft
    return ExamDefinition.from_json(draft.phases[3].activities[3].config)


def answer_given(question: Question, page: str) -> object:
    """Read the learner's answer from the response history of Moodle's review page."""
    saved = re.search(r"Saved: ([^<]*)<", page)
    assert saved is not None
    text = html.unescape(saved.group(1))
    if isinstance(question, TrueFalse):
        return text == "True"
    if isinstance(question, Multichoice):
        return next(option.key for option in question.answers if option.text_html == text)
    return text


def test_user_6_gets_what_moodle_gave(definition: ExamDefinition) -> None:
    answers = {
        question.key: answer_given(question, slot["html"])
        for question, slot in zip(definition.questions, REVIEW["questions"], strict=True)
    }

    result = mark(definition, answers)

    assert [one.mark for one in result.questions] == [float(slot["mark"]) for slot in REVIEW["questions"]]
    assert result.score == REVIEW["attempt"]["sumgrades"]
    assert result.percent == round(REVIEW["grade"], 5) == 57.14286
    assert not result.passed

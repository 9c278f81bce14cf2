"""Quiz and feedback become the JSON definitions that ``campus.rules.exam`` and ``.evaluation`` read. Pure."""

from dataclasses import dataclass
from typing import Any

from campus.rules.exam import BadExamError, ExamDefinition
from moodle_sync.backup.model import (
    FeedbackContent,
    FeedbackItem,
    MultichoiceQuestion,
    NumericalQuestion,
    QuestionBody,
    QuizContent,
    QuizSlot,
    ShortAnswerQuestion,
    TrueFalseQuestion,
    UnsupportedQuestion,
)
from moodle_sync.html import has_media, plain, sanitise

FEEDBACK_KINDS = {
    "multichoice": "multichoice",
    "multichoicerated": "multichoice",
    "textfield": "text",
    "textarea": "textarea",
    "numeric": "numeric",
}
"""Moodle's ``typ`` to ours. Labels, notes, page breaks and captchas ask nothing."""
FEEDBACK_ORNAMENTS = {"pagebreak", "captcha"}


@dataclass(frozen=True)
class Notice:
    """Something to look at: a stable code, and the name of what it is about (a title, never a person)."""

    code: str
    subject: str


def exam_config(quiz: QuizContent, title: str, notices: list[Notice]) -> dict[str, Any] | None:
    """Return the exam's definition, or None (with a notice) when it would not be the same exam here.

    An exam that lacks questions is another exam with another pass mark, so one unsupported question is enough.
    """
    unsupported = sorted(
        {slot.question.body.qtype for slot in quiz.slots if isinstance(slot.question.body, UnsupportedQuestion)}
    )
    if unsupported:
        notices.append(Notice("mapping.unsupported_question", f"{title}: {', '.join(unsupported)}"))
        return None
    if any(has_media(slot.question.text_html) for slot in quiz.slots):
        notices.append(Notice("mapping.media_left_out", title))
    config = {
        "time_limit_seconds": quiz.time_limit_seconds,
        "attempts": quiz.attempts,
        "grading": quiz.grade_method,
        "pass_percent": round(100 * quiz.grade_pass / quiz.grade_max, 5) if quiz.grade_max else 0.0,
        "shuffle_answers": quiz.shuffle,
        "questions": [_exam_question(slot, f"q{place}") for place, slot in enumerate(quiz.slots, 1)],
    }
    try:
        ExamDefinition.from_json(config)
    except BadExamError as error:
        notices.append(Notice("mapping.unusable_exam", f"{title}: {error}"))
        return None
    return config


def _exam_question(slot: QuizSlot, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "text_html": sanitise(slot.question.text_html),
        "max_mark": slot.max_mark,
        **_question_body(slot.question.body),
    }


def _question_body(body: QuestionBody) -> dict[str, Any]:
    match body:
        case MultichoiceQuestion():
            options = [
                {"key": f"a{place}", "text_html": sanitise(choice.html), "fraction": choice.fraction}
                for place, choice in enumerate(body.choices, 1)
            ]
            return {"kind": "multichoice", "single": body.single, "answers": options}
        case TrueFalseQuestion():
            return {"kind": "truefalse", "right": body.right}
        case ShortAnswerQuestion():
            patterns = [{"pattern": answer.pattern, "fraction": answer.fraction} for answer in body.answers]
            return {"kind": "shortanswer", "case_sensitive": body.case_sensitive, "answers": patterns}
        case NumericalQuestion():
            numbers = [
                {"value": answer.value, "tolerance": answer.tolerance, "fraction": answer.fraction}
                for answer in body.answers
            ]
            return {"kind": "numerical", "answers": numbers}
        case UnsupportedQuestion():
            return {"kind": body.qtype}


def feedback_config(feedback: FeedbackContent, title: str, notices: list[Notice]) -> dict[str, Any] | None:
    """Return the evaluation form's definition, or None (with a notice) when nothing of it can be asked here."""
    questions: list[dict[str, Any]] = []
    for item in feedback.items:
        if item.kind in FEEDBACK_KINDS and not item.multiple:
            questions.append(_feedback_question(item, f"q{len(questions) + 1}"))
        elif item.kind not in FEEDBACK_ORNAMENTS:
            left_out = plain(item.label, 100) or item.kind
            notices.append(Notice("mapping.feedback_item_left_out", f"{title}: {left_out}"))
    if not questions:
        return None
    return {"anonymous": feedback.anonymous, "questions": questions}


def _feedback_question(item: FeedbackItem, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "kind": FEEDBACK_KINDS[item.kind],
        "label": plain(item.label, 500),
        "options": [plain(option, 500) for option in item.options],
        "required": item.required,
    }

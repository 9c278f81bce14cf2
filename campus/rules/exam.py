"""The short exam: its definition as JSON, the answers it takes, and the marks they get. Pure.

Marks follow Moodle's question types (question/type/*/question.php) with the behaviour "deferred feedback": an
unanswered question gets 0, a single choice its option's fraction (which may be negative), several choices the sum of
theirs within 0 and 1, a typed answer the fraction of the first expected answer that matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campus.rules.exam_questions import (
    Answer,
    BadAnswerError,
    BadExamError,
    Multichoice,
    Numerical,
    Question,
    ShortAnswer,
    TrueFalse,
    fraction_of,
    read_answer,
    read_number,
    read_question,
)

__all__ = [
    "Answer",
    "BadAnswerError",
    "BadExamError",
    "ExamDefinition",
    "ExamResult",
    "Multichoice",
    "Numerical",
    "Question",
    "QuestionMark",
    "ShortAnswer",
    "TrueFalse",
    "final_percent",
    "mark",
    "validate_answers",
]

GRADINGS = ("best", "average", "first", "last")


@dataclass(frozen=True)
class ExamDefinition:
    """An exam. ``time_limit_seconds`` and ``attempts`` None: unlimited. ``grading`` says which attempt counts."""

    time_limit_seconds: int | None
    attempts: int | None
    grading: str
    pass_percent: float
    shuffle_answers: bool
    questions: tuple[Question, ...]

    @property
    def max_score(self) -> float:
        """The sum of the questions' marks."""
        return sum(question.max_mark for question in self.questions)

    @property
    def minutes(self) -> int | None:
        """The time limit as people read it: whole minutes, rounded up. None means unlimited."""
        return None if self.time_limit_seconds is None else -(-self.time_limit_seconds // 60)

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> "ExamDefinition":
        """Read a stored definition, or raise BadExamError.

        Its shape::

            {"time_limit_seconds": 2700, "attempts": 3, "grading": "best", "pass_percent": 60,
             "shuffle_answers": true, "questions": [
               {"key", "kind": "multichoice", "text_html", "max_mark", "single",
                "answers": [{"key", "text_html", "fraction"}]},
               {"key", "kind": "truefalse", "text_html", "max_mark", "right": true},
               {"key", "kind": "shortanswer", "text_html", "max_mark", "case_sensitive",
                "answers": [{"pattern", "fraction"}]},
               {"key", "kind": "numerical", "text_html", "max_mark",
                "answers": [{"value" (null: any number), "tolerance", "fraction"}]}]}
        """
        questions = config.get("questions")
        if not isinstance(questions, list) or not questions:
            raise BadExamError("an exam needs questions")
        definition = cls(
            time_limit_seconds=_read_limit(config, "time_limit_seconds"),
            attempts=_read_limit(config, "attempts"),
            grading=str(config.get("grading", "best")),
            pass_percent=read_number(config, "pass_percent"),
            shuffle_answers=bool(config.get("shuffle_answers", False)),
            questions=tuple(read_question(question) for question in questions),
        )
        if definition.grading not in GRADINGS or not 0 <= definition.pass_percent <= 100:  # noqa: PLR2004 - percent
            raise BadExamError("an exam's grading or pass mark is out of range")
        if len({question.key for question in definition.questions}) != len(definition.questions):
            raise BadExamError("two questions have the same key")
        if definition.max_score <= 0:
            raise BadExamError("an exam needs marks to give")
        return definition


def _read_limit(config: Mapping[str, Any], name: str) -> int | None:
    value = config.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadExamError(f"{name} is not a number of at least 1")
    return value


@dataclass(frozen=True)
class QuestionMark:
    """What one question gave: ``fraction`` of ``max_mark``."""

    key: str
    fraction: float
    mark: float
    max_mark: float


@dataclass(frozen=True)
class ExamResult:
    """The marked exam; ``percent`` of ``max_score``, rounded to Moodle's five digits."""

    questions: tuple[QuestionMark, ...]
    score: float
    max_score: float
    percent: float
    passed: bool


def validate_answers(definition: ExamDefinition, answers: Mapping[str, object]) -> dict[str, Answer]:
    """Return the answers by question key, in the form that ``mark`` reads; unanswered questions are left out.

    A choice is an option's key, several choices a list of them, true/false a bool or "true"/"false", a typed answer
    a text. None, "" and [] mean unanswered. Raises BadAnswerError for what the exam's form can't have sent.
    """
    questions = {question.key: question for question in definition.questions}
    if not answers.keys() <= questions.keys():
        raise BadAnswerError("an answer belongs to no question")
    read = {key: read_answer(questions[key], given) for key, given in answers.items()}
    return {key: answer for key, answer in read.items() if answer is not None}


def mark(definition: ExamDefinition, answers: Mapping[str, object]) -> ExamResult:
    """Mark an attempt. Raises BadAnswerError as ``validate_answers`` does."""
    given = validate_answers(definition, answers)
    marks = tuple(_mark_question(question, given.get(question.key)) for question in definition.questions)
    score = max(0.0, sum(result.mark for result in marks))  # wrong choices can cost marks; Moodle stops at 0 as well
    percent = round(100 * score / definition.max_score, 5)
    return ExamResult(
        questions=marks,
        score=score,
        max_score=definition.max_score,
        percent=percent,
        passed=percent >= definition.pass_percent,
    )


def _mark_question(question: Question, answer: Answer | None) -> QuestionMark:
    fraction = 0.0 if answer is None else fraction_of(question, answer)
    return QuestionMark(
        key=question.key,
        fraction=fraction,
        mark=fraction * question.max_mark,
        max_mark=question.max_mark,
    )


def final_percent(grading: str, percents: Sequence[float]) -> float | None:
    """Return what counts of several attempts, first to last; None when there is none."""
    if not percents:
        return None
    match grading:
        case "average":
            return round(sum(percents) / len(percents), 5)
        case "first":
            return percents[0]
        case "last":
            return percents[-1]
        case _:
            return max(percents)

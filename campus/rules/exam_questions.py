"""The kinds of exam question: read from JSON, answered, and marked. Pure; see ``campus.rules.exam``."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from campus.rules.matching import PHP_TRIM, matches_pattern, parse_number, within_tolerance

LONGEST_ANSWER = 1000
"""Characters of a typed answer."""

Answer = str | bool | tuple[str, ...]
"""A validated answer: an option's key or a text, true or false, or several options' keys."""


class BadExamError(ValueError):
    """A stored exam definition is not what it should be: an importer's fault, not a learner's."""

    code = "exam.bad_definition"


class BadAnswerError(ValueError):
    """Answers that no form of this exam can have sent; ``question`` is the key of the first, if it is known."""

    code = "exam.bad_answer"

    def __init__(self, message: str, question: str | None = None) -> None:
        """Keep the question's key, for the page to mark it."""
        super().__init__(message)
        self.question = question


@dataclass(frozen=True)
class Option:
    """One option to choose."""

    key: str
    text_html: str
    fraction: float


@dataclass(frozen=True)
class Question:
    """What all questions have."""

    key: str
    text_html: str
    max_mark: float


@dataclass(frozen=True)
class Multichoice(Question):
    """Choose one option, or several."""

    single: bool
    answers: tuple[Option, ...]


@dataclass(frozen=True)
class TrueFalse(Question):
    """Judge a statement."""

    right: bool


@dataclass(frozen=True)
class ExpectedText:
    """A pattern and what it gives."""

    pattern: str
    fraction: float


@dataclass(frozen=True)
class ShortAnswer(Question):
    """Type a word or a few."""

    case_sensitive: bool
    answers: tuple[ExpectedText, ...]


@dataclass(frozen=True)
class ExpectedNumber:
    """A number with its tolerance and what it gives; ``value`` None: any number."""

    value: float | None
    tolerance: float
    fraction: float


@dataclass(frozen=True)
class Numerical(Question):
    """Type a number."""

    answers: tuple[ExpectedNumber, ...]


def read_number(config: Mapping[str, Any], name: str) -> float:
    """Return a finite number of the definition, or raise BadExamError."""
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise BadExamError(f"{name} is not a number")
    return float(value)


def read_question(config: object) -> Question:
    """Read one question of a definition. Raises BadExamError."""
    if not isinstance(config, Mapping):
        raise BadExamError("a question is not an object")
    key, text, max_mark = _text(config, "key"), _text(config, "text_html"), read_number(config, "max_mark")
    if max_mark < 0:
        raise BadExamError("a question with negative marks")
    kind = config.get("kind")
    if kind == "truefalse":
        return TrueFalse(key, text, max_mark, right=_flag(config, "right"))
    answers = config.get("answers")
    if not isinstance(answers, list) or not answers or not all(isinstance(one, Mapping) for one in answers):
        raise BadExamError("a question without answers")
    if kind == "multichoice":
        options = tuple(
            Option(_text(one, "key"), _text(one, "text_html"), read_number(one, "fraction")) for one in answers
        )
        if len({option.key for option in options}) != len(options):
            raise BadExamError("two options have the same key")
        return Multichoice(key, text, max_mark, single=_flag(config, "single"), answers=options)
    if kind == "shortanswer":
        texts = tuple(ExpectedText(_text(one, "pattern"), read_number(one, "fraction")) for one in answers)
        return ShortAnswer(key, text, max_mark, case_sensitive=_flag(config, "case_sensitive"), answers=texts)
    if kind == "numerical":
        return Numerical(key, text, max_mark, answers=tuple(_read_expected_number(one) for one in answers))
    raise BadExamError("a question of an unknown kind")


def _read_expected_number(config: Mapping[str, Any]) -> ExpectedNumber:
    value = None if config.get("value") is None else read_number(config, "value")
    return ExpectedNumber(value, read_number(config, "tolerance"), read_number(config, "fraction"))


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config.get(name)
    if not isinstance(value, str):
        raise BadExamError(f"{name} is not a text")
    return value


def _flag(config: Mapping[str, Any], name: str) -> bool:
    value = config.get(name)
    if not isinstance(value, bool):
        raise BadExamError(f"{name} is not true or false")
    return value


def read_answer(question: Question, given: object) -> Answer | None:
    """Return a posted answer as the question takes it; None for unanswered. Raises BadAnswerError."""
    if given is None or given in ("", [], ()):
        return None
    match question:
        case TrueFalse():
            return _read_truth(question, given)
        case Multichoice(single=True):
            return _read_option(question, given)
        case Multichoice():
            return _read_options(question, given)
    if not isinstance(given, str) or len(given) > LONGEST_ANSWER or "\0" in given:
        raise BadAnswerError("an answer is no text, or too long", question.key)
    return given.strip(PHP_TRIM) or None


def _read_truth(question: TrueFalse, given: object) -> bool:
    if isinstance(given, bool):
        return given
    if given in ("true", "false"):
        return given == "true"
    raise BadAnswerError("an answer is neither true nor false", question.key)


def _read_option(question: Multichoice, given: object) -> str:
    for option in question.answers:
        if option.key == given:
            return option.key
    raise BadAnswerError("an answer is none of the options", question.key)


def _read_options(question: Multichoice, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise BadAnswerError("an answer is no list of options", question.key)
    chosen = tuple(_read_option(question, one) for one in given)
    if len(set(chosen)) != len(chosen):
        raise BadAnswerError("an option is chosen twice", question.key)
    return chosen


def fraction_of(question: Question, answer: Answer) -> float:
    """Return the part of the question's mark that a validated answer gets, at most 1."""
    match question:
        case TrueFalse():
            return 1.0 if answer is question.right else 0.0
        case Multichoice(single=True):
            return next(option.fraction for option in question.answers if option.key == answer)
        case Multichoice() if isinstance(answer, tuple):
            chosen = sum(option.fraction for option in question.answers if option.key in answer)
            return min(max(0.0, chosen), 1.0)
        case ShortAnswer() if isinstance(answer, str):
            return _fraction_of_text(question, answer)
        case Numerical() if isinstance(answer, str):
            return _fraction_of_number(question, answer)
    raise BadAnswerError("an answer does not fit its question", question.key)


def _fraction_of_text(question: ShortAnswer, answer: str) -> float:
    for expected in question.answers:
        if matches_pattern(answer, expected.pattern, case_sensitive=question.case_sensitive):
            return expected.fraction
    return 0.0


def _fraction_of_number(question: Numerical, answer: str) -> float:
    number = parse_number(answer)
    if number is None:
        return 0.0
    for expected in question.answers:
        if expected.value is None or within_tolerance(number, expected.value, expected.tolerance):
            return expected.fraction
    return 0.0

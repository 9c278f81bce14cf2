"""The evaluation form at a unit's end: what it asks, and which answers it takes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_ANSWER = 5000


class BadEvaluationError(ValueError):
    """The answers don't fit the form; ``question`` names the first that doesn't, if it is known."""

    def __init__(self, message: str, question: str | None = None) -> None:
        """Keep the question's key, for the page to mark it."""
        super().__init__(message)
        self.question = question


@dataclass(frozen=True)
class EvaluationQuestion:
    """One question; ``options`` only for multiple choice."""

    key: str
    kind: str
    label: str
    options: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class EvaluationForm:
    """An activity's configuration, read."""

    anonymous: bool
    questions: tuple[EvaluationQuestion, ...]

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> "EvaluationForm":
        """Read ``{"anonymous": bool, "questions": [{"key", "kind", "label", "options", "required"}]}``."""
        return cls(
            anonymous=bool(config["anonymous"]),
            questions=tuple(
                EvaluationQuestion(
                    key=question["key"],
                    kind=question["kind"],
                    label=question["label"],
                    options=tuple(question.get("options", ())),
                    required=bool(question.get("required", False)),
                )
                for question in config["questions"]
            ),
        )

    def check(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Return the answers that the form takes; raise BadEvaluationError for one that it can't have asked for."""
        known = {question.key for question in self.questions}
        if not answers.keys() <= known:
            raise BadEvaluationError("an answer belongs to no question")
        checked = {question.key: _check(question, answers.get(question.key, "")) for question in self.questions}
        return {key: answer for key, answer in checked.items() if answer}


def _check(question: EvaluationQuestion, given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_ANSWER:
        raise BadEvaluationError("an answer is no text or too long", question.key)
    answer = given.strip()
    if not answer:
        if question.required:
            raise BadEvaluationError("a required answer is missing", question.key)
        return ""
    if question.options and answer not in question.options:
        raise BadEvaluationError("an answer is none of the options", question.key)
    if question.kind == "numeric":
        try:
            float(answer.replace(",", "."))
        except ValueError as error:
            raise BadEvaluationError("an answer is no number", question.key) from error
    return answer

"""A course as a Moodle backup tells it: frozen values in Moodle's terms, no persons; HTML still unsanitised."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PageContent:
    """A page (mod_page)."""

    html: str


@dataclass(frozen=True)
class LabelContent:
    """A text that stands between the activities (mod_label)."""

    html: str


@dataclass(frozen=True)
class UrlContent:
    """A link (mod_url); None when the address is not http or https."""

    url: str | None


@dataclass(frozen=True)
class Choice:
    """One option of a multiple-choice question; ``fraction`` of the mark, -1 to 1."""

    html: str
    fraction: float


@dataclass(frozen=True)
class MultichoiceQuestion:
    """One or several options to choose (qtype_multichoice)."""

    single: bool
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class TrueFalseQuestion:
    """A statement to judge (qtype_truefalse); ``right`` is the answer that gets the mark."""

    right: bool


@dataclass(frozen=True)
class ShortAnswer:
    """A pattern with ``*`` for any characters, first match wins."""

    pattern: str
    fraction: float


@dataclass(frozen=True)
class ShortAnswerQuestion:
    """A word or a few (qtype_shortanswer)."""

    case_sensitive: bool
    answers: tuple[ShortAnswer, ...]


@dataclass(frozen=True)
class NumericalAnswer:
    """A number with its nominal tolerance; ``value`` None stands for ``*``, any number."""

    value: float | None
    tolerance: float
    fraction: float


@dataclass(frozen=True)
class NumericalQuestion:
    """A number without unit (qtype_numerical)."""

    answers: tuple[NumericalAnswer, ...]


@dataclass(frozen=True)
class UnsupportedQuestion:
    """A question that the exam here can't ask; ``qtype`` is Moodle's name of its type."""

    qtype: str


QuestionBody = MultichoiceQuestion | TrueFalseQuestion | ShortAnswerQuestion | NumericalQuestion | UnsupportedQuestion


@dataclass(frozen=True)
class Question:
    """One version of a question from the question bank."""

    name: str
    text_html: str
    body: QuestionBody


@dataclass(frozen=True)
class QuizSlot:
    """A question's place in a quiz, with the most marks it can give there."""

    number: int
    max_mark: float
    question: Question


GradeMethod = Literal["best", "average", "first", "last"]


@dataclass(frozen=True)
class QuizContent:
    """A quiz (mod_quiz).

    ``time_limit_seconds`` and ``attempts`` None mean unlimited; ``grade_pass`` is out of ``grade_max``.
    """

    time_limit_seconds: int | None
    attempts: int | None
    grade_method: GradeMethod
    grade_max: float
    grade_pass: float
    shuffle: bool
    slots: tuple[QuizSlot, ...]


@dataclass(frozen=True)
class FeedbackItem:
    """One question of a feedback activity; ``kind`` is Moodle's ``typ`` (multichoice, textarea, label …)."""

    kind: str
    label: str
    options: tuple[str, ...]
    multiple: bool
    required: bool


@dataclass(frozen=True)
class FeedbackContent:
    """A questionnaire (mod_feedback)."""

    anonymous: bool
    items: tuple[FeedbackItem, ...]


@dataclass(frozen=True)
class OpaqueContent:
    """An activity of which only name and introduction are read (H5P, choice, assignment, forum, LTI …)."""


Content = PageContent | LabelContent | UrlContent | QuizContent | FeedbackContent | OpaqueContent


@dataclass(frozen=True)
class BackupActivity:
    """A course module. ``completion_tracking``: 0 none, 1 by hand, 2 automatic."""

    cmid: int
    modname: str
    idnumber: str
    name: str
    visible: bool
    completion_tracking: int
    intro_html: str
    content: Content


@dataclass(frozen=True)
class BackupSection:
    """A section of the course page, with its activities in the order shown there."""

    number: int
    name: str
    summary_html: str
    visible: bool
    activities: tuple[BackupActivity, ...]


@dataclass(frozen=True)
class BackupCourse:
    """A course; ``site`` is the address of the Moodle that wrote the backup."""

    site: str
    fullname: str
    idnumber: str
    summary_html: str
    sections: tuple[BackupSection, ...]

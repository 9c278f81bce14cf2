"""The activities of a backup: one reader per module kind, everything else is opaque.

Attempts, answers and grades of persons, which a backup with users holds in the same files, are not looked at.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from moodle_sync.backup.errors import BackupDamagedError
from moodle_sync.backup.model import (
    Content,
    FeedbackContent,
    FeedbackItem,
    GradeMethod,
    LabelContent,
    OpaqueContent,
    PageContent,
    Question,
    QuizContent,
    QuizSlot,
    UnsupportedQuestion,
    UrlContent,
)
from moodle_sync.backup.questions import QuestionBank, find_question
from moodle_sync.backup.xml import Node

GRADE_METHODS: dict[int, GradeMethod] = {1: "best", 2: "average", 3: "first", 4: "last"}
ANONYMOUS = 1


def read_content(modname: str, body: Node, grades: Node | None, bank: QuestionBank) -> Content:
    """Return an activity's typed content; ``body`` is the element named after the module.

    Raises BackupDamagedError.
    """
    if modname == "quiz":
        return _read_quiz(body, grades, bank)
    reader = _READERS.get(modname)
    return OpaqueContent() if reader is None else reader(body)


def _read_page(body: Node) -> Content:
    return PageContent(body.html("content"))


def _read_label(body: Node) -> Content:
    return LabelContent(body.html("intro"))


def _read_url(body: Node) -> Content:
    return UrlContent(web_address(body.text("externalurl") or ""))


def web_address(text: str) -> str | None:
    """Return ``text`` if it is an http or https address with a host, else None."""
    url = text.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname and url.isprintable() else None


def _read_quiz(body: Node, grades: Node | None, bank: QuestionBank) -> QuizContent:
    method = body.integer("grademethod", 1)
    if method not in GRADE_METHODS:
        raise BackupDamagedError("a quiz has an unknown grading method")
    return QuizContent(
        time_limit_seconds=body.integer("timelimit") or None,
        attempts=body.integer("attempts_number") or None,
        grade_method=GRADE_METHODS[method],
        grade_max=body.number("grade"),
        grade_pass=0.0 if grades is None else _grade_pass(grades),
        shuffle=body.flag("shuffleanswers"),
        slots=tuple(
            sorted(
                (_read_slot(slot, bank) for slot in body.children("question_instances/question_instance")),
                key=lambda slot: slot.number,
            )
        ),
    )


def _grade_pass(grades: Node) -> float:
    for item in grades.children("grade_items/grade_item"):
        if item.integer("itemnumber") == 0:
            return item.number("gradepass")
    return 0.0


def _read_slot(slot: Node, bank: QuestionBank) -> QuizSlot:
    reference = slot.child("question_reference")
    if reference is None:
        # A question_set_reference draws a question at random for each attempt.
        question = Question("", "", UnsupportedQuestion("random"))
    else:
        version = reference.integer("version") or None
        question = find_question(bank, reference.integer("questionbankentryid"), version)
    return QuizSlot(number=slot.integer("slot"), max_mark=slot.number("maxmark"), question=question)


def _read_feedback(body: Node) -> Content:
    items = sorted(body.children("items/item"), key=lambda item: item.integer("position"))
    return FeedbackContent(
        anonymous=body.integer("anonymous", ANONYMOUS) == ANONYMOUS,
        items=tuple(_read_item(item) for item in items),
    )


def _read_item(item: Node) -> FeedbackItem:
    kind = item.text("typ") or ""
    style, options = _read_presentation(kind, item.text("presentation") or "")
    return FeedbackItem(
        kind=kind,
        label=item.text("name") or "",
        options=options,
        multiple=style == "c",
        # Moodle shows a dependent item only after a certain answer, so nobody can be made to answer it.
        required=item.flag("required") and not item.integer("dependitem"),
    )


def _read_presentation(kind: str, presentation: str) -> tuple[str, tuple[str, ...]]:
    """Split ``r>>>>>a|b<<<<<1``: r radio, c check boxes, d list; then the options, then their layout.

    A rated item writes ``weight####option``.
    """
    if kind not in {"multichoice", "multichoicerated"}:
        return "", ()
    style, _, rest = presentation.partition(">>>>>")
    options = (option.rpartition("####")[2].strip() for option in rest.partition("<<<<<")[0].split("|"))
    return style.strip(), tuple(option for option in options if option)


_READERS: dict[str, Callable[[Node], Content]] = {
    "page": _read_page,
    "label": _read_label,
    "url": _read_url,
    "feedback": _read_feedback,
}

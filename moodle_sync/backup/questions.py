"""The question bank of a backup (questions.xml, the layout of Moodle 4.0 and later)."""

from collections.abc import Mapping

from moodle_sync.backup.errors import BackupDamagedError
from moodle_sync.backup.model import (
    Choice,
    MultichoiceQuestion,
    NumericalAnswer,
    NumericalQuestion,
    Question,
    QuestionBody,
    ShortAnswer,
    ShortAnswerQuestion,
    TrueFalseQuestion,
    UnsupportedQuestion,
)
from moodle_sync.backup.xml import FORMAT_HTML, Node, as_html, parse_number

QuestionBank = Mapping[int, Mapping[int, Question]]
"""Question bank entry id -> version -> question; only versions that are ready."""


def read_bank(root: Node) -> QuestionBank:
    """Return all ready questions. Raises BackupDamagedError."""
    return {
        _identity(entry): {
            version.integer("version"): _read_question(version.require("questions/question"))
            for version in entry.children("question_version/question_versions")
            if version.text("status") == "ready"
        }
        for entry in root.children("question_category/question_bank_entries/question_bank_entry")
    }


def find_question(bank: QuestionBank, entry_id: int, version: int | None) -> Question:
    """Return one version of a question, None for the latest that is ready. Raises BackupDamagedError."""
    versions = bank.get(entry_id, {})
    wanted = max(versions, default=None) if version is None else version
    if wanted is None or wanted not in versions:
        raise BackupDamagedError("a quiz names a question that the backup lacks")
    return versions[wanted]


def _identity(node: Node) -> int:
    text = node.attribute("id") or ""
    if not text.isdecimal() or len(text) > 18:  # noqa: PLR2004 - what a bigint holds
        raise BackupDamagedError(f"{node.tag} has no id")
    return int(text)


def _read_question(node: Node) -> Question:
    return Question(
        name=node.text("name") or "",
        text_html=node.html("questiontext"),
        body=_read_body(node),
    )


def _read_body(node: Node) -> QuestionBody:
    qtype = node.text("qtype") or ""
    reader = _READERS.get(qtype)
    if reader is None:
        return UnsupportedQuestion(qtype)
    return reader(node.require(f"plugin_qtype_{qtype}_question"))


def _read_multichoice(plugin: Node) -> QuestionBody:
    return MultichoiceQuestion(
        single=plugin.require("multichoice").flag("single", default=True),
        choices=tuple(
            Choice(
                html=as_html(answer.text("answertext") or "", answer.integer("answerformat", FORMAT_HTML)),
                fraction=answer.number("fraction"),
            )
            for answer in plugin.children("answers/answer")
        ),
    )


def _read_truefalse(plugin: Node) -> QuestionBody:
    """Moodle keeps two answers with fractions and names the one that means "true"."""
    true_id = plugin.require("truefalse").integer("trueanswer")
    for answer in plugin.children("answers/answer"):
        if _identity(answer) == true_id:
            return TrueFalseQuestion(right=answer.number("fraction") > 0.99)  # noqa: PLR2004 - as Moodle compares
    raise BackupDamagedError("a true/false question lacks its answer")


def _read_shortanswer(plugin: Node) -> QuestionBody:
    return ShortAnswerQuestion(
        case_sensitive=plugin.require("shortanswer").flag("usecase"),
        answers=tuple(
            ShortAnswer(pattern=answer.text("answertext") or "", fraction=answer.number("fraction"))
            for answer in plugin.children("answers/answer")
        ),
    )


def _read_numerical(plugin: Node) -> QuestionBody:
    """Units turn the number into another question type: they are named as unsupported, not half-read."""
    if plugin.child("numerical_units/numerical_unit") is not None:
        return UnsupportedQuestion("numerical (units)")
    tolerances = {
        record.integer("answer"): abs(record.number("tolerance"))
        for record in plugin.children("numerical_records/numerical_record")
    }
    return NumericalQuestion(
        answers=tuple(
            NumericalAnswer(
                value=_numerical_value(answer),
                tolerance=tolerances.get(_identity(answer), 0.0),
                fraction=answer.number("fraction"),
            )
            for answer in plugin.children("answers/answer")
        )
    )


def _numerical_value(answer: Node) -> float | None:
    text = (answer.text("answertext") or "").strip()
    return None if text == "*" else parse_number(text, "a numerical answer")


_READERS = {
    "multichoice": _read_multichoice,
    "truefalse": _read_truefalse,
    "shortanswer": _read_shortanswer,
    "numerical": _read_numerical,
}

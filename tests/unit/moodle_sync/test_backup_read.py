"""Real backups, read: both container formats, with and without users."""

from pathlib import Path

import pytest

from moodle_sync.backup import BackupCourse, read_backup
from moodle_sync.backup.activities import web_address
from moodle_sync.backup.model import (
    FeedbackContent,
    MultichoiceQuestion,
    NumericalQuestion,
    OpaqueContent,
    QuizContent,
    ShortAnswerQuestion,
    TrueFalseQuestion,
    UnsupportedQuestion,
    UrlContent,
)
from tests.moodle.archives import A1, BACKUPS, changed, make_tar, members_of


@pytest.fixture(scope="module")
def course() -> BackupCourse:
    return read_backup(A1.read_bytes())


def quiz_of(course: BackupCourse) -> QuizContent:
    content = course.sections[4].activities[1].content
    assert isinstance(content, QuizContent)
    return content


def test_course(course: BackupCourse) -> None:
    assert (course.site, course.idnumber) == ("http://127.0.0.1:8090", "LE-A1")
    assert course.fullname == "OZG Grundlagen – LE A1"


def test_sections_and_activities_keep_their_order(course: BackupCourse) -> None:
    assert [(section.name, [one.cmid for one in section.activities]) for section in course.sections] == [
        ("Willkommen und Organisatorisches", [1, 2]),
        ("Selbststudium 1", [3, 4, 5]),
        ("Tutorium", [6, 7]),
        ("Selbststudium 2", [8, 9]),
        ("Prüfung", [10, 11]),
    ]


def test_order_is_the_sequence_not_the_ids() -> None:
    course = read_backup(changed("sections/section_2/section.xml", "3,4,5", "5,3,4"))

    assert [one.cmid for one in course.sections[1].activities] == [5, 3, 4]


@pytest.mark.parametrize("name", ["KC-OZG-A1-nousers.zipformat.mbz", "KC-OZG-A1-users.mbz"])
def test_other_formats_give_the_same_course_and_no_persons(name: str, course: BackupCourse) -> None:
    assert read_backup((BACKUPS / name).read_bytes()) == course


def test_reads_from_an_open_file(course: BackupCourse) -> None:
    with A1.open("rb") as file:
        assert read_backup(file) == course


def test_unknown_activities_are_opaque() -> None:
    course = read_backup((BACKUPS / "KC-OZG-A1-with-lti-nousers.mbz").read_bytes())

    lti = course.sections[3].activities[2]
    assert (lti.modname, lti.content) == ("lti", OpaqueContent())


def test_completion_tracking(course: BackupCourse) -> None:
    found = {one.cmid: one.completion_tracking for section in course.sections for one in section.activities}

    assert found == {1: 0, 2: 0, 3: 2, 4: 2, 5: 2, 6: 2, 7: 1, 8: 2, 9: 2, 10: 2, 11: 2}


def test_quiz_settings(course: BackupCourse) -> None:
    quiz = quiz_of(course)

    assert (quiz.time_limit_seconds, quiz.attempts, quiz.grade_method) == (2700, 3, "best")
    assert (quiz.grade_max, quiz.grade_pass, quiz.shuffle) == (100.0, 60.0, True)


def test_quiz_questions(course: BackupCourse) -> None:
    slots = quiz_of(course).slots

    assert [slot.max_mark for slot in slots] == [1, 1, 1, 1, 1, 2]
    assert [type(slot.question.body) for slot in slots] == [
        MultichoiceQuestion,
        MultichoiceQuestion,
        TrueFalseQuestion,
        MultichoiceQuestion,
        NumericalQuestion,
        ShortAnswerQuestion,
    ]
    assert slots[2].question.body == TrueFalseQuestion(right=True)


def test_false_statement() -> None:
    text = members_of()["questions.xml"].decode()
    first, rest = text.split('<answer id="9">')
    swapped = first + '<answer id="9">' + rest.replace("1.0000000", "0.0000000", 1)
    quiz = quiz_of(read_backup(make_tar({**members_of(), "questions.xml": swapped.encode()})))

    assert quiz.slots[2].question.body == TrueFalseQuestion(right=False)


def with_second_version(status: str) -> bytes:
    """Give question bank entry 3 a second version that is called "neu"."""
    text = members_of()["questions.xml"].decode()
    start = text.index('<question_versions id="3">')
    end = text.index("</question_versions>", start) + len("</question_versions>")
    second = text[start:end].replace("<version>1<", "<version>2<").replace("F3 EfA", "neu")
    second = second.replace("<status>ready<", f"<status>{status}<")
    return make_tar({**members_of(), "questions.xml": (text[:end] + second + text[end:]).encode()})


@pytest.mark.parametrize(("status", "name"), [("ready", "neu"), ("draft", "F3 EfA")])
def test_null_version_means_the_latest_that_is_ready(status: str, name: str) -> None:
    assert quiz_of(read_backup(with_second_version(status))).slots[2].question.name == name


def test_unsupported_question_type_is_named() -> None:
    course = read_backup(changed("questions.xml", "<qtype>numerical<", "<qtype>essay<"))

    assert quiz_of(course).slots[4].question.body == UnsupportedQuestion("essay")


def test_feedback(course: BackupCourse) -> None:
    content = course.sections[4].activities[0].content

    assert isinstance(content, FeedbackContent)
    assert content.anonymous
    assert content.items[0].options == ("sehr zufrieden", "zufrieden", "weniger zufrieden")


def test_url_that_is_no_web_address_is_not_a_link() -> None:
    course = read_backup(changed("activities/url_7/url.xml", "https://video", "javascript://video"))

    assert course.sections[2].activities[1].content == UrlContent(None)


@pytest.mark.parametrize("text", ["", "ftp://a/b", "data:text/html,x", "https://", "https://a/\nb", "http://[", "//a"])
def test_no_web_address(text: str) -> None:
    assert web_address(text) is None


def test_plain_text_is_escaped() -> None:
    page = "activities/page_4/page.xml"
    files = members_of()
    text = files[page].decode().replace("<contentformat>1<", "<contentformat>2<")
    course = read_backup(make_tar({**files, page: text.encode()}))

    content = course.sections[1].activities[1].content
    assert "&lt;p&gt;Die Verwaltung" in getattr(content, "html", "")


def test_missing_file_blobs_are_normal(tmp_path: Path) -> None:
    files = {name: content for name, content in members_of().items() if not name.startswith("files/")}

    assert read_backup(make_tar(files)).idnumber == "LE-A1"

"""From a backup to a unit's draft."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.models.catalogue import PhaseKind
from campus.rules.evaluation import EvaluationForm
from campus.rules.exam import ExamDefinition
from moodle_sync.backup import BackupCourse, BackupSection, read_backup
from moodle_sync.backup.model import FeedbackContent, FeedbackItem, PageContent, QuizContent, UrlContent
from moodle_sync.html import plain, sanitise
from moodle_sync.mapping import MappedCourse, NoPhasesError, map_activity, map_course, phase_of, unit_code
from moodle_sync.mapping_config import Notice, feedback_config
from tests.moodle.archives import A1, BACKUPS, changed


@pytest.fixture(scope="module")
def course() -> BackupCourse:
    return read_backup(A1.read_bytes())


@pytest.fixture(scope="module")
def mapped(course: BackupCourse) -> MappedCourse:
    return map_course(course)


def section(name: str, number: int = 1) -> BackupSection:
    return BackupSection(number, name, "", visible=True, activities=())


def test_five_sections_become_introduction_and_three_phases(mapped: MappedCourse) -> None:
    found = {phase.kind: [one.source_reference for one in phase.activities] for phase in mapped.draft.phases}

    assert found == {
        PhaseKind.INTRODUCTION: ["cm:1", "cm:2"],
        PhaseKind.SELF_STUDY_1: ["cm:3", "cm:4", "cm:5"],
        PhaseKind.TUTORIAL: ["cm:6", "cm:7"],
        PhaseKind.SELF_STUDY_2: ["cm:8", "cm:9", "cm:10", "cm:11"],
    }


def test_code_and_title(mapped: MappedCourse) -> None:
    assert (mapped.draft.code, mapped.draft.title) == ("A1", "OZG Grundlagen")


def test_what_is_not_supported_is_named(mapped: MappedCourse) -> None:
    assert [notice.subject for notice in mapped.notices] == [
        "Austauschforum (forum)",
        "Selbsttest (interaktiv) (h5pactivity)",
        "Terminwahl Tutorium (choice)",
        "Einsendeaufgabe: Prozessanalyse (assign)",
    ]
    assert mapped.draft.notices == ("mapping.unsupported_activity",)


def test_tracked_and_supported(mapped: MappedCourse) -> None:
    done_here = {
        one.source_reference
        for phase in mapped.draft.phases
        for one in phase.activities
        if one.tracked and one.supported
    }

    assert done_here == {"cm:3", "cm:4", "cm:7", "cm:8", "cm:10", "cm:11"}


def test_configs_are_what_the_rules_read(mapped: MappedCourse) -> None:
    exam = ExamDefinition.from_json(json.loads(json.dumps(mapped.draft.phases[3].activities[3].config)))
    form = EvaluationForm.from_json(json.loads(json.dumps(mapped.draft.phases[3].activities[2].config)))

    assert (exam.pass_percent, exam.max_score, exam.attempts) == (60.0, 7.0, 3)
    assert form.anonymous
    assert form.questions[0].options == ("sehr zufrieden", "zufrieden", "weniger zufrieden")


def test_other_course() -> None:
    mapped = map_course(read_backup((BACKUPS / "KC-EAK-A2-nousers.mbz").read_bytes()))

    assert mapped.draft.code == "A2"
    assert len(mapped.draft.phases) == 4


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Selbststudium 1", PhaseKind.SELF_STUDY_1),
        ("SELBSTSTUDIUM I: Grundlagen", PhaseKind.SELF_STUDY_1),
        ("Selbststudium II", PhaseKind.SELF_STUDY_2),
        ("Tutorium (live)", PhaseKind.TUTORIAL),
        ("Prüfung", PhaseKind.SELF_STUDY_2),
        ("Einführung", PhaseKind.INTRODUCTION),
        ("Selbststudium 12", None),
        ("Anhang", None),
    ],
)
def test_section_names(name: str, kind: PhaseKind | None) -> None:
    assert phase_of(section(name)) is kind


def test_first_section_is_an_introduction_whatever_its_name() -> None:
    assert phase_of(section("", number=0)) is PhaseKind.INTRODUCTION


def test_section_that_cannot_be_told_is_named() -> None:
    mapped = map_course(read_backup(changed("sections/section_4/section.xml", "<name>Selbststudium 2", "<name>Anhang")))

    assert Notice("mapping.unknown_section", "Anhang") in mapped.notices


def test_missing_phase_is_named() -> None:
    mapped = map_course(read_backup(changed("sections/section_3/section.xml", "<name>Tutorium", "<name>Anhang")))

    assert Notice("mapping.phase_missing", "tutorial") in mapped.notices


def test_course_without_phases_is_refused(course: BackupCourse) -> None:
    with pytest.raises(NoPhasesError):
        map_course(replace(course, sections=(section("Woche 1"), section("Woche 2"))))


def test_hidden_activity_is_left_out_and_named() -> None:
    mapped = map_course(read_backup(changed("activities/page_3/module.xml", "<visible>1", "<visible>0")))

    assert Notice("mapping.hidden_left_out", "Lernziele und Ablauf") in mapped.notices
    assert [one.source_reference for one in mapped.draft.phases[1].activities] == ["cm:4", "cm:5"]


def test_exam_with_an_unsupported_question_is_not_half_an_exam() -> None:
    mapped = map_course(read_backup(changed("questions.xml", "<qtype>numerical<", "<qtype>essay<")))

    exam = mapped.draft.phases[3].activities[3]
    assert (exam.supported, exam.config) == (False, {})
    assert Notice("mapping.unsupported_question", "Abschlussprüfung A1: essay") in mapped.notices


def test_empty_exam_is_not_supported(course: BackupCourse) -> None:
    quiz = course.sections[4].activities[1]
    assert isinstance(quiz.content, QuizContent)
    notices: list[Notice] = []

    draft = map_activity(replace(quiz, content=replace(quiz.content, slots=())), notices)

    assert not draft.supported
    assert notices[0].code == "mapping.unusable_exam"


def test_link_to_no_web_address_is_not_supported(course: BackupCourse) -> None:
    activity = replace(course.sections[2].activities[1], content=UrlContent(None))

    assert not map_activity(activity, []).supported


def test_pictures_are_left_out_and_named(course: BackupCourse) -> None:
    html = '<p>Vorher <img src="@@PLUGINFILE@@/bild.png" alt="x"> nachher</p>'
    notices: list[Notice] = []

    draft = map_activity(replace(course.sections[1].activities[0], content=PageContent(html)), notices)

    assert draft.html == "<p>Vorher  nachher</p>"
    assert notices == [Notice("mapping.media_left_out", "Lernziele und Ablauf")]


def test_feedback_items_that_cannot_be_asked_are_named() -> None:
    items = (
        FeedbackItem("textarea", "Was <b>fehlt</b>?", (), multiple=False, required=True),
        FeedbackItem("multichoice", "Mehreres", ("a", "b"), multiple=True, required=False),
        FeedbackItem("pagebreak", "", (), multiple=False, required=False),
        FeedbackItem("numeric", "Stunden", (), multiple=False, required=False),
    )
    notices: list[Notice] = []

    config = feedback_config(FeedbackContent(anonymous=False, items=items), "F", notices)

    assert config is not None
    assert [(one["key"], one["kind"], one["label"]) for one in config["questions"]] == [
        ("q1", "textarea", "Was fehlt?"),
        ("q2", "numeric", "Stunden"),
    ]
    assert notices == [Notice("mapping.feedback_item_left_out", "F: Mehreres")]


@pytest.mark.parametrize(("idnumber", "code"), [("LE-A1", "A1"), ("le_b12", "b12"), ("X9", "X9"), ("", "")])
def test_unit_code(idnumber: str, code: str) -> None:
    assert unit_code(idnumber) == code


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<script>alert(1)</script>a", "a"),
        ('<p onclick="x" style="color:red" class="c">a</p>', "<p>a</p>"),
        ('<a href="javascript:x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="$@PAGEVIEWBYID*4@$">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="https://a.example/">a</a>', '<a href="https://a.example/" rel="noopener noreferrer">a</a>'),
        ('<iframe src="https://a.example/">a</iframe>', ""),
        ("<h1>a</h1>", "<h2>a</h2>"),
        ("<form><input name=a></form>", ""),
    ],
)
def test_sanitise(html: str, safe: str) -> None:
    assert sanitise(html) == safe


@given(st.text(alphabet='<>/"=ahrefsciptjv: &;#x!-', max_size=60))
def test_sanitised_html_stays_as_it_is(html: str) -> None:
    once = sanitise(html)

    assert "<script" not in once
    assert sanitise(once) == once


def test_plain_text_of_a_name() -> None:
    assert plain("Recht &amp;\n<b>Praxis</b>", 100) == "Recht & Praxis"
    assert plain("abcdef", 4) == "abc…"

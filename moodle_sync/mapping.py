"""A Moodle course becomes the draft of a learning unit. Pure: what an import shows before anything is written.

Sections become phases by their names; activities keep order and kind. What can't be told or isn't supported is
named in the notices, never dropped in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campus.errors import CampusError
from campus.models.catalogue import ActivityKind, PhaseKind
from campus.units import ActivityDraft, PhaseDraft, UnitDraft
from moodle_sync.backup.model import (
    BackupActivity,
    BackupCourse,
    BackupSection,
    FeedbackContent,
    LabelContent,
    PageContent,
    QuizContent,
    UrlContent,
)
from moodle_sync.html import has_media, plain, sanitise
from moodle_sync.mapping_config import Notice, exam_config, feedback_config

LONGEST_TITLE = 500
LONGEST_CODE = 20

SECTION_NAMES: tuple[tuple[re.Pattern[str], PhaseKind], ...] = (
    (re.compile(r"willkommen|organisatorisch|einführung|allgemein|welcome|general"), PhaseKind.INTRODUCTION),
    (re.compile(r"selbst(lern|studium).*\b(1|i)\b|self[- ]?study.*\b(1|i)\b"), PhaseKind.SELF_STUDY_1),
    (re.compile(r"selbst(lern|studium).*\b(2|ii)\b|self[- ]?study.*\b(2|ii)\b"), PhaseKind.SELF_STUDY_2),
    (re.compile(r"tutori(um|al)|präsenz|live"), PhaseKind.TUTORIAL),
    (re.compile(r"prüfung|klausur|evaluation|\bexam"), PhaseKind.SELF_STUDY_2),
)
"""Which part of a unit a section is, the first match counts. An exam ends the second self-study."""


class NoPhasesError(CampusError):
    """No section of the course could be told to be a phase of a learning unit."""

    code = "backup.no_phases"
    status = 422


@dataclass(frozen=True)
class MappedCourse:
    """The draft, and what a person should look at before keeping it."""

    draft: UnitDraft
    notices: tuple[Notice, ...]


def map_course(course: BackupCourse) -> MappedCourse:
    """Return the unit's draft. Raises NoPhasesError when no section's name says a phase."""
    notices: list[Notice] = []
    found: dict[PhaseKind, list[BackupSection]] = {}
    for section in course.sections:
        kind = phase_of(section)
        if kind is not None:
            found.setdefault(kind, []).append(section)
        elif section.activities:
            notices.append(Notice("mapping.unknown_section", plain(section.name, 100) or str(section.number)))
    if not found.keys() - {PhaseKind.INTRODUCTION}:
        raise NoPhasesError("no section is named after a phase of a learning unit")
    notices += [
        Notice("mapping.phase_missing", kind)
        for kind in PhaseKind
        if kind not in found and kind is not PhaseKind.INTRODUCTION
    ]
    phases = tuple(PhaseDraft(kind, tuple(_map_sections(found[kind], notices))) for kind in PhaseKind if kind in found)
    code = unit_code(course.idnumber)
    if not code:
        notices.append(Notice("mapping.no_code", plain(course.fullname, 100)))
    draft = UnitDraft(
        code=code,
        title=_unit_title(plain(course.fullname, 200), code),
        summary_html=sanitise(course.summary_html),
        phases=phases,
        notices=tuple(dict.fromkeys(notice.code for notice in notices)),
    )
    return MappedCourse(draft, tuple(notices))


def phase_of(section: BackupSection) -> PhaseKind | None:
    """Return the part of the unit that a section is, by its name; the first section is an introduction anyway."""
    name = section.name.casefold()
    for pattern, kind in SECTION_NAMES:
        if pattern.search(name):
            return kind
    return PhaseKind.INTRODUCTION if section.number == 0 else None


def unit_code(idnumber: str) -> str:
    """Return the unit's code: ``A1`` from ``LE-A1``; any other id number as it is."""
    text = plain(idnumber, 100).strip()
    return re.sub(r"^LE[-_ ]?", "", text, flags=re.IGNORECASE)[:LONGEST_CODE]


def _unit_title(fullname: str, code: str) -> str:
    """Return the course's name without the code at its end, which stands beside it anyway."""
    stripped = re.sub(rf"\s*[–—-]\s*(LE\s*)?{re.escape(code)}$", "", fullname) if code else fullname
    return stripped or fullname


def _map_sections(sections: list[BackupSection], notices: list[Notice]) -> Iterator[ActivityDraft]:
    for section in sections:
        for activity in section.activities:
            if not (section.visible and activity.visible):
                notices.append(Notice("mapping.hidden_left_out", plain(activity.name, 100)))
                continue
            yield map_activity(activity, notices)


def map_activity(activity: BackupActivity, notices: list[Notice]) -> ActivityDraft:
    """Return one activity's draft; adds to ``notices`` what was left out of it."""
    title = plain(activity.name, LONGEST_TITLE) or activity.modname
    kind, html, config, supported = _map_content(activity, title, notices)
    if has_media(html):
        notices.append(Notice("mapping.media_left_out", title))
    if not supported:
        notices.append(Notice("mapping.unsupported_activity", f"{title} ({activity.modname})"))
    return ActivityDraft(
        kind=kind,
        title=title,
        html=sanitise(html),
        config=config,
        tracked=activity.completion_tracking > 0,
        supported=supported,
        source_reference=f"cm:{activity.cmid}",
    )


def _map_content(activity: BackupActivity, title: str, notices: list[Notice]) -> tuple[str, str, dict[str, Any], bool]:
    """Return kind, HTML (not yet sanitised), config, and whether learners can do it here."""
    match activity.content:
        case PageContent(html=html):
            return ActivityKind.PAGE, html, {}, True
        case LabelContent(html=html):
            return ActivityKind.LABEL, html, {}, True
        case UrlContent(url=str(url)):
            return ActivityKind.URL, activity.intro_html, {"url": url}, True
        case QuizContent() as quiz:
            exam = exam_config(quiz, title, notices)
            return ActivityKind.QUIZ, activity.intro_html, exam or {}, exam is not None
        case FeedbackContent() as feedback:
            form = feedback_config(feedback, title, notices)
            return ActivityKind.FEEDBACK, activity.intro_html, form or {}, form is not None
    return activity.modname[:40], activity.intro_html, {}, False

"""Read a Moodle course backup: archive -> XML -> BackupCourse."""

import re
from collections.abc import Mapping
from typing import BinaryIO

from moodle_sync.backup.activities import read_content
from moodle_sync.backup.archive import DEFAULT_LIMITS, Limits, read_members
from moodle_sync.backup.errors import (
    BackupDamagedError,
    BackupMissingFileError,
    BackupVersionError,
    NotACourseBackupError,
)
from moodle_sync.backup.model import BackupActivity, BackupCourse, BackupSection
from moodle_sync.backup.questions import QuestionBank, read_bank
from moodle_sync.backup.xml import Node, parse

OLDEST_VERSION = 2022041900
"""Moodle 4.0's backup_version: since then questions have entries and versions."""

MANIFEST = "moodle_backup.xml"
COURSE = "course/course.xml"
QUESTIONS = "questions.xml"
WANTED = re.compile(
    r"moodle_backup\.xml|questions\.xml|course/course\.xml|sections/section_\d+/section\.xml"
    r"|activities/(?P<mod>[a-z][a-z0-9_]*)_\d+/(?:module|grades|(?P=mod))\.xml"
)
"""users.xml, logs, completion and files are never read: an import takes no persons."""


def read_backup(source: bytes | BinaryIO, limits: Limits = DEFAULT_LIMITS) -> BackupCourse:
    """Return the course in an .mbz, gzipped tar or zip. ``source`` is bytes or a seekable binary file.

    Raises a BackupError for whatever is wrong with the archive or its content; never anything else.
    """
    members = read_members(source, lambda name: WANTED.fullmatch(name) is not None, limits)
    information = _read_manifest(members)
    course = _file(members, COURSE)
    sections = _read_sections(members, information)
    return BackupCourse(
        site=information.text("original_wwwroot") or "",
        fullname=course.text("fullname") or "",
        idnumber=course.text("idnumber") or "",
        summary_html=course.html("summary"),
        sections=sections,
    )


def _file(members: Mapping[str, bytes], name: str) -> Node:
    if name not in members:
        raise BackupMissingFileError(f"{name} is missing")
    return parse(members[name], name)


def _read_manifest(members: Mapping[str, bytes]) -> Node:
    if MANIFEST not in members:
        raise NotACourseBackupError(f"an archive without {MANIFEST}")
    root = parse(members[MANIFEST], MANIFEST)
    if root.tag != "moodle_backup":
        raise NotACourseBackupError(f"{MANIFEST} is something else")
    information = root.require("information")
    if information.text("details/detail/type") != "course":
        raise NotACourseBackupError("the backup of a part of a course")
    if information.text("details/detail/format") != "moodle2" or information.integer("backup_version") < OLDEST_VERSION:
        raise BackupVersionError("made by a Moodle before 4.0")
    return information


def _read_sections(members: Mapping[str, bytes], information: Node) -> tuple[BackupSection, ...]:
    bank = read_bank(parse(members[QUESTIONS], QUESTIONS)) if QUESTIONS in members else {}
    activities: dict[int, list[BackupActivity]] = {}
    for entry in information.children("contents/activities/activity"):
        activity = _read_activity(members, entry, bank)
        activities.setdefault(entry.integer("sectionid"), []).append(activity)
    sections = [
        _read_section(members, entry, activities.pop(entry.integer("sectionid"), []))
        for entry in information.children("contents/sections/section")
    ]
    if activities:
        raise BackupDamagedError("an activity belongs to no section")
    return tuple(sorted(sections, key=lambda section: section.number))


def _read_section(members: Mapping[str, bytes], entry: Node, activities: list[BackupActivity]) -> BackupSection:
    node = _file(members, f"sections/section_{entry.integer('sectionid')}/section.xml")
    sequence = [part.strip() for part in (node.text("sequence") or "").split(",")]
    order = {cmid: place for place, cmid in enumerate(sequence)}
    return BackupSection(
        number=node.integer("number"),
        name=node.text("name") or "",
        summary_html=node.html("summary"),
        visible=node.flag("visible", default=True),
        activities=tuple(sorted(activities, key=lambda activity: order.get(str(activity.cmid), len(order)))),
    )


def _read_activity(members: Mapping[str, bytes], entry: Node, bank: QuestionBank) -> BackupActivity:
    cmid = entry.integer("moduleid")
    modname = entry.text("modulename") or ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", modname):
        raise BackupDamagedError("an activity of no kind")
    folder = f"activities/{modname}_{cmid}"
    module = _file(members, f"{folder}/module.xml")
    body = _file(members, f"{folder}/{modname}.xml").require(modname)
    grades_name = f"{folder}/grades.xml"
    grades = parse(members[grades_name], grades_name) if grades_name in members else None
    return BackupActivity(
        cmid=cmid,
        modname=modname,
        idnumber=module.text("idnumber") or "",
        name=body.text("name") or entry.text("title") or "",
        visible=module.flag("visible", default=True),
        completion_tracking=module.integer("completion"),
        intro_html=body.html("intro"),
        content=read_content(modname, body, grades, bank),
    )

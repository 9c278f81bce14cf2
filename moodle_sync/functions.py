"""One typed function per web-service function in use. Strict about what we need, blind to the rest.

``tests/data/moodle/recorded`` holds what a real Moodle answered to each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moodle_sync.client import MoodleClient, MoodleProtocolError

PAGE = 200

Row = dict[str, Any]


@dataclass(frozen=True)
class SiteInfo:
    """Who we are there, and what we may call."""

    site_url: str
    name: str
    release: str
    functions: frozenset[str]


@dataclass(frozen=True)
class CourseModule:
    """A course module; ``completion`` 0 none, 1 by hand, 2 automatic."""

    cmid: int
    modname: str
    name: str
    completion: int


@dataclass(frozen=True)
class CompletionStatus:
    """One person's completion of one module: ``state`` 0 not, 1 done, 2 passed, 3 failed.

    ``tracked_user`` is False for somebody who isn't a participant: then the state says nothing.
    """

    cmid: int
    modname: str
    state: int
    completed_at: datetime | None
    tracking: int
    tracked_user: bool
    overridden: bool


@dataclass(frozen=True)
class GradeItem:
    """One person's grade in one module; ``grade`` None while there is none."""

    cmid: int
    modname: str
    grade: float | None
    grade_min: float
    grade_max: float
    graded_at: datetime | None


def site_info(client: MoodleClient) -> SiteInfo:
    """Ask who we are: the health check, and the list of functions that the token may call."""
    answer = _dict(client.call("core_webservice_get_site_info"))
    return SiteInfo(
        site_url=_str(answer, "siteurl"),
        name=_str(answer, "sitename"),
        release=str(answer.get("release", "")),
        functions=frozenset(_str(_dict(row), "name") for row in _list(answer.get("functions", []))),
    )


def course_modules(client: MoodleClient, course_id: int) -> list[CourseModule]:
    """List a course's modules in the order of its page."""
    answer = client.call("core_course_get_contents", {"courseid": course_id})
    return [
        CourseModule(
            cmid=_int(module, "id"),
            modname=_str(module, "modname"),
            name=str(module.get("name", "")),
            completion=int(module.get("completion") or 0),
        )
        for section in _list(answer)
        for module in map(_dict, _list(_dict(section).get("modules", [])))
    ]


def enrolled_user_ids(client: MoodleClient, course_id: int, *, page: int = PAGE) -> Iterator[int]:
    """Yield the ids of all who are enrolled, page by page. Asks for no names or e-mail addresses.

    Suspended enrolments are among them, unmarked; what they achieved stays achieved.
    """
    start = 0
    while True:
        options = {"limitfrom": start, "limitnumber": page, "sortby": "id", "userfields": "id"}
        answer = client.call(
            "core_enrol_get_enrolled_users",
            {
                "courseid": course_id,
                "options": [{"name": name, "value": value} for name, value in options.items()],
            },
        )
        rows = _list(answer)
        yield from (_int(_dict(row), "id") for row in rows)
        if len(rows) < page:
            return
        start += page


def activities_completion(client: MoodleClient, course_id: int, user_id: int) -> list[CompletionStatus]:
    """List one person's completion of a course's modules. There is no call for several persons."""
    answer = _dict(
        client.call("core_completion_get_activities_completion_status", {"courseid": course_id, "userid": user_id})
    )
    return [
        CompletionStatus(
            cmid=_int(row, "cmid"),
            modname=_str(row, "modname"),
            state=_int(row, "state"),
            completed_at=_instant(row.get("timecompleted")),
            tracking=_int(row, "tracking"),
            tracked_user=bool(row.get("istrackeduser", True)),
            overridden=row.get("overrideby") is not None,
        )
        for row in map(_dict, _list(answer.get("statuses")))
    ]


def grade_items(client: MoodleClient, course_id: int, user_id: int) -> list[GradeItem]:
    """List one person's grades in a course's modules; the course's total is left out."""
    answer = _dict(client.call("gradereport_user_get_grade_items", {"courseid": course_id, "userid": user_id}))
    return [
        GradeItem(
            cmid=_int(item, "cmid"),
            modname=_str(item, "itemmodule"),
            grade=_number(item.get("graderaw")),
            grade_min=_number(item.get("grademin")) or 0.0,
            grade_max=_number(item.get("grademax")) or 0.0,
            graded_at=_instant(item.get("gradedategraded")),
        )
        for user in map(_dict, _list(answer.get("usergrades")))
        if user.get("userid") == user_id
        for item in map(_dict, _list(user.get("gradeitems")))
        if item.get("itemtype") == "mod" and item.get("itemnumber") == 0 and item.get("cmid") is not None
    ]


def _dict(value: object) -> Row:
    if not isinstance(value, dict):
        raise MoodleProtocolError("an object is missing in Moodle's answer")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise MoodleProtocolError("a list is missing in Moodle's answer")
    return value


def _int(row: Row, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MoodleProtocolError(f"{name} is no whole number in Moodle's answer")
    return value


def _str(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise MoodleProtocolError(f"{name} is no text in Moodle's answer")
    return value


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    """Read seconds since 1970; Moodle's 0 and null mean never."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise MoodleProtocolError("a time in Moodle's answer is out of range") from error

"""One typed function per web-service function in use. Strict about what we need, blind to the rest.

``tests/data/moodle/recorded`` holds what a real Moodle answered to each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from moodle_sync.client import MoodleClient, MoodleProtocolError

PAGE = 200


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


class _Instant(fields.Integer):
    """Seconds since 1970; Moodle's 0 and null mean never."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, allow_none=True, load_default=None, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        seconds = super()._deserialize(value, attr, data, **kwargs)
        if seconds <= 0:
            return None
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError, ValueError) as error:
            raise ValidationError("a time is out of range") from error


class _Answer(Schema):
    """Part of an answer; fields come and go between Moodle's versions, so others are ignored."""

    class Meta:
        """Options."""

        unknown = EXCLUDE


class _User(_Answer):
    id = fields.Integer(strict=True, required=True)


class _Status(_Answer):
    cmid = fields.Integer(strict=True, required=True)
    modname = fields.String(required=True)
    state = fields.Integer(strict=True, required=True)
    completed_at = _Instant(data_key="timecompleted")
    tracking = fields.Integer(strict=True, required=True)
    tracked_user = fields.Boolean(data_key="istrackeduser", load_default=True)
    overridden = fields.Raw(data_key="overrideby", allow_none=True, load_default=None)

    @post_load
    def _make(self, read: dict[str, Any], **_: Any) -> CompletionStatus:
        return CompletionStatus(**{**read, "overridden": read["overridden"] is not None})


class _Statuses(_Answer):
    statuses = fields.List(fields.Nested(_Status), required=True)


class _GradeItem(_Answer):
    cmid = fields.Integer(strict=True, allow_none=True, load_default=None)
    modname = fields.String(data_key="itemmodule", allow_none=True, load_default=None)
    kind = fields.String(data_key="itemtype", load_default="")
    number = fields.Integer(data_key="itemnumber", strict=True, allow_none=True, load_default=None)
    grade = fields.Float(data_key="graderaw", allow_none=True, load_default=None)
    grade_min = fields.Float(data_key="grademin", load_default=0.0)
    grade_max = fields.Float(data_key="grademax", load_default=0.0)
    graded_at = _Instant(data_key="gradedategraded")


class _UserGrades(_Answer):
    userid = fields.Integer(strict=True, required=True)
    gradeitems = fields.List(fields.Nested(_GradeItem), required=True)


class _Grades(_Answer):
    usergrades = fields.List(fields.Nested(_UserGrades), required=True)


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
        rows = _read(_User(many=True), answer)
        yield from (row["id"] for row in rows)
        if len(rows) < page:
            return
        start += page


def activities_completion(client: MoodleClient, course_id: int, user_id: int) -> list[CompletionStatus]:
    """List one person's completion of a course's modules. There is no call for several persons."""
    answer = client.call("core_completion_get_activities_completion_status", {"courseid": course_id, "userid": user_id})
    found: list[CompletionStatus] = _read(_Statuses(), answer)["statuses"]
    return found


def grade_items(client: MoodleClient, course_id: int, user_id: int) -> list[GradeItem]:
    """List one person's grades in a course's modules; the course's total is left out."""
    answer = client.call("gradereport_user_get_grade_items", {"courseid": course_id, "userid": user_id})
    return [
        GradeItem(
            cmid=item["cmid"],
            modname=item["modname"] or "",
            grade=item["grade"],
            grade_min=item["grade_min"],
            grade_max=item["grade_max"],
            graded_at=item["graded_at"],
        )
        for user in _read(_Grades(), answer)["usergrades"]
        if user["userid"] == user_id
        for item in user["gradeitems"]
        if item["kind"] == "mod" and item["number"] == 0 and item["cmid"] is not None
    ]


def _read(schema: Schema, answer: object) -> Any:
    """Read an answer by its schema. The error names the fields that are wrong, never their values."""
    try:
        return schema.load(answer)  # type: ignore[arg-type] # whatever the JSON was: the schema judges it
    except ValidationError as error:
        raise MoodleProtocolError(
            f"Moodle's answer lacks or spoils: {', '.join(map(str, error.messages_dict))}"
        ) from error

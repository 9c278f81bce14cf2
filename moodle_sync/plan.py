"""What Moodle's answers say, as neutral facts. Pure: a dry run of a synchronisation is a print of these."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from moodle_sync.functions import CompletionStatus, GradeItem

EXAM_MODULES = {"quiz"}

State = Literal["done", "not_done", "passed", "failed"]
STATES: dict[int, State] = {0: "not_done", 1: "done", 2: "passed", 3: "failed"}


@dataclass(frozen=True)
class MoodleFact:
    """One person, one course module, what Moodle says of it. ``score`` out of ``max``, only for an exam.

    ``not_done`` is no news unless Moodle said otherwise before: then it takes that back.
    """

    user_id: int
    cmid: int
    kind: Literal["completed", "exam"]
    state: State
    score: float | None
    max: float | None
    occurred_at: datetime
    raw: dict[str, Any] = field(compare=False)

    @property
    def percent(self) -> float | None:
        """The score as a percentage with Moodle's five digits; extra credit and penalties stop at 100 and 0."""
        if self.score is None or not self.max:
            return None
        return min(100.0, max(0.0, round(100 * self.score / self.max, 5)))


def plan_user(
    user_id: int,
    statuses: Sequence[CompletionStatus],
    grades: Iterable[GradeItem],
    *,
    known: Collection[int] = (),
    read_at: datetime,
) -> list[MoodleFact]:
    """Return the facts of one person in one course.

    ``known`` are the modules that Moodle told of before: one that has vanished from its answer (deleted, or no longer
    tracked) is taken back. Nothing is said, and nothing taken back, of somebody who is no participant any more (Moodle
    then shows zeros whatever was achieved), or while the course's completion is switched off (an empty list).
    ``read_at`` dates what Moodle gives no time for.
    """
    if not any(status.tracked_user for status in statuses):
        return []
    graded = {item.cmid: item for item in grades if item.grade is not None}
    facts = [
        _plan_status(user_id, status, graded.get(status.cmid), read_at)
        for status in statuses
        if status.tracked_user and status.tracking and status.state in STATES
    ]
    vanished = set(known) - {fact.cmid for fact in facts}
    return facts + [
        MoodleFact(user_id, cmid, "completed", "not_done", None, None, read_at, {"vanished": True})
        for cmid in sorted(vanished)
    ]


def _plan_status(user_id: int, status: CompletionStatus, grade: GradeItem | None, read_at: datetime) -> MoodleFact:
    state = STATES[status.state]
    is_exam = status.modname in EXAM_MODULES
    scored = is_exam and state != "not_done" and grade is not None and grade.grade is not None
    graded_at = grade.graded_at if grade is not None else None
    return MoodleFact(
        user_id=user_id,
        cmid=status.cmid,
        kind="exam" if is_exam else "completed",
        state=state,
        score=grade.grade - grade.grade_min if scored and grade and grade.grade is not None else None,
        max=grade.grade_max - grade.grade_min if scored and grade else None,
        occurred_at=status.completed_at or (graded_at if state != "not_done" else None) or read_at,
        raw=_raw(status, grade),
    )


def _raw(status: CompletionStatus, grade: GradeItem | None) -> dict[str, Any]:
    """Keep Moodle's own words, but only those that the fact rests on: no names, no teacher's comments."""
    raw: dict[str, Any] = {
        "cmid": status.cmid,
        "modname": status.modname,
        "state": status.state,
        "timecompleted": _seconds(status.completed_at),
        "tracking": status.tracking,
        "overridden": status.overridden,
    }
    if grade is not None:
        raw |= {
            "graderaw": grade.grade,
            "grademin": grade.grade_min,
            "grademax": grade.grade_max,
            "gradedategraded": _seconds(grade.graded_at),
        }
    return raw


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())

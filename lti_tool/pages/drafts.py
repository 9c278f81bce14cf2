"""Drafts of units between upload and decision: to JSON and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.errors import NotFoundError
from campus.models.catalogue import Activity, ActivityKind, PhaseKind
from campus.rules.exam import ExamDefinition
from campus.units import ActivityDraft, PhaseDraft, UnitDraft
from lti_tool.pages.store import ImportDraft
from moodle_sync.mapping_config import Notice

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class ExamSummary:
    """What a preview tells of an exam. None means unlimited."""

    questions: int
    attempts: int | None
    minutes: int | None
    pass_percent: float


def keep(
    session: Session,
    draft: UnitDraft,
    notices: Sequence[Notice],
    *,
    provider_id: int,
    created_by_id: int,
    now: datetime,
) -> ImportDraft:
    """Keep a draft for a week; older ones of anybody are forgotten."""
    session.execute(delete(ImportDraft).where(ImportDraft.created_at < now - KEPT_FOR))
    kept = ImportDraft(
        provider_id=provider_id,
        created_by_id=created_by_id,
        created_at=now,
        draft=asdict(draft),
        notices=[{"code": notice.code, "subject": notice.subject} for notice in notices],
    )
    session.add(kept)
    session.flush()
    return kept


def find(session: Session, provider_id: int, public_id: str) -> ImportDraft:
    """Return the provider's draft, or raise NotFoundError: another provider's is none of its business."""
    found = session.scalars(
        select(ImportDraft).where(ImportDraft.public_id == public_id, ImportDraft.provider_id == provider_id)
    ).first()
    if found is None:
        raise NotFoundError("no such draft")
    return found


def read(data: Mapping[str, Any]) -> UnitDraft:
    """Return the draft that ``keep`` wrote."""
    return UnitDraft(
        code=data["code"],
        title=data["title"],
        summary_html=data["summary_html"],
        phases=tuple(
            PhaseDraft(PhaseKind(phase["kind"]), tuple(ActivityDraft(**activity) for activity in phase["activities"]))
            for phase in data["phases"]
        ),
        notices=tuple(data["notices"]),
    )


def exam_summary(activity: ActivityDraft | Activity) -> ExamSummary | None:
    """Sum an exam up; None for any other activity, or an exam that can't be held here."""
    if activity.kind != ActivityKind.QUIZ or not activity.supported:
        return None
    definition = ExamDefinition.from_json(activity.config)
    return ExamSummary(
        questions=len(definition.questions),
        attempts=definition.attempts,
        minutes=definition.minutes,
        pass_percent=definition.pass_percent,
    )

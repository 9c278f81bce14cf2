"""Making units: from a draft that an importer or the demo world hands over."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import evidence
from campus.catalogue import requirement_key
from campus.errors import ConflictError
from campus.models.base import Text
from campus.models.catalogue import Activity, LearningUnit, Origin, Phase, PhaseKind
from campus.models.organisations import Organisation


@dataclass(frozen=True)
class ActivityDraft:
    """An activity as an importer found it; ``html`` is sanitised, ``config`` JSON-able."""

    kind: str
    title: str
    html: str
    config: dict[str, Any]
    tracked: bool
    supported: bool
    source_reference: str


@dataclass(frozen=True)
class PhaseDraft:
    """A part of a unit with its activities in order."""

    kind: PhaseKind
    activities: tuple[ActivityDraft, ...]


@dataclass(frozen=True)
class UnitDraft:
    """A unit before it is kept: what an import shows before anything is written."""

    code: str
    title: str
    summary_html: str
    phases: tuple[PhaseDraft, ...]
    notices: tuple[str, ...] = field(default=())
    """Codes of what the importer wants a person to look at."""


def announce(
    session: Session,
    *,
    code: str,
    provider: Organisation,
    title: Text,
    summary: Text,
    hours: int,
    now: datetime,
    origin: Origin = Origin.OWN,
    delivering_provider: Organisation | None = None,
) -> LearningUnit:
    """Put a unit into the catalogue; its content follows. Raises ConflictError when the provider has the code."""
    if _find(session, provider, code) is not None:
        raise ConflictError(f"the provider already has a unit {code}")
    unit = LearningUnit(
        code=code,
        title=title,
        summary=summary,
        provider_id=provider.id,
        delivering_provider_id=(delivering_provider or provider).id,
        origin=origin,
        hours=hours,
        created_at=now,
    )
    session.add(unit)
    session.flush()
    return unit


def create_unit(
    session: Session,
    draft: UnitDraft,
    *,
    provider: Organisation,
    title: Text,
    summary: Text,
    hours: int,
    now: datetime,
    origin: Origin = Origin.OWN,
    delivering_provider: Organisation | None = None,
) -> LearningUnit:
    """Keep a draft as a unit of ``provider``: as a new one, or as the content of the one announced under its code.

    An announced unit takes the texts and hours given. Raises ConflictError when the unit has content already:
    learners may have evidence on it.
    """
    unit = _find(session, provider, draft.code)
    if unit is None:
        unit = announce(
            session,
            code=draft.code,
            provider=provider,
            title=title,
            summary=summary,
            hours=hours,
            now=now,
            origin=origin,
            delivering_provider=delivering_provider,
        )
    elif unit.phases:
        raise ConflictError(f"the unit {draft.code} has content already")
    unit.title, unit.summary, unit.hours = title, summary, hours
    for place, phase in enumerate(draft.phases):
        activities = [_activity(activity, at) for at, activity in enumerate(phase.activities)]
        unit.phases.append(Phase(kind=phase.kind, position=place, activities=activities))
    session.flush()
    _map_own_activities(session, unit, now=now)
    return unit


def _find(session: Session, provider: Organisation, code: str) -> LearningUnit | None:
    """Find the provider's unit by code and lock it."""
    found = select(LearningUnit).where(LearningUnit.provider_id == provider.id, LearningUnit.code == code)
    return session.scalars(found.with_for_update()).first()


def _activity(draft: ActivityDraft, position: int) -> Activity:
    return Activity(
        kind=draft.kind,
        title=draft.title,
        html=draft.html,
        config=draft.config,
        position=position,
        tracked=draft.tracked,
        supported=draft.supported,
        source_reference=draft.source_reference,
    )


def _map_own_activities(session: Session, unit: LearningUnit, *, now: datetime) -> None:
    """Map each activity to its own requirement: ours stands for itself, by construction."""
    for phase in unit.phases:
        for activity in phase.activities:
            if activity.is_required:
                evidence.map_object(
                    session,
                    source=evidence.OWN_SOURCE,
                    reference=requirement_key(activity),
                    unit_id=unit.id,
                    requirement=requirement_key(activity),
                    reason="own activity",
                    decided_by_id=None,
                    now=now,
                    publish=lambda _event: None,  # nobody can have evidence on it yet
                )

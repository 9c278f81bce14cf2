"""The catalogue, read: modules, units, and what a unit asks for."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import NotFoundError
from campus.models.catalogue import Activity, ActivityKind, LearningUnit, Module, Phase, PhaseKind
from campus.rules.credit import Requirement, RequirementKind, UnitRequirements

TUTORIAL = Requirement("tutorial", RequirementKind.TUTORIAL)
_KINDS = {ActivityKind.QUIZ: RequirementKind.EXAM, ActivityKind.FEEDBACK: RequirementKind.EVALUATION}


def requirement_key(activity: Activity) -> str:
    """Name the requirement that a tracked activity is; also the reference of our own source object."""
    return f"activity:{activity.public_id}"


def requirements(session: Session, unit_id: int) -> UnitRequirements:
    """List what the unit asks for: every supported tracked activity of its phases, and the tutorial if it has one."""
    rows = session.execute(
        select(Activity, Phase.kind)
        .join(Phase, Activity.phase_id == Phase.id)
        .where(Phase.unit_id == unit_id, Phase.kind != PhaseKind.INTRODUCTION)
        .order_by(Phase.position, Activity.position)
    ).all()
    asked = [_requirement(activity) for activity, _ in rows if activity.is_required]
    if session.scalars(select(Phase.id).where(Phase.unit_id == unit_id, Phase.kind == PhaseKind.TUTORIAL)).first():
        asked.append(TUTORIAL)
    left_out = [activity.title for activity, _ in rows if activity.tracked and not activity.supported]
    return UnitRequirements(tuple(asked), tuple(left_out))


def _requirement(activity: Activity) -> Requirement:
    kind = _KINDS.get(ActivityKind(activity.kind), RequirementKind.ACTIVITY)
    return Requirement(requirement_key(activity), kind, activity.config.get("pass_percent"))


def phase_keys(phase: Phase) -> list[str]:
    """Name the requirements of one phase, in order."""
    keys = [requirement_key(activity) for activity in phase.activities if activity.is_required]
    return [*keys, TUTORIAL.key] if phase.kind == PhaseKind.TUTORIAL else keys


def unit_by_public_id(session: Session, public_id: str) -> LearningUnit:
    """Return the unit or raise NotFoundError."""
    unit = session.scalars(select(LearningUnit).where(LearningUnit.public_id == public_id)).first()
    if unit is None:
        raise NotFoundError("no such unit")
    return unit


def activity_of(unit: LearningUnit, public_id: str) -> Activity:
    """Return the unit's activity or raise NotFoundError: other units' activities are none of its business."""
    for phase in unit.phases:
        for activity in phase.activities:
            if activity.public_id == public_id:
                return activity
    raise NotFoundError("no such activity in this unit")


def modules(session: Session) -> Sequence[Module]:
    """List all modules with their units."""
    return session.scalars(select(Module).order_by(Module.id)).all()

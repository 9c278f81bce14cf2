"""What the learner's unit page shows: phases, the state of each activity, what is next. Read only."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import catalogue, credits, sessions
from campus.models.catalogue import Activity, ActivityKind, CourseUnit, LearningUnit, Phase, PhaseKind
from campus.models.learning import TutorialSession
from campus.models.people import Person
from campus.rules.credit import Assessment, Outcome, Standing
from certificates import store
from certificates.store import Award

TUTORIAL = catalogue.TUTORIAL.key


class State(StrEnum):
    """How far an activity or the tutorial is; the template has a text for each."""

    TO_READ = "to_read"
    """Nothing is asked."""
    OPEN = "open"
    DONE = "done"
    PRESENT = "present"
    PASSED = "passed"
    FAILED = "failed"
    EXCUSED = "excused"
    ABSENT = "absent"
    CONTESTED = "contested"
    """Sources contradict each other: an administrator will decide."""
    UNSUPPORTED = "unsupported"
    """Can't be done here yet, and is not needed."""


_STATES = {
    Outcome.PASSED: State.PASSED,
    Outcome.FAILED: State.FAILED,
    Outcome.PRESENT: State.PRESENT,
    Outcome.EXCUSED: State.EXCUSED,
    Outcome.ABSENT: State.ABSENT,
}


@dataclass(frozen=True)
class ActivityLine:
    """An activity and its state."""

    activity: Activity
    state: State


@dataclass(frozen=True)
class PhaseView:
    """A phase with its activities; ``done`` of ``total`` requirements are met, the tutorial itself among them."""

    kind: str
    lines: tuple[ActivityLine, ...]
    done: int
    total: int
    tutorial: State | None = None
    sessions: tuple[TutorialSession, ...] = ()


@dataclass(frozen=True)
class UnitView:
    """Everything on the page. ``next_activity`` and ``next_is_tutorial`` say what is next; neither: nothing is."""

    unit: LearningUnit
    phases: tuple[PhaseView, ...]
    standing: str
    contested: bool
    percent: float | None
    rule: str
    left_out: tuple[str, ...]
    next_activity: Activity | None
    next_is_tutorial: bool
    awards: tuple[Award, ...]

    @property
    def award_expected(self) -> bool:
        """Say whether the unit's certificate is earned and not made yet: a matter of seconds."""
        return Standing(self.standing).is_earned and not any(award.unit_id for award in self.awards)

    def part(self, kind: str | None) -> PhaseView | None:
        """Return the phase of this kind, if the unit has one."""
        return next((phase for phase in self.phases if phase.kind == kind), None)

    def state_of(self, activity: Activity) -> State:
        """Return the state of one of the unit's activities."""
        return next(line.state for phase in self.phases for line in phase.lines if line.activity.id == activity.id)


def unit_view(session: Session, person: Person, unit: LearningUnit) -> UnitView:
    """Read how far the person is in the unit."""
    assessment = credits.find(session, person.id, unit.id).assessment
    phases = tuple(_phase(session, unit, phase, assessment) for phase in unit.phases)
    next_key = _next(assessment, phases)
    activities = {catalogue.requirement_key(a): a for phase in unit.phases for a in phase.activities}
    return UnitView(
        unit=unit,
        phases=phases,
        standing=assessment.standing,
        contested=bool(assessment.contested),
        percent=assessment.percent,
        rule=assessment.rule,
        left_out=assessment.left_out,
        next_activity=activities.get(next_key or ""),
        next_is_tutorial=next_key == TUTORIAL,
        awards=_awards(session, person, unit),
    )


def _phase(session: Session, unit: LearningUnit, phase: Phase, assessment: Assessment) -> PhaseView:
    is_introduction = phase.kind == PhaseKind.INTRODUCTION
    keys = [] if is_introduction else catalogue.phase_keys(phase)
    lines = tuple(
        ActivityLine(a, State.TO_READ if is_introduction and a.supported else _state_of(a, assessment))
        for a in phase.activities
    )
    has_tutorial = phase.kind == PhaseKind.TUTORIAL
    return PhaseView(
        kind=phase.kind,
        lines=lines,
        done=sum(key in assessment.met for key in keys),
        total=len(keys),
        tutorial=_state(TUTORIAL, assessment) if has_tutorial else None,
        sessions=tuple(sessions.of_unit(session, unit)) if has_tutorial else (),
    )


def _state_of(activity: Activity, assessment: Assessment) -> State:
    if not activity.supported:
        return State.UNSUPPORTED
    if not activity.tracked:
        return State.TO_READ
    return _state(catalogue.requirement_key(activity), assessment)


def _state(key: str, assessment: Assessment) -> State:
    if key in assessment.contradictions:
        return State.CONTESTED
    outcome = assessment.outcomes.get(key)
    if outcome is not None and outcome in _STATES:
        return _STATES[outcome]
    return State.DONE if key in assessment.met else State.OPEN


def _next(assessment: Assessment, phases: tuple[PhaseView, ...]) -> str | None:
    """Return the first requirement that the learner can still do something about; a failed exam comes last."""
    waiting = [key for key in assessment.missing if key not in assessment.contradictions]
    if waiting or assessment.standing is Standing.ACHIEVED:
        return waiting[0] if waiting else None
    for phase in phases:
        for line in phase.lines:
            if line.activity.kind == ActivityKind.QUIZ and line.state is State.FAILED:
                return catalogue.requirement_key(line.activity)
    return None


def _awards(session: Session, person: Person, unit: LearningUnit) -> tuple[Award, ...]:
    """List the person's certificates of this unit and of the courses that it stands in."""
    courses = set(session.scalars(select(CourseUnit.course_id).where(CourseUnit.unit_id == unit.id)))
    found = store.awards_of(session, person.id)
    return tuple(award for award in found if award.unit_id == unit.id or award.course_id in courses)

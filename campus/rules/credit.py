"""The rule that turns evidence into a credit. Pure: values in, value out.

*Attended* needs every requirement of the unit: the phases' activities, the tutorial (present, or excused by whoever
keeps the list), the exam sat, the evaluation handed in. *Achieved* needs the exam passed as well (law 7).
Sources that say opposite things about one requirement contradict; nothing is decided in favour of one of them, the
requirement stays open until an administrator's decision on exactly that evidence. Within one source, several accounts
of a person at an exam are attempts of one person, of which the best counts, and several sessions of a tutorial are
several chances to attend it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import combinations

RULE = "unit-credit/1"


class Outcome(StrEnum):
    """What a source can say about one requirement."""

    DONE = "done"
    PASSED = "passed"
    FAILED = "failed"
    PRESENT = "present"
    EXCUSED = "excused"
    ABSENT = "absent"
    RETRACTED = "retracted"
    """The source no longer says what it said: it makes no claim (law 2)."""


class RequirementKind(StrEnum):
    """What a unit can ask for."""

    ACTIVITY = "activity"
    TUTORIAL = "tutorial"
    EXAM = "exam"
    EVALUATION = "evaluation"


class Standing(StrEnum):
    """How far a person has come in a unit, in rising order."""

    NONE = "none"
    IN_PROGRESS = "in_progress"
    ATTENDED = "attended"
    ACHIEVED = "achieved"

    @property
    def rank(self) -> int:
        """Count from 0, so that standings can be compared."""
        return list(Standing).index(self)

    @property
    def is_earned(self) -> bool:
        """Say whether it gives a certificate."""
        return self.rank >= Standing.ATTENDED.rank


EARNED = tuple(standing for standing in Standing if standing.is_earned)
FULFILLING = {
    RequirementKind.ACTIVITY: {Outcome.DONE, Outcome.PASSED, Outcome.FAILED},
    RequirementKind.TUTORIAL: {Outcome.PRESENT, Outcome.EXCUSED, Outcome.DONE},
    RequirementKind.EXAM: {Outcome.PASSED, Outcome.FAILED},
    RequirementKind.EVALUATION: {Outcome.DONE},
}
OPPOSED = (
    ({Outcome.PASSED}, {Outcome.FAILED}),
    ({Outcome.PRESENT, Outcome.DONE}, {Outcome.ABSENT}),
)
"""Claims that can't both be true of one requirement. Excused and absent go together."""


@dataclass(frozen=True)
class Requirement:
    """One thing the unit asks for. ``key`` is ``tutorial`` or ``activity:<public id>``."""

    key: str
    kind: RequirementKind
    pass_percent: float | None = None
    """Of an exam."""


@dataclass(frozen=True)
class UnitRequirements:
    """All that the unit asks for, and the names of tracked activities that can't be done here yet."""

    requirements: tuple[Requirement, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """The latest word of one source object of one identity on one requirement."""

    requirement: str
    outcome: Outcome
    percent: float | None
    evidence: str
    """Public id of the evidence."""
    source: str
    object: str
    """The source's own object."""


@dataclass(frozen=True)
class Ruling:
    """An administrator's decision on one requirement, and the evidence that lay before them."""

    requirement: str
    outcome: Outcome
    evidence: frozenset[str]
    decision: str


@dataclass(frozen=True)
class Assessment:
    """What the rule found, and by what."""

    standing: Standing
    contested: tuple[str, ...] = ()
    percent: float | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """What holds of each requirement of which something is said and nothing contested."""
    met: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    contradictions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decisions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    rule: str = RULE


@dataclass(frozen=True)
class _Finding:
    """One requirement looked at alone."""

    outcome: Outcome | None
    percent: float | None = None
    evidence: tuple[str, ...] = ()
    contested: bool = False
    decision: str | None = None


def assess(unit: UnitRequirements, claims: Iterable[Claim], rulings: Sequence[Ruling] = ()) -> Assessment:
    """Assess one person in one unit by its judged claims.

    ``rulings`` are in the order in which they were made; the last one counts.
    """
    by_requirement: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.outcome is not Outcome.RETRACTED:
            by_requirement.setdefault(claim.requirement, []).append(claim)
    findings = {
        requirement: _look_at(
            requirement.kind, by_requirement.get(requirement.key, []), _last(rulings, requirement.key)
        )
        for requirement in unit.requirements
    }
    met = {r.key: f.evidence for r, f in findings.items() if _is_met(r, f)}
    contested = tuple(r.key for r, f in findings.items() if f.contested)
    return Assessment(
        standing=_standing(findings, all_met=len(met) == len(findings), any_claim=bool(by_requirement)),
        contested=contested,
        percent=_exam_percent(findings),
        outcomes={r.key: f.outcome for r, f in findings.items() if f.outcome},
        met=met,
        missing=tuple(r.key for r in findings if r.key not in met),
        contradictions={r.key: f.evidence for r, f in findings.items() if f.contested},
        decisions=tuple(f.decision for f in findings.values() if f.decision),
        left_out=unit.left_out,
    )


def _contradict(kind: RequirementKind, one: Claim, other: Claim) -> bool:
    """Say whether two claims can't both be true."""
    if one.source == other.source and (kind is RequirementKind.EXAM or one.object != other.object):
        return False
    return any(
        (one.outcome in some and other.outcome in others) or (one.outcome in others and other.outcome in some)
        for some, others in OPPOSED
    )


def judge(claim: Claim, requirement: Requirement) -> Claim:
    """Judge an exam that a source only calls done, but tells the result of, by the unit's own pass mark."""
    if claim.outcome is not Outcome.DONE or claim.percent is None or requirement.pass_percent is None:
        return claim
    return replace(claim, outcome=Outcome.PASSED if claim.percent >= requirement.pass_percent else Outcome.FAILED)


def _last(rulings: Sequence[Ruling], key: str) -> Ruling | None:
    return next((ruling for ruling in reversed(rulings) if ruling.requirement == key), None)


def _look_at(kind: RequirementKind, claims: list[Claim], ruling: Ruling | None) -> _Finding:
    """Find what one requirement's claims come to.

    A ruling settles just the evidence that it names, and only while somebody still says what it follows.
    """
    evidence = tuple(claim.evidence for claim in claims)
    outcomes = {claim.outcome for claim in claims}
    if ruling and ruling.outcome in outcomes and set(evidence) <= ruling.evidence:
        percent = _best(claims, ruling.outcome)
        return _Finding(ruling.outcome, percent, evidence, decision=ruling.decision)
    if any(_contradict(kind, one, other) for one, other in combinations(claims, 2)):
        return _Finding(None, None, evidence, contested=True)
    for outcome in Outcome:  # in the order of the enum: a stronger word first
        if outcome in outcomes:
            return _Finding(outcome, _best(claims, outcome), evidence)
    return _Finding(None)


def _best(claims: list[Claim], outcome: Outcome) -> float | None:
    percents = [c.percent for c in claims if c.outcome == outcome and c.percent is not None]
    return max(percents, default=None)


def _is_met(requirement: Requirement, finding: _Finding) -> bool:
    """Say whether it is met. A contested exam was sat, whoever is right; any other contested requirement is open."""
    if finding.contested:
        return requirement.kind is RequirementKind.EXAM
    return finding.outcome in FULFILLING[requirement.kind]


def _standing(findings: Mapping[Requirement, _Finding], *, all_met: bool, any_claim: bool) -> Standing:
    if not findings or not any_claim:
        return Standing.NONE
    if not all_met:
        return Standing.IN_PROGRESS
    exams = [f for r, f in findings.items() if r.kind is RequirementKind.EXAM]
    if exams and all(f.outcome is Outcome.PASSED for f in exams):
        return Standing.ACHIEVED
    return Standing.ATTENDED


def _exam_percent(findings: Mapping[Requirement, _Finding]) -> float | None:
    """Give the mean of the exams' percentages, or None while one of them is unknown or contested."""
    percents = [f.percent for r, f in findings.items() if r.kind is RequirementKind.EXAM]
    known = [percent for percent in percents if percent is not None]
    return sum(known) / len(known) if known and len(known) == len(percents) else None

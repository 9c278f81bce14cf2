"""Credits: the rule applied to what is known, each change a numbered revision, contradictions and decisions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload

from campus import catalogue, tasks
from campus.errors import InvalidInputError, NotFoundError
from campus.events import CreditChanged, Publish
from campus.models.base import new_public_id
from campus.models.credits import Credit, CreditRevision, Decision
from campus.models.evidence import Evidence, ObjectMapping
from campus.models.people import IdentityLink
from campus.rules.credit import Assessment, Claim, Outcome, Ruling, Standing, UnitRequirements, assess, judge
from campus.upsert import insert_missing


def lock(session: Session, pairs: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """Make sure that the (person, unit) rows are there, and lock them in order (law 3)."""
    if not pairs:
        return
    insert_missing(
        session,
        Credit,
        [
            {
                "public_id": new_public_id(),
                "person_id": person,
                "unit_id": unit,
                "revision": 0,
                "standing": Standing.NONE,
                "contested": False,
                "changed_at": now,
            }
            for person, unit in pairs
        ],
    )
    session.execute(
        select(Credit.id)
        .where(tuple_(Credit.person_id, Credit.unit_id).in_(pairs))
        .order_by(Credit.person_id, Credit.unit_id)
        .with_for_update()
    )


def recompute(session: Session, person_id: int, unit_id: int, *, now: datetime, publish: Publish) -> Credit:
    """Apply the rule to all evidence of the person in the unit; a change is a new revision. The row is locked."""
    credit = session.scalars(
        select(Credit)
        .where(Credit.person_id == person_id, Credit.unit_id == unit_id)
        .execution_options(populate_existing=True)
    ).one()
    found = find(session, person_id, unit_id).assessment
    before = latest_revision(session, credit)
    if before is not None and _same(before, found):
        return credit
    if before is None and found.standing is Standing.NONE:
        return credit
    credit.revision += 1
    credit.standing, credit.contested, credit.percent = found.standing, bool(found.contested), found.percent
    credit.changed_at = now
    session.add(
        CreditRevision(
            credit_id=credit.id,
            revision=credit.revision,
            standing=found.standing,
            contested=bool(found.contested),
            percent=found.percent,
            rule=found.rule,
            basis=_basis(found),
            made_at=now,
        )
    )
    session.flush()
    tasks.follow_standing(session, credit, before.standing if before else Standing.NONE, now=now)
    publish(CreditChanged(credit.public_id, credit.revision))
    return credit


@dataclass(frozen=True)
class Finding:
    """What the rule finds now, and what it was applied to."""

    assessment: Assessment
    requirements: UnitRequirements
    told: tuple[tuple[Evidence, Claim], ...]
    """The latest evidence of each identity and object of the person, and the claim that it makes in this unit."""

    def told_of(self, requirement: str) -> list[tuple[Evidence, Claim]]:
        """List what is told of one requirement."""
        return [(evidence, claim) for evidence, claim in self.told if claim.requirement == requirement]

    @property
    def counted(self) -> list[tuple[Evidence, Claim]]:
        """List the evidence by which requirements are met."""
        return [(e, claim) for e, claim in self.told if e.public_id in self.assessment.met.get(claim.requirement, ())]


def find(session: Session, person_id: int, unit_id: int) -> Finding:
    """Apply the rule to what is known of the person in the unit."""
    asked = catalogue.requirements(session, unit_id)
    by_key = {requirement.key: requirement for requirement in asked.requirements}
    told = tuple(
        (evidence, judge(_claim(evidence, key), by_key[key]))
        for evidence, key in _latest(session, person_id, unit_id)
        if key in by_key
    )
    assessment = assess(asked, [claim for _, claim in told], _rulings(session, person_id, unit_id))
    return Finding(assessment, asked, told)


def _latest(session: Session, person_id: int, unit_id: int) -> list[tuple[Evidence, str]]:
    """List the latest evidence of each identity and object of the person, with the requirement it stands for."""
    later = aliased(Evidence)
    newest = (
        select(func.max(later.id))
        .where(later.identity_id == Evidence.identity_id, later.object_id == Evidence.object_id)
        .correlate(Evidence)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Evidence, ObjectMapping.requirement)
        .join(IdentityLink, IdentityLink.identity_id == Evidence.identity_id)
        .join(ObjectMapping, ObjectMapping.object_id == Evidence.object_id)
        .where(
            IdentityLink.person_id == person_id,
            IdentityLink.current,
            ObjectMapping.unit_id == unit_id,
            ObjectMapping.current,
            Evidence.id == newest,
        )
        .options(joinedload(Evidence.identity), joinedload(Evidence.object))
        .order_by(Evidence.id)
    )
    return [(evidence, requirement) for evidence, requirement in rows]


def latest_revision(session: Session, credit: Credit) -> CreditRevision | None:
    """Return the revision that the credit stands at; None before the first."""
    return session.scalars(
        select(CreditRevision).where(CreditRevision.credit_id == credit.id, CreditRevision.revision == credit.revision)
    ).first()


def state(session: Session, person_id: int, unit_id: int) -> Credit | None:
    """Return the credit as it is now, or None when nothing is known of the person in the unit."""
    return session.scalars(
        select(Credit).where(Credit.person_id == person_id, Credit.unit_id == unit_id, Credit.revision > 0)
    ).first()


def by_public_id(session: Session, public_id: str) -> Credit:
    """Return the credit or raise NotFoundError."""
    credit = session.scalars(select(Credit).where(Credit.public_id == public_id)).first()
    if credit is None:
        raise NotFoundError("no such credit")
    return credit


def contested(session: Session) -> list[Credit]:
    """List the credits in which sources contradict each other, oldest first."""
    return list(session.scalars(select(Credit).where(Credit.contested).order_by(Credit.changed_at, Credit.id)))


def decide(
    session: Session,
    credit: Credit,
    *,
    requirement: str,
    outcome: Outcome,
    evidence_ids: Sequence[str],
    reason: str,
    decided_by_id: int,
    now: datetime,
    publish: Publish,
) -> Decision:
    """Record an administrator's decision on a contradiction; the credit follows it.

    ``evidence_ids`` is the evidence that the administrator saw: what arrived meanwhile is not settled by it.
    """
    if not reason.strip():
        raise InvalidInputError("a decision needs a reason", field="reason")
    lock(session, [(credit.person_id, credit.unit_id)], now=now)
    told = find(session, credit.person_id, credit.unit_id).told_of(requirement)
    seen = [claim for _, claim in told if claim.evidence in evidence_ids]
    if outcome not in {claim.outcome for claim in seen}:
        raise InvalidInputError("the decision follows none of the evidence", field="outcome")
    decision = Decision(
        person_id=credit.person_id,
        unit_id=credit.unit_id,
        requirement=requirement,
        outcome=outcome,
        evidence_ids=sorted(claim.evidence for claim in seen),
        reason=reason.strip(),
        decided_by_id=decided_by_id,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    recompute(session, credit.person_id, credit.unit_id, now=now, publish=publish)
    return decision


def decisions_of(session: Session, credit: Credit) -> list[Decision]:
    """List what was decided about a credit, oldest first."""
    return list(
        session.scalars(
            select(Decision)
            .where(Decision.person_id == credit.person_id, Decision.unit_id == credit.unit_id)
            .order_by(Decision.id)
        )
    )


def _claim(evidence: Evidence, requirement: str) -> Claim:
    return Claim(
        requirement=requirement,
        outcome=Outcome(evidence.outcome),
        percent=evidence.percent,
        evidence=evidence.public_id,
        source=evidence.object.source,
        object=evidence.object.reference,
    )


def _rulings(session: Session, person_id: int, unit_id: int) -> list[Ruling]:
    made = session.scalars(
        select(Decision).where(Decision.person_id == person_id, Decision.unit_id == unit_id).order_by(Decision.id)
    )
    return [Ruling(d.requirement, Outcome(d.outcome), frozenset(d.evidence_ids), d.public_id) for d in made]


def _basis(found: Assessment) -> dict[str, object]:
    """Give what the revision keeps of the assessment beside its columns."""
    kept = ("met", "missing", "contradictions", "decisions", "left_out")
    return {key: value for key, value in asdict(found).items() if key in kept}


def _same(before: CreditRevision, found: Assessment) -> bool:
    """Say whether the assessment changes nothing that a revision is about: standing, result, contradiction."""
    contradictions = {key: list(evidence) for key, evidence in found.contradictions.items()}
    return (
        before.standing == found.standing
        and before.percent == found.percent
        and before.basis["contradictions"] == contradictions
        and before.basis["decisions"] == list(found.decisions)
    )

"""One person in one unit: what is proven, by which evidence, what contradicts, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from campus import catalogue, credits
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit, CreditRevision, Decision
from campus.models.evidence import Evidence, ObjectMapping
from campus.models.people import IdentityLink, Person
from campus.rules.credit import Assessment, Claim, Outcome, RequirementKind
from certificates import store
from certificates.facts import AwardKind
from certificates.store import Award


@dataclass(frozen=True)
class Line:
    """One requirement of the unit. ``decision`` is the one that holds now, if one does."""

    key: str
    title: str
    """Empty for the tutorial, which has no title of its own."""
    kind: RequirementKind
    met: bool
    contested: bool
    told: tuple[tuple[Evidence, Claim], ...]
    decision: Decision | None

    @property
    def evidence(self) -> list[Evidence]:
        """List the evidence."""
        return [evidence for evidence, _ in self.told]

    @property
    def by_outcome(self) -> dict[Outcome, list[Evidence]]:
        """Group the evidence by what it claims here: between these a decision chooses."""
        groups: dict[Outcome, list[Evidence]] = {}
        for evidence, claim in self.told:
            if claim.outcome is not Outcome.RETRACTED:
                groups.setdefault(claim.outcome, []).append(evidence)
        return groups


@dataclass(frozen=True)
class Reconciliation:
    """All that is known of a person in a unit."""

    person: Person
    unit: LearningUnit
    credit: Credit | None
    found: Assessment
    lines: tuple[Line, ...]

    @property
    def contested(self) -> list[Line]:
        """List what waits for a decision."""
        return [line for line in self.lines if line.contested]


def reconcile(session: Session, person: Person, unit: LearningUnit) -> Reconciliation:
    """Apply the rule now and show by what it found what it found."""
    finding = credits.find(session, person.id, unit.id)
    found = finding.assessment
    credit = credits.state(session, person.id, unit.id)
    decisions = {d.public_id: d for d in credits.decisions_of(session, credit)} if credit else {}
    holding = {decisions[key].requirement: decisions[key] for key in found.decisions if key in decisions}
    titles = {
        catalogue.requirement_key(activity): activity.title for phase in unit.phases for activity in phase.activities
    }
    return Reconciliation(
        person=person,
        unit=unit,
        credit=credit,
        found=found,
        lines=tuple(
            Line(
                key=asked.key,
                title=titles.get(asked.key, ""),
                kind=asked.kind,
                met=asked.key in found.met,
                contested=asked.key in found.contested,
                told=tuple(finding.told_of(asked.key)),
                decision=holding.get(asked.key),
            )
            for asked in finding.requirements.requirements
        ),
    )


def revisions_of(session: Session, credit: Credit) -> Sequence[CreditRevision]:
    """List the credit's revisions, the newest first."""
    return session.scalars(
        select(CreditRevision).where(CreditRevision.credit_id == credit.id).order_by(CreditRevision.revision.desc())
    ).all()


def history_of(session: Session, person: Person, unit: LearningUnit) -> Sequence[Evidence]:
    """List all evidence of the person in the unit, also what newer evidence of the same source replaced."""
    return session.scalars(
        select(Evidence)
        .join(IdentityLink, IdentityLink.identity_id == Evidence.identity_id)
        .join(ObjectMapping, ObjectMapping.object_id == Evidence.object_id)
        .where(
            IdentityLink.person_id == person.id,
            IdentityLink.current,
            ObjectMapping.unit_id == unit.id,
            ObjectMapping.current,
        )
        .options(selectinload(Evidence.identity), selectinload(Evidence.object))
        .order_by(Evidence.id.desc())
        .distinct()
    ).all()


def award_of(session: Session, person: Person, unit: LearningUnit) -> Award | None:
    """Return the certificate that rests on this credit, if there is one."""
    return store.award_of(session, AwardKind.ATTENDANCE, person.id, unit.id)

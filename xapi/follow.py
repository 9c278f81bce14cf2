"""What follows evidence and credits here: statements. Bodies of durable jobs, safe to run twice, late, or at once."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.catalogue import TUTORIAL
from campus.errors import NotFoundError
from campus.evidence import OWN_SOURCE
from campus.models.catalogue import Activity, ActivityKind, LearningUnit
from campus.models.credits import Credit, CreditRevision
from campus.models.evidence import Evidence, ObjectMapping
from campus.models.learning import TutorialSession
from campus.models.people import Person
from campus.people import person_of
from campus.rules.credit import EARNED, Outcome, Standing
from xapi import parts, recipes, service, statements
from xapi.batches import Origin, Sender
from xapi.errors import StatementConflictError
from xapi.parts import Json
from xapi.recipes import Earning, Step, Thing, ThingKind, Unit
from xapi.store import CAMPUS, StatementRow
from xapi.vocabulary import LANGUAGE, PLATFORM, Edition

_KINDS: dict[str, ThingKind] = {
    ActivityKind.PAGE: ThingKind.PAGE,
    ActivityKind.URL: ThingKind.LINK,
    ActivityKind.QUIZ: ThingKind.EXAM,
    ActivityKind.FEEDBACK: ThingKind.EVALUATION,
}


def record_evidence_statement(
    session: Session, evidence_public_id: str, *, public_url: str, now: datetime
) -> str | None:
    """Store the statement about a piece of evidence and return its id; None when the identity belongs to nobody.

    It belongs to the provider that delivers the unit. What was said once stays as it was said, whatever the evidence
    would mean by now. Raises NotFoundError if there is no such evidence.
    """
    found = session.scalars(select(Evidence).where(Evidence.public_id == evidence_public_id)).first()
    if found is None:
        raise NotFoundError("no such evidence")
    person = person_of(session, found.identity)
    if person is None:
        return None
    statement_id = recipes.statement_id(found.public_id)
    mapping = session.scalars(
        select(ObjectMapping)
        .where(ObjectMapping.object_id == found.object_id, ObjectMapping.current)
        .order_by(ObjectMapping.id)
    ).first()
    unit = session.get_one(LearningUnit, mapping.unit_id) if mapping else None
    step = _step(session, found, person, unit, mapping.requirement if mapping else "")
    _say(session, recipes.statement(step, public_url), _sender(public_url, unit, person), now=now)
    return statement_id


def record_credit_statements(
    session: Session, credit_public_id: str, revision: int, *, public_url: str, now: datetime
) -> None:
    """Say that the credit was earned by this revision, and declare void what was said of the revision before.

    Which of two revisions' jobs runs first doesn't matter. Raises NotFoundError if there is no such credit.
    """
    credit = session.scalars(select(Credit).where(Credit.public_id == credit_public_id)).first()
    if credit is None:
        raise NotFoundError("no such credit")
    rows = session.scalars(
        select(CreditRevision).where(
            CreditRevision.credit_id == credit.id, CreditRevision.revision.in_([revision - 1, revision])
        )
    )
    said = []
    for row in rows:
        if row.standing not in EARNED:
            continue
        earning = _earning(credit, row)
        if row.revision == revision:
            said.append(recipes.earned(earning, public_url))
        else:
            said.append(recipes.earned_no_more(earning, public_url, at=now))
    sender = _sender(public_url, credit.unit, credit.person)
    for made in said:
        _say(session, made, sender, now=now)


def _say(session: Session, made: Json, sender: Sender, *, now: datetime) -> None:
    """Store a statement of ours, unless we said it already, perhaps in other words or when the unit was another's."""
    row = StatementRow
    there = select(row.id).where(row.statement_id == made["id"], row.origin == sender.origin)
    if session.scalars(there).first() is None:
        with suppress(StatementConflictError):  # a client took our id for words of its own: nothing can be said then
            service.keep_one(session, statements.check(made), sender, version=Edition.V2, now=now)


def _earning(credit: Credit, row: CreditRevision) -> Earning:
    return Earning(
        credit=credit.public_id,
        revision=row.revision,
        person=credit.person.public_id,
        unit=Unit(credit.unit.public_id, credit.unit.title),
        achieved=row.standing == Standing.ACHIEVED,
        percent=row.percent,
        earned_at=row.made_at,
    )


def _sender(public_url: str, unit: LearningUnit | None, person: Person) -> Sender:
    """Speak as the campus, to the store of the provider that delivers the unit."""
    return Sender(
        Origin.RECIPE,
        parts.account(public_url, recipes.AUTHORITY_NAME),
        unit.delivering_provider_id if unit else CAMPUS,
        person.id,
    )


def _step(session: Session, found: Evidence, person: Person, unit: LearningUnit | None, requirement: str) -> Step:
    outcome = Outcome(found.outcome)
    return Step(
        evidence=found.public_id,
        person=person.public_id,
        outcome=outcome,
        percent=found.percent,
        occurred_at=found.occurred_at,
        thing=_thing(session, found, unit, requirement),
        unit=Unit(unit.public_id, unit.title) if unit else None,
        credit=_credit(session, person, unit) if unit else None,
        platform=PLATFORM if found.object.source == OWN_SOURCE else found.object.source,
        takes_back=_previous(session, found) if outcome is Outcome.RETRACTED else None,
    )


def _thing(session: Session, found: Evidence, unit: LearningUnit | None, requirement: str) -> Thing:
    """Say what the step was taken on: what the object stands for here, else the source's own object."""
    kind, _, public_id = requirement.partition(":")
    if kind == "activity":
        activity = session.scalars(select(Activity).where(Activity.public_id == public_id)).first()
        if activity is not None:
            return Thing(_KINDS.get(activity.kind, ThingKind.OTHER), public_id, {LANGUAGE: activity.title})
    if requirement == TUTORIAL.key and unit is not None:
        return _tutorial(session, found, unit)
    return Thing(ThingKind.OTHER, recipes.foreign_id(found.object.source, found.object.reference))


def _tutorial(session: Session, found: Evidence, unit: LearningUnit) -> Thing:
    """Name the session attended; a foreign source knows only that it was the unit's tutorial."""
    kind, _, public_id = found.object.reference.partition(":")
    if found.object.source == OWN_SOURCE and kind == "session":
        tutorial = session.scalars(select(TutorialSession).where(TutorialSession.public_id == public_id)).first()
        if tutorial is not None:
            return Thing(ThingKind.TUTORIAL, public_id, tutorial.title)
    return Thing(ThingKind.TUTORIAL, recipes.foreign_id(found.object.source, found.object.reference), unit.title)


def _credit(session: Session, person: Person, unit: LearningUnit) -> str | None:
    wanted = select(Credit.public_id).where(Credit.person_id == person.id, Credit.unit_id == unit.id)
    return session.scalar(wanted)


def _previous(session: Session, found: Evidence) -> str | None:
    """Return what the source had last said on the same thing before it took it back."""
    return session.scalar(
        select(Evidence.public_id)
        .where(
            Evidence.identity_id == found.identity_id,
            Evidence.object_id == found.object_id,
            Evidence.id < found.id,
        )
        .order_by(Evidence.id.desc())
        .limit(1)
    )

"""What a foreign credential counts for: an administrator's decision on one part becomes evidence.

The person's identity at the source ``credentials`` says of an object of its own, one for each decision, that the
requirements it stands for are met. Deciding again retracts what was said of the object before and speaks of another
one, so no mapping and no evidence is ever changed (laws 1 and 2 of the architecture).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from campus import catalogue, evidence, people
from campus.errors import InvalidInputError
from campus.events import Publish
from campus.evidence import Fact
from campus.models.catalogue import LearningUnit
from campus.models.people import Identity
from campus.rules.credit import Outcome, Requirement, RequirementKind
from certificates.foreign.store import SOURCE, ForeignCredential, ForeignDecision, reference

IDENTITY_KIND = "credential"
LINKED = "rule: handed in a credential"
HIGHEST = 100.0
EARLIEST = date(1950, 1, 1)
REASON = "decision: a credential from elsewhere counts"
"""Of the mappings. The administrator's own words may name the person; they stand in the decision, which is erased."""


@dataclass(frozen=True)
class Wish:
    """What a part counts for: some of a unit's requirements, by their keys; without a unit, for nothing.

    ``percent`` is the exam's result here, if one is to be told.
    """

    unit: LearningUnit | None = None
    requirements: Sequence[str] = field(default=())
    percent: float | None = None


def decide(
    session: Session,
    credential: ForeignCredential,
    part: int,
    wish: Wish,
    *,
    reason: str,
    decided_by_id: int,
    now: datetime,
    publish: Publish,
) -> ForeignDecision:
    """Record the decision on a part (its place from 0); credits follow in the same transaction.

    Raises InvalidInputError for a part or requirement that is not there, a result that the exam isn't passed by, or
    no reason.
    """
    session.refresh(credential, with_for_update=True)
    if not 0 <= part < len(credential.parts):
        raise InvalidInputError("the credential has no such part", field="part")
    if not reason.strip():
        raise InvalidInputError("a decision needs a reason", field="reason")
    asked = _requirements(session, wish)
    before = credential.latest(part)
    made = ForeignDecision(
        credential_id=credential.id,
        part=part,
        unit_id=wish.unit.id if wish.unit else None,
        requirements=[one.key for one in asked],
        percent=wish.percent,
        reason=reason.strip(),
        decided_by_id=decided_by_id,
        decided_at=now,
    )
    credential.decisions.append(made)
    credential.open_parts -= before is None
    session.flush()
    identity = _identity(session, credential, now=now, publish=publish)
    facts = _retractions(identity, credential, before, now=now)
    facts += _facts(session, identity, credential, made, asked, now=now, publish=publish)
    evidence.record(session, facts, now=now, publish=publish)
    return made


def _requirements(session: Session, wish: Wish) -> list[Requirement]:
    if wish.unit is None:
        return []
    there = {one.key: one for one in catalogue.requirements(session, wish.unit.id).requirements}
    if not wish.requirements or not set(wish.requirements) <= there.keys():
        raise InvalidInputError("the unit has no such requirement", field="requirements")
    asked = [one for key, one in there.items() if key in wish.requirements]
    if wish.percent is not None:
        _require_pass(wish.percent, asked)
    return asked


def _require_pass(percent: float, asked: Sequence[Requirement]) -> None:
    exams = [one for one in asked if one.kind is RequirementKind.EXAM]
    if not exams or not all((one.pass_percent or 0) <= percent <= HIGHEST for one in exams):
        raise InvalidInputError("the result passes no exam that it is to count for", field="percent")


def _identity(session: Session, credential: ForeignCredential, *, now: datetime, publish: Publish) -> Identity:
    """Return the person's identity at this source, made when first needed and then the person's."""
    identity = people.identity_for(
        session, kind=IDENTITY_KIND, issuer=SOURCE, subject=credential.person.public_id, now=now
    )
    if people.person_of(session, identity) is None:
        people.link(session, identity, credential.person, reason=LINKED, decided_by_id=None, now=now, publish=publish)
    return identity


def _objects(credential: ForeignCredential, decision: ForeignDecision) -> tuple[str, str]:
    """Return the references of what a decision speaks of: an exam is passed, all else is done."""
    base = reference(credential, decision)
    return base, f"{base}/exam"


def _retractions(
    identity: Identity, credential: ForeignCredential, before: ForeignDecision | None, *, now: datetime
) -> list[Fact]:
    """Take back what the last decision said; what it never said, ``record`` leaves out."""
    if before is None or before.unit_id is None:
        return []
    return [Fact(identity.id, SOURCE, one, Outcome.RETRACTED, occurred_at=now) for one in _objects(credential, before)]


def _facts(
    session: Session,
    identity: Identity,
    credential: ForeignCredential,
    decision: ForeignDecision,
    asked: Sequence[Requirement],
    *,
    now: datetime,
    publish: Publish,
) -> list[Fact]:
    """Map the decision's objects to the requirements, and say that they are met."""
    if decision.unit_id is None:
        return []
    done, passed = _objects(credential, decision)
    happened, by = _occurred_at(credential, decision.part, now), decision.decided_by_id
    facts: dict[str, Fact] = {}
    for one in asked:
        is_exam = one.kind is RequirementKind.EXAM
        name = passed if is_exam else done
        evidence.map_object(
            session,
            source=SOURCE,
            reference=name,
            unit_id=decision.unit_id,
            requirement=one.key,
            reason=REASON,
            decided_by_id=by,
            now=now,
            publish=publish,
        )
        outcome = Outcome.PASSED if is_exam else Outcome.DONE
        percent = decision.percent if is_exam else None
        facts[name] = Fact(identity.id, SOURCE, name, outcome, happened, percent=percent, recorded_by_id=by)
    return list(facts.values())


def _occurred_at(credential: ForeignCredential, part: int, now: datetime) -> datetime:
    """Return the day that the credential says, if a person alive can have lived it; else when it was decided."""
    try:
        day = date.fromisoformat(credential.parts[part]["date"])
    except ValueError:
        return now
    happened = datetime.combine(day, time(12), tzinfo=UTC)
    return happened if day >= EARLIEST and happened <= now else now

"""Recording evidence. A source only says "this happened"; the credit follows in the same transaction (law 3).

Locks are taken in one order everywhere: identities, objects, credits, each sorted by id. An identity's link or an
object's mapping is changed under the same locks, so a fact and a change of what it means can't miss each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import credits
from campus.errors import InvalidInputError
from campus.events import EvidenceRecorded, Publish
from campus.models.evidence import Evidence, ObjectMapping, RawAnswer, SourceObject
from campus.models.people import Identity, IdentityLink
from campus.rules.credit import Outcome
from campus.upsert import insert_missing

OWN_SOURCE = "campus"
"""The source of what happens in the tool itself."""
HIGHEST = 100.0
NOTHING_SAID = (Outcome.RETRACTED, None)
"""To take back what was never said is no news."""


@dataclass(frozen=True)
class Fact:
    """What a source says: this identity, on this object of mine, at this time."""

    identity_id: int
    source: str
    reference: str
    outcome: Outcome
    occurred_at: datetime
    percent: float | None = None
    raw: dict[str, Any] | None = field(default=None, compare=False)
    recorded_by_id: int | None = None

    @property
    def object_key(self) -> tuple[str, str]:
        """Name the object across all sources."""
        return (self.source, self.reference)


def record(session: Session, facts: Sequence[Fact], *, now: datetime, publish: Publish) -> list[Evidence]:
    """Record what is new in ``facts`` and change the credits it touches; return the new evidence.

    A fact equal to the source's latest on the same thing is dropped; equal to an older one it is new (law 2).
    """
    if not facts:
        return []
    if any(fact.percent is not None and not 0 <= fact.percent <= HIGHEST for fact in facts):
        raise InvalidInputError("a result is a percentage from 0 to 100", field="percent")
    identity_ids = sorted({fact.identity_id for fact in facts})
    session.execute(select(Identity.id).where(Identity.id.in_(identity_ids)).order_by(Identity.id).with_for_update())
    objects = lock_objects(session, {fact.object_key for fact in facts}, share=True)
    object_ids = [found.id for found in objects.values()]
    pairs = _affected(session, identity_ids, object_ids)
    credits.lock(session, pairs, now=now)

    latest = _latest(session, identity_ids, object_ids)
    recorded = []
    for fact in facts:
        thing = (fact.identity_id, objects[fact.object_key].id)
        if latest.get(thing, NOTHING_SAID) != (fact.outcome, fact.percent):
            latest[thing] = (fact.outcome, fact.percent)
            recorded.append(_store(session, fact, thing[1], now=now))
    if not recorded:
        return []
    session.flush()
    for evidence in recorded:
        publish(EvidenceRecorded(evidence.public_id))
    for person_id, unit_id in pairs:
        credits.recompute(session, person_id, unit_id, now=now, publish=publish)
    return recorded


def lock_objects(
    session: Session, keys: Iterable[tuple[str, str]], *, share: bool
) -> dict[tuple[str, str], SourceObject]:
    """Find or make the source objects and lock them in order of their ids."""
    wanted = sorted(set(keys))
    insert_missing(session, SourceObject, [{"source": source, "reference": ref} for source, ref in wanted])
    statement = (
        select(SourceObject)
        .where(
            SourceObject.source.in_({source for source, _ in wanted}),
            SourceObject.reference.in_({reference for _, reference in wanted}),
        )
        .order_by(SourceObject.id)
        .with_for_update(read=share)
    )
    return {(found.source, found.reference): found for found in session.scalars(statement)}


def _affected(session: Session, identity_ids: list[int], object_ids: list[int]) -> list[tuple[int, int]]:
    """List the (person, unit) pairs that facts of these identities on these objects can touch, sorted."""
    people = session.scalars(
        select(IdentityLink.person_id).where(IdentityLink.identity_id.in_(identity_ids), IdentityLink.current)
    ).all()
    units = session.scalars(
        select(ObjectMapping.unit_id).where(ObjectMapping.object_id.in_(object_ids), ObjectMapping.current)
    ).all()
    return sorted({(person, unit) for person in people for unit in units})


def _latest(
    session: Session, identity_ids: list[int], object_ids: list[int]
) -> dict[tuple[int, int], tuple[str, float | None]]:
    """Give by (identity, object) what was said last: outcome and percent."""
    said = (
        select(func.max(Evidence.id))
        .where(Evidence.identity_id.in_(identity_ids), Evidence.object_id.in_(object_ids))
        .group_by(Evidence.identity_id, Evidence.object_id)
    )
    rows = session.execute(
        select(Evidence.identity_id, Evidence.object_id, Evidence.outcome, Evidence.percent).where(
            Evidence.id.in_(said)
        )
    )
    return {(identity, thing): (outcome, percent) for identity, thing, outcome, percent in rows}


def _store(session: Session, fact: Fact, object_id: int, *, now: datetime) -> Evidence:
    evidence = Evidence(
        identity_id=fact.identity_id,
        object_id=object_id,
        outcome=fact.outcome,
        percent=fact.percent,
        occurred_at=fact.occurred_at,
        recorded_at=now,
        recorded_by_id=fact.recorded_by_id,
        raw=RawAnswer(body=fact.raw, received_at=now) if fact.raw is not None else None,
    )
    session.add(evidence)
    return evidence


def map_object(
    session: Session,
    *,
    source: str,
    reference: str,
    unit_id: int,
    requirement: str,
    reason: str,
    decided_by_id: int | None,
    now: datetime,
    publish: Publish,
) -> None:
    """Record that an object stands for a requirement of a unit; credits follow from the evidence already there."""
    found = lock_objects(session, [(source, reference)], share=False)[(source, reference)]
    insert_missing(
        session,
        ObjectMapping,
        [
            {
                "object_id": found.id,
                "unit_id": unit_id,
                "requirement": requirement,
                "mapped_at": now,
                "decided_by_id": decided_by_id,
                "reason": reason,
            }
        ],
    )
    people = session.scalars(
        select(IdentityLink.person_id)
        .join(Evidence, Evidence.identity_id == IdentityLink.identity_id)
        .where(Evidence.object_id == found.id, IdentityLink.current)
        .distinct()
    ).all()
    pairs = sorted((person_id, unit_id) for person_id in people)
    credits.lock(session, pairs, now=now)
    for person, unit in pairs:
        credits.recompute(session, person, unit, now=now, publish=publish)

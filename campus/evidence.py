"""Recording evidence. A source only says "this happened"; the credit follows in the same transaction (law 3).

Locks are taken in one order everywhere: identities, objects, credits, each sorted by id. An identity's link or an
object's mapping is changed under the same locks, so a fact and a change of what it means can't miss each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import credits
from campus.events import EvidenceRecorded, Publish
from campus.models.evidence import Evidence, ObjectMapping, RawAnswer, SourceObject
from campus.models.people import Identity, IdentityLink
from campus.rules.credit import Outcome
from campus.upsert import insert_missing

OWN_SOURCE = "campus"
"""The source of what happens in the tool itself."""


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
    identity_ids = sorted({fact.identity_id for fact in facts})
    session.execute(select(Identity.id).where(Identity.id.in_(identity_ids)).order_by(Identity.id).with_for_update())
    objects = lock_objects(session, {fact.object_key for fact in facts}, share=True)
    pairs = _affected(session, identity_ids, [found.id for found in objects.values()])
    credits.lock(session, pairs, now=now)

    recorded = []
    for fact in facts:
        found = objects[fact.object_key]
        if not _is_known(session, fact, found.id):
            recorded.append(_store(session, fact, found.id, now=now))
    for evidence in recorded:
        publish(EvidenceRecorded(evidence.public_id))
    if recorded:
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
        select(IdentityLink.person_id).where(
            IdentityLink.identity_id.in_(identity_ids), IdentityLink.ended_at.is_(None)
        )
    ).all()
    units = session.scalars(
        select(ObjectMapping.unit_id).where(ObjectMapping.object_id.in_(object_ids), ObjectMapping.ended_at.is_(None))
    ).all()
    return sorted({(person, unit) for person in people for unit in units})


def _is_known(session: Session, fact: Fact, object_id: int) -> bool:
    """Say whether the source's latest word on this thing is the same. Nothing said yet equals a retraction."""
    latest = session.scalars(
        select(Evidence)
        .where(Evidence.identity_id == fact.identity_id, Evidence.object_id == object_id)
        .order_by(Evidence.id.desc())
        .limit(1)
    ).first()
    if latest is None:
        return fact.outcome is Outcome.RETRACTED
    return (latest.outcome, latest.percent) == (fact.outcome, fact.percent)


def _store(session: Session, fact: Fact, object_id: int, *, now: datetime) -> Evidence:
    raw = RawAnswer(body=fact.raw, received_at=now) if fact.raw is not None else None
    if raw is not None:
        session.add(raw)
        session.flush()
    evidence = Evidence(
        identity_id=fact.identity_id,
        object_id=object_id,
        outcome=fact.outcome,
        percent=fact.percent,
        occurred_at=fact.occurred_at,
        recorded_at=now,
        recorded_by_id=fact.recorded_by_id,
        raw_id=raw.id if raw else None,
    )
    session.add(evidence)
    session.flush()
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
        .where(Evidence.object_id == found.id, IdentityLink.ended_at.is_(None))
        .distinct()
    ).all()
    pairs = sorted((person_id, unit_id) for person_id in people)
    credits.lock(session, pairs, now=now)
    for person, unit in pairs:
        credits.recompute(session, person, unit, now=now, publish=publish)

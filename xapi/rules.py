"""A provider's rules: statements about this activity are evidence for that requirement. Made, tried out, ended.

Changing the rules takes the store's clock: a statement is either stored before, then the rule's first job reads it,
or after, then whoever stores it sees the rule (``xapi.watch``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import evidence
from campus.catalogue import requirements
from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.events import Publish, StatementsWanted
from campus.models.catalogue import LearningUnit
from campus.models.evidence import Evidence, SourceObject
from campus.models.organisations import Organisation
from campus.models.people import IdentityLink
from campus.rules.credit import Outcome, RequirementKind
from xapi import clock, statements, terms
from xapi.batches import Origin
from xapi.descriptions import VERB, description_digest
from xapi.evidence import Claim, Condition, Reading, claim_of, outcome_for
from xapi.mappings import MAPPINGS, OTHER, Place, Scoring
from xapi.parts import Json, agent_key
from xapi.store import EvidenceRule, StatementRow
from xapi.store import terms as terms_table
from xapi.strict_json import load
from xapi.vocabulary import FULL_PERCENT, Verb

LONGEST_IRI = 2000
LONGEST_REQUIREMENT = 100
MOST_VERBS = 20
MOST_TRIED = 1000
"""Statements that a preview looks at, the newest."""
REASON = "rule for xAPI statements"


class RuleExistsError(ConflictError):
    """The unit has just this rule already."""

    code = "xapi.rule_exists"


@dataclass(frozen=True)
class Wish:
    """What a provider asks for."""

    mapping: str
    activity: str
    requirement: str
    condition: Condition = Condition.NONE
    least_percent: float | None = None
    verbs: tuple[str, ...] = ()
    """Only with the mapping OTHER; the ready ones know theirs."""


@dataclass(frozen=True)
class Tried:
    """What a rule would find among the statements that are there."""

    statements: int
    """About the activity, at most MOST_TRIED."""
    claims: Sequence[Claim]
    """One for each actor of whom there is one."""
    silent: int
    """Actors whose statements come to nothing."""
    verbs: Sequence[str]
    """Which the statements have, so that one sees why nothing was found."""


@dataclass(frozen=True)
class Counted:
    """For how many people a rule's statements count."""

    known: int
    unknown: int
    """Accounts that are nobody's yet: the campus office says whose they are."""


def source_of(provider: Organisation) -> str:
    """Name a provider's store as a source of evidence."""
    return f"xapi:{provider.public_id}"


def reference_of(rule: EvidenceRule) -> str:
    """Name the rule as the source's object."""
    return f"rule:{rule.public_id}"


def read_wish(session: Session, unit: LearningUnit, wish: Wish) -> Reading:
    """Check a wish and return how it reads statements. Raises InvalidInputError that names the field."""
    if wish.mapping not in MAPPINGS:
        raise InvalidInputError("no such mapping", field="mapping")
    ready = MAPPINGS[wish.mapping]
    verbs = wish.verbs if wish.mapping == OTHER else tuple(verb.value for verb in ready.verbs)
    if not 1 <= len(verbs) <= MOST_VERBS or not all(map(_is_iri, verbs)) or Verb.VOIDED in verbs:
        raise InvalidInputError("a rule needs addresses of verbs", field="verbs")
    if not _is_iri(wish.activity):
        raise InvalidInputError("an activity is named by an IRI", field="activity")
    kinds = {asked.key: asked.kind for asked in requirements(session, unit.id).requirements}
    if wish.requirement not in kinds:
        raise InvalidInputError("the unit asks for no such thing", field="requirement")
    scored = wish.condition is Condition.SCORE
    if scored and (wish.least_percent is None or not 0 <= wish.least_percent <= FULL_PERCENT):
        raise InvalidInputError("the least score is a percentage", field="least_percent")
    return Reading(
        wish.activity,
        frozenset(ready.places),
        frozenset(verbs),
        frozenset(verb.value for verb in ready.undoing),
        ready.category,
        ready.scoring,
        wish.condition,
        wish.least_percent if scored else None,
        outcome_for(kinds[wish.requirement], wish.condition),
        kinds[wish.requirement] is RequirementKind.EXAM,
    )


def _is_iri(text: str) -> bool:
    return len(text) <= LONGEST_IRI and statements.is_iri(text)


def make(
    session: Session,
    unit: LearningUnit,
    provider: Organisation,
    wish: Wish,
    *,
    made_by_id: int,
    now: datetime,
    publish: Publish,
) -> EvidenceRule:
    """Make a rule; what is in the store already counts too. Raises InvalidInputError or RuleExistsError."""
    reading = read_wish(session, unit, wish)
    if any(
        (rule.requirement, reading_of(rule)) == (wish.requirement, reading) for rule in of_unit(session, unit, provider)
    ):
        raise RuleExistsError("there is such a rule already")
    rule = EvidenceRule(
        organisation_id=provider.id,
        unit_id=unit.id,
        requirement=wish.requirement,
        mapping=wish.mapping,
        **_columns(reading),
        made_by_id=made_by_id,
        made_at=now,
        taken_back=False,
        read_through=0,
        wanted=True,
    )
    session.add(rule)
    session.flush()
    evidence.map_object(
        session,
        source=source_of(provider),
        reference=reference_of(rule),
        unit_id=unit.id,
        requirement=wish.requirement,
        reason=REASON,
        decided_by_id=made_by_id,
        now=now,
        publish=publish,
    )
    clock.rules_changed(session)
    publish(StatementsWanted(rule.public_id, "made"))
    return rule


def end(session: Session, rule: EvidenceRule, *, take_back: bool, now: datetime, publish: Publish) -> None:
    """Let no more statements count; take back what the rule has counted, if it was wrong. Once ended is ended."""
    if rule.ended_at is not None:
        raise ConflictError("the rule has ended already")
    rule.ended_at, rule.taken_back = now, take_back
    session.flush()
    clock.rules_changed(session)
    if take_back:
        publish(StatementsWanted(rule.public_id, "ended"))


def of_unit(session: Session, unit: LearningUnit, provider: Organisation, *, ended: bool = False) -> list[EvidenceRule]:
    """List the provider's rules for a unit in the order in which they were made: those that hold, or those ended."""
    rule = EvidenceRule
    state = rule.ended_at.is_not(None) if ended else rule.ended_at.is_(None)
    found = select(rule).where(rule.unit_id == unit.id, rule.organisation_id == provider.id, state).order_by(rule.id)
    return list(session.scalars(found))


def by_public_id(session: Session, unit: LearningUnit, provider: Organisation, public_id: str) -> EvidenceRule:
    """Return the provider's rule for a unit, locked, or raise NotFoundError."""
    rule = EvidenceRule
    found = session.scalars(
        select(rule)
        .where(rule.public_id == public_id, rule.unit_id == unit.id, rule.organisation_id == provider.id)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFoundError("the unit has no such rule")
    return found


def reading_of(rule: EvidenceRule) -> Reading:
    """Return how the rule reads statements."""
    return Reading(
        rule.activity,
        frozenset(map(Place, rule.places)),
        frozenset(rule.verbs),
        frozenset(rule.undoing),
        rule.category,
        Scoring(rule.scoring),
        Condition(rule.condition),
        rule.least_percent,
        Outcome(rule.outcome),
        rule.exam,
    )


def _columns(reading: Reading) -> dict[str, Any]:
    """Return the reading as a rule keeps it; ``reading_of`` reads it again."""
    return {
        "activity": reading.activity,
        "places": sorted(reading.places),
        "verbs": sorted(reading.verbs),
        "undoing": sorted(reading.undoing),
        "category": reading.category,
        "scoring": reading.scoring,
        "condition": reading.condition,
        "least_percent": reading.least_percent,
        "outcome": reading.outcome,
        "exam": reading.exam,
    }


def origins_of(reading: Reading) -> list[str]:
    """Return whose statements the reading believes (``StatementRow.origin``)."""
    return [Origin.CLIENT] if reading.exam else [Origin.CLIENT, Origin.LAUNCH]


def term_of(reading: Reading) -> bytes:
    """Return what the statements are found by."""
    return terms.activity(reading.activity, related=reading.places != {Place.OBJECT})


def verb_digests(tenant: int, reading: Reading) -> list[bytes]:
    """Return what ``StatementRow.verb`` is of the statements that the rule reads."""
    return [description_digest(tenant, VERB, verb) for verb in sorted(reading.verbs | reading.undoing)]


def counted(session: Session, provider: Organisation, rules: Sequence[EvidenceRule]) -> dict[str, Counted]:
    """Say for each rule, by its public id, for how many its statements count now."""
    ids = {reference_of(rule): rule.public_id for rule in rules}
    latest = (
        select(func.max(Evidence.id))
        .join(SourceObject, SourceObject.id == Evidence.object_id)
        .where(SourceObject.source == source_of(provider), SourceObject.reference.in_(ids))
        .group_by(Evidence.object_id, Evidence.identity_id)
    )
    linked = func.count(IdentityLink.id)
    found = session.execute(
        select(SourceObject.reference, func.count(), linked)
        .join(Evidence, Evidence.object_id == SourceObject.id)
        .outerjoin(IdentityLink, (IdentityLink.identity_id == Evidence.identity_id) & IdentityLink.current)
        .where(Evidence.id.in_(latest), Evidence.outcome != Outcome.RETRACTED)
        .group_by(SourceObject.reference)
    )
    return {ids[reference]: Counted(known, everybody - known) for reference, everybody, known in found}


def try_out(session: Session, provider: Organisation, reading: Reading) -> Tried:
    """Show what a rule would find among the newest statements, without changing anything."""
    row = StatementRow
    found = session.execute(
        select(row.body)
        .join(terms_table, terms_table.c.statement_id == row.id)
        .where(
            terms_table.c.term == term_of(reading),
            row.tenant == provider.id,
            row.origin.in_(origins_of(reading)),
            row.voided.is_(False),
        )
        .order_by(terms_table.c.statement_id.desc())
        .limit(MOST_TRIED)
    )
    said = [load(body) for (body,) in found]
    by_actor = [claim_of(reading, one) for _, one in _by_actor(said)]
    claims = [claim for claim in by_actor if claim is not None]
    return Tried(len(said), claims, len(by_actor) - len(claims), sorted({one["verb"]["id"] for one in said}))


def _by_actor(said: Sequence[Json]) -> Iterator[tuple[str, list[Json]]]:
    grouped: dict[str, list[Json]] = {}
    for one in said:
        if (key := actor_key(one)) is not None:
            grouped.setdefault(key, []).append(one)
    yield from grouped.items()


def actor_key(statement: Json) -> str | None:
    """Name the actor; None of a group: what a group did says of none of its members that they did it."""
    actor = statement["actor"]
    return None if actor.get("objectType") == "Group" else agent_key(actor)

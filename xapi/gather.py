"""Following a rule: its statements become evidence, page by page. The body of a durable job, safe to run twice.

A page is one transaction: what was read, the evidence, and how far one has come. Statements are numbered in the
order of commits, so whatever lies above has not been read and whatever lies below has. The actors' identities are
locked before their statements are read: of two jobs at once the later one sees what the earlier one saw, or more.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, literal, select, union_all, update
from sqlalchemy.orm import Session

from campus import evidence, people
from campus.errors import NotFoundError
from campus.events import Publish
from campus.evidence import Fact
from campus.models.evidence import Evidence, SourceObject
from campus.models.organisations import Organisation
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome
from xapi import clock, parts, terms
from xapi.evidence import Reading, basis, claim_of
from xapi.parts import Json
from xapi.rules import actor_key, origins_of, reading_of, reference_of, source_of, term_of, verb_digests
from xapi.store import EvidenceRule, StatementRow
from xapi.store import terms as terms_table
from xapi.strict_json import load

PAGE = 200
IDENTITY_KIND = "xapi"
LONGEST_SUBJECT = 255
LONGEST_NAME = 200
LONGEST_EMAIL = 320
MAILTO = "mailto:"


def begin(session: Session, rule: str) -> None:
    """Take the mark off that a job is on its way: what is stored from now on asks for another one."""
    session.execute(
        update(EvidenceRule).where(EvidenceRule.public_id == rule).values(wanted=False),
        execution_options={"synchronize_session": False},
    )


def follow(session: Session, public_id: str, *, public_url: str, now: datetime, publish: Publish) -> bool:
    """Consider the next page of statements; say whether there may be more. Raises NotFoundError.

    Of each actor in the page all that they said of the activity is looked at anew. A rule that was taken back finds
    nothing any more, so what it had counted is retracted (law 2).
    """
    rule = session.scalars(select(EvidenceRule).where(EvidenceRule.public_id == public_id)).first()
    if rule is None:
        raise NotFoundError("no such rule")
    provider = session.get_one(Organisation, rule.organisation_id)
    if rule.ended_at is not None:
        if rule.taken_back:
            _take_back(session, rule, provider, now=now, publish=publish)
        return False
    reading = reading_of(rule)
    last_id = clock.last_id(session)
    news = _news(session, rule, reading)
    actors = _actors(session, rule.organisation_id, news)
    identities = _identities(session, actors, source_of(provider), public_url=public_url, now=now)
    said = _said(session, rule.organisation_id, reading, identities)
    facts = [
        _fact(reading, said.get(key, []), _retraction(rule, provider, identity.id, now))
        for key, identity in identities.items()
    ]
    evidence.record(session, facts, now=now, publish=publish)
    is_full = len(news) == PAGE
    _advance(session, rule, news[-1].id if is_full else last_id)
    return is_full


class _News(NamedTuple):
    """A statement that has not been considered, about the activity or declaring one void that is."""

    id: int
    body: str
    voiding: bool
    refers_to: str | None


def _news(session: Session, rule: EvidenceRule, reading: Reading) -> list[_News]:
    """Give the next page, in order. A statement that declares void is found through what it refers to."""
    row, term = StatementRow, term_of(reading)
    verbs = verb_digests(rule.organisation_id, reading)
    own = _listed(term, rule).where(row.verb.in_(verbs), row.voiding.is_(False))
    voiding = _listed(terms.via(term), rule).where(row.voiding)
    either = union_all(own.subquery().select(), voiding.subquery().select()).subquery()
    return [_News(*found) for found in session.execute(select(either).order_by(either.c.id).limit(PAGE))]


def _listed(term: bytes, rule: EvidenceRule) -> Select[int, str, bool, str | None]:
    row = StatementRow
    return (
        select(row.id, row.body, row.voiding, row.refers_to)
        .join(terms_table, terms_table.c.statement_id == row.id)
        .where(
            terms_table.c.term == term,
            terms_table.c.statement_id > rule.read_through,
            row.tenant == rule.organisation_id,
            row.origin.in_(origins_of(reading_of(rule))),
        )
        .order_by(terms_table.c.statement_id)
        .limit(PAGE)
    )


def _actors(session: Session, tenant: int, news: Sequence[_News]) -> dict[str, Json]:
    """Give the actors concerned, by their key: of the statements themselves and of those declared void."""
    row = StatementRow
    bodies = [one.body for one in news if not one.voiding]
    targets = [one.refers_to for one in news if one.voiding]
    if targets:
        bodies += session.scalars(select(row.body).where(row.tenant == tenant, row.statement_id.in_(targets)))
    actors: dict[str, Json] = {}
    for statement in map(load, bodies):
        key = actor_key(statement)
        if key is not None:
            actors[key] = statement["actor"]
    return actors


def _identities(
    session: Session, actors: Mapping[str, Json], source: str, *, public_url: str, now: datetime
) -> dict[str, Identity]:
    """Find or make the actors' identities and lock them, in one order everywhere.

    An account of this campus is the person's own. Any other is an identity at the provider's store, and whose it is,
    only a claim or an administrator says (``campus.people``).
    """
    found = {}
    for key in sorted(actors):
        person = _own_person(session, actors[key], public_url)
        if person is not None:
            found[key] = people.own_identity(session, person, now=now)
            continue
        address = actors[key].get("mbox", "").removeprefix(MAILTO)
        found[key] = people.identity_for(
            session,
            kind=IDENTITY_KIND,
            issuer=source,
            subject=subject_of(key),
            name=_storable(actors[key].get("name", ""))[:LONGEST_NAME] or None,
            email=address if address and len(address) <= LONGEST_EMAIL else None,
            now=now,
        )
    return found


def _own_person(session: Session, actor: Json, public_url: str) -> Person | None:
    name = parts.own_name(actor, public_url)
    if name is None:
        return None
    return session.scalars(select(Person).where(Person.public_id == _storable(name))).first()


def subject_of(key: str) -> str:
    """Return an actor's key as an identity's subject: no address, and no longer than the column."""
    if key.startswith("mbox:") or len(key) > LONGEST_SUBJECT or "\x00" in key:
        kind, _, value = key.partition(":")
        return f"{kind}:sha256:{hashlib.sha256(value.encode()).hexdigest()}"
    return key


def _storable(text: str) -> str:
    """Leave out what a column of PostgreSQL can't hold."""
    return text.replace("\x00", "")


def _said(session: Session, tenant: int, reading: Reading, identities: Mapping[str, Identity]) -> dict[str, list[Json]]:
    """Give by actor all that they said of the activity and that isn't void."""
    if not identities:
        return {}
    row, about, by = StatementRow, terms_table.alias(), terms_table.alias()
    numbers = (
        select(about.c.statement_id)
        .join(by, by.c.statement_id == about.c.statement_id)
        .where(about.c.term == term_of(reading), by.c.term.in_([terms.agent(key) for key in identities]))
    )
    found = session.scalars(
        select(row.body)
        .where(
            row.id.in_(numbers),
            row.verb.in_(verb_digests(tenant, reading)),
            row.tenant == tenant,
            row.origin.in_(origins_of(reading)),
            row.voided.is_(False),
        )
        .order_by(row.id)
    )
    said: dict[str, list[Json]] = {}
    for statement in map(load, found):
        key = actor_key(statement)
        if key is not None:
            said.setdefault(key, []).append(statement)
    return said


def _fact(reading: Reading, said: Sequence[Json], nothing: Fact) -> Fact:
    """Return what the statements come to; ``nothing`` if to nothing."""
    claim = claim_of(reading, said)
    if claim is None:
        return nothing
    return replace(
        nothing, outcome=claim.outcome, occurred_at=claim.occurred_at, percent=claim.percent, raw=basis(claim)
    )


def _retraction(rule: EvidenceRule, provider: Organisation, identity_id: int, now: datetime) -> Fact:
    return Fact(identity_id, source_of(provider), reference_of(rule), Outcome.RETRACTED, occurred_at=now)


def _advance(session: Session, rule: EvidenceRule, number: int) -> None:
    session.execute(
        update(EvidenceRule)
        .where(EvidenceRule.id == rule.id, EvidenceRule.read_through < number)
        .values(read_through=literal(number)),
        execution_options={"synchronize_session": False},
    )


def _take_back(
    session: Session, rule: EvidenceRule, provider: Organisation, *, now: datetime, publish: Publish
) -> None:
    """Retract what the rule has counted, of everybody."""
    concerned = session.scalars(
        select(Evidence.identity_id)
        .join(SourceObject, SourceObject.id == Evidence.object_id)
        .where(SourceObject.source == source_of(provider), SourceObject.reference == reference_of(rule))
        .distinct()
    ).all()
    facts = [_retraction(rule, provider, identity_id, now) for identity_id in sorted(concerned)]
    evidence.record(session, facts, now=now, publish=publish)

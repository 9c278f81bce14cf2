"""The journey of a certificate: facts -> place in a status list -> signed credential -> one row; and revoking."""

import json
from dataclasses import dataclass
from datetime import datetime
from random import Random

from cryptography.fernet import MultiFernet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus.models.catalogue import Course, LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Person
from campus.upsert import insert_missing
from certificates import credential, did, keys, proof, status_list, store
from certificates.errors import BadFactsError, NoFreeIndexError
from certificates.facts import AwardFacts, AwardKind, to_json
from certificates.store import Award, StatusList

ATTEMPTS = 8
CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class _Target:
    """The rows that the facts name by public ids. Database ids."""

    person_id: int
    achievement_id: int
    issuer_id: int


def issue(
    session: Session,
    facts: AwardFacts,
    *,
    now: datetime,
    fernet: MultiFernet,
    public_url: str,
    random: Random,
) -> Award:
    """Return the person's award for the unit or course, and make it if there is none yet.

    Asked twice, or by two processes at once, it gives the same award; the facts of the first stay. ``random``
    draws the place in the status list. Raises BadFactsError when the facts name rows that are not there,
    NoFreeIndexError when no place was free.
    """
    target = _find_target(session, facts, public_url)
    key = None
    for _ in range(ATTEMPTS):
        if found := store.award_of(session, target.person_id, facts.kind, target.achievement_id):
            return found
        key = key or keys.signing_key(session, target.issuer_id, now=now, fernet=fernet)
        places = _open_list(session, target.issuer_id, now=now)
        index = _free_index(session, places, random)
        if index is None:
            _add_list(session, target.issuer_id, places.number + 1, now=now)
            continue
        signed = _sign(facts, key, places, index, now=now, public_url=public_url)
        # Another process may have issued it meanwhile, or taken the place: the next turn finds either.
        insert_missing(session, Award, [_values(facts, target, places, index, signed)])
    raise NoFreeIndexError("no free place in a status list, or the award's public id is taken")


def revoke(session: Session, award: Award, *, reason: str, by: int | None, now: datetime) -> Award:
    """Revoke the award for ``reason``, decided by the person ``by`` (database id). The first revocation stays.

    Its status list is signed anew when it is next asked for. Raises BadFactsError without a reason.
    """
    if not reason.strip():
        raise BadFactsError("a revocation needs a reason", field="reason")
    changed = session.scalar(
        update(Award)
        .where(Award.id == award.id, Award.revoked_at.is_(None))
        .values(revoked_at=now, revoked_reason=reason.strip(), revoked_by_id=by)
        .returning(Award.id)
    )
    if changed:
        session.execute(
            update(StatusList).where(StatusList.id == award.status_list_id).values(revision=StatusList.revision + 1)
        )
    session.refresh(award)
    return award


def _find_target(session: Session, facts: AwardFacts, public_url: str) -> _Target:
    table = LearningUnit if facts.kind is AwardKind.ATTENDANCE else Course
    person = session.scalar(select(Person.id).where(Person.public_id == facts.recipient.person_id))
    achievement = session.scalar(select(table.id).where(table.public_id == facts.achievement.public_id))
    issuer = session.execute(
        select(Organisation.id, Organisation.slug).where(Organisation.public_id == facts.issuer.organisation_id)
    ).one_or_none()
    if person is None or achievement is None or issuer is None:
        raise BadFactsError("the facts name a person, an achievement or an issuer that is not there")
    if facts.issuer.did != did.issuer_did(public_url, issuer.slug):
        raise BadFactsError("the facts name a DID that is not this issuer's", field="issuer")
    return _Target(person, achievement, issuer.id)


def _open_list(session: Session, organisation_id: int, *, now: datetime) -> StatusList:
    newest = (
        select(StatusList)
        .where(StatusList.organisation_id == organisation_id)
        .order_by(StatusList.number.desc())
        .limit(1)
    )
    if found := session.scalar(newest):
        return found
    _add_list(session, organisation_id, 1, now=now)
    return session.scalars(newest).one()


def _add_list(session: Session, organisation_id: int, number: int, *, now: datetime) -> None:
    values = {"organisation_id": organisation_id, "number": number, "created_at": now}
    insert_missing(session, StatusList, [values])


def _free_index(session: Session, places: StatusList, random: Random) -> int | None:
    """Return a free place drawn at random; None when eight draws were all taken: the list is filling up."""
    drawn = [random.randrange(status_list.SIZE) for _ in range(CANDIDATES)]
    taken = set(
        session.scalars(
            select(Award.status_index).where(Award.status_list_id == places.id, Award.status_index.in_(drawn))
        )
    )
    return next((index for index in drawn if index not in taken), None)


def _sign(
    facts: AwardFacts,
    key: keys.SigningKey,
    places: StatusList,
    index: int,
    *,
    now: datetime,
    public_url: str,
) -> str:
    addresses = credential.Addresses(public_url)
    entry = credential.status_entry(addresses.status_list(places.public_id), index)
    signed = proof.sign(
        credential.build(facts, addresses, entry),
        key.private,
        verification_method=did.key_id(facts.issuer.did, key.number),
        created=now,
    )
    return json.dumps(signed, ensure_ascii=False)


def _values(facts: AwardFacts, target: _Target, places: StatusList, index: int, signed: str) -> dict[str, object]:
    column = "unit_id" if facts.kind is AwardKind.ATTENDANCE else "course_id"
    return {
        "public_id": facts.award_id,
        "kind": facts.kind.value,
        "person_id": target.person_id,
        column: target.achievement_id,
        "issuer_id": target.issuer_id,
        "facts": to_json(facts),
        "credential": signed,
        "status_list_id": places.id,
        "status_index": index,
        "issued_at": facts.issued_at,
    }

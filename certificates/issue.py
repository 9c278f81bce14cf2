"""The journey of a certificate: facts -> place in a status list -> signed credential -> one row; and revoking."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from cryptography.fernet import MultiFernet
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from campus.models.catalogue import Course, LearningUnit
from campus.models.maturity import MaturityAssessment
from campus.models.organisations import Organisation
from campus.models.people import Person
from campus.upsert import insert_missing
from certificates import credential, endorsement, status_list, store
from certificates.errors import (
    AwardRevokedError,
    AwardSupersededError,
    AwardSuspendedError,
    BadFactsError,
    NoFreeIndexError,
)
from certificates.facts import AwardFacts, AwardKind, to_json
from certificates.issuers import keys, mandate
from certificates.signatures import did, proof
from certificates.status import StatusPurpose
from certificates.store import Award, AwardState, StatusList

Json = dict[str, Any]

ATTEMPTS = 8
CANDIDATES = 8
SUPERSEDED = "Ersetzt durch einen neuen Nachweis / superseded by a new certificate"
"""The reason that is recorded with an award that was corrected."""


@dataclass(frozen=True, slots=True)
class Issuing:
    """What issuing needs beside the award itself. ``random`` draws places in status lists."""

    now: datetime
    fernet: MultiFernet
    public_url: str
    random: Random


@dataclass(frozen=True, slots=True)
class _Target:
    """The rows that the facts name by public ids. Database ids."""

    person_id: int | None
    achievement_id: int
    issuer_id: int
    provider_id: int
    bodies: tuple[Organisation, ...]


def issue(session: Session, facts: AwardFacts, how: Issuing, *, supersedes: Award | None = None) -> Award:
    """Return the holder's award for what was achieved, and make it if there is none yet.

    Asked twice, or by two processes at once, it gives the same award; the facts of the first stay. Raises
    BadFactsError when the facts name rows that are not there, NoFreeIndexError when no place was free.
    """
    target = _find_target(session, facts, how.public_url)
    for _ in range(ATTEMPTS):
        if found := store.award_of(session, facts.kind, target.person_id, target.achievement_id):
            return found
        places = _open_list(session, target.issuer_id, now=how.now)
        index = _free_index(session, places, how.random)
        if index is None:
            _add_lists(session, target.issuer_id, places.number + 1, now=how.now)
            continue
        values = _values(facts, target, places, index)
        values["credential"] = _sign(session, facts, target.bodies, (places, index), how)
        values["supersedes_id"] = supersedes.id if supersedes else None
        values["shown"] = supersedes.shown if supersedes else True  # what the holder decided of it stays
        profile = mandate.profile(session, target.provider_id)
        values["profile_id"] = profile.id if profile else None
        # Another process may have issued it meanwhile, or taken the place: the next turn finds either.
        insert_missing(session, Award, [values])
    raise NoFreeIndexError("no free place in a status list, or the award's public id is taken")


def supersede(session: Session, award: Award, facts: AwardFacts, how: Issuing, *, by: int | None) -> Award:
    """Issue ``facts`` in the place of an award that they correct, which is revoked: it says which one came instead.

    Raises AwardRevokedError for one that was revoked or superseded before, AwardSuspendedError for one that is
    suspended: whoever suspended it decides first.
    """
    superseded = session.scalar(
        update(Award)
        .where(
            Award.id == award.id,
            Award.revoked_at.is_(None),
            Award.superseded_at.is_(None),
            Award.suspended_at.is_(None),
        )
        .values(superseded_at=how.now)
        .returning(Award.id)
    )
    if superseded is None:
        session.refresh(award)
        if award.state is AwardState.SUSPENDED:
            raise AwardSuspendedError("the award is suspended")
        raise AwardRevokedError("the award was revoked or superseded before")
    revoke(session, award, reason=SUPERSEDED, by=by, now=how.now)
    return issue(session, replace(facts, supersedes=award.public_id), how, supersedes=award)


def replace_revoked(session: Session, award: Award, facts: AwardFacts, how: Issuing) -> Award:
    """Issue ``facts`` in the place of an award that was revoked, because somebody decided so; its revocation stays.

    Raises AwardSupersededError when another one came in its place before.
    """
    replaced = session.scalar(
        update(Award)
        .where(Award.id == award.id, Award.revoked_at.is_not(None), Award.superseded_at.is_(None))
        .values(superseded_at=how.now)
        .returning(Award.id)
    )
    if replaced is None:
        raise AwardSupersededError("another award came in its place")
    session.refresh(award)
    return issue(session, replace(facts, supersedes=award.public_id), how, supersedes=award)


def revoke(session: Session, award: Award, *, reason: str, by: int | None, now: datetime) -> Award:
    """Revoke the award for ``reason``, decided by the person ``by`` (database id). The first revocation stays.

    Its status list is signed anew when it is next asked for. Raises BadFactsError without a reason.
    """
    if not reason.strip():
        raise BadFactsError("a revocation needs a reason", field="reason")
    values = {"revoked_at": now, "revoked_reason": reason.strip(), "revoked_by_id": by}
    _change(session, award, Award.revoked_at.is_(None), values)
    return award


def suspend(session: Session, award: Award, *, reason: str, by: int | None, now: datetime) -> None:
    """Say that the award isn't valid for the time being. Doing it twice changes nothing; the first reason stays.

    Raises BadFactsError without a reason.
    """
    if not reason.strip():
        raise BadFactsError("a suspension needs a reason", field="reason")
    _add_lists(session, award.issuer_id, award.status_list.number, now=now)  # older issuers have no suspensions yet
    values = {"suspended_at": now, "suspended_reason": reason.strip(), "suspended_by_id": by}
    _change(session, award, Award.suspended_at.is_(None), values)


def resume(session: Session, award: Award) -> None:
    """End the award's suspension. Doing it twice changes nothing."""
    values = {"suspended_at": None, "suspended_reason": None, "suspended_by_id": None}
    _change(session, award, Award.suspended_at.is_not(None), values)


def _change(session: Session, award: Award, where: ColumnElement[bool], values: Mapping[str, Any]) -> None:
    """Change what an award's bits say, and have its lists signed anew, unless somebody has done so."""
    changed = session.scalar(update(Award).where(Award.id == award.id, where).values(**values).returning(Award.id))
    if changed:
        lists = (
            StatusList.organisation_id == award.status_list.organisation_id,
            StatusList.number == award.status_list.number,
        )
        session.execute(update(StatusList).where(*lists).values(revision=StatusList.revision + 1))
    session.refresh(award)


def _find_target(session: Session, facts: AwardFacts, public_url: str) -> _Target:
    about, holder = facts.achievement.public_id, facts.recipient.person_id
    if facts.kind is AwardKind.MUNICIPALITY:
        assessment = session.scalar(select(MaturityAssessment).where(MaturityAssessment.public_id == about))
        if assessment is None or assessment.municipality.public_id != holder:
            raise BadFactsError("the facts name an assessment that is not there")
        return _target(session, facts, None, assessment, public_url)
    person_id = session.scalar(select(Person.id).where(Person.public_id == holder))
    achievement: LearningUnit | Course | None
    if facts.kind is AwardKind.ATTENDANCE:
        achievement = session.scalar(select(LearningUnit).where(LearningUnit.public_id == about))
    else:
        achievement = session.scalar(select(Course).where(Course.public_id == about))
    if person_id is None or achievement is None:
        raise BadFactsError("the facts name a person or an achievement that is not there")
    return _target(session, facts, person_id, achievement, public_url)


def _target(
    session: Session,
    facts: AwardFacts,
    person_id: int | None,
    achievement: LearningUnit | Course | MaturityAssessment,
    public_url: str,
) -> _Target:
    issuer = session.scalar(select(Organisation).where(Organisation.public_id == facts.issuer.organisation_id))
    if issuer is None or facts.issuer.did != did.issuer_did(public_url, issuer.slug):
        raise BadFactsError("the facts name an issuer that is not there, or has another DID", field="issuer")
    bodies = {
        did.issuer_did(public_url, one.organisation.slug): one.organisation
        for one in (achievement.awarding_bodies if isinstance(achievement, Course) else ())
    }
    if not {body.did for body in facts.awarding_bodies} <= bodies.keys():
        raise BadFactsError("the facts name an awarding body that is none of this course", field="awarding_bodies")
    return _Target(
        person_id,
        achievement.id,
        issuer.id,
        achievement.provider_id,
        tuple(bodies[body.did] for body in facts.awarding_bodies),
    )


def _open_list(session: Session, organisation_id: int, *, now: datetime) -> StatusList:
    """Return the issuer's newest list of revocations."""
    newest = (
        select(StatusList)
        .where(StatusList.organisation_id == organisation_id, StatusList.purpose == StatusPurpose.REVOCATION)
        .order_by(StatusList.number.desc())
        .limit(1)
    )
    if found := session.scalar(newest):
        return found
    _add_lists(session, organisation_id, 1, now=now)
    return session.scalars(newest).one()


def _add_lists(session: Session, organisation_id: int, number: int, *, now: datetime) -> None:
    """Open a list of revocations and one of suspensions, unless they are there."""
    values = {"organisation_id": organisation_id, "number": number, "created_at": now}
    insert_missing(session, StatusList, [{**values, "purpose": purpose.value} for purpose in StatusPurpose])


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
    session: Session, facts: AwardFacts, bodies: Iterable[Organisation], place: tuple[StatusList, int], how: Issuing
) -> str:
    """Build the credential, let the other awarding bodies endorse it, and sign it as the issuer."""
    addresses, (places, index) = credential.Addresses(how.public_url), place
    entry = credential.status_entry(addresses.status_list(places.public_id), index)
    unsigned = credential.build(facts, addresses, entry)
    if endorsements := [_endorse(session, unsigned, body, how) for body in bodies]:
        unsigned["endorsement"] = endorsements
    return json.dumps(_sign_as(session, unsigned, places.organisation_id, facts.issuer.did, how), ensure_ascii=False)


def _endorse(session: Session, unsigned: Json, body: Organisation, how: Issuing) -> Json:
    """Let an awarding body say, signed with its own key, that the award is its own too."""
    issuer = mandate.body(body, how.public_url)
    return _sign_as(session, endorsement.build(unsigned, issuer, now=how.now), body.id, issuer.did, how)


def _sign_as(session: Session, unsigned: Json, organisation_id: int, issuer: str, how: Issuing) -> Json:
    key = keys.signing_key(session, organisation_id, now=how.now, fernet=how.fernet)
    method = did.key_id(issuer, key.number)
    return proof.sign(unsigned, key.private, verification_method=method, created=how.now)


def _values(facts: AwardFacts, target: _Target, places: StatusList, index: int) -> dict[str, Any]:
    return {
        "public_id": facts.award_id,
        "kind": facts.kind.value,
        "person_id": target.person_id,
        store.TARGETS[facts.kind]: target.achievement_id,
        "issuer_id": target.issuer_id,
        "facts": to_json(facts),
        "status_list_id": places.id,
        "status_index": index,
        "issued_at": facts.issued_at,
    }

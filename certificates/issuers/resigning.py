"""After a key was compromised: awards that it signed are signed again with the issuer's new key.

An award keeps its id and says the same, under a new proof. What holders downloaded before verifies no more, like
everything that whoever has the key may sign; their award's address gives them the new one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import MultiFernet
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campus.clock import Clock
from campus.database import Database
from campus.models.organisations import Organisation
from certificates import credential, endorsement, forms, store
from certificates.errors import UnsignedFactsError
from certificates.issuers import keys
from certificates.signatures import did, proof
from certificates.store import Award

CHUNK = 200
"""Awards of one transaction: about a tenth of a second."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LostKey:
    """A compromised key: whose it was, and its id in proofs."""

    organisation_id: int
    issuer: str
    method: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some awards, done: the database id of the last, how many were signed, and public ids of those that were not.

    These are no more what their facts say, so somebody has to look at them.
    """

    last: int
    signed: int
    refused: tuple[str, ...]


def lost_key(organisation: Organisation, number: int, *, public_url: str) -> LostKey:
    """Name the key ``number`` of an issuer as proofs do."""
    issuer = did.issuer_did(public_url, organisation.slug)
    return LostKey(organisation.id, issuer, did.key_id(issuer, number))


def count(session: Session, lost: LostKey) -> int:
    """Return how many awards rest on the key, as their issuer's or as that of a body that endorses them."""
    return session.scalar(select(func.count(Award.id)).where(_rests_on(lost))) or 0


def sweep(database: Database, lost: LostKey, *, clock: Clock, fernet: MultiFernet, public_url: str) -> Iterator[Chunk]:
    """Sign anew all that rests on the key, a chunk a transaction; killed on the way, it can be started again.

    It looks again from the start until a pass finds nothing to sign: ids are no order of commits.
    """
    after, signed = 0, 0
    while True:
        with database.write() as session:
            chunk = resign(session, lost, after=after, now=clock(), fernet=fernet, public_url=public_url)
        if chunk is not None:
            after, signed = chunk.last, signed + chunk.signed
            yield chunk
        elif signed:
            after, signed = 0, 0
        else:
            return


def resign(
    session: Session, lost: LostKey, *, after: int, now: datetime, fernet: MultiFernet, public_url: str
) -> Chunk | None:
    """Sign the next awards that rest on the key, by database ids above ``after``; None when there are none left.

    Awards that were revoked are signed too: whether they were genuine, and that they are revoked, is still asked.
    """
    found = session.scalars(
        select(Award)
        .where(Award.id > after, _rests_on(lost))
        .order_by(Award.id)
        .limit(CHUNK)
        .with_for_update(of=Award)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        return None
    signing = _Signing(session, lost, now, fernet, public_url)
    refused = []
    for award in found:
        try:
            award.credential = signing.again(award)
        except UnsignedFactsError:
            refused.append(award.public_id)
    session.flush()
    return Chunk(found[-1].id, len(found) - len(refused), tuple(refused))


def _rests_on(lost: LostKey) -> ColumnElement[bool]:
    # The quotation marks end the id: key-1 is not key-10.
    return Award.credential.contains(json.dumps(lost.method), autoescape=True)


class _Signing:
    """Signs awards of a chunk; each issuer's key is opened once."""

    def __init__(self, session: Session, lost: LostKey, now: datetime, fernet: MultiFernet, public_url: str) -> None:
        self._session = session
        self._lost = lost
        self._now = now
        self._fernet = fernet
        self._addresses = credential.Addresses(public_url)
        self._keys: dict[int, keys.SigningKey] = {}

    def again(self, award: Award) -> str:
        """Return the award's credential with new proofs. Raises UnsignedFactsError unless it is what its facts say."""
        text, facts = award.credential or "", store.facts_of(award)
        places = self._addresses.status_list(award.status_list.public_id)
        entry = credential.status_entry(places, award.status_index)
        forms.require_signed(text, credential.build(facts, self._addresses, entry))
        document: Json = json.loads(text)
        if "endorsement" in document:
            subject = endorsement.subject(document)
            document["endorsement"] = [self._endorsement(one, subject) for one in document["endorsement"]]
        return json.dumps(self._signed(document, award.issuer_id, facts.issuer.did), ensure_ascii=False)

    def _endorsement(self, one: Json, subject: Json) -> Json:
        """Sign what the lost key signed. What it is about is said anew: the body never endorsed anything else."""
        found = proof.only_proof(one)
        if found is None or found.get("verificationMethod") != self._lost.method:
            return one
        return self._signed({**one, "credentialSubject": subject}, self._lost.organisation_id, self._lost.issuer)

    def _signed(self, document: Json, organisation_id: int, issuer: str) -> Json:
        if organisation_id not in self._keys:
            self._keys[organisation_id] = keys.signing_key(
                self._session, organisation_id, now=self._now, fernet=self._fernet
            )
        key = self._keys[organisation_id]
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        return proof.sign(unsigned, key.private, verification_method=did.key_id(issuer, key.number), created=self._now)

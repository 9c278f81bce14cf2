"""Taking somebody out of the record store on request (docs/decisions/0014).

Statements are immutable for clients, and others may refer to them; so none is deleted. Whoever is erased becomes a
pseudonym in every place where an agent may stand, and what only they have said goes. How much was changed is noted,
never the key.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from campus import audit
from campus.models.base import new_public_id
from campus.models.evidence import Evidence, RawAnswer
from campus.models.organisations import Organisation
from campus.models.people import Identity, IdentityLink
from campus.upsert import insert_missing
from xapi import descriptions, parts, references, terms
from xapi.attachments import content_digest
from xapi.clock import take
from xapi.gather import subject_of
from xapi.parts import Json, agent_key
from xapi.references import Link
from xapi.rules import actor_key, source_of
from xapi.signatures import is_signature
from xapi.store import CAMPUS, Document, StatementRow, attachments, digest
from xapi.store import descriptions as descriptions_table
from xapi.store import terms as terms_table
from xapi.strict_json import dump, load

PSEUDONYM = "erased:"
"""So the names of those begin who are nobody any more."""
_HASHED = re.compile("[a-z0-9_]+:sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Erased:
    """What was done."""

    pseudonym: str
    """The name of the account that stands in the place of whoever was erased."""
    statements: int
    documents: int
    contents: int
    """Of attachments, which no statement has any more."""
    identities: int
    """Under which rules had counted what they said."""


def keys_of(agent: Json) -> set[str]:
    """Give the keys under which an agent may stand: an address also as its SHA-1, which anybody can work out.

    The SHA-1 is of the address as it is written and in small letters, in which most clients write it first.
    """
    key = agent_key(agent)
    found = {key} if key else set()
    if mbox := agent.get("mbox"):
        for text in (mbox, mbox.lower()):
            found.add(f"mbox_sha1sum:{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}")
    return found


def agents_of(session: Session, identity: Identity) -> list[Json]:
    """Give the agents whom an identity stands for that a rule has made (``gather.subject_of``).

    Where its subject is but a digest, the statements name them that its evidence rests on.
    """
    kind, _, value = identity.subject.partition(":")
    if not _HASHED.fullmatch(identity.subject):
        home, _, name = value.partition("|")
        return [{kind: {"homePage": home, "name": name} if kind == "account" else value}]
    said = select(RawAnswer.body).join(Evidence, Evidence.raw_id == RawAnswer.id)
    raw = session.scalars(said.where(Evidence.identity_id == identity.id))
    ids = {one["id"].lower() for one in raw if "id" in one}
    bodies = map(load, session.scalars(select(StatementRow.body).where(StatementRow.statement_id.in_(ids))))
    keyed = {key: body["actor"] for body in bodies if (key := actor_key(body))}
    return [actor for key, actor in keyed.items() if subject_of(key) == identity.subject]


def erase(
    session: Session,
    agents: Sequence[Json],
    *,
    public_url: str,
    now: datetime,
    tenant: int | None = None,
    person_id: int | None = None,
    asked_by: int | None = None,
) -> Erased:
    """Make these agents, who are one, unrecognisable in one tenant's store or in all.

    ``person_id``: also in what our own recipes said of that person, and no identity is touched that is somebody
    else's by now; ``asked_by`` is the person who asked, for the record. Takes the store's clock: who writes at the
    same time comes before or after.
    """
    take(session)
    keys = set[str]().union(*map(keys_of, agents))
    pseudonym = f"{PSEUDONYM}{new_public_id()}"
    nobody = parts.account(public_url, pseudonym)["account"]
    done, gone = 0, set[tuple[int, str]]()
    for number in _numbers(session, keys, tenant, person_id):
        gone |= _change(session, number, keys, nobody)
        done += 1
    erased = Erased(
        pseudonym,
        done,
        _documents(session, keys, tenant),
        _contents(session, gone),
        _identities(session, keys, tenant, person_id),
    )
    _forget_names(session, keys, tenant)
    if erased.statements or erased.documents or erased.identities:
        audit.note(
            session,
            "xapi.erased",
            actor_id=asked_by,
            now=now,
            organisation_id=tenant or None,
            statements=erased.statements,
            documents=erased.documents,
            attachments=erased.contents,
            identities=erased.identities,
            pseudonym=pseudonym,
        )
    session.flush()
    return erased


def _numbers(session: Session, keys: set[str], tenant: int | None, person_id: int | None) -> list[int]:
    """Find the statements that the keys occur in, or that speak of the person."""
    row, listed = StatementRow, terms_table
    wanted = [terms.agent(key, related=True) for key in sorted(keys)]
    found = exists().where(listed.c.term.in_(wanted), listed.c.statement_id == row.id)
    narrowed = select(row.id).where(or_(found, row.person_id == person_id) if person_id is not None else found)
    if tenant is not None:
        narrowed = narrowed.where(row.tenant == tenant)
    return list(session.scalars(narrowed.order_by(row.id)))


def _change(session: Session, number: int, keys: set[str], nobody: Json) -> set[tuple[int, str]]:
    """Rewrite one statement and what it is found by; return the contents (tenant, SHA-2) that it had."""
    row = session.get_one(StatementRow, number)
    body = load(row.body)
    before = terms.of(body)
    had = {(row.tenant, part.value["sha2"].lower()) for part in parts.attachments(body)}
    is_said_by_them = row.person_id is not None or _speaks(body, keys)
    for part in list(parts.agents(body)):
        if agent_key(part.value) in keys:
            _rename(part.value, nobody)
    for place in _levels(body):
        _strip(place, everything=is_said_by_them)
    after = terms.of(body)
    row.body, row.person_id = dump(body), None
    session.flush()
    session.expunge(row)
    _find_anew(session, row, before, after)
    return had


def _speaks(body: Json, keys: set[str]) -> bool:
    """Say whether they are the actor, or of the actor's group, here or in the statement inside."""
    for place in _levels(body):
        actor = place["actor"]
        if any(agent_key(agent) in keys for agent in (actor, *actor.get("member", ()))):
            return True
    return False


def _levels(body: Json) -> Iterator[Json]:
    yield body
    if body["object"].get("objectType") == "SubStatement":
        yield body["object"]


def _rename(agent: Json, nobody: Json) -> None:
    """Leave of an agent that it is one, and of a group its members."""
    for name in (*parts.IDENTIFIERS, "name"):
        agent.pop(name, None)
    agent["account"] = dict(nobody)


def _strip(place: Json, *, everything: bool) -> None:
    """Take out signatures, which hold the old words; ``everything``: all that is the actor's own or leads to them."""
    if everything:
        place.pop("attachments", None)
        for member, names in (("result", ("response", "extensions")), ("context", ("registration", "extensions"))):
            for name in names:
                place.get(member, {}).pop(name, None)
    elif "attachments" in place:
        kept = [one for one in place.pop("attachments") if not is_signature(one)]
        if kept:
            place["attachments"] = kept


def _find_anew(session: Session, row: StatementRow, before: set[bytes], after: set[bytes]) -> None:
    """Let the statement, and those that refer to it, be found by its new terms and no longer by the old."""
    gone = before - after
    _drop_terms(session, [row.id], gone)
    insert_missing(session, terms_table, [{"term": term, "statement_id": row.id} for term in sorted(after - before)])
    links: list[Link] = references.referring_to(session, [(row.tenant, row.statement_id)])
    if links and gone:
        _drop_terms(session, [link.row_id for link in links], {terms.via(term) for term in gone})
    references.find_through(session, links)  # they may have the same term by another one in the row


def _drop_terms(session: Session, numbers: Sequence[int], gone: set[bytes]) -> None:
    session.execute(
        delete(terms_table).where(terms_table.c.statement_id.in_(numbers), terms_table.c.term.in_(sorted(gone)))
    )


def _documents(session: Session, keys: set[str], tenant: int | None) -> int:
    """Delete State and profiles of the agents."""
    wanted = delete(Document).where(Document.agent.in_([digest(key) for key in sorted(keys)]))
    if tenant is not None:
        wanted = wanted.where(Document.tenant == tenant)
    return len(session.scalars(wanted.returning(Document.id)).all())


def _contents(session: Session, had: set[tuple[int, str]]) -> int:
    """Delete contents of attachments that no statement of their tenant has any more."""
    deleted = 0
    for tenant, sha2 in sorted(had):
        kept = (
            select(terms_table.c.statement_id)
            .join(StatementRow, StatementRow.id == terms_table.c.statement_id)
            .where(terms_table.c.term == terms.attachment(sha2), StatementRow.tenant == tenant)
        )
        if session.scalar(kept.limit(1)) is None:
            wanted = delete(attachments).where(attachments.c.digest == content_digest(tenant, sha2))
            deleted += len(session.execute(wanted.returning(attachments.c.digest)).all())
    return deleted


def _identities(session: Session, keys: set[str], tenant: int | None, person_id: int | None) -> int:
    """Take names, addresses and raw answers from what rules made of the agents (``campus.erasure`` for one person).

    In the order in which rules lock them.
    """
    keyed = {subject_of(key): key for key in keys}
    stores = select(Organisation) if tenant is None else select(Organisation).where(Organisation.id == tenant)
    sources = [source_of(store) for store in session.scalars(stores)]
    wanted = select(Identity).where(Identity.issuer.in_(sources), Identity.subject.in_(keyed))
    if person_id is not None:
        link = IdentityLink
        others = exists().where(link.identity_id == Identity.id, link.current, link.person_id != person_id)
        wanted = wanted.where(~others)
    found = sorted(session.scalars(wanted), key=lambda one: (one.issuer, keyed[one.subject]))
    for identity in found:
        raw = select(Evidence.raw_id).where(Evidence.identity_id == identity.id, Evidence.raw_id.is_not(None))
        session.execute(delete(RawAnswer).where(RawAnswer.id.in_(session.scalars(raw).all())))
        cleared = update(Identity).where(Identity.id == identity.id)
        session.execute(cleared.values(name=None, email=None, sourced_id=None, subject=f"{PSEUDONYM}{new_public_id()}"))
    return len(found)


def _forget_names(session: Session, keys: set[str], tenant: int | None) -> None:
    """Delete the names that statements gave the agents."""
    owners = [tenant] if tenant is not None else [CAMPUS, *session.scalars(select(Organisation.id))]
    table = descriptions_table
    for owner in owners:
        digests = [descriptions.description_digest(owner, descriptions.AGENT, key) for key in sorted(keys)]
        session.execute(delete(table).where(table.c.digest.in_(digests)))

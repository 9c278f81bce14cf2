"""Taking somebody out of the record store on request (docs/decisions/0014).

Statements are immutable for clients, and others may refer to them; so none is deleted. Whoever is erased becomes a
pseudonym in every place where an agent may stand, and what only they have said goes. How much was changed is noted,
never the key.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from campus import audit
from campus.models.base import new_public_id
from campus.models.organisations import Organisation
from campus.upsert import insert_missing
from xapi import descriptions, parts, references, terms
from xapi.attachments import content_digest
from xapi.clock import take
from xapi.parts import Json, agent_key
from xapi.references import Link
from xapi.signatures import is_signature
from xapi.store import CAMPUS, Document, StatementRow, attachments, digest
from xapi.store import descriptions as descriptions_table
from xapi.store import terms as terms_table
from xapi.strict_json import dump, load

PSEUDONYM = "erased:"
"""So the names of those begin who are nobody any more."""


@dataclass(frozen=True)
class Erased:
    """What was done."""

    pseudonym: str
    """The name of the account that stands in the place of whoever was erased."""
    statements: int
    documents: int
    contents: int
    """Of attachments, which no statement has any more."""


def keys_of(agent: Json) -> set[str]:
    """Give the keys under which an agent may stand: an address also as its SHA-1, which anybody can work out."""
    key = agent_key(agent)
    found = {key} if key else set()
    if mbox := agent.get("mbox"):
        found.add(f"mbox_sha1sum:{hashlib.sha1(mbox.encode(), usedforsecurity=False).hexdigest()}")
    return found


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

    ``person_id``: also in what our own recipes said of that person; ``asked_by`` is the person who asked, for the
    record. Takes the store's clock: who writes at the same time comes before or after.
    """
    take(session)
    keys = set[str]().union(*map(keys_of, agents))
    pseudonym = f"{PSEUDONYM}{new_public_id()}"
    nobody = parts.account(public_url, pseudonym)["account"]
    done, gone = 0, set[tuple[int, str]]()
    for number in _numbers(session, keys, tenant, person_id):
        gone |= _change(session, number, keys, nobody)
        done += 1
    erased = Erased(pseudonym, done, _documents(session, keys, tenant), _contents(session, gone))
    _forget_names(session, keys, tenant)
    if erased.statements or erased.documents:
        audit.note(
            session,
            "xapi.erased",
            actor_id=asked_by,
            now=now,
            organisation_id=tenant or None,
            statements=erased.statements,
            documents=erased.documents,
            attachments=erased.contents,
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


def _forget_names(session: Session, keys: set[str], tenant: int | None) -> None:
    """Delete the names that statements gave the agents."""
    owners = [tenant] if tenant is not None else [CAMPUS, *session.scalars(select(Organisation.id))]
    table = descriptions_table
    for owner in owners:
        digests = [descriptions.description_digest(owner, descriptions.AGENT, key) for key in sorted(keys)]
        session.execute(delete(table).where(table.c.digest.in_(digests)))

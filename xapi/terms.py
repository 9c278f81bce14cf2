"""What a statement can be found by. Each filter of a query is one term (``xapi.store.terms``)."""

import hashlib
from collections.abc import Iterator

from xapi import parts
from xapi.parts import Json
from xapi.store import DIGEST_BYTES, digest


def agent(key: str, *, related: bool = False) -> bytes:
    """Find by the actor or object (``parts.agent_key``); related: by any agent in the statement."""
    return digest("related agent" if related else "agent", key)


def activity(iri: str, *, related: bool = False) -> bytes:
    """Find by the object; related: by any activity in the statement."""
    return digest("related activity" if related else "activity", iri)


def verb(iri: str) -> bytes:
    """Find by the verb."""
    return digest("verb", iri)


def registration(uuid: str) -> bytes:
    """Find by the registration, in any case of letters."""
    return digest("registration", uuid.lower())


def authority(key: str) -> bytes:
    """Find by who vouches for it (``parts.agent_key``)."""
    return digest("authority", key)


def attachment(sha2: str) -> bytes:
    """Find by the content of an attachment."""
    return digest("attachment", sha2.lower())


def via(term: bytes) -> bytes:
    """Find by a term of the statement that this one refers to.

    A statement about a statement is an answer to every question that the other answers (1.0.3, communication, 2.1.3,
    "filter conditions for StatementRefs").
    """
    return hashlib.blake2b(b"via" + term, digest_size=DIGEST_BYTES).digest()


def of(statement: Json) -> set[bytes]:
    """Return all terms of a statement as it is stored."""
    found = {verb(statement["verb"]["id"]), *_of_agents(statement)}
    for part in parts.activities(statement):
        iri = part.value["id"]
        found.add(activity(iri, related=True))
        if part.direct:
            found.add(activity(iri))
    if uuid := statement.get("context", {}).get("registration"):
        found.add(registration(uuid))
    found.update(attachment(part.value["sha2"]) for part in parts.attachments(statement))
    return found


def _of_agents(statement: Json) -> Iterator[bytes]:
    for part in parts.agents(statement):
        key = parts.agent_key(part.value)
        if key is None:
            continue
        yield agent(key, related=True)
        if part.direct:
            yield agent(key)
    if "authority" in statement:
        yield authority(authority_key(statement["authority"]))


def authority_key(agent_or_pair: Json) -> str:
    """Name who vouches: an agent, or the pair of application and person that OAuth makes (1.0.3, data, 2.4.9)."""
    key = parts.agent_key(agent_or_pair)
    return key or "|".join(str(parts.agent_key(member)) for member in agent_or_pair["member"])

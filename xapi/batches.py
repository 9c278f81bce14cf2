"""What is handed to the store: statements made ready for it, outside of any transaction.

What needs no database – ids, terms, JSON – is done here; what is left under the store's clock, where writers take
turns, is short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

from xapi import descriptions, terms
from xapi.descriptions import Said
from xapi.errors import BadRequestError, TooManyTermsError
from xapi.parts import Json
from xapi.strict_json import dump
from xapi.vocabulary import Verb

MOST_TERMS = 500
"""Of one statement (``xapi.terms``)."""


class Origin(StrEnum):
    """Where a statement comes from."""

    CLIENT = "client"
    LAUNCH = "launch"
    """Content in a learner's browser, with a launch's token: the learner could have written it."""
    RECIPE = "recipe"
    """Our own words about evidence we have: they never become evidence again (law 6)."""


@dataclass(frozen=True)
class Sender:
    """Who hands statements in, and whose they will be."""

    origin: Origin
    authority: Mapping[str, Any]
    """An agent that vouches for them; the store writes it into each."""
    tenant: int
    person_id: int | None = None
    """Whom they speak of, where our own recipe knows."""


class Prepared(NamedTuple):
    """A statement ready to be stored; only when is missing."""

    statement_id: str
    """In lower case."""
    statement: Json
    opened: str
    """The body without its last brace: ``stored`` comes last."""
    dated: bool
    """It has a timestamp of its own."""
    terms: frozenset[bytes]
    said: tuple[Said, ...]
    verb: bytes
    activity: bytes | None
    refers_to: str | None
    voiding: bool


@dataclass(frozen=True)
class Batch:
    """What one request hands in: it is stored whole or not at all."""

    sender: Sender
    prepared: Sequence[Prepared]
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Of attachments, by SHA-2."""

    @property
    def ids(self) -> list[str]:
        """The statements' ids as they were given, in order."""
        return [one.statement["id"] for one in self.prepared]


def prepare(
    given: Sequence[Json], sender: Sender, *, version: str, contents: Mapping[str, bytes] | None = None
) -> Batch:
    """Make statements that ``statements.check`` let through ready to be stored.

    ``version`` is written into statements that name none. Raises BadRequestError if two have one id.
    """
    prepared = [_prepared(statement, sender, version) for statement in given]
    if len({one.statement_id for one in prepared}) != len(prepared):
        raise BadRequestError("two statements of the batch have one id")
    return Batch(sender, prepared, contents or {})


def _prepared(given: Json, sender: Sender, version: str) -> Prepared:
    statement: Json = given if "id" in given else {"id": str(uuid4())} | given
    body = statement | {"authority": dict(sender.authority)}
    body.setdefault("version", version)
    body.pop("stored", None)
    target = statement["object"]
    refers_to = target["id"].lower() if target.get("objectType") == "StatementRef" else None
    verb = statement["verb"]["id"]
    is_activity = target.get("objectType", "Activity") == "Activity"
    found_by = frozenset(terms.of(body))
    if len(found_by) > MOST_TERMS:
        raise TooManyTermsError(f"a statement speaks of at most {MOST_TERMS} agents, activities and contents")
    return Prepared(
        statement["id"].lower(),
        statement,
        dump(body)[:-1],
        "timestamp" in statement,
        found_by,
        tuple(descriptions.said_by(statement)),
        descriptions.description_digest(sender.tenant, descriptions.VERB, verb),
        descriptions.description_digest(sender.tenant, descriptions.ACTIVITY, target["id"]) if is_activity else None,
        refers_to,
        verb == Verb.VOIDED,
    )

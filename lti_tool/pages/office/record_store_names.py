"""What things in statements are called: an agent, a verb, an activity, for somebody who reads in one language.

What a statement says itself counts first, then what others said of the same thing, then what we know of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import request
from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from campus.models.people import Person
from lti_tool.pages.office.record_store_verbs import NAMES
from xapi import descriptions, parts
from xapi.batches import Origin
from xapi.descriptions import ACTIVITY, AGENT, VERB, description_digest
from xapi.parts import Json
from xapi.statements import is_uuid
from xapi.store import StatementRow

LONGEST = 200
"""Characters of a name that stand in a line."""
MOST_MEMBERS = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_FALLBACK_LANGUAGES = ("en", "und")
_LAST_STEP = re.compile(r"[^/#:]+(?=[/#:]*$)")


class Of(NamedTuple):
    """A statement and whose it is."""

    tenant: int
    statement: Json


@dataclass(frozen=True)
class Names:
    """What is known about the things of some statements."""

    known: Mapping[bytes, Any]
    """Descriptions by their digests."""
    people: Mapping[str, str]
    """Names of our own people by public id, of those whom the reader may know."""
    public_url: str
    language: str

    def agent(self, tenant: int, agent: Json) -> str:
        """Name an agent or group."""
        name = self._agent_name(tenant, agent)
        if agent.get("objectType") != "Group":
            return name
        members = [self._agent_name(tenant, member) for member in agent.get("member", ())[:MOST_MEMBERS]]
        if members and parts.agent_key(agent) is None and not agent.get("name"):
            return short(_("group of %(members)s", members=", ".join(members)))
        return short(_("%(name)s (group)", name=name))

    def _agent_name(self, tenant: int, agent: Json) -> str:
        key = parts.agent_key(agent)
        if key is None:
            return short(agent.get("name", ""))
        said = self.known.get(description_digest(tenant, AGENT, key))
        return short(agent.get("name") or (said[-1] if said else "") or self._own(agent) or address(agent))

    def _own(self, agent: Json) -> str:
        return self.people.get(parts.own_name(agent, self.public_url) or "", "")

    def verb(self, tenant: int, verb: Json) -> str:
        """Name a verb as a predicate, such as "hat abgeschlossen"."""
        iri = verb["id"]
        ours = NAMES.get(iri) or NAMES.get(iri.removeprefix(self.public_url), {})
        said = self.known.get(description_digest(tenant, VERB, iri), {})
        return short(self._best(verb.get("display", {}), said, ours) or last_step(iri))

    def activity(self, tenant: int, activity: Json) -> str:
        """Name an activity; one without a name by its address."""
        said = self.known.get(description_digest(tenant, ACTIVITY, activity["id"]), {})
        maps = (activity.get("definition", {}).get("name", {}), said.get("name", {}))
        return short(self._best(*maps) or activity["id"])

    def _best(self, *maps: Mapping[str, str]) -> str:
        """Return the first text in the reader's language, else in English, else any."""
        for language in (self.language, *_FALLBACK_LANGUAGES):
            for texts in maps:
                for tag, text in texts.items():
                    if tag.lower().partition("-")[0] == language and text.strip():
                        return text
        return next((text for texts in maps for text in texts.values() if text.strip()), "")


def names_for(session: Session, statements: Iterable[Of], *, public_url: str, language: str) -> Names:
    """Look up what is known about the agents, verbs and activities of some statements."""
    digests: set[bytes] = set()
    own: set[str] = set()
    tenants: set[int] = set()
    for tenant, statement in statements:
        tenants.add(tenant)
        digests.update(description_digest(tenant, kind, name) for kind, name in _named_in(statement))
        found = (parts.own_name(part.value, public_url) for part in parts.agents(statement))
        own.update(name for name in found if name and is_uuid(name))
    people = _people(session, own, tenants) if own else {}
    return Names(descriptions.known(session, digests), people, public_url, language)


def _people(session: Session, own: set[str], tenants: set[int]) -> dict[str, str]:
    """Give names by public id: the office knows everybody, a provider those who have learnt with it.

    That they have, our own recipes say. What a provider's client says doesn't count: it could name anybody's id and
    read here who that is.
    """
    wanted = select(Person.public_id, Person.name).where(Person.public_id.in_(own))
    if "provider" in (request.view_args or {}):
        row = StatementRow
        learnt = exists().where(row.person_id == Person.id, row.tenant.in_(tenants), row.origin == Origin.RECIPE)
        wanted = wanted.where(learnt)
    return {public_id: name for public_id, name in session.execute(wanted) if name}


def _named_in(statement: Json) -> Iterator[tuple[str, str]]:
    for verb in parts.verbs(statement):
        yield VERB, verb["id"]
    for part in parts.agents(statement):
        if key := parts.agent_key(part.value):
            yield AGENT, key
    target = statement["object"]
    for thing in (target, target.get("object", {})):
        if thing.get("objectType", "Activity") == "Activity" and "id" in thing:
            yield ACTIVITY, thing["id"]


def address(agent: Json) -> str:
    """Write an agent's identifier as people do."""
    if "account" in agent:
        return f"{agent['account']['name']} ({agent['account']['homePage']})"
    return str(agent.get("mbox") or agent.get("openid") or agent.get("mbox_sha1sum", "")).removeprefix("mailto:")


def last_step(iri: str) -> str:
    """Return the last step of an address, which often is a word."""
    found = _LAST_STEP.search(iri)
    return found[0].rstrip("/#:") if found else iri


def clean(text: str) -> str:
    """Take control characters out: pages and files can't hold them."""
    return _CONTROL.sub(" ", text).strip()


def short(text: str, longest: int = LONGEST) -> str:
    """Return a text as it fits into a line."""
    text = clean(text[: 2 * longest])
    return text if len(text) <= longest else f"{text[:longest]}…"

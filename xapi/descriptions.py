"""What statements say about activities, verbs and agents, put together: the store's canonical definitions.

Who says something later is right: a later name replaces the earlier one of the same language. Agents collect names.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from campus.bulk import insert_rows
from campus.sets import has_arrays, one_of
from xapi import parts
from xapi.parts import Json
from xapi.store import descriptions, digest
from xapi.strict_json import dump, load

ACTIVITY, VERB, AGENT = "activity", "verb", "agent"
NO_NUL = "\N{REPLACEMENT CHARACTER}"
"""An account's name may hold a NUL character, a column of PostgreSQL may not."""
MOST_NAMES = 20
"""Of one agent; the newest are kept."""
_LANGUAGE_MAPS = ("name", "description", "extensions")
"""Members of a definition of which each entry counts by itself."""


class Said(NamedTuple):
    """What one statement says about one thing: a definition, a display, or a list of names."""

    kind: str
    name: str
    body: Any


def description_digest(tenant: int, kind: str, name: str) -> bytes:
    """Name a description in the table."""
    return digest(str(tenant), kind, name)


def said_by(statement: Json) -> Iterator[Said]:
    """Give all that a statement says about its activities, verbs and agents."""
    for part in parts.activities(statement):
        if definition := part.value.get("definition"):
            yield Said(ACTIVITY, part.value["id"], definition)
    for verb in parts.verbs(statement):
        if display := verb.get("display"):
            yield Said(VERB, verb["id"], display)
    for part in parts.agents(statement):
        name, key = part.value.get("name"), parts.agent_key(part.value)
        if name and key:
            yield Said(AGENT, key, [name])


def learn(session: Session, heard: Iterable[tuple[int, Said]]) -> None:
    """Put what was said (tenant, what) into the store. The caller holds the store's clock.

    Rows are written in the order of their digests, so that whoever else changes them can't deadlock with us.
    """
    news: dict[bytes, list[tuple[int, Said]]] = {}
    for tenant, said in heard:
        news.setdefault(description_digest(tenant, said.kind, said.name), []).append((tenant, said))
    if not news:
        return
    last = {key: digest(dump(said[-1][1].body)) for key, said in news.items()}
    known = {
        row.digest: row.said
        for row in session.connection().execute(_rows(arrays=has_arrays(session), whole=False), {"keys": list(news)})
    }
    changed = sorted(key for key in news if known.get(key) != last[key])
    bodies = _bodies(session, [key for key in changed if key in known])
    added, updated = [], []
    for key in changed:
        tenant, said = news[key][0]
        body = bodies.get(key)
        for _, one in news[key]:
            body = _merged(one.kind, body, one.body)
        if key in known:
            updated.append({"key": key, "new_body": dump(body), "new_said": last[key]})
        else:
            added.append((key, tenant, said.kind, said.name.replace("\0", NO_NUL), dump(body), last[key]))
    if added:
        insert_rows(session, descriptions, ("digest", "tenant", "kind", "name", "body", "said"), added)
    if updated:
        changing = update(descriptions).where(descriptions.c.digest == bindparam("key"))
        session.connection().execute(changing.values(body=bindparam("new_body"), said=bindparam("new_said")), updated)


def known(session: Session, keys: Iterable[bytes]) -> dict[bytes, Any]:
    """Give by digest what the store knows of things (:func:`description_digest`)."""
    return _bodies(session, sorted(set(keys)))


def _bodies(session: Session, keys: list[bytes]) -> dict[bytes, Any]:
    if not keys:
        return {}
    rows = session.connection().execute(_rows(arrays=has_arrays(session), whole=True), {"keys": keys})
    return {row.digest: load(row.body) for row in rows}


@cache
def _rows(*, arrays: bool, whole: bool) -> Select[bytes, Any]:
    """Ask for the bodies of the rows of these keys, or for what was said last."""
    column = descriptions.c.body if whole else descriptions.c.said
    return select(descriptions.c.digest, column).where(one_of(descriptions.c.digest, "keys", arrays=arrays))


def _merged(kind: str, old: Any, new: Any) -> Any:
    if old is None:
        return new
    if kind == AGENT:
        return [*(name for name in old if name not in new), *new][-MOST_NAMES:]
    made = old | new
    if kind == ACTIVITY:
        made |= {name: old[name] | new[name] for name in _LANGUAGE_MAPS if name in old and name in new}
    return made

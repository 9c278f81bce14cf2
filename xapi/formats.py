"""The forms in which statements are given back: exact, ids, canonical (1.0.3, communication, 2.1.3)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from xapi import descriptions, parts
from xapi.descriptions import ACTIVITY, VERB, description_digest
from xapi.parts import IDENTIFIERS, Json
from xapi.query import Form, Row
from xapi.strict_json import dump, load

Localised = Callable[[dict[str, str]], dict[str, str]]


def write(session: Session, rows: Sequence[Row], form: Form, languages: str | None) -> list[str]:
    """Give the statements as JSON texts. ``languages`` is the request's Accept-Language, for the canonical form."""
    if form is Form.EXACT:
        return [row.body for row in rows]
    bodies = [load(row.body) for row in rows]
    if form is Form.IDS:
        for body in bodies:
            _only_ids(body)
    else:
        _canonical(session, [(row.tenant, body) for row, body in zip(rows, bodies, strict=True)], languages)
    return [dump(body) for body in bodies]


def _only_ids(body: Json) -> None:
    """Leave what tells agents, groups, activities and verbs apart; an anonymous group is told by its members."""
    for part in parts.activities(body):
        part.value.pop("definition", None)
        part.value.pop("objectType", None)  # what says nothing is an activity
    for verb in parts.verbs(body):
        verb.pop("display", None)
    for part in list(parts.agents(body)):
        kept = {"objectType", *IDENTIFIERS}
        if parts.agent_key(part.value) is None:
            kept.add("member")
        for name in part.value.keys() - kept:
            del part.value[name]


def _canonical(session: Session, found: Sequence[tuple[int, Json]], languages: str | None) -> None:
    """Put in what the store knows of activities and verbs, in one language each; agents stay as they were."""
    described = [thing for tenant, body in found for thing in _described(tenant, body)]
    known = descriptions.known(session, {key for key, _, _ in described})
    localise = _localiser(languages)
    bodies: dict[bytes, Json] = {}
    for key, member, value in described:
        if key not in bodies and (body := known.get(key, value.get(member))) is not None:
            bodies[key] = localise(body) if member == "display" else localised_definition(body, localise)
        if key in bodies:
            value[member] = bodies[key]


def _described(tenant: int, body: Json) -> Iterator[tuple[bytes, str, Json]]:
    """Give digest, member and object of what has a canonical description."""
    for part in parts.activities(body):
        yield description_digest(tenant, ACTIVITY, part.value["id"]), "definition", part.value
    for verb in parts.verbs(body):
        yield description_digest(tenant, VERB, verb["id"]), "display", verb


def localised_definition(definition: Json, localise: Localised) -> Json:
    """Return an activity's definition with each text in one language."""
    made: dict[str, Any] = dict(definition)
    for name in ("name", "description"):
        if name in made:
            made[name] = localise(made[name])
    for name in parts.COMPONENTS:
        if name in made:
            made[name] = [
                component | {"description": localise(component["description"])}
                if "description" in component
                else component
                for component in made[name]
            ]
    return made


def _localiser(languages: str | None) -> Localised:
    """Return what chooses a map's one language: the best of Accept-Language (RFC 9110, 12.5.4), else its first."""
    accepted = parse_accept_header(languages, LanguageAccept)
    chosen: dict[tuple[str, ...], str | None] = {}

    def localise(texts: dict[str, str]) -> dict[str, str]:
        tags = tuple(texts)
        if tags not in chosen:
            chosen[tags] = accepted.best_match(tags) or next(iter(tags), None)
        tag = chosen[tags]
        return {} if tag is None else {tag: texts[tag]}

    return localise

"""A statement as a line that people read, and as JSON that they can look at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool import filters
from lti_tool.pages.office.record_store_names import Names, Of, names_for, short
from xapi.parts import Json
from xapi.query import Row
from xapi.statements import instant
from xapi.strict_json import load
from xapi.vocabulary import FULL_PERCENT, Verb

MOST_SHOWN = 200_000
"""Characters of JSON on a page; exports have the rest."""
GREATEST_NUMBER = 1e15


@dataclass(frozen=True)
class Line:
    """Who did what, with which result."""

    tenant: int
    id: str
    actor: str
    verb: str
    thing: str
    results: tuple[str, ...]
    refers_to: str | None
    """The id of the statement that this one speaks of."""
    stored: datetime | None
    happened: datetime | None
    voided: bool
    json: str
    is_cut: bool


def lines(session: Session, rows: Sequence[Row], *, public_url: str, language: str) -> list[Line]:
    """Make statements readable, in their order."""
    statements = [Of(row.tenant, load(row.body)) for row in rows]
    names = names_for(session, statements, public_url=public_url, language=language)
    return [_line(row, said.statement, names) for row, said in zip(rows, statements, strict=True)]


def _line(row: Row, statement: Json, names: Names) -> Line:
    target = statement["object"]
    pretty = json.dumps(statement, ensure_ascii=False, indent=2)
    return Line(
        tenant=row.tenant,
        id=statement["id"],
        actor=names.agent(row.tenant, statement["actor"]),
        verb=names.verb(row.tenant, statement["verb"]),
        thing=thing(names, row.tenant, target),
        results=tuple(_results(statement)),
        refers_to=target["id"] if target.get("objectType") == "StatementRef" else None,
        stored=instant(statement["stored"]),
        happened=instant(statement["timestamp"]),
        voided=row.voided,
        json=pretty[:MOST_SHOWN],
        is_cut=len(pretty) > MOST_SHOWN,
    )


def thing(names: Names, tenant: int, target: Json) -> str:
    """Name what a statement is about."""
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return names.activity(tenant, target)
    if kind == "StatementRef":
        return _("statement %(id)s", id=target["id"])
    if kind == "SubStatement":
        actor, verb = names.agent(tenant, target["actor"]), names.verb(tenant, target["verb"])
        about = thing(names, tenant, target["object"])
        return short(_("“%(actor)s %(verb)s: %(thing)s”", actor=actor, verb=verb, thing=about))
    return names.agent(tenant, target)


def _results(statement: Json) -> list[str]:
    """Say what came of it, where the verb doesn't say it already."""
    result = statement.get("result", {})
    found = [score] if (score := _score(result.get("score", {}))) else []
    if "success" in result and statement["verb"]["id"] not in {Verb.PASSED, Verb.FAILED}:
        found.append(_("successful") if result["success"] else _("not successful"))
    return found


def _score(score: Json) -> str:
    if "scaled" in score:
        return filters.percent(score["scaled"] * FULL_PERCENT)
    if "raw" in score and "max" in score:
        return _("%(raw)s of %(max)s points", raw=_number(score["raw"]), max=_number(score["max"]))
    return _("%(raw)s points", raw=_number(score["raw"])) if "raw" in score else ""


def _number(value: float) -> str:
    """Write a number in the reader's language; one that no score has in earnest, in any form that is short."""
    return filters.number(value) if abs(value) < GREATEST_NUMBER else f"{value:g}"

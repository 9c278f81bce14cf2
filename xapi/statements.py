"""What a valid statement is, how the store writes it, and when two are the same one.

The schema says most of it (``statement.schema.json``); the rest, which a schema can't say, is code here. A refusal
names the place as a JSON pointer and the requirement (``requirements.py``), never the value.
"""

import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jsonschema_rs import Draft202012Validator

from xapi import parts, requirements
from xapi.errors import InvalidStatementError
from xapi.parts import Json
from xapi.strict_json import parse
from xapi.vocabulary import Edition, Verb

_SCHEMA = parse((files("xapi") / "statement.schema.json").read_bytes())


class _Part:
    """A definition of the schema, as an edition has it."""

    def __init__(self, name: str, edition: Edition = Edition.V2) -> None:
        definitions = _SCHEMA["$defs"] | _SCHEMA["editions"].get(edition, {})
        self.schema = {"$ref": f"#/$defs/{name}", "$defs": definitions}
        self.validator = Draft202012Validator(self.schema)
        self.holds = self.validator.is_valid

    def check(self, value: Any, pointer: str) -> None:
        """Raise InvalidStatementError for the deepest place that doesn't hold: it explains those around it."""
        if not self.holds(value):
            error = max(self.validator.iter_errors(value), key=lambda found: len(found.instance_path))
            rule = requirements.broken(error, self.schema)
            raise InvalidStatementError(pointer + _pointer(error.instance_path), rule)


def _pointer(path: Any) -> str:
    """Write a path as a JSON pointer (RFC 6901, section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


_STATEMENT = {edition: _Part("statement", edition) for edition in Edition}
_TIMESTAMP = _Part("timestamp", Edition.V1)
_ACTOR = _Part("actor")
_IRI = _Part("iri")
_UUID = _Part("uuid")
_VERSION = {Edition.V1: "1.0.0", Edition.V2: "2.0.0"}
"""What a statement is of that doesn't say it (1.0.3, data, 2.4.10; 2.0, 4.2.4.3)."""
_IN_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_FRACTION = re.compile(r"[.,]([0-9]+)")
_BEYOND_HUNDREDTHS = re.compile(r"([.,][0-9]{2})[0-9]+(?=S)")
"""What of a duration's seconds isn't compared (1.0.3, data, 4.6; 2.0, 4.2.7)."""


def check(value: Any, pointer: str = "", *, edition: Edition = Edition.V2) -> Json:
    """Return ``value``, if it is a valid statement, as the store writes it; ``pointer`` says where it stands.

    ``value`` itself stays as it is. Raises InvalidStatementError.
    """
    _STATEMENT[edition].check(value, pointer)
    _check_own_rules(value, pointer)
    return _normalised(value, edition)


def check_agent(value: Any, pointer: str = "") -> Json:
    """Return ``value`` if it is a valid agent or group, as a filter takes it."""
    _ACTOR.check(value, pointer)
    agent: Json = value
    return agent


def agent_of_text(text: str, home: str | None = None) -> Json | None:
    """Return the agent whom people mean by an address, its SHA-1, an OpenID, or an account; None for a mere name.

    An account is written as homePage|name, or as its name with ``home`` told. Raises InvalidStatementError.
    """
    page, bar, name = text.partition("|")
    if home is not None:
        return check_agent({"account": {"homePage": home, "name": text}})
    if bar and is_iri(page):
        return check_agent({"account": {"homePage": page, "name": name}})
    if _SHA1.fullmatch(text):
        return check_agent({"mbox_sha1sum": text})
    if "@" in text and "://" not in text and " " not in text:
        return check_agent({"mbox": "mailto:" + text.removeprefix("mailto:")})
    return check_agent({"openid": text}) if is_iri(text) else None


def is_iri(text: str) -> bool:
    """Say whether the text is an absolute IRI, as far as this store asks."""
    return _IRI.holds(text)


def is_uuid(text: str) -> bool:
    """Say whether the text is a UUID in its usual form."""
    return _UUID.holds(text)


def instant(text: str) -> datetime | None:
    """Read a timestamp of either edition as an aware time in UTC; None if it is none.

    Edition 2.0 knows RFC 3339; 1.0.3, which has all of that, knows combined dates and times of ISO 8601, but no weeks
    and days of a year, and what has no zone is in UTC. No leap seconds.
    """
    return _instant(text) if _TIMESTAMP.holds(text) else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.upper())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # a 30th of February, the year 0, the first day of the year 1 in the east
        return None


def _check_own_rules(statement: Json, pointer: str) -> None:
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    for name in ("timestamp", "stored"):
        if name in statement and _instant(statement[name]) is None:
            raise _broken("XAPI-00123", f"{pointer}/{name}")
    if kind != "StatementRef" and statement["verb"]["id"] == Verb.VOIDED:
        raise _broken("XAPI-00017", f"{pointer}/object")
    if context := statement.get("context"):
        _check_context(context, kind, f"{pointer}/context")
    if score := statement.get("result", {}).get("score"):
        _check_score(score, f"{pointer}/result/score")
    if kind == "Activity":
        _check_components(target, f"{pointer}/object")
    elif kind == "SubStatement":
        _check_own_rules(target, f"{pointer}/object")


def _broken(requirement: str, pointer: str) -> InvalidStatementError:
    return InvalidStatementError(pointer, requirements.rule(requirement))


def _check_context(context: Json, kind: str, pointer: str) -> None:
    if kind != "Activity":
        for name, requirement in (("revision", "XAPI-00084"), ("platform", "XAPI-00085")):
            if name in context:
                raise _broken(requirement, f"{pointer}/{name}")
    for relation, found in context.get("contextActivities", {}).items():
        for index, activity in enumerate([found] if isinstance(found, dict) else found):
            _check_components(activity, f"{pointer}/contextActivities/{relation}/{index}")


def _check_components(activity: Json, pointer: str) -> None:
    definition = activity.get("definition")
    if not definition or "interactionType" not in definition:
        return
    for name in parts.COMPONENTS:
        ids = [component["id"] for component in definition.get(name, ())]
        if len(set(ids)) != len(ids):
            raise _broken("components", f"{pointer}/definition/{name}")


def _check_score(score: Json, pointer: str) -> None:
    low, raw, high = (score.get(name) for name in ("min", "raw", "max"))
    if low is not None and high is not None and low >= high:
        raise _broken("XAPI-00081", f"{pointer}/min")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise _broken("XAPI-00082", f"{pointer}/raw")


def _normalised(statement: Json, edition: Edition) -> Json:
    """Write a valid statement as the store keeps it; the given one stays as it is.

    It says its version, times are in UTC as RFC 3339 writes them with all digits they had (1.0.3, data, 4.5; 2.0,
    4.2.7), and contextActivities are lists (1.0.3, data, 2.4.6.2; 2.0, 4.2.2.5).
    """
    written = _written(statement)
    return written if "version" in written else written | {"version": _VERSION[edition]}


def _written(statement: Json) -> Json:
    changes: Json = {}
    timestamp = statement.get("timestamp")
    if timestamp is not None and not _IN_UTC.fullmatch(timestamp):
        changes["timestamp"] = _in_utc(timestamp)
    context = statement.get("context")
    if context and "contextActivities" in context:
        relations = context["contextActivities"]
        if any(isinstance(value, dict) for value in relations.values()):
            lists = {name: [value] if isinstance(value, dict) else value for name, value in relations.items()}
            changes["context"] = context | {"contextActivities": lists}
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        changes["object"] = _written(target)
    return statement | changes if changes else statement


def _in_utc(timestamp: str) -> str:
    moment = datetime.fromisoformat(timestamp.upper())
    if moment.tzinfo:
        moment = moment.astimezone(UTC)
    fraction = _FRACTION.search(timestamp)
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}{'.' + fraction[1] if fraction else ''}Z"


def same(old: Json, new: Json) -> bool:
    """Say whether ``new`` is the statement ``old``, which the store keeps, once more.

    Leaves out what the standard leaves out (1.0.3, data, 2.3.1): what the store sets itself, display texts and
    definitions, the order of group members, upper and lower case where it says nothing, the zone of a time; of a
    duration all beyond hundredths of a second.
    """
    first, second = comparable(old), comparable(new)
    if "timestamp" not in second:  # then the store has set it
        first.pop("timestamp", None)
    return first == second


def comparable(statement: Json) -> Json:
    """Return what makes the statement this one, in one way of writing it."""
    left = {name: value for name, value in statement.items() if name not in {"stored", "authority", "version"}}
    found: Json = _plain(_written(left))
    if "id" in found:
        found["id"] = found["id"].lower()
    if "timestamp" in found:
        found["timestamp"] = _instant(found["timestamp"])
    if "duration" in found.get("result", {}):
        found["result"]["duration"] = _BEYOND_HUNDREDTHS.sub(r"\1", found["result"]["duration"])
    found["verb"].pop("display", None)
    if found["object"].setdefault("objectType", "Activity") == "SubStatement":
        found["object"] = comparable(found["object"])
    _lower(found["object"], "id", only=found["object"]["objectType"] == "StatementRef")
    context = found.get("context", {})
    _lower(context, "registration", "language")
    _lower(context.get("statement", {}), "id")
    for part in parts.attachments(found):
        _lower(part.value, "sha2")
    for part in parts.activities(found):
        part.value.pop("definition", None)
        part.value["objectType"] = "Activity"
    for part in parts.agents(found):
        _simplify_agent(part.value)
    return found


def _lower(holder: Json, *names: str, only: bool = True) -> None:
    for name in names if only else ():
        if name in holder:
            holder[name] = holder[name].lower()


def _simplify_agent(agent: Json) -> None:
    agent.setdefault("objectType", "Agent")
    _lower(agent, "mbox_sha1sum")
    if "mbox" in agent:
        person, at, domain = agent["mbox"].rpartition("@")
        agent["mbox"] = person + at + domain.lower()
    if "member" in agent:
        agent["member"].sort(key=lambda member: (parts.agent_key(member) or "").casefold())


def _plain(value: Any) -> Any:
    """Copy JSON, so that the original stays as it came; true and 1, which Python takes for equal, become different."""
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value

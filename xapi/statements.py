"""What a valid statement is, and when two are the same one.

The schema says most of it (``statement.schema.json``); the rest, which a schema can't say, is code here. A refusal
names the place as a JSON pointer and the rule, never the value.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jsonschema_rs import Draft202012Validator

from xapi import parts
from xapi.errors import InvalidStatementError
from xapi.parts import Json
from xapi.strict_json import parse
from xapi.vocabulary import Edition, Verb

_SCHEMA = parse((files("xapi") / "statement.schema.json").read_bytes())


def _validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": _SCHEMA["$defs"]})


_STATEMENT = _validator("statement")
_ACTOR = _validator("actor")
_IRI = _validator("iri")
_UUID = _validator("uuid")
_TIMESTAMP = _validator("timestamp")


def check(value: Any, pointer: str = "", *, edition: Edition = Edition.V2) -> Json:
    """Return ``value`` if it is a valid statement; ``pointer`` says where it stands in the body.

    Raises InvalidStatementError.
    """
    _check_schema(_STATEMENT, value, pointer)
    statement: Json = value
    _check_own_rules(statement, pointer)
    for part in parts.agents(statement):
        _check_agent(part.value, pointer + part.pointer)
    return statement


def check_agent(value: Any, pointer: str = "") -> Json:
    """Return ``value`` if it is a valid agent or group, as a filter takes it."""
    _check_schema(_ACTOR, value, pointer)
    _check_agent(value, pointer)
    agent: Json = value
    for index, member in enumerate(agent.get("member", ())):
        _check_agent(member, f"{pointer}/member/{index}")
    return agent


def is_iri(text: str) -> bool:
    """Say whether the text is an absolute IRI, as far as this store asks."""
    return _IRI.is_valid(text)


def is_uuid(text: str) -> bool:
    """Say whether the text is a UUID in its usual form."""
    return _UUID.is_valid(text)


def instant(text: str) -> datetime | None:
    """Read a timestamp (RFC 3339 with a zone) as an aware time in UTC; None if it is none."""
    if not _TIMESTAMP.is_valid(text) or text.endswith(("-00", "-00:00", "-0000")):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # a 30th of February, the year 0, the first day of the year 1 in the east
        return None


def _check_schema(validator: Draft202012Validator, value: Any, pointer: str) -> None:
    if validator.is_valid(value):
        return
    # The deepest place says most: an error inside explains those of the alternatives around it.
    error = max(validator.iter_errors(value), key=lambda found: len(found.instance_path))
    raise InvalidStatementError(pointer + _pointer(error.instance_path), str(error.schema_path[-1]))


def _pointer(path: Any) -> str:
    """Write a path as a JSON pointer (RFC 6901, section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _check_agent(agent: Json, pointer: str) -> None:
    identifiers = sum(name in agent for name in parts.IDENTIFIERS)
    if agent.get("objectType") == "Group" and identifiers == 0:
        if not agent.get("member"):
            raise InvalidStatementError(pointer, "an anonymous group has members")
    elif identifiers != 1:
        raise InvalidStatementError(pointer, "exactly one identifier")


def _check_own_rules(statement: Json, pointer: str) -> None:
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    for where, text in _times(statement):
        if instant(text) is None:
            raise InvalidStatementError(pointer + where, "a time that exists, with its zone")
    if statement["verb"]["id"] == Verb.VOIDED and kind != "StatementRef":
        raise InvalidStatementError(f"{pointer}/object", "what is voided is a StatementRef")
    for name in ("revision", "platform"):
        if name in statement.get("context", {}) and kind != "Activity":
            raise InvalidStatementError(f"{pointer}/context/{name}", "only when the object is an activity")
    _check_score(statement.get("result", {}).get("score", {}), f"{pointer}/result/score")
    if kind == "SubStatement":
        _check_own_rules(target, f"{pointer}/object")


def _times(statement: Json) -> Iterator[tuple[str, str]]:
    for name in ("timestamp", "stored"):
        if name in statement:
            yield f"/{name}", statement[name]


def _check_score(score: Json, pointer: str) -> None:
    low, raw, high = (score.get(name) for name in ("min", "raw", "max"))
    if low is not None and high is not None and low >= high:
        raise InvalidStatementError(f"{pointer}/max", "max is above min")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise InvalidStatementError(f"{pointer}/raw", "raw lies between min and max")


def same(old: Json, new: Json) -> bool:
    """Say whether ``new`` is the statement ``old``, which the store keeps, once more.

    Leaves out what the standard leaves out (1.0.3, data, 2.3.1): what the store sets itself, display texts and
    definitions, the order of group members, case of ids, the zone of a time.
    """
    first, second = comparable(old), comparable(new)
    if "timestamp" not in second:  # then the store has set it
        first.pop("timestamp", None)
    return first == second


def comparable(statement: Json) -> Json:
    """Return what makes the statement this one, in one way of writing it."""
    found = {name: _plain(value) for name, value in statement.items() if name not in {"stored", "authority", "version"}}
    for name in ("id", "registration"):
        holder = found if name == "id" else found.get("context", {})
        if name in holder:
            holder[name] = holder[name].lower()
    if "timestamp" in found:
        found["timestamp"] = instant(found["timestamp"])
    found["verb"].pop("display", None)
    found["object"].setdefault("objectType", "Activity")
    if found["object"]["objectType"] == "SubStatement":
        found["object"] = comparable(found["object"])
    if found["object"]["objectType"] == "StatementRef":
        found["object"]["id"] = found["object"]["id"].lower()
    _simplify_context_activities(found)
    for part in parts.activities(found):
        part.value.pop("definition", None)
        part.value["objectType"] = "Activity"
    for part in parts.agents(found):
        part.value.setdefault("objectType", "Agent")
        if "member" in part.value:
            part.value["member"].sort(key=lambda member: parts.agent_key(member) or "")
    return found


def _simplify_context_activities(statement: Json) -> None:
    """Write an activity that stands alone as a list of one."""
    relations = statement.get("context", {}).get("contextActivities", {})
    for name, value in relations.items():
        relations[name] = [value] if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    """Copy JSON, so that the original stays as it came."""
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value

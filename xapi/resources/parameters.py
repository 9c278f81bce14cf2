"""Parameters that several resources share. Each refusal (BadParameterError) names the parameter."""

from datetime import datetime

from xapi import statements
from xapi.errors import BadJsonError, BadParameterError, InvalidStatementError
from xapi.parts import Json, agent_key
from xapi.protocol import Call
from xapi.strict_json import parse


def text(call: Call, name: str) -> str:
    """Return a parameter that must be there and may not be empty."""
    if not call.parameters.get(name):
        raise BadParameterError(f"the parameter {name} is missing", field=name)
    return call.parameters[name]


def activity(call: Call) -> str:
    """Return the parameter activityId, an IRI."""
    iri = text(call, "activityId")
    if not statements.is_iri(iri):
        raise BadParameterError("activityId is an IRI", field="activityId")
    return iri


def agent(call: Call) -> Json:
    """Return the parameter agent: an agent, or a group that has an identifier."""
    try:
        found = statements.check_agent(parse(text(call, "agent")))
    except (BadJsonError, InvalidStatementError):
        raise BadParameterError("agent is an Agent object in JSON", field="agent") from None
    if agent_key(found) is None:
        raise BadParameterError("an anonymous group is no agent", field="agent")
    return found


def registration(call: Call) -> str | None:
    """Return the parameter registration, a UUID in lower case, if there is one."""
    given = call.parameters.get("registration")
    if given is None:
        return None
    if not statements.is_uuid(given):
        raise BadParameterError("registration is a UUID", field="registration")
    return given.lower()


def since(call: Call) -> datetime | None:
    """Return the parameter since, if there is one."""
    given = call.parameters.get("since")
    if given is None:
        return None
    found = statements.instant(given)
    if found is None:
        raise BadParameterError("since is a timestamp", field="since")
    return found

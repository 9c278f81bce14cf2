"""The Agents and Activities resources: what the store has learnt of things from statements."""

from typing import Any

from flask import Response

from xapi import descriptions, parameters, parts
from xapi.errors import BadParameterError
from xapi.keys import Scope
from xapi.protocol import Call, json_response
from xapi.strict_json import dump


def get_agent(call: Call) -> Response:
    """Answer with a Person: the agent with all names that statements gave it (1.0.3, communication, 2.4)."""
    call.client.require(Scope.STATEMENTS_READ, Scope.PROFILE, Scope.ALL_READ)
    call.only("agent")
    agent = parameters.agent(call.required("agent"), "agent")
    if agent.get("objectType") == "Group":
        raise BadParameterError("a group is no person", field="agent")
    names = list(_known(call, descriptions.AGENT, parts.agent_key(agent) or "") or [])
    if "name" in agent and agent["name"] not in names:
        names.append(agent["name"])
    person = {"objectType": "Person"} | ({"name": names} if names else {})
    return json_response(dump(person | {name: [agent[name]] for name in parts.IDENTIFIERS if name in agent}))


def get_activity(call: Call) -> Response:
    """Answer with the activity and its definition; one never heard of has none (2.0.0, 4.1.6.4)."""
    call.client.require(Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE, Scope.PROFILE, Scope.ALL_READ)
    call.only("activityId")
    iri = parameters.iri(call.required("activityId"), "activityId")
    definition = _known(call, descriptions.ACTIVITY, iri)
    activity = {"objectType": "Activity", "id": iri}
    return json_response(dump(activity | ({"definition": definition} if definition else {})))


def _known(call: Call, kind: str, name: str) -> Any:
    key = descriptions.description_digest(call.client.tenant, kind, name)
    with call.services.database.read() as session:
        return descriptions.known(session, [key]).get(key)

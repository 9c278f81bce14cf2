"""Where agents and activities occur in a statement: for checking them, and for finding statements by them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]
IDENTIFIERS = ("account", "mbox", "mbox_sha1sum", "openid")
"""The four inverse functional identifiers."""
COMPONENTS = ("choices", "scale", "source", "steps", "target")
"""The members of an interaction activity's definition that list components: each has an id and a description."""


class Part(NamedTuple):
    """An agent, group or activity in a statement. ``direct``: it is the actor or the object itself."""

    pointer: str
    value: Json
    direct: bool


def agents(statement: Json) -> Iterator[Part]:
    """Give all agents and groups, the members of groups among them."""
    for part in _actors(statement, "", direct=True):
        yield part
        members = part.value.get("member")
        if members:
            for index, member in enumerate(members):
                yield Part(f"{part.pointer}/member/{index}", member, part.direct)


def _actors(statement: Json, pointer: str, *, direct: bool) -> Iterator[Part]:
    yield Part(f"{pointer}/actor", statement["actor"], direct)
    target = statement["object"]
    kind = target.get("objectType")
    if kind in {"Agent", "Group"}:
        yield Part(f"{pointer}/object", target, direct)
    elif kind == "SubStatement":
        yield from _actors(target, f"{pointer}/object", direct=False)
    if "authority" in statement:
        yield Part(f"{pointer}/authority", statement["authority"], direct=False)
    context = statement.get("context")
    if context:
        for name in ("instructor", "team"):
            if name in context:
                yield Part(f"{pointer}/context/{name}", context[name], direct=False)
        for several, one in (("contextAgents", "agent"), ("contextGroups", "group")):
            for index, entry in enumerate(context.get(several, ())):
                yield Part(f"{pointer}/context/{several}/{index}/{one}", entry[one], direct=False)


def activities(statement: Json, pointer: str = "", *, direct: bool = True) -> Iterator[Part]:
    """Give all activities: the object, those of the context, those of a substatement."""
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        yield Part(f"{pointer}/object", target, direct)
    elif kind == "SubStatement":
        yield from activities(target, f"{pointer}/object", direct=False)
    for relation, found in statement.get("context", {}).get("contextActivities", {}).items():
        where = f"{pointer}/context/contextActivities/{relation}"
        if isinstance(found, dict):  # one alone may stand without a list
            yield Part(where, found, direct=False)
            continue
        for index, activity in enumerate(found):
            yield Part(f"{where}/{index}", activity, direct=False)


def verbs(statement: Json) -> Iterator[Json]:
    """Give the verb, and that of a substatement."""
    yield statement["verb"]
    if statement["object"].get("objectType") == "SubStatement":
        yield statement["object"]["verb"]


def attachments(statement: Json) -> Iterator[Part]:
    """Give the attachments, those of a substatement among them."""
    for index, one in enumerate(statement.get("attachments", ())):
        yield Part(f"/attachments/{index}", one, direct=True)
    if statement["object"].get("objectType") == "SubStatement":
        for index, one in enumerate(statement["object"].get("attachments", ())):
            yield Part(f"/object/attachments/{index}", one, direct=False)


def account(public_url: str, name: str) -> Json:
    """Return an agent of this installation, which alone can tell who it is."""
    return {"objectType": "Agent", "account": {"homePage": public_url, "name": name}}


def own_name(agent: Json, public_url: str) -> str | None:
    """Return the name of an account of this installation: of a person their public id; None for a foreign agent."""
    given = agent.get("account", {})
    name: str | None = given["name"] if given.get("homePage") == public_url else None
    return name


def agent_key(agent: Json) -> str | None:
    """Name an agent or group by its identifier; an anonymous group has none.

    Upper and lower case make no difference in an address: nobody has a mailbox of which they would.
    """
    for name in IDENTIFIERS:
        if name in agent:
            value = agent[name]
            if name == "account":
                return f"account:{value['homePage']}|{value['name']}"
            return f"{name}:{value if name == 'openid' else value.lower()}"
    return None

"""What the standard asks of a statement, by the ids under which ADL's conformance requirements list it.

Where the list has no id, the member's name stands in its place. The schema (``statement.schema.json``) names the ids
at its parts; what code checks names them itself.
"""

from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

TEXTS = {
    "XAPI-00001": "null stands nowhere but in extensions",
    "XAPI-00003": "a statement has an actor: an agent or a group",
    "XAPI-00004": "a statement has a verb",
    "XAPI-00005": "a statement has an object",
    "XAPI-00006": "a value has the type that its member asks for",
    "XAPI-00007": "a text has the format that its member asks for",
    "XAPI-00008": "there are no members but the standard's, in its upper and lower case",
    "XAPI-00009": "the value is one of the standard's, in its upper and lower case",
    "XAPI-00014": "a statement is a JSON object",
    "XAPI-00017": "the object of a voiding statement is a StatementRef",
    "XAPI-00022": "timestamp is a time",
    "XAPI-00023": "stored is a time",
    "XAPI-00024": "an authority is an agent or a group",
    "XAPI-00025": "attachments is a list of objects",
    "XAPI-00029": "an id is a UUID in its usual form",
    "XAPI-00031": "an actor's objectType is Agent or Group; members of a group are agents",
    "XAPI-00033": "an agent's or group's name is a text",
    "XAPI-00034": "an agent has exactly one identifier: account, mbox, mbox_sha1sum or openid",
    "XAPI-00036": "member is a list of agents",
    "XAPI-00037": "a group has exactly one identifier, or none and at least one member",
    "XAPI-00038": "mbox is mailto: and one address",
    "XAPI-00039": "mbox_sha1sum is a SHA-1 in 40 hexadecimal digits",
    "XAPI-00040": "openid is a URI",
    "XAPI-00041": "account is an object of homePage and name",
    "XAPI-00042": "an account has a homePage, an IRL",
    "XAPI-00043": "an account has a name, a text",
    "XAPI-00044": "a verb has an id, an IRI",
    "XAPI-00045": "display is a language map",
    "XAPI-00046": "an object's objectType is Activity, Agent, Group, StatementRef or SubStatement",
    "XAPI-00047": "an activity has an id, an IRI",
    "XAPI-00048": "definition is an object",
    "XAPI-00049": "interactionType is one of the standard's ten",
    "XAPI-00056": "a definition's name is a language map",
    "XAPI-00059": "a definition's description is a language map",
    "XAPI-00060": "a definition's type is an IRI",
    "XAPI-00061": "moreInfo is an IRL",
    "XAPI-00064": "what belongs to an interaction needs an interactionType",
    "XAPI-00066": "a SubStatement is itself like a statement",
    "XAPI-00067": "a SubStatement has no id, stored, version, authority (XAPI-00067 to 00070) and nothing unknown",
    "XAPI-00071": "a SubStatement has no SubStatement",
    "XAPI-00072": "a StatementRef has an id, a UUID",
    "XAPI-00073": "a StatementRef's objectType is StatementRef",
    "XAPI-00074": "success is true or false",
    "XAPI-00075": "completion is true or false",
    "XAPI-00076": "response is a text",
    "XAPI-00077": "duration is one of ISO 8601:2004, 4.4.3.2",
    "XAPI-00079": "score is an object",
    "XAPI-00080": "max is a number",
    "XAPI-00081": "min is a number below max",
    "XAPI-00082": "raw is a number from min to max",
    "XAPI-00083": "scaled is a number from -1 to 1",
    "XAPI-00084": "revision stands only where the object is an activity",
    "XAPI-00085": "platform stands only where the object is an activity",
    "XAPI-00086": "contextActivities is an object",
    "XAPI-00087-1": "registration is a UUID",
    "XAPI-00087-2": "instructor is an agent or a group",
    "XAPI-00088": "team is a group",
    "XAPI-00089": "revision is a text",
    "XAPI-00090": "platform is a text",
    "XAPI-00091": "a context's language is a tag of RFC 5646",
    "XAPI-00092": "a context's statement is a StatementRef",
    "XAPI-00093": "contextActivities knows parent, grouping, category and other",
    "XAPI-00094": "a contextActivity is an activity or a list of them",
    "XAPI-00098": "an authority that is a group is an anonymous one of two members",
    "XAPI-00101": "version is 1.0 or 1.0.x; in edition 2.0 also 2.0 or 2.0.x",
    "XAPI-00102": "an attachment has a length, a whole number of octets",
    "XAPI-00103": "an attachment has a sha2, one of SHA-2's sums in hexadecimal digits",
    "XAPI-00104": "fileUrl is an IRL",
    "XAPI-00105": "an attachment has a contentType, a media type",
    "XAPI-00106": "an attachment has a display, a language map",
    "XAPI-00107": "an attachment has a usageType, an IRI",
    "XAPI-00118": "an extension's name is an IRI",
    "XAPI-00120": "extensions is an object",
    "XAPI-00121": "the names of a language map are tags of RFC 5646",
    "XAPI-00123": "a time is one that exists: of RFC 3339, in edition 1.0.3 of ISO 8601; never with the offset -00:00",
    "components": "the ids of an interaction's components differ (1.0.3, data, 2.4.4.1)",
    "contextAgents": "contextAgents is a list of contextAgent objects, in edition 2.0 (4.2.2)",
    "contextGroups": "contextGroups is a list of contextGroup objects, in edition 2.0 (4.2.2)",
    "relevantTypes": "relevantTypes is a list of at least one IRI (2.0, 4.2.2)",
}
_BY_KEYWORD = {"const": "XAPI-00009", "enum": "XAPI-00009", "pattern": "XAPI-00007"}
"""Where the schema names nothing."""
_UNKNOWN_MEMBER = "XAPI-00008"
_ANYTHING = "XAPI-00006"
_INTO_A_MEMBER = {"properties", "items", "additionalProperties"}


def rule(requirement: str) -> str:
    """Say a requirement: its id in ADL's list, where it has one, and what it asks."""
    text = TEXTS[requirement]
    return f"{requirement} {text}" if requirement.startswith("XAPI-") else text


def broken(error: ValidationError, schema: Any) -> str:
    """Say the requirement that a value breaks, by an error of a validator of ``schema``."""
    if error.instance is None:
        return rule("XAPI-00001")
    *steps, keyword = error.evaluation_path
    named, node = _named(schema, steps)
    by_keyword = node.get("rules", {}).get(keyword)
    if isinstance(error.kind, ValidationErrorKind.Required):  # what is asked of a member is asked of its absence
        named, _ = _named(schema, [*steps, "properties", error.kind.property])
    elif keyword == "additionalProperties":
        named = _UNKNOWN_MEMBER
    return rule(by_keyword or named or _BY_KEYWORD.get(str(keyword), _ANYTHING))


def _named(schema: Any, steps: list[str | int]) -> tuple[str | None, Any]:
    """Follow the steps of an evaluation; return the requirement named last for the value there, and the last part."""
    named, node = None, schema
    for step in steps:
        if step == "$defs":  # so the validator goes on from propertyNames
            return node.get("rules", {}).get("propertyNames"), {}
        if step == "$ref":
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            node = node[int(step)] if isinstance(node, list) else node.get(step, {})
        if step in _INTO_A_MEMBER:
            named = None
        if isinstance(node, dict):
            named = node.get("rule", named)
    return named, node if isinstance(node, dict) else {}

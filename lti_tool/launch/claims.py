"""What a verified token says, read into plain values. Pure: no clock, no database, no web framework.

Required claims are refused when they are missing or misshapen; optional ones are then taken as absent, for
platforms send empty strings, wrong types and variables that they did not replace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import category
from urllib.parse import urlsplit

from lti_tool.launch.errors import ClaimsError, MessageTypeError, NotLtiError
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import ID_LENGTH, URL_LENGTH

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE = LTI + "message_type"
VERSION = LTI + "version"
DEPLOYMENT_ID = LTI + "deployment_id"
TARGET_LINK_URI = LTI + "target_link_uri"
RESOURCE_LINK = LTI + "resource_link"
ROLES = LTI + "roles"
CONTEXT = LTI + "context"
CUSTOM = LTI + "custom"
LAUNCH_PRESENTATION = LTI + "launch_presentation"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"

RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
MAX_ROLES = 100
NAME_LENGTH, EMAIL_LENGTH, TITLE_LENGTH = 200, 320, 500
LOCALE_LENGTH = 35
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
"""Categories of characters without a shape: controls, directions, zero widths, private use."""


@dataclass(frozen=True)
class GradeEndpoint:
    """Where the platform takes scores (AGS 2.0, 3.1): granted scopes, the link's line item, the container."""

    scopes: tuple[str, ...]
    lineitem: str | None
    lineitems: str | None


@dataclass(frozen=True, kw_only=True)
class LaunchClaims:
    """A resource link launch that a platform has vouched for. Only :mod:`lti_tool.launch.verify` makes one.

    ``deployment`` is our row id. ``is_teacher`` is what the platform says of the person in this context.
    ``custom`` holds no variable that the platform left unreplaced.
    """

    platform: Platform
    deployment: int
    subject: str
    is_teacher: bool
    resource_link_id: str
    resource_link_title: str | None
    context_id: str | None
    name: str | None
    email: str | None
    locale: str | None
    return_url: str | None
    grades: GradeEndpoint | None
    custom: Mapping[str, str]


def check_message(body: Mapping[str, Any]) -> None:
    """Refuse what isn't an LTI 1.3 resource link launch (5.3.1, 5.3.2)."""
    if body.get(VERSION) != "1.3.0":
        raise NotLtiError("no LTI message of version 1.3.0")
    if not isinstance(body.get(MESSAGE_TYPE), str):
        raise NotLtiError("no message type")
    if body[MESSAGE_TYPE] != RESOURCE_LINK_REQUEST:
        raise MessageTypeError("this message type is not served")


def required_id(value: Any, name: str) -> str:
    """Return an id of 1 to 255 characters, or raise ClaimsError that names the claim."""
    text = _text(value)
    if not text or len(text) > ID_LENGTH:
        raise ClaimsError(f"{name} is missing or misshapen")
    return text


def roles_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the roles claim: required, a list of strings, may be empty (5.3.7)."""
    roles = body.get(ROLES)
    if not isinstance(roles, list) or len(roles) > MAX_ROLES:
        raise ClaimsError("roles is missing or misshapen")
    if not all(isinstance(role, str) for role in roles):
        raise ClaimsError("roles holds something else than strings")
    return tuple(roles)


def is_teacher(roles: tuple[str, ...]) -> bool:
    """Say whether a role *in the context* is Instructor, one of its sub-roles, or the deprecated short name.

    Institution and system roles say what someone is elsewhere, so they give nothing (A.2).
    """
    return any(
        role in {"Instructor", f"{CONTEXT_ROLE}#Instructor"} or role.startswith(f"{CONTEXT_ROLE}/Instructor#")
        for role in roles
    )


def read(body: Mapping[str, Any], platform: Platform, deployment: int) -> LaunchClaims:
    """Read all claims of a verified body; raises ClaimsError for a required one."""
    link = _object(body.get(RESOURCE_LINK))
    presentation = _object(body.get(LAUNCH_PRESENTATION))
    return LaunchClaims(
        platform=platform,
        deployment=deployment,
        subject=required_id(body.get("sub"), "sub"),
        is_teacher=is_teacher(roles_of(body)),
        resource_link_id=required_id(link.get("id"), "resource_link.id"),
        resource_link_title=_optional(link.get("title"), TITLE_LENGTH),
        context_id=_optional_id(_object(body.get(CONTEXT)).get("id")),
        name=_name(body),
        email=_optional(body.get("email"), EMAIL_LENGTH),
        locale=_optional(presentation.get("locale"), LOCALE_LENGTH),
        return_url=_return_url(presentation.get("return_url"), platform),
        grades=_grades(_object(body.get(AGS_ENDPOINT))),
        custom=_custom(_object(body.get(CUSTOM))),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """Return a string that any database can keep: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def _optional(value: Any, length: int) -> str | None:
    text = (_text(value) or "").strip()
    return text[:length] or None


def _optional_id(value: Any) -> str | None:
    """Return an id or nothing: half an id would be somebody else's."""
    text = _text(value)
    return text if text and len(text) <= ID_LENGTH else None


def _name(body: Mapping[str, Any]) -> str | None:
    """Return the name to show; a platform may send its parts only."""
    parts = (_visible(body.get("given_name")), _visible(body.get("family_name")))
    return _visible(body.get("name")) or _optional(" ".join(filter(None, parts)), NAME_LENGTH)


def _visible(value: Any) -> str | None:
    """Return a name without what nobody sees: it would hide, turn round or break the letters beside it."""
    text = " ".join((_text(value) or "").split())
    return _optional("".join(letter for letter in text if category(letter) not in INVISIBLE), NAME_LENGTH)


def _custom(custom: Mapping[str, Any]) -> dict[str, str]:
    """Keep what has a value; a variable that the platform doesn't know arrives as ``$Its.name``."""
    values = {name: _text(value) for name, value in custom.items()}
    return {name: value for name, value in values.items() if value and not value.startswith("$")}


def _grades(endpoint: Mapping[str, Any]) -> GradeEndpoint | None:
    if not endpoint:
        return None
    scopes = endpoint.get("scope")
    return GradeEndpoint(
        scopes=tuple(scope for scope in map(_text, scopes) if scope) if isinstance(scopes, list) else (),
        lineitem=_web_address(endpoint.get("lineitem")),
        lineitems=_web_address(endpoint.get("lineitems")),
    )


def _web_address(value: Any) -> str | None:
    text = _text(value)
    return text if text and len(text) <= URL_LENGTH and origin(text) else None


def _return_url(value: Any, platform: Platform) -> str | None:
    """Return the way back to the course, if it leads to the platform: else it would be an open redirect."""
    address = _web_address(value)
    own = {origin(platform.issuer), origin(platform.auth_login_url)}
    return address if address and origin(address) in own else None


def origin(url: str) -> str | None:
    """Return scheme, host and port of a web address, lower-case; None for what isn't one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{port}"

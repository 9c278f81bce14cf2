"""What a verified token says, read into plain values. Pure: no clock, no database, no web framework.

Required claims are refused when they are missing or misshapen; optional ones are then taken as absent, for
platforms send empty strings, wrong types and variables that they did not replace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.launch.errors import ClaimsError, MessageTypeError, NotLtiError
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import ID_LENGTH, TITLE_LENGTH
from lti_tool.launch.values import (
    can_be_kept,
    name_of,
    object_of,
    optional_id,
    optional_text,
    text_of,
    texts,
    web_address,
)

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
LIS = LTI + "lis"
FOR_USER = LTI + "for_user"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
COURSE_GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupservice"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"

RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW_REQUEST = "LtiSubmissionReviewRequest"
MESSAGE_TYPES = frozenset({RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW_REQUEST})
CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
MAX_ROLES = 100
EMAIL_LENGTH, DATA_LENGTH = 320, 16 * 1024
LOCALE_LENGTH = 35


@dataclass(frozen=True)
class GradeEndpoint:
    """Where the platform takes scores (AGS 2.0, 3.1): granted scopes, the link's line item, the container."""

    scopes: tuple[str, ...]
    lineitem: str | None
    lineitems: str | None


@dataclass(frozen=True)
class ContextClaim:
    """The course, and where the platform tells its members (NRPS 2.0, 3.6.1.1) and groups (Course Groups, 3.1)."""

    id: str
    label: str | None
    title: str | None
    memberships_url: str | None
    groups_url: str | None
    group_sets_url: str | None


@dataclass(frozen=True)
class DeepLinkingSettings:
    """What the platform wants to have chosen, and where the choice goes (Deep Linking 2.0, 4.4.1).

    ``accept_multiple`` and ``accept_lineitem`` are None when the platform doesn't say. ``data`` must be sent back
    as it came, if it came: ``has_data``.
    """

    return_url: str
    accept_types: tuple[str, ...]
    accept_targets: tuple[str, ...]
    accept_multiple: bool | None
    accept_lineitem: bool | None
    has_data: bool
    data: Any


@dataclass(frozen=True, kw_only=True)
class LaunchClaims:
    """A launch that a platform has vouched for. Only :mod:`lti_tool.launch.verify` makes one.

    ``deployment`` is our row id. ``subject`` is empty for an anonymous launch. ``is_teacher`` is what the platform
    says of the person in this context. ``resource_link_id`` is empty in deep linking, where there is none yet.
    ``custom`` holds no variable that the platform left unreplaced.
    """

    platform: Platform
    deployment: int
    message_type: str
    subject: str | None
    is_teacher: bool
    resource_link_id: str | None
    resource_link_title: str | None
    context: ContextClaim | None
    name: str | None
    email: str | None
    sourced_id: str | None
    locale: str | None
    return_url: str | None
    """As the platform signed it: whether it may be followed, :mod:`lti_tool.launch.session` says."""
    grades: GradeEndpoint | None
    custom: Mapping[str, str]
    deep_linking: DeepLinkingSettings | None
    reviewed: str | None
    """Whose work a submission review looks at, as the platform's user id."""


def check_message(body: Mapping[str, Any]) -> None:
    """Refuse what isn't an LTI 1.3 message of a type served here (5.3.1, 5.3.2)."""
    if body.get(VERSION) != "1.3.0":
        raise NotLtiError("no LTI message of version 1.3.0")
    if not isinstance(body.get(MESSAGE_TYPE), str):
        raise NotLtiError("no message type")
    if body[MESSAGE_TYPE] not in MESSAGE_TYPES:
        raise MessageTypeError("this message type is not served")


def required_id(value: Any, name: str) -> str:
    """Return an id of 1 to 255 characters, or raise ClaimsError that names the claim."""
    text = text_of(value)
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


def may_author(roles: tuple[str, ...]) -> bool:
    """Say whether someone may place content in this context: who teaches it, or makes or administers it."""
    authors = {"ContentDeveloper", "Administrator", f"{CONTEXT_ROLE}#ContentDeveloper", f"{CONTEXT_ROLE}#Administrator"}
    return is_teacher(roles) or not authors.isdisjoint(roles)


def read(body: Mapping[str, Any], platform: Platform, deployment: int) -> LaunchClaims:
    """Read all claims of a verified body; raises ClaimsError for a required one."""
    kind, roles = str(body.get(MESSAGE_TYPE)), roles_of(body)
    link = object_of(body.get(RESOURCE_LINK))
    presentation = object_of(body.get(LAUNCH_PRESENTATION))
    chooses = kind == DEEP_LINKING_REQUEST
    return LaunchClaims(
        platform=platform,
        deployment=deployment,
        message_type=kind,
        subject=_subject(body, platform),
        is_teacher=may_author(roles) if chooses else is_teacher(roles),
        resource_link_id=_link_id(link, kind),
        resource_link_title=optional_text(link.get("title"), TITLE_LENGTH),
        context=_context(body),
        name=name_of(body),
        email=optional_text(body.get("email"), EMAIL_LENGTH),
        sourced_id=optional_id(object_of(body.get(LIS)).get("person_sourcedid")),
        locale=optional_text(presentation.get("locale"), LOCALE_LENGTH),
        return_url=web_address(presentation.get("return_url")),
        grades=_grades(object_of(body.get(AGS_ENDPOINT))),
        custom=_custom(object_of(body.get(CUSTOM))),
        deep_linking=_deep_linking(object_of(body.get(DEEP_LINKING_SETTINGS))) if chooses else None,
        reviewed=_reviewed(body) if kind == SUBMISSION_REVIEW_REQUEST else None,
    )


def _subject(body: Mapping[str, Any], platform: Platform) -> str | None:
    """Return who launches; nobody is only let in, to read, where the registration allows it (5.3.6)."""
    if body.get("sub") is None and platform.allows_anonymous:
        return None
    return required_id(body.get("sub"), "sub")


def _link_id(link: Mapping[str, Any], kind: str) -> str | None:
    """Return the link's id, which a resource link launch must have (5.3.5)."""
    if kind == RESOURCE_LINK_REQUEST:
        return required_id(link.get("id"), "resource_link.id")
    return optional_id(link.get("id"))


def _context(body: Mapping[str, Any]) -> ContextClaim | None:
    context = object_of(body.get(CONTEXT))
    context_id = optional_id(context.get("id"))
    if context_id is None:
        return None
    groups = object_of(body.get(COURSE_GROUPS))
    return ContextClaim(
        id=context_id,
        label=optional_text(context.get("label"), TITLE_LENGTH),
        title=optional_text(context.get("title"), TITLE_LENGTH),
        memberships_url=web_address(object_of(body.get(NAMES_AND_ROLES)).get("context_memberships_url")),
        groups_url=web_address(groups.get("context_groups_url")),
        group_sets_url=web_address(groups.get("context_group_sets_url")),
    )


def _deep_linking(settings: Mapping[str, Any]) -> DeepLinkingSettings:
    """Read the settings; only the address and the accepted types are required (Deep Linking 2.0, 4.4.1)."""
    return_url = web_address(settings.get("deep_link_return_url"))
    types = texts(settings.get("accept_types"))
    if return_url is None or not types:
        raise ClaimsError("deep_linking_settings is missing or misshapen")
    multiple, lineitem, data = (settings.get(name) for name in ("accept_multiple", "accept_lineitem", "data"))
    if not can_be_kept(data, DATA_LENGTH):
        raise ClaimsError("deep_linking_settings.data is larger than any platform's, or holds what is no text")
    return DeepLinkingSettings(
        return_url=return_url,
        accept_types=types,
        accept_targets=texts(settings.get("accept_presentation_document_targets")),
        accept_multiple=multiple if isinstance(multiple, bool) else None,
        accept_lineitem=lineitem if isinstance(lineitem, bool) else None,
        has_data="data" in settings,
        data=data,
    )


def _reviewed(body: Mapping[str, Any]) -> str:
    """Return whose work is looked at (Submission Review 1.0, 3.2)."""
    return required_id(object_of(body.get(FOR_USER)).get("user_id"), "for_user.user_id")


def _custom(custom: Mapping[str, Any]) -> dict[str, str]:
    """Keep what has a value; a variable that the platform doesn't know arrives as ``$Its.name``."""
    values = {name: text_of(value) for name, value in custom.items()}
    return {name: value for name, value in values.items() if value and not value.startswith("$")}


def _grades(endpoint: Mapping[str, Any]) -> GradeEndpoint | None:
    if not endpoint:
        return None
    return GradeEndpoint(
        scopes=texts(endpoint.get("scope")),
        lineitem=web_address(endpoint.get("lineitem")),
        lineitems=web_address(endpoint.get("lineitems")),
    )

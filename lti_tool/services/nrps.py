"""Names and Role Provisioning Services 2.0: who is in a course, as its platform tells. Reads only, writes nowhere.

What a member is called and may do is read by the same words as in a launch (:mod:`lti_tool.launch.claims`): half of the
platforms send short role names here, and some send parts of names only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from campus.outbound import read_json
from lti_tool.launch.claims import EMAIL_LENGTH, is_teacher
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import URL_LENGTH
from lti_tool.launch.values import name_of, optional_id, optional_text, origin, texts, with_query
from lti_tool.services.calls import Call, ServiceClient, link_of
from lti_tool.services.errors import ServiceRefusedError

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MAX_MEMBERS = 50_000


class Status(StrEnum):
    """What a platform says of a membership (2.3); who has no status is active."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    DELETED = "Deleted"


class ListUnreadableError(ServiceRefusedError):
    """The platform's list is none, or larger than any course."""

    code = "service.list_unreadable"


@dataclass(frozen=True)
class RosterMember:
    """One person of the course. ``groups`` are the platform's ids of the groups that they are in."""

    user_id: str
    status: Status
    is_teacher: bool
    name: str | None
    email: str | None
    sourced_id: str | None
    groups: frozenset[str]


@dataclass(frozen=True)
class Members:
    """A roster read to its end, each person once. ``differences`` is where later changes can be asked for (2.4)."""

    members: tuple[RosterMember, ...]
    differences: str | None


def read_members(
    client: ServiceClient,
    platform: Platform,
    url: str,
    *,
    role: str | None = None,
    rlid: str | None = None,
    limit: int | None = None,
) -> Members:
    """Read the course's members from ``url``, all pages.

    ``role`` keeps those of one role, ``rlid`` those who may open one resource link, ``limit`` is a wish for the
    pages' size (2.4.1-2.4.3). Without them platforms give everybody, most of them in one answer; Moodle forgets
    ``role`` from the second page on. Raises what :meth:`ServiceClient.pages` raises, and ListUnreadableError.
    """
    wanted = {"role": role, "rlid": rlid, "limit": limit}
    return _read(
        client, platform, with_query(url, {name: value for name, value in wanted.items() if value is not None})
    )


def read_differences(client: ServiceClient, platform: Platform, url: str) -> Members:
    """Read what has changed since the roster that told us ``url`` (2.4.4): deleted members are named as such."""
    return _read(client, platform, url)


def objects_of(body: bytes, key: str) -> list[dict[str, Any]]:
    """Return the objects of a container's list. Raises ListUnreadableError when there is no such list."""
    container = read_json(body)
    listed = container.get(key) if isinstance(container, dict) else None
    if not isinstance(listed, list):
        raise ListUnreadableError("the answer holds no list")
    return [entry for entry in listed if isinstance(entry, dict)]


def _read(client: ServiceClient, platform: Platform, url: str) -> Members:
    members: dict[str, RosterMember] = {}
    differences = None
    for answer in client.pages(Call(platform, SCOPE, "GET", url, {"Accept": MEDIA_TYPE})):
        # The first page's link counts: what changes while the others are read is then in the differences.
        differences = differences or _own(link_of(answer, "differences", base=url), url)
        for told in objects_of(answer.body, "members"):
            member = member_of(told)
            if member is not None:
                known = members.get(member.user_id)
                members[member.user_id] = member if known is None else _joined(known, member)
        if len(members) > MAX_MEMBERS:
            raise ListUnreadableError(f"the course has more than {MAX_MEMBERS} members")
    return Members(tuple(members.values()), differences)


def member_of(told: Mapping[str, Any]) -> RosterMember | None:
    """Read one member; None for one whom nobody could tell from others. All but the id may be missing."""
    user_id = optional_id(told.get("user_id"))
    if user_id is None:
        return None
    enrolled = told.get("group_enrollments")
    groups = (
        (entry.get("group_id") for entry in enrolled if isinstance(entry, dict)) if isinstance(enrolled, list) else ()
    )
    return RosterMember(
        user_id=user_id,
        status=_status(told.get("status")),
        is_teacher=is_teacher(texts(told.get("roles"))),
        name=name_of(told),
        email=optional_text(told.get("email"), EMAIL_LENGTH),
        sourced_id=optional_id(told.get("lis_person_sourcedid")),
        groups=frozenset(id_of(group) for group in groups) - {""},
    )


def id_of(value: Any) -> str:
    """Return a group's id as text, for some platforms send numbers; empty for none."""
    return str(value) if isinstance(value, str | int) else ""


def _status(value: Any) -> Status:
    """Read the status; a word that the standard doesn't know must not drop anybody from the course."""
    known = {status.lower(): status for status in Status}
    return known.get(value.lower(), Status.ACTIVE) if isinstance(value, str) else Status.ACTIVE


def _joined(one: RosterMember, other: RosterMember) -> RosterMember:
    """Make one of two entries for the same person, who is here if either says so, with all their roles and groups."""
    return replace(
        one,
        status=Status.ACTIVE if Status.ACTIVE in {one.status, other.status} else other.status,
        is_teacher=one.is_teacher or other.is_teacher,
        name=one.name or other.name,
        email=one.email or other.email,
        sourced_id=one.sourced_id or other.sourced_id,
        groups=one.groups | other.groups,
    )


def _own(link: str | None, url: str) -> str | None:
    """Return a link if it leads to the same site, where our token may go, and fits into its column."""
    return link if link and len(link) <= URL_LENGTH and origin(link) == origin(url) else None

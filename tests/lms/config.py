"""What the LMS is told at start: who it is, where the tool is, its people and its links."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@dataclass(frozen=True)
class User:
    """Someone with an account at the LMS; ``role`` is ``learner`` or ``teacher``, ``groups`` are ids of groups."""

    id: str
    name: str
    email: str
    role: str
    sourced_id: str = ""
    groups: tuple[str, ...] = ()

    @property
    def lti_role(self) -> str:
        return CONTEXT_ROLE + ("Instructor" if self.role == "teacher" else "Learner")


@dataclass(frozen=True)
class Link:
    """An LTI link in the course; its custom parameters say which unit it leads to."""

    id: str
    title: str
    custom: dict[str, str]


@dataclass(frozen=True)
class Config:
    """The whole of it. ``url`` is the LMS's own address, ``tool_url`` the tool's, both without a slash."""

    url: str
    tool_url: str
    client_id: str
    deployment_id: str
    course_id: str
    course_title: str
    users: tuple[User, ...]
    links: tuple[Link, ...]
    groups: tuple[dict[str, str], ...] = ()
    group_sets: tuple[dict[str, str], ...] = ()

    @classmethod
    def read(cls, path: Path, *, url: str, tool_url: str) -> Self:
        """Read the JSON file that the README of this folder describes."""
        return cls.of(json.loads(path.read_text()), url=url, tool_url=tool_url)

    @classmethod
    def of(cls, values: dict[str, Any], *, url: str, tool_url: str) -> Self:
        return cls(
            url=url,
            tool_url=tool_url.rstrip("/"),
            client_id=values["client_id"],
            deployment_id=values["deployment_id"],
            course_id=values["course"]["id"],
            course_title=values["course"]["title"],
            users=tuple(User(**{**user, "groups": tuple(user.get("groups", ()))}) for user in values["users"]),
            links=tuple(Link(**link) for link in values["links"]),
            groups=tuple(values["course"].get("groups", ())),
            group_sets=tuple(values["course"].get("group_sets", ())),
        )

    @property
    def login_url(self) -> str:
        return f"{self.tool_url}/lti/login"

    @property
    def launch_url(self) -> str:
        return f"{self.tool_url}/lti/launch"

    @property
    def key_set_url(self) -> str:
        return f"{self.url}/lti/keys"

    @property
    def auth_url(self) -> str:
        return f"{self.url}/lti/auth?site=1"

    @property
    def token_url(self) -> str:
        return f"{self.url}/lti/token"

    def lineitem_url(self, line_item: str) -> str:
        """With a query, as Moodle's have: `/scores` belongs in front of it."""
        return f"{self.url}/lti/lineitems/{line_item}?type_id=1"

    def user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

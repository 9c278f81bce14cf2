"""Who is in the LMS's course, and how the LMS tells it; tests let people come and go."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from tests.lms.config import CONTEXT_ROLE, Config, User


@dataclass(frozen=True)
class Enrolment:
    """One person in the course. ``since`` counts the changes of the whole course."""

    user: User
    since: int
    status: str = "Active"


@dataclass
class Enrolments:
    """The course's people, and how the service shows them; a test changes both while the LMS runs."""

    config: Config
    page_size: int | None = None
    """More members than this come in pages, whether the tool asks for it or not."""
    short_roles: bool = False
    """Say ``Learner`` instead of the role's address, as Moodle does."""
    tells_differences: bool = True
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Answers (status, headers) to give first, in this order."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Address with query and the token's scopes of each request."""
    people: dict[str, Enrolment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._changes = count(1)
        for user in self.config.users:
            self.enrol(user)

    def enrol(self, user: User) -> None:
        self.people[user.id] = Enrolment(user, next(self._changes))

    def suspend(self, user_id: str) -> None:
        self._change(user_id, status="Inactive")

    def remove(self, user_id: str) -> None:
        """Take somebody out: the whole roster forgets them, the differences name them as deleted."""
        self._change(user_id, status="Deleted")

    def _change(self, user_id: str, **changes: Any) -> None:
        self.people[user_id] = replace(self.people[user_id], since=next(self._changes), **changes)

    def listed(self, since: int | None, role: str | None) -> list[Enrolment]:
        """Give everybody who is enrolled, or what has changed since."""
        return [
            one
            for one in self.people.values()
            if (one.status != "Deleted" if since is None else one.since > since)
            and role in {None, one.user.lti_role, one.user.lti_role.removeprefix(CONTEXT_ROLE)}
        ]

    @property
    def last_change(self) -> int:
        return max((one.since for one in self.people.values()), default=0)

    def member(self, one: Enrolment, rlid: str | None) -> dict[str, Any]:
        """Describe a member (NRPS 2.0, 2.2), with a message of the link when it was asked for (2.4.2)."""
        user = one.user
        told: dict[str, Any] = {
            "status": one.status,
            "user_id": user.id,
            "name": user.name,
            "email": user.email,
            "roles": [user.lti_role.removeprefix(CONTEXT_ROLE) if self.short_roles else user.lti_role],
        }
        if user.sourced_id:
            told["lis_person_sourcedid"] = user.sourced_id
        if user.groups:
            told["group_enrollments"] = [{"group_id": group} for group in user.groups]
        if rlid is not None:
            told["message"] = [{"https://purl.imsglobal.org/spec/lti/claim/custom": {"user": user.id}}]
        return {name: value for name, value in told.items() if value}

"""Stand-ins for edx-platform, put where the block looks for it: the functions of its ``plugin.compat``.

That module exists to keep edx-platform's calls in one place, and each of its functions imports edx-platform when it is
called. Only those that LTI 1.3 needs are replaced; any other still fails and so says that something is missing here.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user_model
from lti_consumer.exceptions import LtiError
from lti_consumer.plugin import compat

from tests.openedx.platform import runtime, world


def install() -> None:
    """Replace the functions, in this process."""
    for function in (
        load_enough_xblock,
        load_block_as_user,
        get_course_by_id,
        get_course_members,
        get_user_from_external_user_id,
        batch_get_or_create_externalids,
        user_course_access,
        user_has_access,
        user_has_studio_write_access,
    ):
        setattr(compat, function.__name__, function)


def load_enough_xblock(location: Any) -> Any:
    """Load a block without a user: the module store is a dictionary here."""
    return runtime.load(location)


def load_block_as_user(location: Any) -> Any:
    """Load a block for whoever asks; a tool that sends a score is nobody."""
    return runtime.load(location)


def get_course_by_id(_key: Any) -> world.Course:
    """Return the one course."""
    return world.Course()


def get_course_members(_key: Any) -> dict[int, dict[str, Any]]:
    """Return everybody in the course as edx-platform's course API does."""
    return {
        user.id: {
            "id": user.id,
            "username": user.username,
            "email": user.email,
            "name": user.get_full_name(),
            "roles": [world.role(user)],
        }
        for user in get_user_model().objects.all()
    }


def get_user_from_external_user_id(external_id: str) -> Any:
    """Find the user whom a tool means, or raise what the block expects."""
    for user in get_user_model().objects.all():
        if world.external_id(user) == external_id:
            return user
    raise LtiError("Invalid User")


def batch_get_or_create_externalids(users: Any) -> dict[int, SimpleNamespace]:
    """Return the external ids. There are no profiles here for the query to fetch along."""
    found: Iterable[Any] = users.prefetch_related(None)
    return {user.id: SimpleNamespace(external_user_id=world.external_id(user)) for user in found}


def user_course_access(_course: Any, user: Any, _action: str, **_options: bool) -> bool:
    """Say whether someone is enrolled: who is logged in is."""
    return bool(user.is_authenticated)


def user_has_access(user: Any, _action: str, _block: Any, _key: Any) -> bool:
    """Say whether someone may see a block: who is logged in may."""
    return bool(user.is_authenticated)


def user_has_studio_write_access(user: Any, _key: Any) -> bool:
    """Say whether someone may write in the course: who teaches it may."""
    return bool(user.is_authenticated) and world.role(user) in {"staff", "instructor"}

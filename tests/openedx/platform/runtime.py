"""What carries the block: a runtime with the services that it asks edx-platform's for."""

from typing import Any

from django.conf import settings
from lti_consumer import LtiConsumerXBlock
from opaque_keys.edx.locator import BlockUsageLocator
from xblock.core import XBlockMixin
from xblock.field_data import DictFieldData
from xblock.fields import DateTime, ScopeIds, Timedelta
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import MemoryIdManager, Runtime

from tests.openedx.platform import world

PUBLISHED: list[dict[str, Any]] = []
"""The grade book: what blocks published, in order. The process serves one test run."""


class Dates(XBlockMixin):
    """Fields that edx-platform gives to every block; here nothing is ever due."""

    start = DateTime(default=None)
    due = DateTime(default=None)
    graceperiod = Timedelta(default=None)


class CurrentUser(UserService):
    """Says who looks at the block."""

    def __init__(self, user: Any) -> None:
        super().__init__()
        self._user = user

    def get_current_user(self) -> XBlockUser:
        """Return the user as edx-platform describes one."""
        described = XBlockUser(is_current_user=True, emails=[self._user.email], full_name=self._user.get_full_name())
        described.opt_attrs = {
            "edx-platform.is_authenticated": True,
            "edx-platform.user_id": self._user.id,
            "edx-platform.username": self._user.username,
            "edx-platform.user_role": world.role(self._user),
            "edx-platform.user_is_staff": False,
        }
        return described

    def get_external_user_id(self, _kind: str) -> str:
        """Return the id that tools see."""
        return world.external_id(self._user)


class Rebind:
    """Takes a user's own state before a grade is set. Our blocks keep no state of users."""

    def rebind_noauth_module_to_user(self, block: Any, user: Any) -> None:
        """Do nothing."""


class CourseRuntime(Runtime):
    """Runs the blocks of the course."""

    def publish(self, block: Any, event_type: str, event_data: dict[str, Any]) -> None:
        """Keep grades: edx-platform would hand them to its grade book."""
        PUBLISHED.append({"block": block.scope_ids.usage_id.block_id, "event": event_type, **event_data})

    def handler_url(self, block: Any, handler_name: str, *_more: Any, **_options: Any) -> str:
        """Return an address. LTI 1.3 uses none of them; LTI 1.1, which would, isn't served."""
        return f"{settings.LMS_ROOT_URL}/handler/{block.scope_ids.usage_id}/{handler_name}"

    def resource_url(self, resource: str) -> str:
        """Return the address of a file; none is served."""
        return f"{settings.LMS_ROOT_URL}/resource/{resource}"

    def local_resource_url(self, block: Any, uri: str) -> str:
        """Return the address of a file of the block; none is served."""
        return self.resource_url(uri)


def load(place: BlockUsageLocator, user: Any = None) -> LtiConsumerXBlock:
    """Load a block, for a user if there is one."""
    services: dict[str, Any] = {
        "field-data": DictFieldData(world.block_fields(place.block_id)),
        "rebind_user": Rebind(),
    }
    if user is not None:
        services["user"] = CurrentUser(user)
    ids = MemoryIdManager()
    runtime = CourseRuntime(id_reader=ids, id_generator=ids, mixins=(Dates,), services=services)
    scope_ids = ScopeIds(user and user.id, "lti_consumer", place, place)
    return runtime.construct_xblock_from_class(LtiConsumerXBlock, scope_ids)

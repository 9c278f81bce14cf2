"""Line items (AGS 2.0, 3.2): finding a gradebook's line item, making it, binding it to its link.

There is no way here to delete one: docs/decisions/0012-line-items.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campus.outbound import Response, read_json
from lti_tool.launch.registrations import Platform
from lti_tool.launch.values import origin, text_of, web_address, with_query
from lti_tool.services.ags import MAXIMUM, listed
from lti_tool.services.calls import Call, ServiceClient
from lti_tool.services.errors import ServiceRefusedError

LINEITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
READONLY_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
LINEITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
TAG = "unit"
"""The tag of the line item for a unit's result; its ``resourceId`` is the unit's public id."""
LABEL_LENGTH = 200


@dataclass(frozen=True)
class Container:
    """Where a platform keeps a course's line items, and what it lets us do there."""

    platform: Platform
    url: str
    scopes: frozenset[str]

    @property
    def may_read(self) -> bool:
        """Say whether line items may be looked for."""
        return bool(self.scopes & {LINEITEM_SCOPE, READONLY_SCOPE})

    @property
    def may_write(self) -> bool:
        """Say whether line items may be made and changed."""
        return LINEITEM_SCOPE in self.scopes

    @property
    def scope(self) -> str:
        """Name the scope to read with: the lesser one, if it is granted."""
        return READONLY_SCOPE if READONLY_SCOPE in self.scopes else LINEITEM_SCOPE


@dataclass(frozen=True)
class LineItem:
    """A line item as the platform tells it; ``told`` is the whole, for nothing may get lost when it is put back."""

    url: str
    resource_link_id: str | None
    resource_id: str | None
    tag: str | None
    told: Mapping[str, Any]


class LineItems:
    """The line items of the platforms' gradebooks. Safe to share between threads.

    All methods raise as :meth:`lti_tool.services.calls.ServiceClient.send` does.
    """

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def find(self, container: Container, **filters: str) -> list[LineItem]:
        """List the line items that fit ``resource_link_id``, ``resource_id``, ``tag`` (3.2.5.1).

        The platform is asked for just these, and its answer looked at again: some take no notice of filters.
        """
        url = with_query(container.url, filters)
        call = Call(container.platform, container.scope, "GET", url, {"Accept": LINEITEMS_TYPE})
        told = [each for answer in self._client.pages(call) for each in listed(answer)]
        items = [_line_item(each, container) for each in told]
        return [item for item in items if all(getattr(item, key) == filters[key] for key in filters)]

    def get(self, container: Container, url: str) -> LineItem:
        """Return one line item as it is now."""
        call = Call(container.platform, container.scope, "GET", url, {"Accept": LINEITEM_TYPE})
        return _line_item(_object(self._client.send(call)), container)

    def create(self, container: Container, *, label: str, resource_id: str, resource_link_id: str) -> LineItem:
        """Make a line item for a unit, bound to its link."""
        wanted = {
            "label": label[:LABEL_LENGTH],
            "scoreMaximum": MAXIMUM,
            "resourceId": resource_id,
            "tag": TAG,
            "resourceLinkId": resource_link_id,
        }
        return self._write(container, "POST", container.url, wanted)

    def bind(self, container: Container, item: LineItem, *, resource_id: str, resource_link_id: str) -> LineItem:
        """Say in a line item which unit and link it is of; all else stays, the label and maximum of a teacher too.

        Moodle cuts a line item from its link when ``resourceLinkId`` isn't repeated.
        """
        known = self.get(container, item.url).told
        ours = {"resourceId": resource_id, "tag": TAG, "resourceLinkId": resource_link_id}
        return self._write(container, "PUT", item.url, {**known, **ours})

    def _write(self, container: Container, method: str, url: str, body: Mapping[str, Any]) -> LineItem:
        headers = {"Content-Type": LINEITEM_TYPE, "Accept": LINEITEM_TYPE}
        call = Call(container.platform, LINEITEM_SCOPE, method, url, headers, json.dumps(body).encode())
        told = _object(self._client.send(call))
        return _line_item({"id": url, **told} if method == "PUT" else told, container)


def _object(answer: Response) -> dict[str, Any]:
    told = read_json(answer.body)
    if not isinstance(told, dict):
        raise ServiceRefusedError("the service answered no line item")
    return told


def _line_item(told: Mapping[str, Any], container: Container) -> LineItem:
    """Read a line item; its address must be on the container's site, for our token is sent there."""
    url = web_address(told.get("id"))
    if url is None or origin(url) != origin(container.url):
        raise ServiceRefusedError("the line item's address isn't one of the gradebook")
    read = {name: text_of(told.get(name)) or None for name in ("resourceLinkId", "resourceId", "tag")}
    return LineItem(url, read["resourceLinkId"], read["resourceId"], read["tag"], told)

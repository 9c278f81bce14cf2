"""What a teacher chose goes back to the platform: content items in a signed message (LTI Deep Linking 2.0, 4.5).

Pure: time, keys and addresses are arguments. A teacher may look at the dialog for hours; the message lives for
minutes, so it is made when it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.claims import DEPLOYMENT_ID, MESSAGE_TYPE, VERSION, DeepLinkingSettings
from lti_tool.launch.errors import LaunchError
from lti_tool.launch.keys import SigningKey
from lti_tool.launch.known import PHASE_PARAMETER, UNIT_PARAMETER
from lti_tool.launch.sites import plain_origin
from lti_tool.services.ags import MAXIMUM
from lti_tool.services.lineitems import LABEL_LENGTH, TAG
from lti_tool.settings import LOOPBACK_HOSTS

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
CONTENT_ITEMS, DATA = DL + "content_items", DL + "data"
MESSAGE, ERROR_MESSAGE, ERROR_LOG = DL + "msg", DL + "errormsg", DL + "errorlog"
RESPONSE = "LtiDeepLinkingResponse"
LINK_TYPE = "ltiResourceLink"
LIFETIME = timedelta(minutes=5)
TITLE_LENGTH = 255
"""No platform known to us keeps more of a link's name."""
ICON_PATH, ICON_SIZE = "/static/unit.png", 128
FRAME_SIZE = {"width": 960, "height": 800}


class ReturnAddressError(LaunchError):
    """The platform's return address is no https address: what was chosen would travel in the clear."""

    code = "launch.return_address"


@dataclass(frozen=True)
class Dates:
    """From when until when a link may be opened, and until when work is handed in; the teacher says it, or nobody."""

    available_from: datetime | None = None
    available_until: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A link to a unit, or to one phase of it. ``unit`` is its public id; ``graded``: the exam's result is its own."""

    unit: str
    phase: str | None
    title: str
    text: str
    graded: bool
    review_label: str
    dates: Dates = Dates()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said back. ``message`` is for people and may be shown to them; so is ``error``, ``error_log`` isn't."""

    items: Sequence[Mapping[str, Any]] = ()
    message: str | None = None
    error: str | None = None
    error_log: str | None = None


@dataclass(frozen=True, kw_only=True)
class Parties:
    """From whom to whom: our client and the platform; ``nonce`` is one for each dialog."""

    issuer: str
    client_id: str
    deployment_id: str
    nonce: str


def settings_of(stored: Mapping[str, Any]) -> DeepLinkingSettings:
    """Return the settings as they were kept with the launch, perhaps by an earlier version, which kept more."""
    kept = {field.name: stored[field.name] for field in fields(DeepLinkingSettings)}
    lists = {name: tuple(stored[name]) for name in ("accept_types", "accept_targets")}
    return DeepLinkingSettings(**{**kept, **lists})


def return_origin(settings: DeepLinkingSettings, *, allow_loopback_http: bool) -> str:
    """Return the origin that the answer goes to. Raises ReturnAddressError unless it is https (or a loopback demo)."""
    found = plain_origin(settings.return_url) or ""
    parts = urlsplit(found)
    plain = allow_loopback_http and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    if parts.scheme != "https" and not plain:
        raise ReturnAddressError("deep_link_return_url is no https address")
    return found


def content_item(placement: Placement, settings: DeepLinkingSettings, *, public_url: str) -> dict[str, Any]:
    """Describe a link (4.5.3 and Content Item types, ltiResourceLink), with what the platform said it takes.

    ``custom`` keeps the link working after a course was copied, when ``resource_link.id`` is another. A line item is
    left out when the platform accepts none, and for a phase whose work is not what the gradebook shows.
    """
    custom = {UNIT_PARAMETER: placement.unit} | ({PHASE_PARAMETER: placement.phase} if placement.phase else {})
    icon = {"url": f"{public_url}{ICON_PATH}", "width": ICON_SIZE, "height": ICON_SIZE}
    item: dict[str, Any] = {
        "type": LINK_TYPE,
        "title": placement.title[:TITLE_LENGTH],
        "text": placement.text,
        "url": ToolAddresses(public_url).launch,
        "icon": icon,
        "thumbnail": icon,
        "custom": custom,
        "available": _window(placement.dates.available_from, placement.dates.available_until),
        "submission": _window(None, placement.dates.due),
    }
    if "iframe" in settings.accept_targets:
        item["iframe"] = FRAME_SIZE
    elif "window" in settings.accept_targets:
        item["window"] = {"targetName": "_blank"}
    if placement.graded and settings.accept_lineitem is not False:
        item["lineItem"] = _line_item(placement, custom, public_url)
    return {name: value for name, value in item.items() if value}


def response(answer: Answer, settings: DeepLinkingSettings, parties: Parties, *, key: SigningKey, now: datetime) -> str:
    """Sign the answer (4.5; Security Framework 1.0, 5.2): RS256, by a key of our key set, valid for minutes.

    ``data`` goes back exactly as it came, also when it is null or empty, and not at all when it didn't come.
    """
    said = {MESSAGE: answer.message, ERROR_MESSAGE: answer.error, ERROR_LOG: answer.error_log}
    body: dict[str, Any] = {
        "iss": parties.client_id,
        "aud": parties.issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "nonce": parties.nonce,
        MESSAGE_TYPE: RESPONSE,
        VERSION: "1.3.0",
        DEPLOYMENT_ID: parties.deployment_id,
        CONTENT_ITEMS: list(answer.items),
        **{name: text for name, text in said.items() if text},
    }
    if settings.has_data:
        body[DATA] = settings.data
    return jwt.encode(body, key.private, algorithm="RS256", headers={"kid": key.kid})


def _line_item(placement: Placement, custom: Mapping[str, str], public_url: str) -> dict[str, Any]:
    """Ask for a column; a submission review of it opens here, with the custom parameters of its own that it needs."""
    return {
        "label": placement.title[:LABEL_LENGTH],
        "scoreMaximum": MAXIMUM,
        "resourceId": placement.unit,
        "tag": TAG,
        "submissionReview": {
            "reviewableStatus": ["Completed"],
            "label": placement.review_label,
            "url": ToolAddresses(public_url).launch,
            "custom": dict(custom),
        },
    }


def _window(start: datetime | None, end: datetime | None) -> dict[str, str]:
    ends = {"startDateTime": start, "endDateTime": end}
    return {name: at.astimezone(UTC).isoformat() for name, at in ends.items() if at is not None}

"""Time stamps of an authority (RFC 3161), asked for through the one client that makes requests."""

from http import HTTPStatus
from typing import Any

import structlog
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from campus.errors import CampusError
from campus.outbound import Outbound

MAX_BYTES = 64 * 1024
SECONDS = 5
"""Somebody waits for the paper meanwhile."""
TYPE_OF_QUESTION = "application/timestamp-query"
TYPE_OF_ANSWER = "application/timestamp-reply"
"""RFC 3161, 3.4."""
log = structlog.get_logger(__name__)


class TimestampError(Exception):
    """The authority can't be reached, or what it answers is no time stamp. Papers are sealed without one then."""


class Authority(TimeStamper):
    """A time stamp authority at an address. Each stamp is a request; the nonce makes an old answer worthless."""

    def __init__(self, outbound: Outbound, url: str) -> None:
        """Take who asks, and the address that is asked."""
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko's own
        self._outbound = outbound
        self._url = url

    async def async_request_tsa_response(self, req: Any) -> Any:
        """Send one question. Raises TimestampError."""
        answer = self._outbound.request(
            "POST",
            self._url,
            headers={"Content-Type": TYPE_OF_QUESTION, "Accept": TYPE_OF_ANSWER},
            data=req.dump(),
            max_bytes=MAX_BYTES,
            seconds=SECONDS,
        )
        kind = answer.headers.get("content-type", "").split(";")[0]
        if (answer.status, kind) != (HTTPStatus.OK, TYPE_OF_ANSWER):
            raise TimestampError("the time stamp service answers something else")
        return tsp.TimeStampResp.load(answer.body)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        """Return a stamp on this digest. Raises TimestampError."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            stamped = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
            same = stamped["hashed_message"].native == message_digest
        except (
            *(CampusError, TimestampError, TimestampRequestError),
            *(ValueError, TypeError, KeyError, AttributeError),
        ) as error:
            # asn1crypto reads lazily: nonsense may turn up as any of these wherever it is first looked at.
            log.warning("timestamp_failed", reason=type(error).__name__)
            raise TimestampError(f"the time stamp service gives no stamp ({type(error).__name__})") from error
        if not same:
            log.warning("timestamp_failed", reason="other digest")
            raise TimestampError("the time stamp is on something else")
        return token

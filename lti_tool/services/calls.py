"""Requests to a platform's services, the same for grades and rosters: with a token, and with one idea of failure.

Each call asks for a token of the one scope that it needs. Lists are followed page by page, but never to another
site: the token in the request is the platform's.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from campus.clock import Clock
from campus.outbound import AddressRefusedError, Outbound, OutboundError, Response
from lti_tool.launch.registrations import Platform
from lti_tool.launch.values import origin
from lti_tool.services.errors import (
    GONE,
    ServiceAddressError,
    ServiceForbiddenError,
    ServiceGoneError,
    ServiceRefusedError,
    ServiceUnavailableError,
    TokenRefusedError,
    is_for_now,
    retry_after,
)
from lti_tool.services.tokens import AccessTokens

MAX_BYTES = 4 * 1024 * 1024
MAX_PAGES = 200
UNAUTHORISED, FORBIDDEN = 401, 403
SUCCESS = range(200, 300)
_LINK = re.compile(r'<([^<>]*)>((?:\s*;(?:[^,;"]|"[^"]*")*)*)')
_REL = re.compile(r";\s*rel\s*=\s*([^;]+)", re.IGNORECASE)
_QUOTES = "\"'“”„ "


@dataclass(frozen=True)
class Call:
    """One request: to whom, with which scope, what. ``allowed`` are failures that the caller wants to see itself."""

    platform: Platform
    scope: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    allowed: frozenset[int] = frozenset()


class ServiceClient:
    """Calls platforms' services. Safe to share between threads."""

    def __init__(self, outbound: Outbound, tokens: AccessTokens, clock: Clock) -> None:
        self._outbound = outbound
        self._tokens = tokens
        self._clock = clock

    def send(self, call: Call) -> Response:
        """Send the request and return its answer: a success, or a status that the caller allowed.

        A token that is no longer taken is replaced once. Raises ServiceUnavailableError for what may pass (time-out,
        5xx, 429; with the wait that was asked for), ServiceForbiddenError for 403, ServiceGoneError for 404 and 410,
        ServiceRefusedError for any other status.
        """
        answer = self._authorised(call)
        if answer.status in SUCCESS or answer.status in call.allowed:
            return answer
        if is_for_now(answer):
            wait = retry_after(answer, now=self._clock())
            raise ServiceUnavailableError(f"the service answered {answer.status}", after=wait)
        if answer.status == FORBIDDEN:
            raise ServiceForbiddenError("the platform forbids this service")
        if answer.status in GONE:
            raise ServiceGoneError("the service's address is no longer there")
        raise ServiceRefusedError(f"the service answered {answer.status}")

    def pages(self, call: Call) -> Iterator[Response]:
        """Follow a list's ``rel="next"`` links (RFC 8288) to its end. Raises as :meth:`send` does.

        A link to another site, in a circle or without end is a ServiceRefusedError: half a list is none.
        """
        seen = {call.url}
        while True:
            answer = self.send(call)
            yield answer
            following = link_of(answer, "next", base=call.url)
            if following is None:
                return
            if origin(following) != origin(call.url):
                raise ServiceRefusedError("the list goes on at another site")
            if following in seen or len(seen) >= MAX_PAGES:
                raise ServiceRefusedError("the list has no end")
            seen.add(following)
            call = replace(call, url=following)

    def _authorised(self, call: Call) -> Response:
        scopes = frozenset({call.scope})
        for _ in range(2):
            token = self._tokens.get(call.platform, scopes, now=self._clock())
            sent = {**call.headers, "Authorization": f"Bearer {token}"}
            try:
                answer = self._outbound.request(
                    call.method, call.url, headers=sent, data=call.body, max_bytes=MAX_BYTES
                )
            except AddressRefusedError as error:
                raise ServiceAddressError("the service's address must not be called") from error
            except OutboundError as error:
                raise ServiceUnavailableError("the service can't be reached") from error
            if answer.status != UNAUTHORISED:
                return answer
            self._tokens.forget(call.platform, scopes, token)
        raise TokenRefusedError("the service doesn't take the platform's own token")


def link_of(answer: Response, relation: str, *, base: str) -> str | None:
    """Return the address of the answer's link of this relation, absolute, letter by letter as it was sent.

    Moodle writes typographic quotes around the relation, which arrive as Latin-1, and ``&amp;`` in the address.
    """
    header = answer.headers.get("link", "")
    with suppress(UnicodeError):  # what is no UTF-8 reads as it came
        header = header.encode("latin-1").decode()
    for address, parameters in _LINK.findall(header):
        relations = _REL.search(parameters)
        if relations and relation in relations[1].strip(_QUOTES).lower().split():
            return urljoin(base, str(address).strip().replace("&amp;", "&"))
    return None

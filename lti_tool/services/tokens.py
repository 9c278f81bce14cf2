"""Access tokens of platforms: asked for with a signed assertion, used until they run out."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import jwt

from campus.outbound import AddressRefusedError, Outbound, OutboundError, Response, read_json
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.registrations import Platform
from lti_tool.services.errors import ServiceUnavailableError, TokenRefusedError, is_for_now, retry_after

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME = timedelta(seconds=60)
MARGIN = timedelta(seconds=60)
"""A token is not used in its last minute: it could run out on the way."""
LONGEST = timedelta(hours=1)
MAX_BYTES = 64 * 1024
HTTP_OK = 200


@dataclass(frozen=True)
class Token:
    """A token, and until when it is used."""

    value: str
    until: datetime


_Key = tuple[int, str, str, frozenset[str]]


def _key(platform: Platform, scopes: frozenset[str]) -> _Key:
    """Tell platforms apart also over time: one that registers anew keeps its row, and must not get the old token."""
    return platform.id, platform.client_id, platform.auth_token_url, scopes


class AccessTokens:
    """Tokens by registration and scopes, for all threads of a process."""

    def __init__(self, outbound: Outbound, tool_keys: ToolKeys) -> None:
        self._outbound = outbound
        self._tool_keys = tool_keys
        self._tokens: dict[_Key, Token] = {}
        self._lock = threading.Lock()

    def get(self, platform: Platform, scopes: frozenset[str], *, now: datetime) -> str:
        """Return a token for ``scopes``, a remembered one if it still holds.

        Raises ServiceUnavailableError or TokenRefusedError.
        """
        with self._lock:
            known = self._tokens.get(_key(platform, scopes))
        if known is not None and now < known.until:
            return known.value
        token = self._ask(platform, scopes, now)
        with self._lock:
            self._tokens[_key(platform, scopes)] = token
        return token.value

    def forget(self, platform: Platform, scopes: frozenset[str], value: str) -> None:
        """Drop a token that the platform didn't take; a newer one of another thread stays."""
        with self._lock:
            known = self._tokens.get(_key(platform, scopes))
            if known is not None and known.value == value:
                del self._tokens[_key(platform, scopes)]

    def request(
        self, platform: Platform, scopes: frozenset[str], *, now: datetime, seconds: float | None = None
    ) -> Response:
        """Ask for a token by the client credentials grant (LTI Security Framework, 4.1; RFC 7523).

        Raises AddressRefusedError and OutboundError; ``seconds`` as :meth:`Outbound.request` has it.
        """
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(platform, now),
            "scope": " ".join(sorted(scopes)),
        }
        headers = {"Accept": "application/json"}
        return self._outbound.request(
            "POST", platform.auth_token_url, headers=headers, data=form, max_bytes=MAX_BYTES, seconds=seconds
        )

    def _ask(self, platform: Platform, scopes: frozenset[str], now: datetime) -> Token:
        try:
            answer = self.request(platform, scopes, now=now)
        except AddressRefusedError as error:
            raise TokenRefusedError("the token address must not be called") from error
        except OutboundError as error:
            raise ServiceUnavailableError("the platform's token address can't be reached") from error
        if is_for_now(answer):
            wait = retry_after(answer, now=now)
            raise ServiceUnavailableError(f"the token address answered {answer.status}", after=wait)
        if answer.status != HTTP_OK:
            raise TokenRefusedError(f"the token address answered {answer.status}")
        return read_token(answer.body, now)

    def _assertion(self, platform: Platform, now: datetime) -> str:
        key = self._tool_keys.signer(platform.id)
        body = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.token_audience,
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFETIME).timestamp()),
            "jti": str(uuid4()),
        }
        return jwt.encode(body, key.private, algorithm="RS256", headers={"kid": key.kid})


def read_token(body: bytes, now: datetime) -> Token:
    """Read the answer (RFC 6749, 5.1); without ``expires_in`` the token is used for this call only.

    Raises TokenRefusedError when it holds none.
    """
    answer = read_json(body)
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise TokenRefusedError("the token address gave no token")
    seconds = answer.get("expires_in")
    lifetime = timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**6 else MARGIN
    return Token(value, now + min(lifetime, LONGEST) - MARGIN)

"""The connection test: asks a platform, step by step, what a launch and its services will ask of it.

It says what was answered as a code with values; the pages put it into words. No key and no token leaves it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from campus.errors import CampusError
from campus.outbound import AddressRefusedError, AnswerTooLargeError, Outbound, OutboundError, Response, read_json
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.keysets import read_key_set
from lti_tool.launch.registrations import Platform
from lti_tool.services.ags import SCORE_SCOPE
from lti_tool.services.errors import TokenRefusedError
from lti_tool.services.tokens import AccessTokens, read_token

SECONDS = 8.0
MAX_BYTES = 256 * 1024
HTTP_OK, SERVER_ERROR = 200, 500
OAUTH_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
"""RFC 6749, 5.2. Only these are shown: what else a platform writes there is anybody's text."""


class Step(StrEnum):
    """What is asked."""

    KEYS = "keys"
    LOGIN = "login"
    TOKEN = "token"  # noqa: S105 - a step's name


@dataclass(frozen=True)
class Finding:
    """What came of one step: ``problem`` is empty, or says what is wrong.

    ``refused_address``, ``unreachable``, ``too_large``, ``status``, ``not_json``, ``no_keys``, ``oauth`` or
    ``no_token``. ``status`` is the HTTP status, ``error`` the OAuth error, ``number`` how many keys can be used.
    """

    step: Step
    problem: str = ""
    status: int | None = None
    error: str = ""
    number: int = 0


def check(
    outbound: Outbound, tool_keys: ToolKeys, platform: Platform, *, scopes: frozenset[str], now: datetime
) -> list[Finding]:
    """Ask the platform for its keys, its login page and a token for ``scopes``; each in at most ten seconds."""
    return [_keys(outbound, platform), _login(outbound, platform), _token(outbound, tool_keys, platform, scopes, now)]


def scopes_of(asked: dict[str, Any] | None) -> frozenset[str]:
    """Return the scopes to test with: those that dynamic registration has brought, else what scores need."""
    granted = (asked or {}).get("scopes")
    return frozenset(granted) if granted else frozenset({SCORE_SCOPE})


def _keys(outbound: Outbound, platform: Platform) -> Finding:
    answer = _ask(outbound, Step.KEYS, platform.key_set_url, accept="application/json")
    if isinstance(answer, Finding):
        return answer
    if answer.status != HTTP_OK:
        return Finding(Step.KEYS, "status", status=answer.status)
    keys = read_key_set(answer.body)
    if keys is None:
        return Finding(Step.KEYS, "not_json")
    number = sum(map(len, keys.values()))
    return Finding(Step.KEYS, "" if number else "no_keys", number=number)


def _login(outbound: Outbound, platform: Platform) -> Finding:
    """Any answer will do: without a login of a browser it is mostly an error page."""
    answer = _ask(outbound, Step.LOGIN, platform.auth_login_url, accept="text/html")
    if isinstance(answer, Finding):
        return answer
    return Finding(Step.LOGIN, "status" if answer.status >= SERVER_ERROR else "", status=answer.status)


def _token(
    outbound: Outbound, tool_keys: ToolKeys, platform: Platform, scopes: frozenset[str], now: datetime
) -> Finding:
    try:
        answer = AccessTokens(outbound, tool_keys).request(platform, scopes, now=now, seconds=SECONDS)
    except (AddressRefusedError, OutboundError) as error:
        return Finding(Step.TOKEN, _problem(error))
    if answer.status == HTTP_OK and _has_token(answer, now):
        return Finding(Step.TOKEN)
    error_code = _oauth_error(answer.body)
    if error_code:
        return Finding(Step.TOKEN, "oauth", status=answer.status, error=error_code)
    return Finding(Step.TOKEN, "status" if answer.status != HTTP_OK else "no_token", status=answer.status)


def _has_token(answer: Response, now: datetime) -> bool:
    try:
        read_token(answer.body, now)
    except TokenRefusedError:
        return False
    return True


def _oauth_error(body: bytes) -> str:
    told = read_json(body)
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, str) and error in OAUTH_ERRORS else ""


def _ask(outbound: Outbound, step: Step, url: str, *, accept: str) -> Response | Finding:
    try:
        return outbound.request("GET", url, headers={"Accept": accept}, max_bytes=MAX_BYTES, seconds=SECONDS)
    except (AddressRefusedError, OutboundError) as error:
        return Finding(step, _problem(error))


def _problem(error: CampusError) -> str:
    match error:
        case AddressRefusedError():
            return "refused_address"
        case AnswerTooLargeError():
            return "too_large"
        case _:
            return "unreachable"

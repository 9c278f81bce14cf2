"""A posted id_token becomes LaunchClaims, or is refused. No web framework, no database.

The steps are pylti1p3's, but ours where it is unsafe: it never consumes nonces, requires no ``exp`` or
``iat``, has no leeway and no maximum age, ignores ``azp`` and ``target_link_uri``, and fetches keys at every
launch. The state was read before and is used up after (:mod:`lti_tool.launch.states`); here the token must fit it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Self, cast

import jwt
import requests
from jwt.types import Options
from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch, TLaunchData
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lti_tool.launch import claims
from lti_tool.launch.claims import LaunchClaims
from lti_tool.launch.errors import (
    AudienceError,
    ClaimsError,
    DeploymentUnknownError,
    ExpiredError,
    IssuerError,
    NonceError,
    NotLtiError,
    NotYetValidError,
    SignatureError,
    TargetError,
    TokenFormatError,
    TokenTooLargeError,
)
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.registrations import Platform
from lti_tool.launch.states import Login, digest, nonce_of

ALGORITHM = "RS256"
MAX_TOKEN_BYTES = 64 * 1024
LEEWAY_SECONDS = 60
MAX_AGE_SECONDS = 3600
MAX_DEPTH = 32
"""Of objects and lists within each other; LTI's own claims have four."""

_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    # what PyJWT would check of the claims is checked here, with our clock and our codes
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True)
class Posted:
    """A launch as it came in, with the login that it ends and the platform of that login."""

    id_token: str
    state: str
    login: Login
    platform: Platform


def verify(posted: Posted, key_sets: KeySets, *, now: datetime) -> LaunchClaims:
    """Return what the platform says of this launch, after every check has held.

    Raises a LaunchError: format, signature, keys, not LTI, issuer, audience, time, nonce, target, claims,
    message type or deployment (LTI Security Framework 1.0, 5.1.3; LTI 1.3, 5.3).
    """
    message = _Message(posted, key_sets, now)
    try:
        message.validate()
    except LtiException as error:
        raise ClaimsError("a claim that the message type requires is missing") from error
    return message.claims()


class _PostedRequest(Request):
    """The posted form, as pylti1p3 asks for it."""

    def __init__(self, posted: Posted) -> None:
        self._posted = posted

    @property
    def session(self) -> dict[str, Any]:
        """Nothing is kept between requests: the launch has a row of its own."""
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._posted.id_token if key == "id_token" else ""


_NO_REQUESTS = requests.Session()
"""Never used, for keys come from elsewhere; without it each launch would make one, which takes longer than the rest."""


class _NoCookies(CookieService):
    """The browser was checked with the state; nothing here reads or sets a cookie."""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        return None


class _OnePlatform(ToolConfAbstract[_PostedRequest]):
    """The one platform whose login this launch ends; no other could answer it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        raise IssuerError("a client is needed to find a platform")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> Registration:
        if iss != self._platform.issuer:
            raise IssuerError("the token is another platform's")
        return Registration().set_issuer(iss).set_client_id(self._platform.client_id)

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return None

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        if deployment_id not in self._platform.deployments:
            return None
        return Deployment().set_deployment_id(deployment_id)


class _Message(MessageLaunch[_PostedRequest, _OnePlatform, SessionService, _NoCookies]):
    """pylti1p3's launch with its unsafe steps replaced."""

    def __init__(self, posted: Posted, key_sets: KeySets, now: datetime) -> None:
        request = _PostedRequest(posted)
        super().__init__(
            request,
            _OnePlatform(posted.platform),
            SessionService(request),
            _NoCookies(),
            requests_session=_NO_REQUESTS,
        )
        self._posted = posted
        self._key_sets = key_sets
        self._now = now
        self._body: Mapping[str, Any] = {}

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def validate(self) -> Self:
        """Check everything; from the signature on only the signed body is read."""
        self._validated = True
        if len(self._posted.id_token) > MAX_TOKEN_BYTES:
            raise TokenTooLargeError("the token is larger than any launch")
        try:
            self.validate_jwt_format()
        except LtiException as error:
            raise TokenFormatError("the token can't be read") from error
        self.validate_jwt_signature()
        self._validate_is_lti()
        self.validate_registration()
        self._validate_times()
        self.validate_nonce()
        self._validate_target()
        claims.check_message(self._body)
        self.validate_deployment()
        claims.roles_of(self._body)
        return self

    def claims(self) -> LaunchClaims:
        """Return the values of the checked body."""
        deployment = self._posted.platform.deployments[self._get_deployment_id()]
        return claims.read(self._body, self._posted.platform, deployment)

    def get_client_id(self) -> str:
        """Return the client that the token is for (OpenID Connect Core, 3.1.3.7, points 3 to 5)."""
        ours = self._posted.platform.client_id
        audience = self._body.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience
        if not isinstance(audiences, list) or ours not in audiences:
            raise AudienceError("the token is meant for another client")
        party = self._body.get("azp")
        if party != ours and (party is not None or len(audiences) > 1):
            raise AudienceError("the token was made for another party")
        return ours

    def validate_jwt_format(self) -> Self:
        super().validate_jwt_format()
        parts: list[Any] = [self._jwt["header"], self._jwt["body"]]
        if not all(isinstance(part, dict) for part in parts):
            raise TokenFormatError("the token's parts are no objects")
        if not all(_is_flat(part) for part in parts):
            raise TokenFormatError("the token's claims are nested too deeply")
        return self

    def validate_jwt_signature(self) -> Self:
        """Find the key among the platform's own, never in the token's header, and keep the signed body."""
        header: Mapping[str, Any] = self._jwt["header"]
        if header.get("alg") != ALGORITHM:
            raise SignatureError("tokens are signed with RS256 here")
        if "crit" in header:  # RFC 7515, 4.1.11: who doesn't understand all that it names must refuse
            raise SignatureError("the token asks for an extension")
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise SignatureError("the token names no key")
        for key in self._key_sets.find(self._posted.platform, kid, now=self._now):
            try:
                self._body = jwt.decode(self._posted.id_token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
            except jwt.InvalidTokenError:
                continue
            self._jwt["body"] = cast("TLaunchData", self._body)
            return self
        raise SignatureError("no key of the platform has signed the token")

    def _validate_is_lti(self) -> None:
        if not any(name.startswith(claims.LTI) for name in self._body):
            raise NotLtiError("the token holds no LTI claim")

    def _validate_times(self) -> None:
        now = self._now.timestamp()
        issued, expires = _seconds(self._body, "iat"), _seconds(self._body, "exp")
        begins = _seconds(self._body, "nbf") if "nbf" in self._body else issued
        if max(issued, begins) > now + LEEWAY_SECONDS:
            raise NotYetValidError("the token comes from the future")
        if expires <= now - LEEWAY_SECONDS:
            raise ExpiredError("the token has expired")
        if issued < now - MAX_AGE_SECONDS - LEEWAY_SECONDS:
            raise ExpiredError("the token was made too long ago")

    def validate_nonce(self) -> Self:
        """Tie the token to this login, by the nonce that belongs to its state."""
        nonce = self._body.get("nonce")
        expected = nonce_of(self._posted.state).encode()
        if not isinstance(nonce, str) or not compare_digest(nonce.encode(errors="replace"), expected):
            raise NonceError("the nonce is not this login's")
        return self

    def _validate_target(self) -> None:
        """Require the address of the login (LTI 1.3, 5.3.4); that one was found to be ours."""
        target = self._body.get(claims.TARGET_LINK_URI)
        if not isinstance(target, str) or digest(target) != self._posted.login.target_hash:
            raise TargetError("target_link_uri is not the login's")

    def validate_deployment(self) -> Self:
        deployment_id = claims.required_id(self._body.get(claims.DEPLOYMENT_ID), "deployment_id")
        platform = self._posted.platform
        if deployment_id not in platform.deployments:
            missing = (platform.issuer, platform.client_id, deployment_id)
            raise DeploymentUnknownError("this deployment isn't registered", missing)
        super().validate_deployment()
        return self


def _is_flat(part: Any) -> bool:
    """Say whether objects and lists lie at most ``MAX_DEPTH`` deep within each other; without recursion."""
    level: list[Any] = [part]
    for _ in range(MAX_DEPTH):
        holders = [value for value in level if isinstance(value, dict | list)]
        if not holders:
            return True
        level = [value for held in holders for value in (held.values() if isinstance(held, dict) else held)]
    return False


def _seconds(body: Mapping[str, Any], name: str) -> float:
    """Return a NumericDate (RFC 7519, 2), or raise ClaimsError."""
    value = body.get(name)
    try:
        seconds = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ClaimsError(f"{name} is missing or no number")
    return seconds

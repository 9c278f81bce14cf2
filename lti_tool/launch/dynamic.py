"""Dynamic registration (LTI Dynamic Registration 1.0): ask the platform where, tell it who we are, get a client id.

Everything here comes from an address that somebody put into a link: each answer is capped in size and time, and each
address in it is looked at before it is believed. Nothing is written; `invites.use` keeps what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from campus.errors import CampusError
from campus.outbound import AddressRefusedError, Outbound, OutboundError, Response, read_json
from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST
from lti_tool.launch.store import ID_LENGTH, URL_LENGTH
from lti_tool.services import groups, nrps
from lti_tool.services.ags import RESULT_SCOPE, SCORE_SCOPE
from lti_tool.services.lineitems import LINEITEM_SCOPE, READONLY_SCOPE

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SCOPES = (LINEITEM_SCOPE, READONLY_SCOPE, RESULT_SCOPE, SCORE_SCOPE, nrps.SCOPE)
SCOPES_IF_NAMED = (groups.SCOPE,)
"""Asked for only where the platform names it: few know it, and some refuse what they don't know."""
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
PLACEMENT = "ContentArea"
NAME = "KommunalCampus"

CONFIGURATION_SECONDS = 4.0
REGISTRATION_SECONDS = 5.0
"""Together less than the ten seconds after which people think that nothing happens."""
MAX_BYTES = 256 * 1024
PRODUCT_LENGTH, VERSION_LENGTH, MOST_NAMED = 60, 100, 50
OK = frozenset({200, 201})
"""The standard says 201 (Dynamic Registration 1.0, 3.6); Moodle answers 200."""
OTHER_HOSTS = {
    "canvas.instructure.com": "sso.canvaslms.com",
    "canvas.beta.instructure.com": "sso.beta.canvaslms.com",
    "canvas.test.instructure.com": "sso.test.canvaslms.com",
}
"""Canvas alone has an issuer and, since 2023, endpoints on another host
(developerdocs.instructure.com, External tools, LTI, "Configuring Canvas in the Tool")."""


class ConnectError(CampusError):
    """A registration that came to nothing; the invite can still be used."""

    code = "connect.refused"
    status = 422


class ConfigurationError(ConnectError):
    """The platform's configuration can't be used; the message names the field."""

    code = "connect.configuration"


class AddressError(ConnectError):
    """The platform, or one of its endpoints, has an address that is not called from here."""

    code = "connect.address"


class UnreachableError(ConnectError):
    """The platform can't be reached, is too slow, or answers more than makes sense."""

    code = "connect.unreachable"
    status = 424


class RefusedError(ConnectError):
    """The platform has refused the registration."""

    code = "connect.platform_refused"
    status = 424


@dataclass(frozen=True)
class Configuration:
    """What a platform says of itself (Dynamic Registration 1.0, 3.5.1); its addresses may be called."""

    issuer: str
    registration_url: str
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    token_audience: str | None
    scopes: frozenset[str] | None
    """None: the platform doesn't say which it has."""
    messages: frozenset[str] | None
    placements: frozenset[str]
    product: str | None
    version: str | None


@dataclass(frozen=True)
class Told:
    """What came of a registration: the values of a `Registration`, and the deployment if the platform made one."""

    configuration: Configuration
    client_id: str
    deployment_id: str | None
    asked: dict[str, Any]


def register(outbound: Outbound, public_url: str, *, configuration_url: str, token: str | None) -> Told:
    """Register this tool at the platform that ``configuration_url`` belongs to. Raises a ConnectError."""
    configuration = read_configuration(outbound, configuration_url)
    wish = client_registration(public_url, configuration)
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = _call(
        outbound, "POST", configuration.registration_url, seconds=REGISTRATION_SECONDS, headers=headers, json=wish
    )
    if answer.status not in OK:
        raise RefusedError(f"the registration endpoint answered {answer.status}")
    return _read_registration(configuration, wish, _json(answer, RefusedError))


def read_configuration(outbound: Outbound, url: str) -> Configuration:
    """Fetch the platform's configuration and check all that is used of it. Raises a ConnectError."""
    answer = _call(outbound, "GET", url, seconds=CONFIGURATION_SECONDS, headers={"Accept": "application/json"})
    if answer.status not in OK:
        raise UnreachableError(f"the configuration's address answered {answer.status}")
    told = _json(answer, ConfigurationError)
    issuer = _address(outbound, told, "issuer", longest=ID_LENGTH)
    if urlsplit(issuer).query or not _same_host(urlsplit(issuer), urlsplit(url)):
        raise ConfigurationError("issuer is not on the host of the configuration")
    about = told.get(PLATFORM)
    about = about if isinstance(about, dict) else {}
    messages = about.get("messages_supported")
    messages = [item for item in messages if isinstance(item, dict)] if isinstance(messages, list) else None
    return Configuration(
        issuer=issuer,
        registration_url=_address(outbound, told, "registration_endpoint"),
        auth_login_url=_address(outbound, told, "authorization_endpoint"),
        auth_token_url=_address(outbound, told, "token_endpoint"),
        key_set_url=_address(outbound, told, "jwks_uri"),
        token_audience=_short(told.get("authorization_server"), URL_LENGTH),
        scopes=_named(told.get("scopes_supported")),
        messages=None if messages is None else frozenset(str(item.get("type")) for item in messages),
        placements=frozenset(name for item in messages or [] for name in _named(item.get("placements")) or ()),
        product=_short(about.get("product_family_code"), PRODUCT_LENGTH),
        version=_short(about.get("version"), VERSION_LENGTH),
    )


def client_registration(public_url: str, platform: Configuration) -> dict[str, Any]:
    """Return what we send (Dynamic Registration 1.0, 3.5.2): only scopes and messages that the platform has."""
    ours = ToolAddresses(public_url)
    scopes = SCOPES if platform.scopes is None else [s for s in (*SCOPES, *SCOPES_IF_NAMED) if s in platform.scopes]
    messages: list[dict[str, Any]] = [{"type": RESOURCE_LINK_REQUEST, "target_link_uri": ours.launch, "label": NAME}]
    if platform.messages is None or DEEP_LINKING_REQUEST in platform.messages:
        choose = {"type": DEEP_LINKING_REQUEST, "target_link_uri": ours.launch, "label": "Choose learning units"}
        choose["label#de"] = "Lerneinheiten auswählen"
        messages.append(choose | ({"placements": [PLACEMENT]} if PLACEMENT in platform.placements else {}))
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": ours.login,
        "redirect_uris": [ours.launch],
        "client_name": NAME,
        "client_name#de": NAME,
        "jwks_uri": ours.keys,
        "logo_uri": f"{public_url}/static/favicon.svg",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scopes),
        TOOL: {
            "domain": ours.domain,
            "description": "Learning units for municipalities, with certificates",
            "description#de": "Lerneinheiten für Kommunen, mit Nachweisen",
            "target_link_uri": ours.launch,
            "custom_parameters": {},
            "claims": list(CLAIMS),
            "messages": messages,
        },
    }


def _read_registration(configuration: Configuration, wish: Mapping[str, Any], told: Mapping[str, Any]) -> Told:
    """Take client id, deployment and what was granted from the answer; what it leaves out is as we asked."""
    client_id = _short(told.get("client_id"), ID_LENGTH)
    if client_id is None:
        raise RefusedError("the answer has no client_id")
    given = told.get(TOOL)
    tool: Mapping[str, Any] = given if isinstance(given, dict) else wish[TOOL]
    deployment = tool.get("deployment_id")
    scope = told.get("scope")
    messages = tool.get("messages")
    kinds = [item.get("type") for item in messages if isinstance(item, dict)] if isinstance(messages, list) else []
    asked = {
        "scopes": sorted(_named((scope if isinstance(scope, str) else wish["scope"]).split(" ")) or ()),
        "messages": sorted(_named([*kinds, RESOURCE_LINK_REQUEST]) or ()),
        "claims": sorted(_named(tool.get("claims")) or CLAIMS, key=lambda name: (_place(name), name)),
        "version": configuration.version,
    }
    return Told(configuration, client_id, _short(str(deployment), ID_LENGTH) if deployment else None, asked)


def _place(claim: str) -> int:
    return CLAIMS.index(claim) if claim in CLAIMS else len(CLAIMS)


def _call(outbound: Outbound, method: str, url: str, *, seconds: float, **options: Any) -> Response:
    try:
        return outbound.request(method, url, max_bytes=MAX_BYTES, seconds=seconds, **options)
    except AddressRefusedError as error:
        raise AddressError(str(error)) from error
    except OutboundError as error:
        raise UnreachableError("the platform could not be reached, or not read whole") from error


def _json(answer: Response, refusal: type[ConnectError]) -> dict[str, Any]:
    told = read_json(answer.body)
    if not isinstance(told, dict):
        raise refusal("the platform's answer is not a JSON object")
    return told


def _address(outbound: Outbound, told: Mapping[str, Any], field: str, *, longest: int = URL_LENGTH) -> str:
    """Return an address of the configuration that may be called, also later and by others."""
    url = _short(told.get(field), longest)
    if url is None or "#" in url or "\\" in url or " " in url:
        raise ConfigurationError(f"{field} is no web address")
    try:
        outbound.check(url)
    except AddressRefusedError as error:
        raise AddressError(f"{field}: {error}") from error
    except OutboundError as error:
        raise UnreachableError(f"the host of {field} has no address") from error
    return url


def _same_host(issuer: SplitResult, configuration: SplitResult) -> bool:
    ours, theirs = _host(issuer), _host(configuration)
    return ours == theirs or (ours[1] == theirs[1] and OTHER_HOSTS.get(ours[0]) == theirs[0])


def _host(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _short(value: Any, longest: int) -> str | None:
    """Return a printable text that isn't empty or too long; everything else is as if it weren't there."""
    return value if isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() else None


def _named(values: Any) -> frozenset[str] | None:
    """Return the texts of a list; None when it is no list."""
    if not isinstance(values, list):
        return None
    return frozenset(value for value in values[:MOST_NAMED] if _short(value, ID_LENGTH))

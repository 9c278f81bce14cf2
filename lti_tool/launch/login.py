"""The platform begins a login (OpenID Connect third-party initiated login); we send the browser to authorise."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Request, Response

from lti_tool.launch import registrations, states
from lti_tool.launch.errors import LoginIncompleteError, TargetError
from lti_tool.launch.needs import LaunchServices
from lti_tool.launch.store import ID_LENGTH

FRAME_LENGTH = 100
HINT_LENGTH = 4000
"""Platforms pass whole JSON objects as hints."""


def begin(request: Request, services: LaunchServices) -> Response:
    """Answer a login request with the way to the platform's authorisation (LTI Security Framework, 5.1.1).

    State and nonce fit each other and a secret in a cookie of this browser; nothing is written. Raises
    LoginIncompleteError, TargetError, RegistrationUnknownError, RegistrationPendingError and
    RegistrationDisabledError.
    """
    issuer = _parameter(request, "iss", ID_LENGTH)
    login_hint = _parameter(request, "login_hint", HINT_LENGTH)
    target = _parameter(request, "target_link_uri", HINT_LENGTH)
    if not (issuer and login_hint and target):
        raise LoginIncompleteError("iss, login_hint and target_link_uri are required")
    if not services.is_ours(target):
        raise TargetError("target_link_uri is not an address of this tool")
    client_id = _parameter(request, "client_id", ID_LENGTH)
    with services.database.read() as session:
        platform = registrations.for_login(session, issuer, client_id)
    browser = services.new_secret()
    login = states.Login(
        registration_id=platform.id,
        target_hash=states.digest(target),
        browser_hash=states.digest(browser),
        storage_target=_parameter(request, "lti_storage_target", FRAME_LENGTH),
    )
    state = states.begin(login, services.encryption, now=services.clock())
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": services.launch_url,
        "login_hint": login_hint,
        "state": state,
        "nonce": states.nonce_of(state),
    }
    if (message_hint := _parameter(request, "lti_message_hint", HINT_LENGTH)) is not None:
        asked["lti_message_hint"] = message_hint
    answer = Response(status=302, headers={"Location": with_query(platform.auth_login_url, asked)})
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        cookie_name(state),
        browser,
        max_age=states.LIFETIME,
        path=f"{services.path}/lti/launch",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
    return answer


def cookie_name(state: str) -> str:
    """Return the name of the cookie that binds a login to its browser; two tabs have one each."""
    return f"kc_login_{states.digest(state)[:12]}"


def with_query(url: str, parameters: dict[str, str]) -> str:
    """Return ``url`` with ``parameters`` behind whatever query it has already."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def _parameter(request: Request, name: str, length: int) -> str | None:
    """Return a parameter of the form or the address; one that is empty or absurdly long is none."""
    value = request.values.get(name)
    return value if value and len(value) <= length and "\0" not in value else None

"""The platform begins a login (OpenID Connect third-party initiated login); we send the browser to authorise.

In a frame a page stands between, which finds out how this browser can be known again before the platform's hint,
which works once, is used up: by our cookie, by what the platform stores for us, or else in a window of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request, Response, render_template

from lti_tool import web
from lti_tool.launch import states
from lti_tool.launch.errors import LoginIncompleteError, TargetError
from lti_tool.launch.needs import LaunchServices
from lti_tool.launch.registrations import Platform
from lti_tool.launch.sites import frame_sources, framing_places, own_places, same_site
from lti_tool.launch.store import ID_LENGTH
from lti_tool.launch.values import origin, with_query

FRAME_LENGTH = 100
HINT_LENGTH = 4000
"""Platforms pass whole JSON objects as hints."""
STORAGE_TARGET = "lti_storage_target"
OWN_WINDOW = "own_window"
"""The field by which our page begins the login again, in a window of its own."""
FRAMES = frozenset({"iframe", "frame", "embed", "object"})
PROBE_SECONDS = 60


@dataclass(frozen=True)
class _Begun:
    """A login that begins: its state, the browser's secret, and the address at which the platform authorises."""

    platform: Platform
    state: str
    browser: str
    storage_target: str | None
    way: str


def begin(request: Request, services: LaunchServices) -> Response:
    """Answer a login request with the way to the platform's authorisation (LTI Security Framework, 5.1.1).

    State and nonce fit each other and a secret that this browser keeps; nothing is written. Raises
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
    platform = services.platforms.for_login(issuer, client_id)
    browser = services.new_secret()
    storage_target = _parameter(request, STORAGE_TARGET, FRAME_LENGTH)
    login = states.Login(
        registration_id=platform.id,
        target_hash=states.digest(target),
        browser_hash=states.digest(browser),
        storage_target=storage_target,
    )
    state = states.begin(login, services.encryption, now=services.clock())
    hints = {"login_hint": login_hint, "lti_message_hint": _parameter(request, "lti_message_hint", HINT_LENGTH)}
    way = _authorisation_request(platform, state, hints, launch_url=services.addresses.launch)
    begun = _Begun(platform, state, browser, storage_target, way)
    answer = _page(request, services, begun) if _wants_page(request, begun) else _redirect(begun)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        cookie_name(state),
        browser,
        max_age=states.LIFETIME,
        path=urlsplit(services.addresses.launch).path,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
    return answer


def _authorisation_request(platform: Platform, state: str, hints: Mapping[str, str | None], *, launch_url: str) -> str:
    """Return the address at which the platform authorises (Security Framework 1.0, 5.1.1.2), with its hints."""
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": launch_url,
        "state": state,
        "nonce": states.nonce_of(state),
    }
    return with_query(platform.auth_login_url, asked | {name: hint for name, hint in hints.items() if hint})


def _redirect(begun: _Begun) -> Response:
    return Response(status=302, headers={"Location": begun.way})


def _wants_page(request: Request, begun: _Begun) -> bool:
    """Say whether the browser needs the page: it stands in a frame, and one in which the page may be seen.

    Older browsers don't say where they stand; those whose platform can store for us get it too. Whose frame it is
    says the address that the request comes from. On the site of somebody else than the platform, as far as we can
    know before the launch is signed, only a redirect gets through.
    """
    if OWN_WINDOW in request.values:
        return True
    place = request.headers.get("Sec-Fetch-Dest")
    if place not in FRAMES and not (place is None and begun.storage_target):
        return False
    platform, framer = begun.platform, _framer(request)
    if framer is None:
        return origin(platform.issuer) == origin(platform.auth_login_url)
    return same_site(framer, *own_places(platform))


def _framer(request: Request) -> str | None:
    """Return the origin of the page that sent the browser here, if the browser tells it."""
    return origin(request.headers.get("Origin", "")) or origin(request.headers.get("Referer", ""))


def _page(request: Request, services: LaunchServices, begun: _Begun) -> Response:
    """Answer with the page that tries the cookie, then the platform's storage, then offers a new window."""
    platform, probe = begun.platform, f"kc_probe_{states.digest(begun.state)[:12]}"
    own = framing_places(platform)
    in_own_window = OWN_WINDOW in request.values
    framer = None if in_own_window else _framer(request)
    web.allow_frames(*frame_sources((*own, framer) if framer else own))
    left_out = {STORAGE_TARGET, OWN_WINDOW}  # around a window of its own there is no frame of the platform
    page = render_template(
        "launch/login.html",
        way=begun.way,
        probe=probe,
        in_own_window=in_own_window,
        frame="" if in_own_window else begun.storage_target or "",
        platform_origin=origin(platform.auth_login_url) or "",
        key=storage_key(begun.state),
        browser=begun.browser,
        again=[(name, value) for name, value in request.values.items() if name not in left_out],
        own_window=OWN_WINDOW,
    )
    answer = Response(page, mimetype="text/html")
    answer.set_cookie(
        probe,
        "1",
        max_age=PROBE_SECONDS,
        path=urlsplit(services.addresses.login).path,
        secure=True,
        httponly=False,  # the page's script must see whether it was kept
        samesite="None",
        partitioned=True,
    )
    return answer


def storage_key(state: str) -> str:
    """Return the name under which the platform stores the browser's secret for us (LTI Platform Storage 1.0)."""
    return f"kc_{states.digest(state)}"


def cookie_name(state: str) -> str:
    """Return the name of the cookie that binds a login to its browser; two tabs have one each."""
    return f"kc_login_{states.digest(state)[:12]}"


def _parameter(request: Request, name: str, length: int) -> str | None:
    """Return a parameter of the form or the address; one that is empty or absurdly long is none."""
    value = request.values.get(name)
    return value if value and len(value) <= length and "\0" not in value else None

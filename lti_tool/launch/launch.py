"""A launch, from the platform's form to the unit's page: read the state, verify, admit, redirect.

`login` has begun it, `verify` decides, `admit` writes, `session` is what pages see of it.
"""

from flask import Blueprint, Request, Response, jsonify, render_template, request

from campus.flood import Flood, network_of
from lti_tool import web
from lti_tool.launch import login, session, states
from lti_tool.launch.admit import admit
from lti_tool.launch.claims import (
    DEEP_LINKING_REQUEST,
    RESOURCE_LINK_REQUEST,
    SUBMISSION_REVIEW_REQUEST,
    LaunchClaims,
)
from lti_tool.launch.errors import (
    BrowserError,
    FloodError,
    PlatformRefusedError,
    StateUnknownError,
    TokenFormatError,
    TokenTooLargeError,
)
from lti_tool.launch.needs import LaunchServices
from lti_tool.launch.sites import frame_sources, framing_places
from lti_tool.launch.values import origin
from lti_tool.launch.verify import MAX_TOKEN_BYTES, Posted, verify
from lti_tool.wiring import Services

MAX_FORM_BYTES = MAX_TOKEN_BYTES + 16 * 1024
DESCRIPTION_LENGTH = 300
KEYS_MAX_AGE_SECONDS = 3600
PAGES = {RESOURCE_LINK_REQUEST: "", DEEP_LINKING_REQUEST: "auswahl/", SUBMISSION_REVIEW_REQUEST: "arbeit/"}
"""Where each kind of message leads, below the launch's address."""


def blueprint(house: Services) -> Blueprint:
    """Return the routes `/lti/login`, `/lti/launch` and `/lti/keys`."""
    services = LaunchServices.of(house)
    routes = Blueprint("launch", __name__, url_prefix="/lti")
    logins, launches = (Flood(house.settings.logins_per_minute) for _ in range(2))

    @routes.route("/login", methods=["GET", "POST"])
    def begin_login() -> Response:
        _hold_back(logins, services)
        return login.begin(_capped(request), services)

    @routes.post("/launch")
    def launch() -> Response:
        _hold_back(launches, services)
        return end_login(_capped(request), services)

    @routes.get("/keys")
    def keys() -> Response:
        answer = jsonify(services.tool_keys.public_set())
        answer.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE_SECONDS}"
        return answer

    return routes


def end_login(request: Request, services: LaunchServices) -> Response:
    """Let a launch in, or raise a LaunchError and leave nothing written.

    The answer is a 303, so that reloading the page is no second launch. A browser that keeps no cookie, but whose
    platform may have stored its secret, first gets a page that asks the platform for it and posts the launch again.
    """
    state, now = request.form.get("state", ""), services.clock()
    if "error" in request.form:
        raise PlatformRefusedError("the platform refused the login", description=_said(request, services))
    begun = states.read(state, services.encryption, now=now)
    cookie, stored = request.cookies.get(login.cookie_name(state)), _stored(request, begun, services)
    asks = cookie is None and stored is None and begun.storage_target is not None
    if not asks:
        begun.require_browser(cookie or stored)
    id_token = request.form.get("id_token")
    if not id_token:
        raise TokenFormatError("there is no id_token")
    platform = services.platforms.of_login(begun.registration_id)
    claims = verify(Posted(id_token, state, begun, platform), services.key_sets, now=now)
    if asks:
        return _ask_the_platform(claims, begun, state, id_token)
    secret = services.new_secret()
    with services.database.write() as writing:
        states.end(writing, state, now=now)
        public_id = admit(writing, claims, secret=secret, now=now, publish=services.publish(writing))
    keeps_cookies = cookie is not None
    address = public_id if keeps_cookies else session.address_of(public_id, secret)
    path = f"{services.path}/launch/{address}/{PAGES[claims.message_type]}"
    answer = Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
    if keeps_cookies:
        # The login's cookie stays for its ten minutes: who posts the same launch again reads that it was used.
        session.set_cookie(answer, public_id, secret, path=services.path)
    return answer


def _stored(request: Request, begun: states.Login, services: LaunchServices) -> str | None:
    """Return the secret that our own page got from the platform's storage.

    From any other page it counts for nothing: somebody could post their own launch, with the secret that their own
    browser was given, in a browser of somebody else.
    """
    secret = request.form.get("browser")
    if secret is None or begun.storage_target is None:
        return None
    if not web.is_from_our_page(services.addresses.public_url):
        raise BrowserError("what the platform stored comes from another page than ours")
    return secret


def _ask_the_platform(claims: LaunchClaims, begun: states.Login, state: str, id_token: str) -> Response:
    """Answer with the page that asks the platform's frame for the browser's secret; nothing is written."""
    platform = claims.platform
    web.allow_frames(*frame_sources(framing_places(platform), signed_places(claims)))
    page = render_template(
        "launch/storage.html",
        frame=begun.storage_target,
        platform_origin=origin(platform.auth_login_url) or "",
        key=login.storage_key(state),
        state=state,
        id_token=id_token,
    )
    # Older browsers say only by Origin that the form is ours, and without a referrer they say "null" there.
    headers = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    return Response(page, mimetype="text/html", headers=headers)


def signed_places(claims: LaunchClaims) -> tuple[str | None, ...]:
    """Return the addresses of the platform's pages that the launch names: there its frame stands."""
    return claims.return_url, claims.deep_linking.return_url if claims.deep_linking else None


def _said(request: Request, services: LaunchServices) -> str:
    """Return the platform's description of its error.

    Without a login that this browser began, the text is anybody's, who could put words into our mouth: then empty.
    """
    state = request.form.get("state", "")
    try:
        begun = states.read(state, services.encryption, now=services.clock())
        begun.require_browser(request.cookies.get(login.cookie_name(state)))
    except (StateUnknownError, BrowserError):
        return ""
    return request.form.get("error_description", "")[:DESCRIPTION_LENGTH]


def _hold_back(flood: Flood, services: LaunchServices) -> None:
    """Raise FloodError for who sends more than a whole class does."""
    seconds = flood.seconds_to_wait(network_of(request.remote_addr), now=services.clock())
    if seconds:
        raise FloodError("too many logins or launches from one address", after=seconds)


def _capped(request: Request) -> Request:
    """Refuse a form larger than any launch before it is read, also one that doesn't say its length."""
    if (request.content_length or 0) > MAX_FORM_BYTES:
        raise TokenTooLargeError("the form is larger than any launch")
    request.max_content_length = MAX_FORM_BYTES
    return request

"""A launch, from the platform's form to the unit's page: read the state, verify, admit, redirect.

`login` has begun it, `verify` decides, `admit` writes, `session` is what pages see of it.
"""

from flask import Blueprint, Request, Response, jsonify, request

from lti_tool.launch import login, registrations, session, states
from lti_tool.launch.admit import admit
from lti_tool.launch.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST, SUBMISSION_REVIEW_REQUEST
from lti_tool.launch.errors import (
    BrowserError,
    PlatformRefusedError,
    StateUnknownError,
    TokenFormatError,
    TokenTooLargeError,
)
from lti_tool.launch.needs import LaunchServices
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

    @routes.route("/login", methods=["GET", "POST"])
    def begin_login() -> Response:
        return login.begin(_capped(request), services)

    @routes.post("/launch")
    def launch() -> Response:
        return end_login(_capped(request), services)

    @routes.get("/keys")
    def keys() -> Response:
        answer = jsonify(services.tool_keys.public_set())
        answer.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE_SECONDS}"
        return answer

    return routes


def end_login(request: Request, services: LaunchServices) -> Response:
    """Let a launch in, or raise a LaunchError and leave nothing written.

    The answer is a 303, so that reloading the page is no second launch.
    """
    state, now = request.form.get("state", ""), services.clock()
    if "error" in request.form:
        raise PlatformRefusedError("the platform refused the login", description=_said(request, services))
    begun = states.read(state, services.encryption, now=now)
    begun.require_browser(request.cookies.get(login.cookie_name(state)))
    id_token = request.form.get("id_token")
    if not id_token:
        raise TokenFormatError("there is no id_token")
    with services.database.read() as reading:
        platform = registrations.by_id(reading, begun.registration_id)
    claims = verify(Posted(id_token, state, begun, platform), services.key_sets, now=now)
    secret = services.new_secret()
    with services.database.write() as writing:
        states.end(writing, state, now=now)
        public_id = admit(writing, claims, secret=secret, now=now, publish=services.publish(writing))
    path = f"{services.path}/launch/{public_id}/{PAGES[claims.message_type]}"
    answer = Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
    answer.delete_cookie(
        login.cookie_name(state),
        path=f"{services.path}/lti/launch",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
    session.set_cookie(answer, public_id, secret, path=services.path)
    return answer


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


def _capped(request: Request) -> Request:
    """Refuse a form larger than any launch before it is read, also one that doesn't say its length."""
    if (request.content_length or 0) > MAX_FORM_BYTES:
        raise TokenTooLargeError("the form is larger than any launch")
    request.max_content_length = MAX_FORM_BYTES
    return request

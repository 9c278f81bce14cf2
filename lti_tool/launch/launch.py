"""A launch, from the platform's form to the unit's page: take the login out, verify, admit, redirect.

`login` has begun it, `verify` decides, `admit` writes, `session` is what pages see of it.
"""

from flask import Blueprint, Request, Response, jsonify, request

from lti_tool.launch import login, registrations, session, states
from lti_tool.launch.admit import admit
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
MAX_STATE_LENGTH = 200


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
    """Let a launch in, or raise a LaunchError and leave nothing but the used-up login.

    The answer is a 303, so that reloading the page is no second launch.
    """
    state = request.form.get("state", "")
    browser = request.cookies.get(login.cookie_name(state))
    if "error" in request.form:
        raise PlatformRefusedError("the platform refused the login", description=_said(request, state, services))
    if not state or len(state) > MAX_STATE_LENGTH:
        raise StateUnknownError("there is no state")
    if browser is None:
        raise BrowserError("this browser has no cookie of the login")
    id_token = request.form.get("id_token")
    if not id_token:
        raise TokenFormatError("there is no id_token")
    now = services.clock()
    with services.database.write() as writing:  # committed before anything is verified
        begun = states.end(writing, state=state, browser=browser, now=now)
    with services.database.read() as reading:
        platform = registrations.by_id(reading, begun.registration_id)
    claims = verify(Posted(id_token, begun, platform), services.key_sets, now=now)
    secret = services.new_secret()
    with services.database.write() as writing:
        public_id = admit(writing, claims, secret=secret, now=now, publish=services.publish(writing))
    answer = Response(status=303, headers={"Location": f"{services.path}/launch/{public_id}/"})
    answer.headers["Cache-Control"] = "no-store"
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


def _said(request: Request, state: str, services: LaunchServices) -> str:
    """Return the platform's description of its error, and end the login that it answers.

    Without a login that this browser began, the text is anybody's, who could put words into our mouth: then empty.
    """
    browser = request.cookies.get(login.cookie_name(state))
    if browser is None or len(state) > MAX_STATE_LENGTH:
        return ""
    try:
        with services.database.write() as writing:
            states.end(writing, state=state, browser=browser, now=services.clock())
    except StateUnknownError:
        return ""
    return request.form.get("error_description", "")[:DESCRIPTION_LENGTH]


def _capped(request: Request) -> Request:
    """Refuse a form larger than any launch before it is read, also one that doesn't say its length."""
    if (request.content_length or 0) > MAX_FORM_BYTES:
        raise TokenTooLargeError("the form is larger than any launch")
    request.max_content_length = MAX_FORM_BYTES
    return request

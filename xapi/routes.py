"""The addresses of the record store. Two editions of the standard, one code.

``/xapi`` speaks 2.0 and understands clients of 1.0.3 that say so; ``/xapi/1.0.3`` is the same for clients whose
edition must be known even from refusals (the editions contradict each other about a request without a version).
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, g, request

from xapi import cors, protocol
from xapi.errors import MethodError
from xapi.profile import PATHS
from xapi.protocol import VERSION_HEADER, Call, Services, read_call
from xapi.resources import about, documents, profile, statements, things
from xapi.vocabulary import ENDPOINT_PATH, Edition

METHODS = ("GET", "PUT", "POST", "DELETE")
Handler = Callable[[Call], Response]
RESOURCES: dict[str, dict[str, Handler]] = {
    "statements": {"GET": statements.get, "PUT": statements.put, "POST": statements.post},
    "activities/state": documents.STATE.handlers,
    "activities/profile": documents.ACTIVITY_PROFILE.handlers,
    "agents/profile": documents.AGENT_PROFILE.handlers,
    "agents": {"GET": things.get_agent},
    "activities": {"GET": things.get_activity},
}
NEWER, OLDER = ENDPOINT_PATH.rstrip("/"), f"{ENDPOINT_PATH}1.0.3"
BASES = {NEWER: Edition.V2, OLDER: Edition.V1}


def blueprint(services: Services) -> Blueprint:
    """Return the routes of both bases. Refusals are raised as CampusError; the application turns them into answers."""
    routes = Blueprint("xapi", __name__)

    @routes.before_request
    def limit_body() -> None:
        request.max_content_length = protocol.MAX_BODY_BYTES + 1

    @routes.after_request
    def add_headers(response: Response) -> Response:
        response.headers[VERSION_HEADER] = g.get("xapi_edition", BASES.get(_base(), Edition.V2)).value
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = _challenge()
        elif request.path.endswith("/statements") and request.method in {"GET", "HEAD"}:
            statements.tell_consistency(services, response)
        return response

    cors.install(routes, cors.Origins(services.database, services.clock))

    own_profile = partial(profile.get, services.settings.public_url)
    for path in PATHS:
        routes.add_url_rule(path, "profile", own_profile, methods=["GET"])
    for base, edition in BASES.items():
        name = edition.name.lower()
        routes.add_url_rule(f"{base}/about", f"about_{name}", about.get, methods=["GET"])
        for resource, handlers in RESOURCES.items():
            routes.add_url_rule(
                f"{base}/{resource}",
                f"{resource.replace('/', '_')}_{name}",
                _view(services, base, edition, handlers),
                methods=METHODS,
            )
    return routes


def _challenge() -> str:
    """Say which credentials are wanted: who came with a token needs another one (RFC 6750, section 3)."""
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        return 'Bearer realm="xAPI", error="invalid_token"'
    return 'Basic realm="xAPI", charset="UTF-8"'


def _base() -> str:
    return OLDER if request.path.startswith(f"{OLDER}/") else NEWER


def _view(services: Services, base: str, edition: Edition, handlers: dict[str, Handler]) -> Callable[[], Response]:
    def view() -> Response:
        call = read_call(services, base, edition)
        if call.method not in handlers:
            raise MethodError("this resource doesn't know the method")
        return handlers[call.method](call)

    return view

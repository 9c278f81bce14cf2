"""Exceptions become answers here and nowhere else: a page for people, problem details (RFC 9457) for programs.

A person reads in their language what happened and what to do, with the stable code and the request's id. The log has
code, id and route, and never a message that could hold personal data.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from campus.errors import CampusError, InvalidInputError, TooManyError, frames
from lti_tool import error_texts
from lti_tool.launch.errors import DeploymentUnknownError, PlatformRefusedError
from lti_tool.pages.teaching import NotGrantedError

API_PATHS = ("/api/", "/xapi/", "/lti/keys", "/status/")
PROBLEM_TYPE = "application/problem+json"
PRIVATE_FIELDS = frozenset({"password", "id_token", "state"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Refusal:
    """An exception as an answer needs it. ``detail`` is English and without personal data."""

    code: str
    status: int
    detail: str
    field: str | None = None
    said: str = ""
    """What a platform said of it: for the page alone, it may be personal."""
    missing: tuple[str, str, str] | None = None
    """Issuer, client and deployment that an administrator has to register."""
    not_granted: NotGrantedError | None = None
    """What the delivering provider has to grant."""


def install(app: Flask) -> None:
    """Register the one handler of all exceptions."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response | HTTPException:
    """Turn any exception into a response, and log it."""
    if isinstance(error, RequestRedirect):
        return error  # a response already: the address without its slash
    refusal = _read(error)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        g.setdefault("account_person", None)  # the page must not ask a database that is away
        log.error("failed", error=type(error).__name__, frames=frames(error), **_logged(refusal))
    else:
        _log_refusal(refusal)
    response = _problem(refusal) if _is_for_a_program() else _page(refusal)
    if isinstance(error, HTTPException):
        response.headers.extend(
            (name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}
        )
    elif isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.after)
    return response


def note(error: CampusError) -> None:
    """Log a refusal that a form shows beside its fields instead of a page of its own."""
    _log_refusal(_read(error))


def _log_refusal(refusal: Refusal) -> None:
    log.info("refused", detail=refusal.detail, **_logged(refusal))


def _read(error: Exception) -> Refusal:
    match error:
        case CampusError():
            field = error.field if isinstance(error, InvalidInputError) else None
            said = error.description if isinstance(error, PlatformRefusedError) else ""
            missing = error.missing if isinstance(error, DeploymentUnknownError) else None
            not_granted = error if isinstance(error, NotGrantedError) else None
            return Refusal(error.code, error.status, str(error), field, said, missing, not_granted)
        case HTTPException():
            status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
            return Refusal(f"http.{int(status)}", status, HTTPStatus(status).phrase)
        case OperationalError():  # the database is away or busy; its message could quote values
            return Refusal("server.busy", HTTPStatus.SERVICE_UNAVAILABLE, "the database can't be used now")
        case _:
            return Refusal("server.error", HTTPStatus.INTERNAL_SERVER_ERROR, "an error of the server")


def _logged(refusal: Refusal) -> dict[str, object]:
    """Give what the log says: the route, not the address, for an address can be a one-time link."""
    route = request.url_rule.rule if request.url_rule else None
    return {
        "code": refusal.code,
        "status": int(refusal.status),
        "method": request.method,
        "route": route,
        "request_id": g.get("request_id"),
    }


def _is_for_a_program() -> bool:
    if request.path.startswith(API_PATHS) or request.path.endswith("/did.json"):
        return True
    accepted = request.accept_mimetypes
    return max(accepted["application/json"], accepted[PROBLEM_TYPE]) > accepted["text/html"]


def _problem(refusal: Refusal) -> Response:
    """Answer with problem details; ``code`` is the stable name of what happened (extension member, section 3.2)."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": int(refusal.status),
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": g.get("request_id"),
    }
    if refusal.field:
        body["field"] = refusal.field
    return Response(json.dumps(body), status=refusal.status, mimetype=PROBLEM_TYPE)


def _page(refusal: Refusal) -> Response:
    title, hint = error_texts.for_code(refusal.code, refusal.status)
    page = render_template(
        "error.html", refusal=refusal, title=title, hint=hint, request_id=g.get("request_id"), typed=_typed(refusal)
    )
    return Response(page, status=refusal.status, mimetype="text/html")


def _typed(refusal: Refusal) -> list[str]:
    """Give back longer texts that a form carried when its session was over: nobody should have to write them again."""
    if refusal.code not in {"launch.ended", "access.sign_in_required"} or request.method != "POST":
        return []
    try:
        form = request.form
    except (InvalidInputError, HTTPException):  # nobody had read it yet, and it can't be read
        return []
    shortest = 20
    return [
        value
        for name, value in form.items(multi=True)
        if name not in PRIVATE_FIELDS and len(value) >= shortest and " " in value.strip()
    ]

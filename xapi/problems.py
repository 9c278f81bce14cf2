"""Refusals of this protocol as answers: problem details (RFC 9457) in English, for programs."""

import json

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from campus.errors import CampusError
from xapi.errors import InvalidStatementError

CONTENT_TYPE = "application/problem+json"


def answer_problems(routes: Blueprint) -> None:
    """Let the blueprint answer its own refusals: clients of this protocol read no pages."""
    routes.register_error_handler(CampusError, _refusal)
    routes.register_error_handler(HTTPException, _http_error)


def _refusal(error: CampusError) -> Response:
    members = {"title": str(error), "status": error.status, "code": error.code}
    if isinstance(error, InvalidStatementError):
        members |= {"pointer": error.pointer, "rule": error.rule}
    response = Response(json.dumps(members), error.status, content_type=CONTENT_TYPE)
    if error.status == 401:  # noqa: PLR2004 - the status that RFC 9110 ties to this header
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    members = {"title": error.name, "status": status, "code": f"http.{status}"}
    return Response(json.dumps(members), status, content_type=CONTENT_TYPE)

"""The protocol: /xapi/about and /xapi/statements (xAPI 2.0; clients of 1.0.3 that say so are understood too)."""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, g, request

from campus.database import Database
from xapi import query, service, statements, store
from xapi.errors import BadKeyError, BadRequestError, BadVersionError, UnsupportedError
from xapi.keys import Client, Scope, authenticate
from xapi.parts import Json
from xapi.service import Origin, Sender
from xapi.strict_json import dump_ascii, parse
from xapi.vocabulary import VERSIONS

MAX_BODY_BYTES = 16 * 1024 * 1024
VERSION_HEADER = "X-Experience-API-Version"
CONSISTENT_HEADER = "X-Experience-API-Consistent-Through"
VERSION = re.compile(r"(?:1\.0|2\.0)(?:\.[0-9]{1,3})?", re.ASCII)
ONE_OF = ("statementId", "voidedStatementId")


class _Settings(Protocol):
    @property
    def public_url(self) -> str: ...


class Services(Protocol):
    """What this package takes of the application's services."""

    @property
    def settings(self) -> _Settings:
        """Give the address that the public reaches this server by."""

    @property
    def database(self) -> Database:
        """Give the one database."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Give what tells the time."""


def blueprint(services: Services) -> Blueprint:
    """Return the routes below /xapi. Refusals are raised as CampusError; the application turns them into responses."""
    routes = Blueprint("xapi", __name__, url_prefix="/xapi")

    @routes.before_request
    def limit_body() -> None:
        request.max_content_length = MAX_BODY_BYTES

    @routes.after_request
    def add_headers(response: Response) -> Response:
        response.headers[VERSION_HEADER] = g.get("xapi_version", VERSIONS[0])
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
        return response

    @routes.get("/about")
    def about() -> Response:
        return _json(dump_ascii({"version": list(VERSIONS)}))

    @routes.get("/statements")
    def get_statements() -> Response:
        client = _admit(services, Scope.STATEMENTS_READ)
        parameters = _parameters()
        answer = _one if any(name in parameters for name in ONE_OF) else _several
        return answer(services, client, parameters)

    @routes.put("/statements")
    def put_statement() -> Response:
        client = _admit(services, Scope.STATEMENTS_WRITE)
        _keep(services, client, [_statement_put()])
        return Response(status=HTTPStatus.NO_CONTENT)

    @routes.post("/statements")
    def post_statements() -> Response:
        client = _admit(services, Scope.STATEMENTS_WRITE)
        return _json(dump_ascii(_keep(services, client, _statements_posted())))

    return routes


def _admit(services: Services, scope: Scope) -> Client:
    """Check the version and the key; remember the version for the answer."""
    version = request.headers.get(VERSION_HEADER, "")
    if not VERSION.fullmatch(version):
        raise BadVersionError(f"{VERSION_HEADER} names a version of 1.0 or 2.0")
    g.xapi_version = VERSIONS[0] if version.startswith("2") else VERSIONS[1]
    given = request.authorization
    if given is None or given.type != "basic" or given.username is None or given.password is None:
        raise BadKeyError("Basic authentication with a key of this store is needed")
    with services.database.read() as session:
        client = authenticate(session, given.username, given.password)
    client.require(scope)
    return client


def _parameters() -> dict[str, str]:
    """Return the address's parameters, each of which stands there once."""
    found = request.args.to_dict(flat=False)
    if any(len(values) != 1 for values in found.values()):
        raise BadRequestError("a parameter is given twice")
    return {name: values[0] for name, values in found.items()}


def _body() -> Any:
    if request.mimetype.startswith("multipart/"):
        raise UnsupportedError("attachments are not accepted by this store yet")
    if request.mimetype != "application/json":
        raise BadRequestError("the content type is application/json")
    return parse(request.get_data(cache=False))


def _statement_put() -> Json:
    """Return the one statement of a PUT, which has the id that the address says."""
    parameters = _parameters()
    statement_id = parameters.get("statementId", "")
    if set(parameters) != {"statementId"} or not statements.is_uuid(statement_id):
        raise BadRequestError("PUT takes one parameter: statementId, a UUID")
    statement = statements.check(_body())
    if statement.setdefault("id", statement_id).lower() != statement_id.lower():
        raise BadRequestError("the statement has another id than the parameter statementId")
    return statement


def _statements_posted() -> list[Json]:
    """Return the statements of a POST, which sends one or a list."""
    if request.args:
        raise BadRequestError("POST takes no parameters")
    body = _body()
    if not isinstance(body, list):
        return [statements.check(body)]
    return [statements.check(statement, f"/{index}") for index, statement in enumerate(body)]


def _keep(services: Services, client: Client, given: list[Json]) -> list[str]:
    authority = {
        "objectType": "Agent",
        "account": {"homePage": services.settings.public_url, "name": f"key:{client.public_id}"},
    }
    sender = Sender(Origin.CLIENT, authority, client.organisation_id)
    with services.database.write() as session:
        return service.keep(session, given, sender, version=g.xapi_version, now=services.clock())


def _one(services: Services, client: Client, parameters: dict[str, str]) -> Response:
    """Answer with one statement; beside its id only the shape may be asked for."""
    name = next(name for name in ONE_OF if name in parameters)
    statement_id = parameters.pop(name)
    if not statements.is_uuid(statement_id) or not set(parameters) <= {"format", "attachments"}:
        raise BadRequestError(f"{name} is a UUID and goes with format and attachments only")
    query.read(parameters)
    with services.database.read() as session:
        through = store.consistent_through(session)
        row = service.get(session, statement_id, client.organisation_id, voided=name == "voidedStatementId")
    response = _json(row.body)
    response.headers[CONSISTENT_HEADER] = service.iso(through)
    response.last_modified = row.stored
    return response


def _several(services: Services, client: Client, parameters: dict[str, str]) -> Response:
    wanted = query.read(parameters)
    with services.database.read() as session:
        through = store.consistent_through(session)
        page = service.search(session, wanted, client.organisation_id)
    more = ""
    if page.next_cursor is not None:
        base = urlsplit(services.settings.public_url).path
        more = f"{base}/xapi/statements?" + urlencode(parameters | {query.CURSOR: str(page.next_cursor)})
    response = _json(f'{{"statements":[{",".join(page.bodies)}],"more":{dump_ascii(more)}}}')
    response.headers[CONSISTENT_HEADER] = service.iso(through)
    return response


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")

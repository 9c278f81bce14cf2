"""A request of the xAPI as the resources see it: version, method, parameters, headers, body, and who asks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl

from flask import Response, g, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge

from campus.database import Database
from campus.public_url import PublicUrl
from xapi.combining import Writer
from xapi.errors import BadParameterError, BadRequestError, BadVersionError
from xapi.keys import Client, Clients
from xapi.media import JSON_TYPE, media_type
from xapi.store import MAX_CONTENT_BYTES
from xapi.strict_json import parse
from xapi.vocabulary import Edition

Read = TypeVar("Read")
VERSION_HEADER = "X-Experience-API-Version"
MAX_BODY_BYTES = MAX_CONTENT_BYTES
_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_HEADERS = frozenset(
    {"authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match"}
)
"""What a form may carry in place of headers (1.0.3, communication, 1.3)."""


_VERSIONS = {
    Edition.V1: re.compile(r"1\.0(?:\.[0-9]{1,3})?", re.ASCII),
    Edition.V2: re.compile(r"2\.0(?:\.[0-9]{1,3})?", re.ASCII),
}


class Services(Protocol):
    """What this package takes of the application's services."""

    @property
    def settings(self) -> PublicUrl:
        """Give the settings."""

    @property
    def database(self) -> Database:
        """Give the one database."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Give what tells the time."""

    @property
    def xapi_clients(self) -> Clients:
        """Give who knows the clients."""

    @property
    def xapi_writer(self) -> Writer:
        """Give what stores statements."""


@dataclass(frozen=True)
class Call:
    """One request."""

    services: Services
    base: str
    """The path below which this edition is served: ``/xapi`` or ``/xapi/1.0.3``."""
    edition: Edition
    method: str
    parameters: Mapping[str, str]
    headers: Headers
    client: Client
    given: bytes | None = None
    """The body that a form carried; else it is the request's."""

    @property
    def body(self) -> bytes:
        """The body, read when it is asked for."""
        return self.given if self.given is not None else read_body()

    @property
    def mimetype(self) -> str:
        """The body's media type without its parameters, in lower case."""
        return media_type(self.headers.get("Content-Type", ""))

    def json(self) -> Any:
        """Return the body's value. Raises BadRequestError unless it calls itself JSON, BadJsonError if it is none."""
        if self.mimetype != JSON_TYPE:
            raise BadRequestError(f"the content type is {JSON_TYPE}")
        return parse(self.body)

    def required(self, name: str) -> str:
        """Return a parameter that must be there and may not be empty. Raises BadParameterError."""
        if not self.parameters.get(name):
            raise BadParameterError(f"the parameter {name} is missing", field=name)
        return self.parameters[name]

    def optional(self, name: str, read: Callable[[str, str], Read]) -> Read | None:
        """Return a parameter as ``read`` (of ``xapi.parameters``) reads it, if it is there."""
        return read(self.parameters[name], name) if name in self.parameters else None

    def only(self, *names: str) -> None:
        """Raise BadRequestError for a parameter that is none of these."""
        for name in self.parameters:
            if name not in names:
                raise BadRequestError(f"{name!r} is no parameter of this request")


def read_call(services: Services, base: str, default: Edition) -> Call:
    """Read the request: its alternate syntax, version and credentials.

    ``default`` is the edition that refusals are answered in while the request names none. Raises BadRequestError,
    BadVersionError, BadKeyError.
    """
    g.xapi_edition = default
    method, parameters, headers, given = request.method, _once(request.args.items(multi=True)), request.headers, None
    alternate = "method" in parameters
    if alternate:
        method, parameters, headers, given = _alternate(parameters)
    edition = _edition(headers)
    g.xapi_edition = edition
    if alternate and edition is not Edition.V1:
        raise BadRequestError("the alternate request syntax ended with version 1.0.3")
    client = services.xapi_clients.admit(headers.get("Authorization"), request.remote_addr)
    return Call(services, base, edition, "GET" if method == "HEAD" else method, parameters, headers, client, given)


def read_body() -> bytes:
    """Return the request's body. Raises RequestEntityTooLarge for one above MAX_BODY_BYTES.

    A body that doesn't say its length is cut off by Werkzeug at the request's limit, without a word; that lies one byte
    above ours.
    """
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body


def _edition(headers: Headers) -> Edition:
    version = headers.get(VERSION_HEADER, "")
    for edition, pattern in _VERSIONS.items():
        if pattern.fullmatch(version):
            return edition
    raise BadVersionError(f"{VERSION_HEADER} names a version of 1.0 or 2.0")


def _once(items: Any) -> dict[str, str]:
    """Return parameters, each of which is given once."""
    found: dict[str, str] = {}
    for name, value in items:
        if name in found:
            raise BadRequestError(f"the parameter {name!r} is given twice")
        if "\0" in name or "\0" in value:
            raise BadRequestError(f"the parameter {name!r} holds a NUL character")
        found[name] = value
    return found


def _alternate(parameters: dict[str, str]) -> tuple[str, dict[str, str], Headers, bytes | None]:
    """Read a POST that stands for another method: its form holds parameters, headers and content (1.0.3, 1.3)."""
    method = parameters.pop("method")
    if request.method != "POST" or parameters:
        raise BadRequestError("the alternate syntax is a POST whose address has the parameter method alone")
    if method not in {"GET", "PUT", "POST", "DELETE", "HEAD"}:
        raise BadRequestError("method names no method of this interface")
    if request.mimetype != _FORM_TYPE:
        raise BadRequestError(f"the alternate syntax is sent as {_FORM_TYPE}")
    try:
        text = read_body().decode("utf-8")
        form = _once(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        raise BadRequestError("the form can't be read") from None
    headers = Headers((name, value) for name, value in request.headers.items() if name.lower() != "content-type")
    for name in [name for name in form if name.lower() in _FORM_HEADERS]:
        headers[name] = _header(form.pop(name))
    content = form.pop("content", None)
    if content is None and method in {"PUT", "POST"}:
        raise BadRequestError("the form has no content")
    headers.setdefault("Content-Type", JSON_TYPE)
    return method, form, headers, None if content is None else content.encode("utf-8")


def _header(value: str) -> str:
    """Return what a form carries in place of a header: unlike that, it could hold line breaks."""
    if not value.isprintable():
        raise BadRequestError("what stands for a header holds control characters")
    return value


def json_response(text: str, status: int = 200) -> Response:
    """Answer with JSON that is written already."""
    return Response(text, status, content_type=JSON_TYPE)

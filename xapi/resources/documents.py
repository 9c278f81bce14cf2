"""The State, Activity Profile and Agent Profile resources: one mechanism with different parameters."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags

from xapi import documents, parameters
from xapi.documents import Address, Bare, Conditions, Content, Found, Kind, Place
from xapi.errors import BadRequestError
from xapi.keys import Scope
from xapi.media import JSON_TYPE
from xapi.parts import agent_key
from xapi.protocol import Call
from xapi.strict_json import dump
from xapi.vocabulary import Edition

OPAQUE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[\t\x20-\x7e]{1,255}")
"""It becomes a header again; that of a form may hold anything."""


@dataclass(frozen=True)
class DocumentResource:
    """One of the three resources."""

    kind: Kind
    scope: Scope
    name: str
    """The parameter that names a document."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    deletes_all: bool = False
    """DELETE without the name deletes all of the place."""

    @property
    def handlers(self) -> dict[str, Callable[[Call], Response]]:
        """What answers each method."""
        return {"GET": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete}

    def get(self, call: Call) -> Response:
        """Answer with a document, or with the names of those that are there."""
        call.client.require(self.scope, Scope.ALL_READ)
        if self.name in call.parameters:
            address = self._address(call)
            with call.services.database.read() as session:
                found = documents.get(session, address)
            return _answer(call, found)
        call.only(*self.required, *self.optional, "since")
        place, since = self._place(call), call.optional("since", parameters.instant)
        with call.services.database.read() as session:
            names = documents.names(session, place, since)
        return _answer(call, Content(JSON_TYPE, dump(names).encode()))

    def put(self, call: Call) -> Response:
        """Store a document."""
        call.client.require(self.scope)
        address, conditions, content = self._address(call), _conditions(call), _content(call)
        with call.services.database.write() as session:
            now = call.services.clock()
            documents.put(session, address, content, conditions, self._bare(call.edition), now=now)
        return Response(status=204)

    def post(self, call: Call) -> Response:
        """Store a document, or merge it into the one that is there."""
        call.client.require(self.scope)
        address, conditions, content = self._address(call), _conditions(call), _content(call)
        with call.services.database.write() as session:
            documents.merge(session, address, content, conditions, now=call.services.clock())
        return Response(status=204)

    def delete(self, call: Call) -> Response:
        """Delete a document, or where the resource allows it all of the place."""
        call.client.require(self.scope)
        conditions = _conditions(call)
        if self.deletes_all and self.name not in call.parameters:
            call.only(*self.required, *self.optional)
            if conditions:
                raise BadRequestError(f"If-Match and If-None-Match speak of one document: name its {self.name}")
            place = self._place(call)
            with call.services.database.write() as session:
                documents.remove_all(session, place)
        else:
            address = self._address(call)
            with call.services.database.write() as session:
                documents.remove(session, address, conditions)
        return Response(status=204)

    def _address(self, call: Call) -> Address:
        call.only(*self.required, *self.optional, self.name)
        return Address(self._place(call), call.required(self.name))

    def _place(self, call: Call) -> Place:
        agent, activity = "", ""
        registration = call.optional("registration", parameters.uuid)
        if "agent" in self.required:
            given = parameters.agent(call.required("agent"), "agent")
            call.client.require_own(given, registration)
            agent = agent_key(given) or ""
        if "activityId" in self.required:
            activity = parameters.iri(call.required("activityId"), "activityId")
        return Place(call.client.tenant, self.kind, activity, agent, registration)

    def _bare(self, edition: Edition) -> Bare:
        """Say what a PUT without conditions does.

        1.0.3 (communication, 3.1) exempts State and wants conditions for profiles. 2.0.0 (4.1.4) asks for none, but
        nothing is overwritten without; the conformance suite counts State in.
        """
        if edition is Edition.V2:
            return Bare.CREATES
        return Bare.OVERWRITES if self.kind is Kind.STATE else Bare.IS_REFUSED


STATE = DocumentResource(
    Kind.STATE, Scope.STATE, "stateId", ("activityId", "agent"), ("registration",), deletes_all=True
)
ACTIVITY_PROFILE = DocumentResource(Kind.ACTIVITY_PROFILE, Scope.PROFILE, "profileId", ("activityId",))
AGENT_PROFILE = DocumentResource(Kind.AGENT_PROFILE, Scope.PROFILE, "profileId", ("agent",))


def _conditions(call: Call) -> Conditions:
    return Conditions(_tags(call, "If-Match"), _tags(call, "If-None-Match"))


def _tags(call: Call, header: str) -> ETags | None:
    value = call.headers.get(header)
    return parse_etags(value) if value else None


def _content(call: Call) -> Content:
    media_type = call.headers.get("Content-Type") or OPAQUE
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadRequestError("the content type can't be kept")
    return Content(media_type, call.body)


def _answer(call: Call, found: Found | Content) -> Response:
    """Answer with a content, unless the client has it already (If-None-Match)."""
    excluded = _tags(call, "If-None-Match")
    if excluded is not None and excluded.contains_weak(found.etag):
        response = Response(status=304)
    else:
        response = Response(found.body, content_type=found.media_type)
    response.set_etag(found.etag)
    if isinstance(found, Found):
        response.last_modified = found.updated
    # Whoever opens it in a browser sees a foreign document, not a page of ours.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response

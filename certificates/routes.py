"""Public documents over HTTP: protocol only. The page for people, /nachweis/<id>, is lti_tool's.

Anyone may fetch these, from any web page (CORS ``*``): a verifier often runs in a browser. Whoever has a credential's
address has its random id, and reads it while its holder lets it be shown; search engines are told to stay away.
"""

import json
from typing import Protocol

from cryptography.fernet import MultiFernet
from flask import Blueprint, Response, request

from campus.clock import Clock
from campus.database import Database
from campus.public_url import PublicUrl
from certificates import publish, store
from certificates.errors import AwardErasedError, AwardHiddenError

DID_CACHE = "public, max-age=3600"
STATUS_CACHE = "public, max-age=60"
PERSONAL_CACHE = "private, no-cache"
EMBEDDED = "application/vc"
TOKENS = ("application/vc+jwt", "application/jwt")
"""Media types of a status list as a token; whoever doesn't ask for one of these gets the embedded proof."""


class Services(Protocol):
    """What the routes need of the application."""

    @property
    def settings(self) -> PublicUrl:
        """The installation's settings."""

    @property
    def database(self) -> Database:
        """The one database."""

    @property
    def fernet(self) -> MultiFernet:
        """Opens the issuers' private keys."""

    @property
    def clock(self) -> Clock:
        """Tells the time."""


def blueprint(services: Services) -> Blueprint:
    """Return the routes. Refusals are raised as CampusError; the application turns them into responses."""
    routes = Blueprint("certificates", __name__)

    @routes.get("/issuers/<slug>/did.json")
    def did_document(slug: str) -> Response:
        with services.database.read() as session:
            document = publish.did_document(session, slug, public_url=services.settings.public_url)
        return _conditional(_public(json.dumps(document), "application/did+json", DID_CACHE))

    @routes.get("/status/<public_id>")
    def status_list(public_id: str) -> Response:
        media_type = request.accept_mimetypes.best_match([EMBEDDED, *TOKENS], default=EMBEDDED)
        signed = signed_list(services, public_id)
        response = _public(signed.token if media_type in TOKENS else signed.embedded, media_type, STATUS_CACHE)
        response.vary.add("Accept")
        return _conditional(response)

    @routes.get("/credentials/<public_id>")
    def credential(public_id: str) -> Response:
        with services.database.read() as session:
            text = credential_text(store.award(session, public_id))
        return _public(text, "application/vc", PERSONAL_CACHE)

    return routes


def signed_list(services: Services, public_id: str) -> publish.SignedList:
    """Return the signed status list; sign it first when bits have changed or it is a day old."""
    now = services.clock()
    with services.database.read() as session:
        signed = publish.signed_list(session, public_id, now=now)
    if signed is not None:
        return signed
    with services.database.write() as session:
        return publish.sign_list(
            session, public_id, now=now, fernet=services.fernet, public_url=services.settings.public_url
        )


def status_text(services: Services, public_id: str) -> str:
    """Return the signed status list with its embedded proof, as JSON text."""
    return signed_list(services, public_id).embedded


def credential_text(award: store.Award) -> str:
    """Return the credential as it was signed, for whoever knows the award's number.

    Raises AwardErasedError when its holder was erased, AwardHiddenError when the holder doesn't let it be read so.
    """
    if award.credential is None:
        raise AwardErasedError("the holder's data were erased")
    if not award.shown:
        raise AwardHiddenError("the holder does not show it")
    return award.credential


def _public(body: str | bytes, content_type: str, cache: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _conditional(response: Response) -> Response:
    """Let whoever has these bytes already be told so (RFC 9110, section 13)."""
    response.add_etag()
    response.make_conditional(request)
    return response

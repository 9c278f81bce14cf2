"""Pages for everyone: what this is, the catalogue, and whether a certificate is genuine. No account, no tracking."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import NotFoundError
from campus.models.catalogue import LearningUnit, Module, ModuleUnit
from campus.models.organisations import Organisation, OrganisationKind
from certificates import did, publish, store
from certificates.credential import Addresses
from certificates.errors import AwardNotFoundError
from certificates.routes import status_text
from certificates.store import Award
from certificates.verifying import Finding, Found, Known, Part, Report, Sources, Verdict, issuer_id, verify
from lti_tool.pages import content
from lti_tool.wiring import Services

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
REVOKED = "status.revocation"
DAMAGED = "structure.damaged"
FOREIGN_ID = "structure.foreign_id"
FOREIGN_ISSUER = "issuer.foreign"
DEEPEST = 50
"""Levels of a document; a credential of ours has fewer than ten."""


class Answer(StrEnum):
    """The verdict in one word."""

    VALID = "valid"
    REVOKED = "revoked"
    INVALID = "invalid"
    UNSURE = "unsure"


@dataclass(frozen=True)
class _Found:
    """An award as it was read, with the documents that checking it needs."""

    award: Award
    document: dict[str, Any]
    did_documents: dict[str, Found]


def answer(found: Report) -> Answer:
    """Sum the findings up. A revoked certificate is called revoked only if it was genuine."""
    failed = [finding for finding in found.findings if finding.verdict is Verdict.FAILED]
    if found.genuine:
        return Answer.VALID
    if failed and all(finding.code == REVOKED for finding in failed):
        others_ok = all(f.verdict is Verdict.OK for f in found.findings if f.part is not Part.STATUS)
        return Answer.REVOKED if others_ok else Answer.UNSURE
    return Answer.INVALID if failed else Answer.UNSURE


def bound(checked: Report, document: Mapping[str, Any], *, identifier: str, issuer: str) -> Report:
    """Add whether the document is the one of this address and of the award's issuer.

    A genuine credential in the wrong place says nothing about the certificate whose number was asked for.
    """
    failed = []
    if not document:
        failed.append(Finding(Part.STRUCTURE, Verdict.FAILED, DAMAGED))
    elif document.get("id") != identifier:
        failed.append(Finding(Part.STRUCTURE, Verdict.FAILED, FOREIGN_ID))
    if document and issuer_id(document) != issuer:
        failed.append(Finding(Part.ISSUER, Verdict.FAILED, FOREIGN_ISSUER))
    replaced = {finding.part: finding for finding in failed}
    return replace(checked, findings=tuple(replaced.get(finding.part, finding) for finding in checked.findings))


class PublicPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def start(self) -> str:
        """Say what this is and where to go."""
        return render_template("public/start.html")

    def catalogue(self) -> str:
        """Show the modules with their compulsory and elective units, and all units with their providers."""
        with self.services.database.read() as session:
            modules = session.scalars(
                select(Module).options(selectinload(Module.units).selectinload(ModuleUnit.unit)).order_by(Module.id)
            ).all()
            units = session.scalars(
                select(LearningUnit)
                .options(selectinload(LearningUnit.provider), selectinload(LearningUnit.delivering_provider))
                .order_by(LearningUnit.code, LearningUnit.id)
            ).all()
            return render_template("public/catalogue.html", modules=modules, units=units)

    def issuer(self, slug: str) -> str:
        """Say who stands behind the address that a certificate gives for its issuer, and what they offer."""
        with self.services.database.read() as session:
            provider = session.scalars(
                select(Organisation).where(Organisation.slug == slug, Organisation.kind == OrganisationKind.PROVIDER)
            ).first()
            if provider is None:
                raise NotFoundError("no such issuer")
            units = session.scalars(
                select(LearningUnit)
                .where(LearningUnit.provider_id == provider.id)
                .options(selectinload(LearningUnit.delivering_provider))
                .order_by(LearningUnit.code, LearningUnit.id)
            ).all()
            issuer_did = did.issuer_did(self.services.settings.public_url, slug)
            return render_template("public/issuer.html", provider=provider, units=units, did=issuer_did)

    def find_certificate(self) -> BaseResponse | str | tuple[str, int]:
        """Take a certificate's number or its whole address, typed in."""
        typed = request.args.get("nummer")
        if typed is None:
            return render_template("public/find.html", typed="", wrong=False)
        found = UUID.search(typed)
        if found is None:
            return render_template("public/find.html", typed=typed[:200], wrong=True), 422
        return redirect(url_for("public.certificate", award=found.group().lower()), 303)

    def certificate(self, award: str) -> Response:
        """Check the certificate now, on the server, part by part, and show all it says."""
        try:
            page = self._check(award)
        except AwardNotFoundError as error:
            return _private(render_template("public/unknown.html", number=award[:100]), error.status)
        return _private(page, 200)

    def _check(self, public_id: str) -> str:
        with self.services.database.read() as session:
            award = store.award(session, public_id)
            if award.credential is None:
                return render_template("public/erased.html", award=award)
            found = self._read(session, award)
        checked = bound(
            verify(
                found.document,
                Sources(found.did_documents.get, self._status_list),
                now=self.services.clock(),
            ),
            found.document,
            identifier=Addresses(self.services.settings.public_url).credential(public_id),
            issuer=next(iter(found.did_documents)),
        )
        return render_template(
            "public/certificate.html",
            award=award,
            answer=answer(checked),
            findings=checked.findings,
            content=content.read(found.document),
            checked_at=self.services.clock(),
            addresses=Addresses(self.services.settings.public_url),
            document=json.dumps(found.document, indent=2, ensure_ascii=False),
        )

    def _read(self, session: Session, award: Award) -> _Found:
        """Read the credential and its issuer's DID document, under the name that the issuer has here."""
        document = _document(award.credential or "")
        public_url, slug = self.services.settings.public_url, award.issuer.slug
        found = Found(publish.did_document(session, slug, public_url=public_url), Known.OURS)
        return _Found(award, document, {did.issuer_did(public_url, slug): found})

    def _status_list(self, address: str) -> str | None:
        """Return our own signed status list at ``address``, signed anew when it is out of date."""
        public_id = address.removeprefix(Addresses(self.services.settings.public_url).status_list(""))
        try:
            return status_text(self.services, public_id)
        except AwardNotFoundError:
            return None


def _document(text: str) -> dict[str, Any]:
    """Return a stored credential; an empty one when it is no JSON object that can be checked and shown."""
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or not _is_shallow(document):
            return {}
        json.dumps(document, ensure_ascii=False).encode()  # fails for half of a surrogate pair
    except (ValueError, RecursionError):
        return {}
    return document


def _is_shallow(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _level in range(DEEPEST):
        level = [child for item in level for child in _children(item)]
    return not level


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _private(page: str, status: int) -> Response:
    """Answer with a page that names a person: kept nowhere, found by no search engine, told to no other site."""
    response = Response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def blueprint(services: Services) -> Blueprint:
    """Return the public pages."""
    pages = Blueprint("public", __name__)
    handlers = PublicPages(services)
    pages.add_url_rule("/", "start", handlers.start, methods=["GET"])
    pages.add_url_rule("/katalog", "catalogue", handlers.catalogue, methods=["GET"])
    pages.add_url_rule("/issuers/<slug>", "issuer", handlers.issuer, methods=["GET"])
    pages.add_url_rule("/nachweis", "find_certificate", handlers.find_certificate, methods=["GET"])
    pages.add_url_rule("/nachweis/<award>", "certificate", handlers.certificate, methods=["GET"])
    return pages

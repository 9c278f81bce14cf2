"""How an issuer's papers look: its profile with all versions, previews, and the mandate to the campus office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, ForbiddenError, InvalidInputError, NotFoundError, TooManyError
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from certificates.credential import Addresses
from certificates.facts import AwardKind
from certificates.issuers import mandate, profiles, seal
from certificates.issuers.mandate import SignedBy
from certificates.papers import preview
from certificates.papers.branding import Branding
from certificates.reading.pictures import MAX_BYTES
from certificates.store import IssuerProfile
from lti_tool.pages import forms
from lti_tool.pages.office import issuer_form
from lti_tool.pages.office.issuer_desk import IssuerDesk
from lti_tool.pages.office.shared_desk import Visit
from lti_tool.wiring import Services

MOST_UPLOADED = MAX_BYTES + 256 * 1024
"""Bytes of the form with a logo."""
KINDS = frozenset(kind.value for kind in AwardKind)


@dataclass(frozen=True)
class IssuerLine:
    """An issuer in the office's list."""

    organisation: Organisation
    profile: IssuerProfile | None
    seal: str | None
    """Where its seal is from; none while none was needed."""


class IssuerPages(IssuerDesk):
    """Each change is written into the audit."""

    def profile(self, provider: str | None = None) -> str:
        """Show the profile's form with what is saved, the mandate and all versions."""
        with self.reading(provider) as visit:
            return self._page(visit)

    def save(self, provider: str | None = None) -> BaseResponse | tuple[str, int]:
        """Keep a new version."""
        try:
            look = self._look(provider)
            with self.writing(provider) as visit:
                by, now = visit.actor.person_id, self.services.clock()
                if profiles.save(visit.session, self.organisation(visit), look, by=by, now=now):
                    self.note(visit, "issuer.profile_saved")
                return _back(visit)
        except (InvalidInputError, TooManyError) as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status

    def preview(self, provider: str | None = None) -> Response | tuple[str, int]:
        """Answer with a paper of the kind that was asked for, as the form stands, saved or not."""
        try:
            kind = AwardKind(forms.choice(request.form, "kind", KINDS))
            look = self._look(provider)
            profiles.check(look)
            with self.reading(provider) as visit:
                signing = self._signing(visit)
            return self._paper(kind, look, signing)
        except (InvalidInputError, TooManyError) as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status

    def version(self, number: int, kind: str, provider: str | None = None) -> Response:
        """Answer with a paper in the look of a saved version."""
        with self.reading(provider) as visit:
            if kind not in KINDS:
                raise NotFoundError("no such kind of certificate")
            found = profiles.version(visit.session, self.organisation(visit).id, number)
            look, signing = profiles.look(found), self._signing(visit)
        return self._paper(AwardKind(kind), look, signing)

    def logo(self, provider: str | None = None) -> Response:
        """Answer with the logo that is saved."""
        with self.reading(provider) as visit:
            logo = profiles.latest(visit.session, self.organisation(visit).id).logo
        if logo is None:
            raise NotFoundError("no logo")
        return Response(logo, content_type="image/png", headers={"Cache-Control": "private, no-cache"})

    def mandate(self, provider: str) -> BaseResponse:
        """Begin or end the mandate. The office begins it, for it is the office that signs; either ends it."""
        with self.writing(provider) as visit:
            wanted = forms.is_yes(request.form, "mandate")
            if wanted and not visit.actor.is_office:
                raise ForbiddenError("only the office begins to sign for others")
            by, now = visit.actor.person_id, self.services.clock()
            if profiles.set_mandate(visit.session, self.organisation(visit), by_mandate=wanted, by=by, now=now):
                self.note(visit, "issuer.mandate_begun" if wanted else "issuer.mandate_ended")
            return _back(visit, "mandat")

    def _look(self, provider: str | None) -> Branding:
        """Read the form with its upload; nobody's is read who may not, and none while others wait to write."""
        with self.reading(provider) as visit:
            saved = profiles.latest(visit.session, self.organisation(visit).id).logo
        request.max_content_length = MOST_UPLOADED
        uploaded = request.files.get("logo")
        if request.form.get("no_logo") == "yes":
            saved = None
        logo = profiles.logo(uploaded.stream.read()) if uploaded and uploaded.filename else saved
        return issuer_form.read(request.form, logo)

    def _signing(self, visit: Visit) -> SignedBy:
        public_url = self.services.settings.public_url
        return mandate.signing_for(visit.session, self.organisation(visit), public_url=public_url)

    def _paper(self, kind: AwardKind, look: Branding, signing: SignedBy) -> Response:
        addresses = Addresses(self.services.settings.public_url)
        made = preview.paper(kind, look, signing, addresses, now=self.services.clock())
        headers = {"Content-Disposition": 'inline; filename="vorschau.pdf"', "Cache-Control": "no-store"}
        return Response(made, content_type="application/pdf", headers=headers)

    def _page(self, visit: Visit, *, error: CampusError | None = None) -> str:
        organisation = self.organisation(visit)
        versions = profiles.versions(visit.session, organisation.id)
        look = profiles.latest(visit.session, organisation.id)
        given: Any = request.form if error else issuer_form.fields(look)
        return self.show(
            visit,
            "office/issuer.html",
            organisation=organisation,
            given=given,
            rows=issuer_form.rows(given),
            has_logo=look.logo is not None,
            by_mandate=bool(versions) and versions[0].by_mandate,
            versions=versions,
            people=_names(visit.session, versions),
            is_office=visit.actor.is_office,
            issuers=None if visit.provider else _issuers(visit.session, now=self.services.clock()),
            error=forms.shown(error),
        )


def _names(session: Session, versions: list[IssuerProfile]) -> dict[int, str | None]:
    ids = {version.created_by_id for version in versions}
    return {one.id: one.name for one in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _issuers(session: Session, *, now: datetime) -> list[IssuerLine]:
    """List all providers with their profile and seal."""
    providers = session.scalars(
        select(Organisation).where(Organisation.kind == OrganisationKind.PROVIDER).order_by(Organisation.slug)
    ).all()
    found = []
    for one in providers:
        current = seal.holding(session, one.id, now=now)
        found.append(IssuerLine(one, mandate.profile(session, one.id), current.source if current else None))
    return found


def _back(visit: Visit, part: str | None = None) -> BaseResponse:
    return redirect(url_for(".issuer", _anchor=part, **dict(visit.here)), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's or to a provider's."""
    handlers, path = IssuerPages(services), "/aussteller"
    for rule, endpoint, handler, method in (
        (path, "issuer", handlers.profile, "GET"),
        (path, "issuer_save", handlers.save, "POST"),
        (f"{path}/vorschau", "issuer_preview", handlers.preview, "POST"),
        (f"{path}/fassungen/<int:number>/<kind>.pdf", "issuer_version", handlers.version, "GET"),
        (f"{path}/logo.png", "issuer_logo", handlers.logo, "GET"),
    ):
        pages.add_url_rule(rule, endpoint, handler, methods=[method])


def add_mandate_route(pages: Blueprint, services: Services) -> None:
    """Add what only providers have."""
    pages.add_url_rule("/aussteller/mandat", "issuer_mandate", IssuerPages(services).mandate, methods=["POST"])

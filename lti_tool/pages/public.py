"""Pages for everyone: what this is, the catalogue, who issues; checking certificates is in ``checking``."""

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from campus.errors import NotFoundError
from campus.models.catalogue import LearningUnit, Module, ModuleUnit
from campus.models.organisations import Organisation, OrganisationKind
from certificates.signatures import did
from lti_tool.pages import checking
from lti_tool.wiring import Services

ISSUERS = (OrganisationKind.PROVIDER, OrganisationKind.OFFICE)
"""The campus office signs by mandate."""


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
                select(Organisation).where(Organisation.slug == slug, Organisation.kind.in_(ISSUERS))
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


def blueprint(services: Services) -> Blueprint:
    """Return the public pages."""
    pages = Blueprint("public", __name__)
    handlers = PublicPages(services)
    pages.add_url_rule("/", "start", handlers.start, methods=["GET"])
    pages.add_url_rule("/katalog", "catalogue", handlers.catalogue, methods=["GET"])
    pages.add_url_rule("/issuers/<slug>", "issuer", handlers.issuer, methods=["GET"])
    checking.add_routes(pages, services)
    return pages

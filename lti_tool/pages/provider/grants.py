"""Who may teach a unit: the delivering provider's word for a platform's instructors or for one person."""

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from campus import audit
from campus.errors import ForbiddenError, InvalidInputError, NotFoundError
from campus.models.access import Account, TeachingGrant
from campus.models.base import new_public_id
from campus.models.catalogue import LearningUnit
from campus.upsert import insert_missing
from lti_tool.launch.store import Registration
from lti_tool.pages import forms
from lti_tool.pages.provider.desk import Desk, Visit
from lti_tool.wiring import Services

LONGEST_LOGIN = 320


class GrantPages(Desk):
    """Each change is written into the audit."""

    def grant_platform(self, provider: str, unit: str) -> BaseResponse:
        """Let everyone teach whom this platform calls an instructor."""
        with self.writing(provider) as visit:
            found = _delivered(visit, unit)
            registration = visit.session.scalars(
                select(Registration).where(Registration.public_id == request.form.get("platform"))
            ).first()
            if registration is None:
                raise InvalidInputError("no such platform", field="platform")
            grantee = {"issuer": registration.issuer, "client_id": registration.client_id}
            self._grant(visit, found, grantee, platform=registration.public_id)
        return _back(provider, unit)

    def grant_person(self, provider: str, unit: str) -> BaseResponse:
        """Let one person teach, named by the login of their account."""
        with self.writing(provider) as visit:
            found = _delivered(visit, unit)
            login = forms.text(request.form, "login", longest=LONGEST_LOGIN).lower()
            account = visit.session.scalars(select(Account).where(Account.login == login)).first()
            if account is None:
                raise InvalidInputError("no account has this login", field="login")
            self._grant(visit, found, {"person_id": account.person_id}, person=account.person.public_id)
        return _back(provider, unit)

    def revoke(self, provider: str, unit: str, grant: str) -> BaseResponse:
        """Take a grant back; a second time is no error."""
        with self.writing(provider) as visit:
            found = _delivered(visit, unit)
            given = visit.session.scalars(
                select(TeachingGrant).where(TeachingGrant.public_id == grant, TeachingGrant.unit_id == found.id)
            ).first()
            if given is None:
                raise NotFoundError("no such grant")
            visit.session.delete(given)
            self._note(visit, "teaching.revoked", found, grant=grant)
        return _back(provider, unit)

    def _grant(self, visit: Visit, unit: LearningUnit, grantee: Mapping[str, str | int], **named: str) -> None:
        """Keep the grant; one that is there already stays as it is."""
        row = {
            "public_id": new_public_id(),
            "unit_id": unit.id,
            "person_id": None,
            "issuer": None,
            "client_id": None,
            "granted_by_id": visit.actor.person_id,
            "granted_at": self.services.clock(),
            **grantee,
        }
        insert_missing(visit.session, TeachingGrant, [row])
        self._note(visit, "teaching.granted", unit, **named)

    def _note(self, visit: Visit, action: str, unit: LearningUnit, **details: str) -> None:
        audit.note(
            visit.session,
            action,
            actor_id=visit.actor.person_id,
            organisation_id=visit.provider.id,
            now=self.services.clock(),
            unit=unit.public_id,
            **details,
        )


def _delivered(visit: Visit, public_id: str) -> LearningUnit:
    """Return the unit if the provider delivers it: with code-sharing, who only offers it has no word here."""
    unit = visit.unit(public_id)
    if unit.delivering_provider_id != visit.provider.id:
        raise ForbiddenError("another provider delivers the unit")
    return unit


def _back(provider: str, unit: str) -> BaseResponse:
    return redirect(url_for("provider.unit", provider=provider, unit=unit, _anchor="lehre"), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, unit = GrantPages(services), "/einheiten/<unit>/lehre"
    pages.add_url_rule(f"{unit}/plattform", "grant_platform", handlers.grant_platform, methods=["POST"])
    pages.add_url_rule(f"{unit}/person", "grant_person", handlers.grant_person, methods=["POST"])
    pages.add_url_rule(f"{unit}/<grant>/entziehen", "revoke_grant", handlers.revoke, methods=["POST"])

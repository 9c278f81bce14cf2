"""Who may teach a unit: the delivering provider's word for a platform's instructors or for one person."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from campus import access, accounts, people
from campus.access import Instructorship
from campus.errors import InvalidInputError
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
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
            found = visit.delivered(unit)
            registration = visit.session.scalars(
                select(Registration).where(Registration.public_id == request.form.get("platform"))
            ).first()
            if registration is None:
                raise InvalidInputError("no such platform", field="platform")
            grantee = Instructorship(registration.issuer, registration.client_id)
            self._grant(visit, found, grantee, platform=registration.public_id)
        return _back(provider, unit)

    def grant_person(self, provider: str, unit: str) -> BaseResponse | str:
        """Let one person teach, found by the login of their account.

        Anybody can claim an account with any address. So the provider first sees whose it is, by name, employer and
        platform, and only their second word, which names that person, grants.
        """
        with self.writing(provider) as visit:
            found = visit.delivered(unit)
            login = forms.text(request.form, "login", longest=LONGEST_LOGIN)
            account = accounts.by_login(visit.session, login)
            if account is None:
                raise InvalidInputError("no account has this login", field="login")
            person = account.person
            if request.form.get("person") != person.public_id:
                return render_template(
                    "provider/grant_person.html",
                    provider=visit.provider,
                    unit=found,
                    person=person,
                    login=account.login,
                    identities=people.known_as(visit.session, person.id),
                )
            self._grant(visit, found, person, person=person.public_id)
        return _back(provider, unit)

    def revoke(self, provider: str, unit: str, grant: str) -> BaseResponse:
        """Take a grant back."""
        with self.writing(provider) as visit:
            found = visit.delivered(unit)
            access.revoke_teaching(visit.session, found, grant)
            self.note(visit, "teaching.revoked", unit=found.public_id, grant=grant)
        return _back(provider, unit)

    def _grant(self, visit: Visit, unit: LearningUnit, grantee: Instructorship | Person, **named: str) -> None:
        access.grant_teaching(visit.session, unit, grantee, by=visit.actor.person_id, now=self.services.clock())
        self.note(visit, "teaching.granted", unit=unit.public_id, **named)


def _back(provider: str, unit: str) -> BaseResponse:
    return redirect(url_for("provider.unit", provider=provider, unit=unit, _anchor="lehre"), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, unit = GrantPages(services), "/einheiten/<unit>/lehre"
    pages.add_url_rule(f"{unit}/plattform", "grant_platform", handlers.grant_platform, methods=["POST"])
    pages.add_url_rule(f"{unit}/person", "grant_person", handlers.grant_person, methods=["POST"])
    pages.add_url_rule(f"{unit}/<grant>/entziehen", "revoke_grant", handlers.revoke, methods=["POST"])

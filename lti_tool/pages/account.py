"""Accounts: the invitation, signing in and out, and "my certificates" without any LMS."""

from datetime import datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import access, accounts
from campus.errors import InvalidInputError
from campus.models.organisations import Organisation
from lti_tool.pages import forms, standing
from lti_tool.web import SESSION_COOKIE, current_actor
from lti_tool.wiring import Services


class AccountPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def invitation(self, token: str) -> str:
        """Show the form of a one-time link, without using it up."""
        with self.services.database.read() as session:
            found = accounts.find_invitation(session, token, now=self.services.clock())
            organisation = session.get(Organisation, found.organisation_id) if found.organisation_id else None
            return render_template("account/invitation.html", organisation=organisation, role=found.role, error=None)

    def accept(self, token: str) -> BaseResponse | tuple[str, int]:
        """Make the account and sign it in. What can't be used is shown beside its field; the link stays unused."""
        form, now = request.form, self.services.clock()
        with self.services.database.read() as session:
            accounts.find_invitation(session, token, now=now)  # no hashing for who has none
        try:
            password = accounts.hash_password(form.get("password", ""))
            with self.services.database.write() as session:
                account = accounts.accept(
                    session, token, name=form.get("name", ""), login=form.get("login", ""), password=password, now=now
                )
                secret = accounts.open_session(session, account.id, token=self.services.token, now=now)
                target = self._start_page(session, secret, now)
        except InvalidInputError as error:
            page = render_template("account/invitation.html", organisation=None, role=None, error=forms.shown(error))
            return page, error.status
        return self._signed_in(target, secret)

    def sign_in_form(self) -> str:
        """Show the form."""
        return render_template("account/sign_in.html", error=None)

    def sign_in(self) -> BaseResponse | tuple[str, int]:
        """Check the password, reading only, for it takes a while; then open the session, or count the failure."""
        login, password, now = request.form.get("login", ""), request.form.get("password", ""), self.services.clock()
        try:
            with self.services.database.read() as session:
                account_id = accounts.check_password(session, login, password, now=now)
            with self.services.database.write() as session:
                secret = accounts.open_session(session, account_id, token=self.services.token, now=now)
                target = self._start_page(session, secret, now)
        except accounts.WrongCredentialsError as error:
            with self.services.database.write() as session:
                accounts.note_failure(session, login, now=now)
            return render_template("account/sign_in.html", error=forms.shown(error)), error.status
        return self._signed_in(target, secret)

    def sign_out(self) -> BaseResponse:
        """End the session on the server too, not only in the browser."""
        secret = request.cookies.get(SESSION_COOKIE)
        if secret:
            with self.services.database.write() as session:
                accounts.sign_out(session, secret)
        response = redirect(url_for("public.start"), 303)
        response.delete_cookie(SESSION_COOKIE, path="/", secure=self._is_https, httponly=True, samesite="Lax")
        return response

    def own(self) -> Response:
        """Show the person's certificates and how far they are, whatever LMS they came from."""
        with self.services.database.read() as session:
            actor = access.signed_in(current_actor(self.services, session))
            page = render_template(
                "account/own.html",
                awards=standing.awards_of(session, actor.person_id, now=self.services.clock()),
                units=standing.units_of(session, actor.person_id),
                courses=standing.courses_of(session, actor.person_id),
                places=access.workplaces(session, actor.person_id),
                is_office=actor.is_office,
            )
        response = Response(page)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _start_page(self, session: Session, secret: str, now: datetime) -> str:
        """Return where this person's work begins."""
        person = accounts.person_signed_in(session, secret, now=now)
        actor = access.actor_for(session, person.id) if person else None
        if actor and actor.is_office:
            return url_for("office.overview")
        places = access.workplaces(session, actor.person_id) if actor else []
        return url_for("provider.units", provider=places[0].public_id) if places else url_for("account.own")

    def _signed_in(self, target: str, secret: str) -> BaseResponse:
        response = redirect(target, 303)
        response.set_cookie(
            SESSION_COOKIE,
            secret,
            max_age=accounts.SESSION_LASTS,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="Lax",
        )
        return response

    @property
    def _is_https(self) -> bool:
        """Plain HTTP is there only on loopback, where the settings allow it."""
        return self.services.settings.public_url.startswith("https:")


def blueprint(services: Services) -> Blueprint:
    """Return the pages of accounts."""
    pages = Blueprint("account", __name__)
    handlers = AccountPages(services)
    pages.add_url_rule("/einladung/<token>", "invitation", handlers.invitation, methods=["GET"])
    pages.add_url_rule("/einladung/<token>", "accept", handlers.accept, methods=["POST"])
    pages.add_url_rule("/anmelden", "sign_in_form", handlers.sign_in_form, methods=["GET"])
    pages.add_url_rule("/anmelden", "sign_in", handlers.sign_in, methods=["POST"])
    pages.add_url_rule("/abmelden", "sign_out", handlers.sign_out, methods=["POST"])
    pages.add_url_rule("/konto", "own", handlers.own, methods=["GET"])
    return pages

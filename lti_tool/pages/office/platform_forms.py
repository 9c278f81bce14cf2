"""Connecting a platform by hand: choose its kind, copy our values into its form, enter what it shows."""

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, InvalidInputError, NotFoundError
from lti_tool.launch import registrations
from lti_tool.launch.store import ID_LENGTH, URL_LENGTH, Registration
from lti_tool.pages import forms
from lti_tool.pages.office.dialects import DIALECTS, Dialect
from lti_tool.pages.office.platform_desk import NAME_LENGTH, PlatformDesk, organisations, owner
from lti_tool.wiring import Services

MOST_DEPLOYMENTS = 50


class PlatformForms(PlatformDesk):
    """The choice of the kind, and the form of each."""

    def choose(self) -> str:
        """Show the ways to connect a platform."""
        with self.reading():
            return render_template("office/platform_kinds.html", kinds=DIALECTS.values())

    def form(self, kind: str) -> str:
        """Show the form of one kind, filled with what follows from the LMS's address if it is given."""
        with self.reading() as visit:
            dialect = _dialect(kind)
            base = request.args.get("adresse", "")[:URL_LENGTH]
            return self._form(visit.session, dialect, dialect.prefilled(base), error=None)

    def add(self) -> BaseResponse | tuple[str, int]:
        """Register the platform; it may launch at once, for an administrator has entered it."""
        dialect = DIALECTS.get(request.form.get("kind", ""), DIALECTS["other"])
        try:
            with self.writing() as visit:
                made = self._register(visit.session, dialect)
                self.note_on(visit, "platform.added", made)
        except IntegrityError:
            return self._refused(
                dialect, InvalidInputError("issuer and client are registered already", field="client_id")
            )
        except InvalidInputError as error:
            return self._refused(dialect, error)
        return redirect(url_for("office.platform", platform=made.public_id), 303)

    def _register(self, session: Session, dialect: Dialect) -> Registration:
        form, loopback = request.form, self.services.settings.allow_loopback_http
        organisation = owner(session, form.get("organisation"))
        deployments = list(dict.fromkeys(re.findall(r"\S+", form.get("deployment_ids", ""))))
        if not deployments or len(deployments) > MOST_DEPLOYMENTS or any(len(d) > ID_LENGTH for d in deployments):
            raise InvalidInputError("at least one deployment id", field="deployment_ids")
        return registrations.register(
            session,
            organisation,
            name=forms.text(form, "name", longest=NAME_LENGTH),
            issuer=forms.address(form, "issuer", allow_loopback_http=loopback, longest=ID_LENGTH),
            client_id=forms.text(form, "client_id", longest=ID_LENGTH),
            auth_login_url=forms.address(form, "auth_login_url", allow_loopback_http=loopback),
            auth_token_url=forms.address(form, "auth_token_url", allow_loopback_http=loopback),
            key_set_url=forms.address(form, "key_set_url", allow_loopback_http=loopback),
            token_audience=forms.text(form, "token_audience", longest=URL_LENGTH, required=False) or None,
            product=None if dialect.key == "other" else dialect.key,
            deployment_ids=deployments,
            now=self.services.clock(),
        )

    def _refused(self, dialect: Dialect, error: CampusError) -> tuple[str, int]:
        with self.reading() as visit:
            return self._form(visit.session, dialect, request.form, error=error), error.status

    def _form(self, session: Session, dialect: Dialect, given: Mapping[str, str], *, error: CampusError | None) -> str:
        return render_template(
            "office/platform_form.html",
            dialect=dialect,
            organisations=organisations(session),
            given=given,
            base=request.args.get("adresse", ""),
            ours=self.ours(),
            error=forms.shown(error),
        )


def _dialect(kind: str) -> Dialect:
    if kind not in DIALECTS:
        raise NotFoundError("no such kind of platform")
    return DIALECTS[kind]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = PlatformForms(services)
    pages.add_url_rule("/plattformen/neu", "platform_form", handlers.choose, methods=["GET"])
    pages.add_url_rule("/plattformen/neu/<kind>", "platform_kind", handlers.form, methods=["GET"])
    pages.add_url_rule("/plattformen", "add_platform", handlers.add, methods=["POST"])

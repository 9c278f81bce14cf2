"""Platforms (LTI registrations): who may launch, entered by hand with the values that the platform shows."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, InvalidInputError, NotFoundError
from campus.models.organisations import Organisation, OrganisationKind
from campus.upsert import insert_missing
from lti_tool.launch import registrations
from lti_tool.launch.store import Deployment, Registration, Standing
from lti_tool.pages import forms
from lti_tool.pages.office.desk import Desk
from lti_tool.wiring import Services

ID_LENGTH = 255
NAME_LENGTH = 200
MOST_DEPLOYMENTS = 50


class PlatformPages(Desk):
    """The list, adding one, its deployments, and switching it off."""

    def platforms(self) -> str:
        """List the platforms."""
        with self.reading() as visit:
            found = visit.session.scalars(
                select(Registration)
                .options(selectinload(Registration.organisation), selectinload(Registration.deployments))
                .order_by(Registration.name, Registration.id)
            ).all()
            return render_template("office/platforms.html", platforms=found, ours=self._ours())

    def form(self) -> str:
        """Show the form, with our own addresses to copy into the platform."""
        with self.reading() as visit:
            return self._form(visit.session, error=None)

    def add(self) -> BaseResponse | tuple[str, int]:
        """Register the platform; it may launch at once."""
        try:
            with self.writing() as visit:
                made = self._register(visit.session)
                self.note(visit, "platform.added", organisation_id=made.organisation_id, platform=made.public_id)
        except IntegrityError:
            return self._refused(InvalidInputError("issuer and client are registered already", field="client_id"))
        except InvalidInputError as error:
            return self._refused(error)
        return redirect(url_for("office.platform", platform=made.public_id), 303)

    def platform(self, platform: str) -> str:
        """Show one platform with its deployments."""
        with self.reading() as visit:
            found = _platform(visit.session, platform)
            return render_template("office/platform.html", platform=found, ours=self._ours())

    def add_deployment(self, platform: str) -> BaseResponse:
        """Let one more deployment of the platform launch."""
        with self.writing() as visit:
            named = forms.text(request.form, "deployment_id", longest=ID_LENGTH)
            found = _platform(visit.session, platform)
            insert_missing(
                visit.session, Deployment, [{"registration_id": found.id, "deployment_id": named, "enabled": True}]
            )
            self.note(visit, "platform.deployment_added", organisation_id=found.organisation_id, platform=platform)
        return redirect(url_for("office.platform", platform=platform), 303)

    def switch(self, platform: str) -> BaseResponse:
        """Switch a platform off (its launches end at once) or on again."""
        with self.writing() as visit:
            on = forms.choice(request.form, "enabled", frozenset({"yes", "no"})) == "yes"
            found = _platform(visit.session, platform)
            found.standing = Standing.ACTIVE if on else Standing.DISABLED
            action = "platform.enabled" if on else "platform.disabled"
            self.note(visit, action, organisation_id=found.organisation_id, platform=platform)
        return redirect(url_for("office.platform", platform=platform), 303)

    def _register(self, session: Session) -> Registration:
        form, loopback = request.form, self.services.settings.allow_loopback_http
        owner = session.scalars(select(Organisation).where(Organisation.public_id == form.get("organisation"))).first()
        if owner is None:
            raise InvalidInputError("no such organisation", field="organisation")
        deployments = list(dict.fromkeys(re.findall(r"\S+", form.get("deployment_ids", ""))))
        if not deployments or len(deployments) > MOST_DEPLOYMENTS or any(len(d) > ID_LENGTH for d in deployments):
            raise InvalidInputError("at least one deployment id", field="deployment_ids")
        return registrations.register(
            session,
            owner,
            name=forms.text(form, "name", longest=NAME_LENGTH),
            issuer=forms.address(form, "issuer", allow_loopback_http=loopback, longest=ID_LENGTH),
            client_id=forms.text(form, "client_id", longest=ID_LENGTH),
            auth_login_url=forms.address(form, "auth_login_url", allow_loopback_http=loopback),
            auth_token_url=forms.address(form, "auth_token_url", allow_loopback_http=loopback),
            key_set_url=forms.address(form, "key_set_url", allow_loopback_http=loopback),
            token_audience=forms.text(form, "token_audience", longest=2000, required=False) or None,
            deployment_ids=deployments,
            now=self.services.clock(),
        )

    def _refused(self, error: CampusError) -> tuple[str, int]:
        with self.reading() as visit:
            return self._form(visit.session, error=error), error.status

    def _form(self, session: Session, *, error: CampusError | None) -> str:
        organisations = session.scalars(
            select(Organisation).where(Organisation.kind != OrganisationKind.OFFICE).order_by(Organisation.slug)
        ).all()
        return render_template(
            "office/platform_form.html",
            organisations=organisations,
            given=request.form,
            ours=self._ours(),
            error=forms.shown(error),
        )

    def _ours(self) -> dict[str, str]:
        """Give our own addresses, as a platform's form asks for them."""
        base = self.services.settings.public_url
        return {"login": f"{base}/lti/login", "launch": f"{base}/lti/launch", "keys": f"{base}/lti/keys"}


def _platform(session: Session, public_id: str) -> Registration:
    found = session.scalars(select(Registration).where(Registration.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("no such platform")
    return found


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, one = PlatformPages(services), "/plattformen/<platform>"
    pages.add_url_rule("/plattformen", "platforms", handlers.platforms, methods=["GET"])
    pages.add_url_rule("/plattformen", "add_platform", handlers.add, methods=["POST"])
    pages.add_url_rule("/plattformen/neu", "platform_form", handlers.form, methods=["GET"])
    pages.add_url_rule(one, "platform", handlers.platform, methods=["GET"])
    pages.add_url_rule(f"{one}/deployments", "add_deployment", handlers.add_deployment, methods=["POST"])
    pages.add_url_rule(f"{one}/schalten", "switch_platform", handlers.switch, methods=["POST"])

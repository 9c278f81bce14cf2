"""Platforms (LTI registrations): who may launch, since when, with what, and what hangs on it."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import case, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import InvalidInputError, NotFoundError
from campus.models.people import Person
from campus.upsert import insert_missing
from lti_tool.launch import connection, registrations, removal, reopening
from lti_tool.launch.store import ID_LENGTH, Deployment, PlatformStanding, Registration, RegistrationInvite, ToolKey
from lti_tool.pages import forms
from lti_tool.pages.office import connection_texts
from lti_tool.pages.office.desk import Visit
from lti_tool.pages.office.dialects import DIALECTS
from lti_tool.pages.office.platform_desk import NAME_LENGTH, PlatformDesk, find
from lti_tool.wiring import Services


class PlatformPages(PlatformDesk):
    """The list, one platform, and what an administrator decides about it."""

    def platforms(self) -> str:
        """List the platforms; those that wait for approval come first."""
        waiting_first = case((Registration.standing == PlatformStanding.PENDING, 0), else_=1)
        with self.reading() as visit:
            found = visit.session.scalars(
                select(Registration)
                .options(selectinload(Registration.organisation), selectinload(Registration.deployments))
                .order_by(waiting_first, Registration.name, Registration.id)
            ).all()
            return render_template("office/platforms.html", platforms=found)

    def platform(self, platform: str) -> str:
        """Show one platform: what it asked for, its deployments and its switches."""
        with self.reading() as visit:
            found = find(visit.session, platform)
            own_key = visit.session.scalars(
                select(ToolKey).where(ToolKey.registration_id == found.id).order_by(ToolKey.number.desc())
            ).first()
            inviter = visit.session.scalars(
                select(Person)
                .join(RegistrationInvite, RegistrationInvite.created_by_id == Person.id)
                .where(RegistrationInvite.registration_id == found.id, RegistrationInvite.used_at.is_not(None))
                .order_by(RegistrationInvite.used_at.desc())
            ).first()
            return render_template(
                "office/platform.html",
                platform=found,
                product=DIALECTS[found.product].name if found.product in DIALECTS else found.product,
                own_key=own_key,
                inviter=inviter,
                ours=self.ours(),
            )

    def approve(self, platform: str) -> BaseResponse:
        """Let a platform launch that has registered itself."""
        with self.writing() as visit:
            found = find(visit.session, platform)
            keep = request.form.get("keep_people") == "yes"
            registrations.approve(visit.session, found, keep_people=keep)
            self._send_held_up(visit, found)
            self.note_on(visit, "platform.approved", found, keep_people=keep)
        return _back(platform)

    def switch(self, platform: str) -> BaseResponse:
        """Switch a platform off (its launches end at once) or on again."""
        with self.writing() as visit:
            on = forms.is_yes(request.form, "enabled")
            found = find(visit.session, platform)
            registrations.switch(found, on=on)
            if on:
                self._send_held_up(visit, found)
            self.note_on(visit, "platform.enabled" if on else "platform.disabled", found)
        return _back(platform)

    def _send_held_up(self, visit: Visit, found: Registration, *, deployment: str | None = None) -> None:
        """Let the scores go that were earned while the platform or the deployment was shut."""
        reopening.send_held_up(
            visit.session,
            found,
            now=self.services.clock(),
            publish=self.services.publish(visit.session),
            deployment=deployment,
        )

    def add_deployment(self, platform: str) -> BaseResponse:
        """Let one more deployment of the platform launch."""
        with self.writing() as visit:
            named = forms.text(request.form, "deployment_id", longest=ID_LENGTH)
            found = find(visit.session, platform)
            row = {"registration_id": found.id, "deployment_id": named, "enabled": True}
            insert_missing(visit.session, Deployment, [row])
            self.note_on(visit, "platform.deployment_added", found)
        return _back(platform)

    def switch_deployment(self, platform: str) -> BaseResponse:
        """Switch one deployment off or on again; the form names it, for it has the platform's id only."""
        with self.writing() as visit:
            on = forms.is_yes(request.form, "enabled")
            named = forms.text(request.form, "deployment_id", longest=ID_LENGTH)
            found = find(visit.session, platform)
            deployment = next((item for item in found.deployments if item.deployment_id == named), None)
            if deployment is None:
                raise NotFoundError("no such deployment")
            deployment.enabled = on
            if on:
                self._send_held_up(visit, found, deployment=named)
            self.note_on(visit, "platform.deployment_enabled" if on else "platform.deployment_disabled", found)
        return _back(platform)

    def allow_anonymous(self, platform: str) -> BaseResponse:
        """Let people read who launch without saying who they are, or not."""
        with self.writing() as visit:
            allowed = forms.is_yes(request.form, "allowed")
            found = find(visit.session, platform)
            found.allows_anonymous = allowed
            self.note_on(visit, "platform.anonymous_allowed" if allowed else "platform.anonymous_refused", found)
        return _back(platform)

    def make_key(self, platform: str) -> BaseResponse:
        """Give the platform a key of its own, or the next one; platforms see it a day before it signs."""
        with self.reading() as visit:
            number = find(visit.session, platform).id
        self.services.tool_keys.rotate(number)  # in a transaction of its own
        with self.writing() as visit:
            self.note_on(visit, "platform.key_made", find(visit.session, platform))
        return _back(platform)

    def test(self, platform: str) -> str:
        """Ask the platform what a launch will ask, now, and say in words what came of it."""
        with self.reading() as visit:
            found = find(visit.session, platform)
            picture, scopes = registrations.picture(found), connection.scopes_of(found.asked)
        findings = connection.check(
            self.services.outbound, self.services.tool_keys, picture, scopes=scopes, now=self.services.clock()
        )
        return render_template(
            "office/platform_test.html",
            platform=found,
            findings=[(finding, *connection_texts.of(finding)) for finding in findings],
            ours=self.ours(),
        )

    def removal(self, platform: str) -> str:
        """Say what hangs on the platform, and ask for its name before it is deleted."""
        with self.reading() as visit:
            found = find(visit.session, platform)
            return render_template(
                "office/platform_delete.html", platform=found, hanging=removal.hanging_on(visit.session, found)
            )

    def delete(self, platform: str) -> BaseResponse:
        """Delete the platform with its links, launches and scores; evidence, credits and people stay."""
        with self.writing() as visit:
            found = find(visit.session, platform)
            if forms.text(request.form, "name", longest=NAME_LENGTH) != found.name.strip():
                raise InvalidInputError("the name is not the platform's", field="name")
            hanging = removal.hanging_on(visit.session, found)
            self.note_on(visit, "platform.deleted", found, links=hanging.links, scores=hanging.scores)
            removal.remove(visit.session, found)
        return redirect(url_for("office.platforms"), 303)


def _back(platform: str) -> BaseResponse:
    return redirect(url_for("office.platform", platform=platform), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, one = PlatformPages(services), "/plattformen/<platform>"
    pages.add_url_rule("/plattformen", "platforms", handlers.platforms, methods=["GET"])
    pages.add_url_rule(one, "platform", handlers.platform, methods=["GET"])
    pages.add_url_rule(f"{one}/freigeben", "approve_platform", handlers.approve, methods=["POST"])
    pages.add_url_rule(f"{one}/schalten", "switch_platform", handlers.switch, methods=["POST"])
    pages.add_url_rule(f"{one}/deployments", "add_deployment", handlers.add_deployment, methods=["POST"])
    pages.add_url_rule(f"{one}/deployments/schalten", "switch_deployment", handlers.switch_deployment, methods=["POST"])
    pages.add_url_rule(f"{one}/anonym", "allow_anonymous", handlers.allow_anonymous, methods=["POST"])
    pages.add_url_rule(f"{one}/schluessel", "make_platform_key", handlers.make_key, methods=["POST"])
    pages.add_url_rule(f"{one}/pruefen", "test_platform", handlers.test, methods=["POST"])
    pages.add_url_rule(f"{one}/loeschen", "platform_removal", handlers.removal, methods=["GET"])
    pages.add_url_rule(f"{one}/loeschen", "delete_platform", handlers.delete, methods=["POST"])

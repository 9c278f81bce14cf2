"""Links by which platforms register themselves: made, shown once, listed, taken back."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, ConflictError, InvalidInputError, NotFoundError
from lti_tool.launch import invites
from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.store import RegistrationInvite
from lti_tool.pages import forms
from lti_tool.pages.office.desk import Visit
from lti_tool.pages.office.platform_desk import NAME_LENGTH, PlatformDesk, find, organisations, owner
from lti_tool.wiring import Services

MOST_LISTED = 100


class InvitePages(PlatformDesk):
    """The list with its form, and what follows from it."""

    def links(self) -> str:
        """List the links, newest first, with the form for a new one."""
        with self.reading() as visit:
            return self._page(visit.session)

    def make(self) -> str | tuple[str, int]:
        """Make a link for a new platform, and show it in this answer: no page can show it again."""
        try:
            with self.writing() as visit:
                organisation = owner(visit.session, request.form.get("organisation"))
                name = forms.text(request.form, "name", longest=NAME_LENGTH)
                made, token = invites.make(
                    visit.session,
                    organisation,
                    name=name,
                    token=self.services.token,
                    created_by_id=visit.actor.person_id,
                    now=self.services.clock(),
                )
                self._note(visit, "platform.invited", made)
                return self._shown(made, token)
        except InvalidInputError as error:
            with self.reading() as visit:
                return self._page(visit.session, error=error), error.status

    def renew(self, platform: str) -> str:
        """Make a link by which a platform that is known registers anew."""
        with self.writing() as visit:
            found = find(visit.session, platform)
            made, token = invites.make(
                visit.session,
                found.organisation,
                name=found.name,
                token=self.services.token,
                created_by_id=visit.actor.person_id,
                now=self.services.clock(),
                renews=found,
            )
            self._note(visit, "platform.renewal_invited", made, platform=found.public_id)
            return self._shown(made, token)

    def revoke(self, invite: str) -> BaseResponse:
        """Take a link back that nobody has used."""
        with self.writing() as visit:
            query = select(RegistrationInvite).where(RegistrationInvite.public_id == invite)
            found = visit.session.scalars(query.with_for_update()).first()
            if found is None:
                raise NotFoundError("no such link")
            if found.used_at is not None:
                raise ConflictError("the link was used meanwhile")
            self._note(visit, "platform.invite_revoked", found)
            visit.session.delete(found)
        return redirect(url_for("office.platform_invites"), 303)

    def _shown(self, made: RegistrationInvite, token: str) -> str:
        link = ToolAddresses(self.services.settings.public_url).register(token)
        return render_template("office/platform_invite.html", invite=made, link=link)

    def _page(self, session: Session, *, error: CampusError | None = None) -> str:
        newest = select(RegistrationInvite).order_by(RegistrationInvite.id.desc()).limit(MOST_LISTED)
        now = self.services.clock()
        return render_template(
            "office/platform_invites.html",
            invites=[(invite, invites.state(invite, now=now)) for invite in session.scalars(newest)],
            organisations=organisations(session),
            given=request.form,
            error=forms.shown(error),
        )

    def _note(self, visit: Visit, action: str, invite: RegistrationInvite, **details: str) -> None:
        self.note(visit, action, organisation_id=invite.organisation_id, invite=invite.public_id, **details)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, all_of_them = InvitePages(services), "/plattformen/links"
    pages.add_url_rule(all_of_them, "platform_invites", handlers.links, methods=["GET"])
    pages.add_url_rule(all_of_them, "invite_platform", handlers.make, methods=["POST"])
    pages.add_url_rule(f"{all_of_them}/<invite>/zuruecknehmen", "revoke_invite", handlers.revoke, methods=["POST"])
    pages.add_url_rule("/plattformen/<platform>/erneuern", "renew_platform", handlers.renew, methods=["POST"])

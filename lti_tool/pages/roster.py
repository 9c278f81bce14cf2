"""The roster of the course that a teacher came from: who is in it as far as we know, since when, and "ask again"."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import NotFoundError
from campus.events import RosterWanted
from campus.models.people import Identity
from lti_tool.launch.store import Context, LinkLearner, ResourceLink
from lti_tool.pages.paging import Page, place
from lti_tool.pages.teaching import admit
from lti_tool.pages.visit import Visit, enter
from lti_tool.services import rosters
from lti_tool.services.store import Member, Roster
from lti_tool.wiring import Services

GROUP = "gruppe"
SIZE = 50

FAILURES: dict[str, LazyString] = {
    "service.forbidden": _(
        "Your learning platform forbids us to read who is in the course. Its administrator can allow it in the "
        "settings of this tool: switch on “Names and Role Provisioning”."
    ),
    "service.gone": _("Your learning platform says that it has no such course any more."),
    "service.list_unreadable": _("What your learning platform answers is no list of participants."),
    "service.token_refused": _(
        "Your learning platform gives us no access. We try again by ourselves; if it stays like this, its "
        "administrator should look at the connection."
    ),
    "service.unavailable": _("Your learning platform can't be reached just now. We try again by ourselves."),
}
REFUSED = _("Your learning platform refuses to tell who is in the course.")


@dataclass(frozen=True)
class RosterLine:
    """A member as the page shows them. ``opened``: they have come to the unit from this course."""

    member: Member
    identity: Identity
    opened: bool


class RosterPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def show(self, launch_id: str) -> str:
        """Show who is in the course, all or one group, and how old that is."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            admit(session, visit)
            context = _context(session, visit)
            lines = _lines(session, context, visit.unit.id) if context else []
            groups = sorted({name for line in lines if line.member.present for name in line.member.groups})
            group = chosen_group(groups)
            shown = [line for line in lines if group is None or group in line.member.groups]
            return render_template(
                "teacher/roster.html",
                unit=visit.unit,
                course=context,
                roster=_roster(session, context) if context else None,
                page=_page(shown),
                present=sum(line.member.present for line in lines),
                groups=groups,
                group=group,
                failure=failure_text,
                asked=request.args.get("gefragt"),
            )

    def sync(self, launch_id: str) -> BaseResponse:
        """Have the roster read anew by the worker, unless that was just done or is about to be."""
        now = self.services.clock()
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            admit(session, visit)
            context = _context(session, visit)
            if context is None or context.memberships_url is None:
                raise NotFoundError("this course's platform tells no roster")
            asked = rosters.ask(session, context, now=now)
            if asked:
                self.services.publish(session)(RosterWanted(context.public_id, now.isoformat()))
        return redirect(url_for("teacher.roster", launch_id=launch_id, gefragt=int(asked)), 303)


def chosen_group(groups: Sequence[str]) -> str | None:
    """Return the group that the address asks for, if the course has it."""
    wanted = request.args.get(GROUP)
    return wanted if wanted in groups else None


def failure_text(detail: str) -> LazyString:
    """Say in words why a roster could not be read."""
    return FAILURES.get(detail, REFUSED)


def _context(session: Session, visit: Visit) -> Context | None:
    return session.get(Context, visit.launch.context_id) if visit.launch.context_id is not None else None


def _roster(session: Session, context: Context) -> Roster | None:
    return session.scalars(select(Roster).filter_by(context_id=context.id)).one_or_none()


def _lines(session: Session, context: Context, unit_id: int) -> list[RosterLine]:
    """List all members: who is there first, teachers before learners, by name."""
    opened = set(
        session.scalars(
            select(LinkLearner.identity_id)
            .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
            .where(ResourceLink.unit_id == unit_id, ResourceLink.context_id == context.id)
        )
    )
    rows = session.execute(
        select(Member, Identity)
        .join(Identity, Identity.id == Member.identity_id)
        .where(Member.context_id == context.id)
        .order_by(Member.present.desc(), Member.is_teacher.desc(), Identity.name.is_(None), Identity.name, Identity.id)
    )
    return [RosterLine(member, identity, identity.id in opened) for member, identity in rows]


def _page(lines: Sequence[RosterLine]) -> Page[RosterLine]:
    number, pages = place(len(lines), request.args.get("seite"), size=SIZE)
    return Page(lines[(number - 1) * SIZE : number * SIZE], number, pages, len(lines))


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the teacher's."""
    handlers = RosterPages(services)
    pages.add_url_rule("/teilnehmende", "roster", handlers.show, methods=["GET"])
    pages.add_url_rule("/teilnehmende/abgleich", "sync_roster", handlers.sync, methods=["POST"])

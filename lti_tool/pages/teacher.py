"""The teacher's pages inside a launch: sessions of the unit's tutorial, and who was there."""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import access, sessions
from campus.access import Actor
from campus.errors import InvalidInputError
from campus.models.learning import TutorialSession
from lti_tool.pages import attendance, forms, roster
from lti_tool.pages.attendance import NOT_MARKED, Reach
from lti_tool.pages.teaching import admit
from lti_tool.pages.visit import Visit, enter
from lti_tool.wiring import Services

Page = str | tuple[str, int] | BaseResponse

ZONES = ("Europe/Berlin", "Europe/Brussels", "Europe/London", "Europe/Athens", "UTC")
LONGEST_PLACE = 500


class TeacherPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def tutorial(self, launch_id: str) -> Page:
        """List the sessions and offer to announce one."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            admit(session, visit)
            return self._sessions_page(session, visit)

    def create(self, launch_id: str) -> Page:
        """Announce a session. A field that can't be used is marked, and what was typed stays."""
        form = request.form
        try:
            with self.services.database.write() as session:
                visit = enter(self.services, session, launch_id)
                admit(session, visit)
                zone = forms.choice(form, "zone", frozenset(ZONES))
                made = sessions.create(
                    session,
                    visit.unit,
                    title={"de": f"Tutorium {visit.unit.code}", "en": f"Tutorial {visit.unit.code}"},
                    starts_at=forms.instant(form, "starts_at", zone),
                    ends_at=forms.instant(form, "ends_at", zone),
                    place=forms.text(form, "place", longest=LONGEST_PLACE),
                    zone=zone,
                    now=self.services.clock(),
                )
        except InvalidInputError as error:
            with self.services.database.read() as session:
                return self._sessions_page(session, enter(self.services, session, launch_id), error), error.status
        return redirect(url_for("teacher.session", launch_id=launch_id, session_id=made.public_id), 303)

    def session(self, launch_id: str, session_id: str) -> Page:
        """Show one session's list, or the part of it that is one group."""
        with self.services.database.read() as session:
            visit, actor, tutorial = self._session(session, launch_id, session_id)
            reach = _reach(session, visit, actor)
            groups = attendance.group_names(session, reach.context_id)
            group = roster.chosen_group(groups)
            view = attendance.attendance_view(session, tutorial, reach)
            found = attendance.candidates(session, tutorial, reach)
            return render_template(
                "teacher/session.html",
                unit=visit.unit,
                tutorial=tutorial,
                attendance=view,
                lines=view.of_group(group),
                candidates=[one for one in found if group is None or group in one.groups],
                groups=groups,
                group=group,
                outcomes=(NOT_MARKED, *sessions.ATTENDANCE),
                saved=request.args.get("saved") == "1",
            )

    def expect(self, launch_id: str, session_id: str) -> Page:
        """Put learners of the unit or of the course on the list."""
        now = self.services.clock()
        with self.services.database.write() as session:
            visit, actor, tutorial = self._session(session, launch_id, session_id)
            keys = request.form.getlist("person")
            for candidate in attendance.chosen(session, tutorial, _reach(session, visit, actor), keys):
                sessions.expect(session, tutorial, attendance.person_of(session, candidate, now=now), now=now)
        return redirect(_list_address(launch_id, session_id), 303)

    def mark(self, launch_id: str, session_id: str) -> Page:
        """Record who was there; a mark taken back is a retraction, what stays the same is no new fact."""
        with self.services.database.write() as session:
            visit, actor, tutorial = self._session(session, launch_id, session_id)
            view = attendance.attendance_view(session, tutorial, _reach(session, visit, actor))
            sessions.mark(
                session,
                tutorial,
                attendance.marks_of(request.form, view),
                teacher_id=actor.person_id,
                now=self.services.clock(),
                publish=self.services.publish(session),
            )
        return redirect(_list_address(launch_id, session_id, saved=1), 303)

    def _session(self, session: Session, launch_id: str, session_id: str) -> tuple[Visit, Actor, TutorialSession]:
        visit = enter(self.services, session, launch_id)
        actor = admit(session, visit)
        return visit, actor, sessions.of_unit_or_fail(session, visit.unit, session_id)

    def _sessions_page(self, session: Session, visit: Visit, error: InvalidInputError | None = None) -> str:
        return render_template(
            "teacher/sessions.html",
            unit=visit.unit,
            tutorials=sessions.of_unit(session, visit.unit),
            zones=ZONES,
            now=self.services.clock(),
            typed=request.form,
            errors={error.field: _field_error(error)} if error else {},
        )


def _reach(session: Session, visit: Visit, actor: Actor) -> Reach:
    """Say whose learners a teacher sees: whom the unit was granted by name all, a platform's its own."""
    by_themselves = replace(actor, instructorship=None)
    sees_all = access.may_teach(session, by_themselves, visit.unit)
    return Reach(None if sees_all else visit.launch.registration_id, visit.launch.context_id)


def _list_address(launch_id: str, session_id: str, *, saved: int | None = None) -> str:
    """Return the list's page, of the group that the form was shown for."""
    group = request.args.get(roster.GROUP)
    return url_for("teacher.session", launch_id=launch_id, session_id=session_id, gruppe=group, saved=saved)


def _field_error(error: InvalidInputError) -> str:
    """Say beside a field what is wrong with it."""
    match error.field:
        case "starts_at":
            return _("Enter date and time of the beginning.")
        case "ends_at":
            return _("Enter date and time of the end; it comes after the beginning.")
        case "place":
            return _("Enter a place or a meeting link of at most 500 characters.")
        case _:
            return _("Choose one from the list.")


def blueprint(services: Services) -> Blueprint:
    """Return the teacher's pages: ``/launch/<launch_id>/tutorial`` with what is below, and the roster."""
    pages = Blueprint("teacher", __name__, url_prefix="/launch/<launch_id>")
    handlers = TeacherPages(services)
    for rule, endpoint, handler, method in (
        ("", "tutorial", handlers.tutorial, "GET"),
        ("/sessions", "create", handlers.create, "POST"),
        ("/sessions/<session_id>", "session", handlers.session, "GET"),
        ("/sessions/<session_id>/list", "expect", handlers.expect, "POST"),
        ("/sessions/<session_id>/attendance", "mark", handlers.mark, "POST"),
    ):
        pages.add_url_rule(f"/tutorial{rule}", endpoint, handler, methods=[method])
    roster.add_routes(pages, services)
    return pages

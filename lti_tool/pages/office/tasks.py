"""Tasks: a withdrawn credit never revokes a certificate by itself; somebody looks and says what follows."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import tasks
from campus.models.credits import Credit, Task
from certificates.store import Award
from lti_tool.pages import forms
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.paging import paginate
from lti_tool.wiring import Services


class TaskPages(Desk):
    """The list, and closing one."""

    def tasks(self) -> str:
        """List the open tasks, the oldest first; with ``?stand=alle`` the closed ones too."""
        everything = request.args.get("stand") == "alle"
        wanted = select(Task).options(
            selectinload(Task.credit).selectinload(Credit.person), selectinload(Task.credit).selectinload(Credit.unit)
        )
        with self.reading() as visit:
            page = paginate(
                visit.session,
                (wanted if everything else wanted.where(Task.closed_at.is_(None))).order_by(Task.opened_at, Task.id),
                request.args.get("seite"),
            )
            return render_template(
                "office/tasks.html", page=page, everything=everything, awards=_awards(visit.session, page.rows)
            )

    def close(self, task: str) -> BaseResponse:
        """Close a task with a note on what was decided."""
        with self.writing() as visit:
            note = forms.text(request.form, "note", longest=forms.LONGEST_REASON)
            tasks.close(visit.session, task, note=note, by=visit.actor.person_id, now=self.services.clock())
        return redirect(url_for("office.tasks"), 303)


def _awards(session: Session, shown: Sequence[Task]) -> dict[int, Award]:
    """Find the certificates that stand and rest on the tasks' credits, by credit id."""
    rows = [task.credit for task in shown]
    found = session.scalars(
        select(Award).where(
            Award.person_id.in_([credit.person_id for credit in rows]),
            Award.unit_id.in_([credit.unit_id for credit in rows]),
            Award.superseded_at.is_(None),
        )
    ).all()
    by_pair = {(award.person_id, award.unit_id): award for award in found}
    return {c.id: by_pair[c.person_id, c.unit_id] for c in rows if (c.person_id, c.unit_id) in by_pair}


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = TaskPages(services)
    pages.add_url_rule("/aufgaben", "tasks", handlers.tasks, methods=["GET"])
    pages.add_url_rule("/aufgaben/<task>/schliessen", "close_task", handlers.close, methods=["POST"])

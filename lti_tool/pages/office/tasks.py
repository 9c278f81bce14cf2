"""Tasks: a withdrawn credit never revokes a certificate by itself; somebody looks and says what follows."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import ConflictError, NotFoundError
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
        """Close a task with a note on what was decided. Closed once, it stays as it is."""
        with self.writing() as visit:
            note = forms.text(request.form, "note", longest=forms.LONGEST_REASON)
            found = visit.session.scalars(select(Task).where(Task.public_id == task).with_for_update()).first()
            if found is None:
                raise NotFoundError("no such task")
            if found.closed_at is not None:
                raise ConflictError("the task is closed already")
            found.closed_at, found.closed_by_id, found.note = self.services.clock(), visit.actor.person_id, note
            self.note(visit, "task.closed", task=found.public_id)
        return redirect(url_for("office.tasks"), 303)


def _awards(session: Session, tasks: Sequence[Task]) -> dict[int, Award]:
    """Find the certificates that rest on the tasks' credits, by credit id."""
    rows = [task.credit for task in tasks]
    found = session.scalars(
        select(Award).where(
            Award.person_id.in_([credit.person_id for credit in rows]),
            Award.unit_id.in_([credit.unit_id for credit in rows]),
        )
    ).all()
    by_pair = {(award.person_id, award.unit_id): award for award in found}
    return {c.id: by_pair[c.person_id, c.unit_id] for c in rows if (c.person_id, c.unit_id) in by_pair}


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = TaskPages(services)
    pages.add_url_rule("/aufgaben", "tasks", handlers.tasks, methods=["GET"])
    pages.add_url_rule("/aufgaben/<task>/schliessen", "close_task", handlers.close, methods=["POST"])

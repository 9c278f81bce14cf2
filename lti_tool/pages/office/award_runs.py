"""Many certificates by one decision: those ticked in the list are shown once more, then a run does it; its page."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import audit, organisations
from campus.errors import ConflictError, NotFoundError
from campus.models.people import Person
from certificates import runs
from certificates.runs import RunKind
from certificates.store import Award, AwardState, Run, in_state
from lti_tool import error_texts
from lti_tool.pages import forms, standing
from lti_tool.pages.office import award_filter
from lti_tool.pages.office.shared_desk import Desk, Visit
from lti_tool.pages.paging import paginate
from lti_tool.wiring import Services

ACTS = frozenset({RunKind.REVOKE.value, RunKind.REISSUE.value})
MOST_NAMED = 20
MOST_PROBLEMS = 100
YES = "yes"
REFRESH_SECONDS = 3


class RunPages(Desk):
    """Looking at the selection, beginning, and how far it is."""

    def selection(self) -> str:
        """Show how many and whose certificates would be revoked, or issued anew."""
        with self.reading(None) as visit:
            act = RunKind(forms.choice(request.args, "act", ACTS))
            found = award_filter.chosen(visit, request.args)
            concerned, now = _concerned(found, act), self.services.clock()
            named = visit.session.scalars(concerned.limit(MOST_NAMED))
            return self.show(
                visit,
                "office/awards_selection.html",
                act=act.value,
                total=_count(visit.session, found),
                count=_count(visit.session, concerned),
                lines=[standing.award_line(one, now=now) for one in named],
                kept=[(name, value) for name, value in request.args.items(multi=True) if name != "act"],
            )

    def begin(self) -> BaseResponse:
        """Have it done, if it is still as many as were shown. Raises ConflictError if not."""
        with self.writing(None) as visit:
            act = RunKind(forms.choice(request.form, "act", ACTS))
            shown = forms.whole_number(request.form, "count", least=0, most=runs.MOST)
            concerned = _concerned(award_filter.chosen(visit, request.form), act)
            subjects = visit.session.scalars(concerned.with_only_columns(Award.public_id)).all()
            if len(subjects) != shown:
                raise ConflictError("there are more or fewer of them now")
            about: dict[str, object] = {"only_changed": request.form.get("only_changed") == YES}
            if act is RunKind.REVOKE:
                about = {"reason": forms.text(request.form, "reason", longest=forms.LONGEST_REASON)}
            office = organisations.office(visit.session, now=self.services.clock())
            run = begin(self, visit, act, subjects, of=office.id, about=about)
            return redirect(url_for("office.awards_run", run=run.public_id), 303)

    def runs(self, provider: str | None = None) -> str:
        """List the runs, the newest first."""
        with self.reading(provider) as visit:
            page = paginate(visit.session, _runs(visit), request.args.get("seite"))
            return self.show(visit, "office/awards_runs.html", page=page, totals=_totals(page.rows))

    def run(self, run: str, provider: str | None = None) -> Response:
        """Show how far one is; the page loads itself anew until it is finished, or somebody asks it not to."""
        with self.reading(provider) as visit:
            found = visit.session.scalar(_runs(visit).where(Run.public_id == run))
            if found is None:
                raise NotFoundError("no such run")
            still = request.args.get("still") == YES
            page = self.show(
                visit,
                "office/awards_run.html",
                run=found,
                still=still,
                total=len(found.subjects),
                problems=_problems(visit.session, found),
                begun_by=visit.session.get(Person, found.created_by_id) if found.created_by_id else None,
            )
            answer = Response(page)
            if found.finished_at is None and not still:
                answer.headers["Refresh"] = str(REFRESH_SECONDS)
            return answer


def begin(
    desk: Desk,
    visit: Visit,
    kind: RunKind,
    subjects: Sequence[str],
    *,
    of: int,
    about: dict[str, object],
) -> Run:
    """Begin a run over awards ``of`` an organisation (database id) and write that down."""
    now, session = desk.services.clock(), visit.session
    run = runs.begin(
        session,
        kind,
        of,
        subjects,
        about,
        by=visit.actor.person_id,
        by_office=visit.provider is None,
        now=now,
        publish=desk.services.publish(session),
    )
    audit.note(
        session,
        f"awards.{kind.value}_begun",
        actor_id=visit.actor.person_id,
        organisation_id=of,
        now=now,
        run=run.public_id,
        number=len(run.subjects),
    )
    return run


def _concerned(found: Select[Award], act: RunKind) -> Select[Award]:
    """Leave out those with which the act would do nothing: what is revoked stays so."""
    if act is RunKind.REVOKE:
        return found.where(Award.revoked_at.is_(None))
    return found.where(in_state(AwardState.VALID))


def _count(session: Session, found: Select[Award]) -> int:
    return (
        session.scalar(select(func.count()).select_from(found.order_by(None).with_only_columns(Award.id).subquery()))
        or 0
    )


def _runs(visit: Visit) -> Select[Run]:
    found = select(Run).order_by(Run.created_at.desc(), Run.id.desc())
    return found.where(Run.organisation_id == visit.provider.id) if visit.provider else found


def _totals(shown: Sequence[Run]) -> dict[int, int]:
    return {run.id: len(run.subjects) for run in shown}


def _problems(session: Session, run: Run) -> list[tuple[str, str | None, str]]:
    """Return (public id, name if there is one, what happened) of those that could not be done, the first hundred."""
    shown = run.problems[:MOST_PROBLEMS]
    subjects = [problem["subject"] for problem in shown]
    if run.kind == RunKind.ISSUE:
        rows = session.execute(select(Person.public_id, Person.name).where(Person.public_id.in_(subjects)))
    else:
        rows = session.execute(
            select(Award.public_id, Person.name)
            .join(Person, Person.id == Award.person_id)
            .where(Award.public_id.in_(subjects))
        )
    named = {row.public_id: row.name for row in rows}
    conflict = 409
    return [
        (one["subject"], named.get(one["subject"]), str(error_texts.for_code(one["code"], conflict)[0]))
        for one in shown
    ]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add what the office alone does."""
    handlers = RunPages(services)
    pages.add_url_rule("/nachweisauswahl", "awards_selection", handlers.selection, methods=["GET"])
    pages.add_url_rule("/nachweisauswahl", "begin_awards_run", handlers.begin, methods=["POST"])
    add_shared_routes(pages, services)


def add_shared_routes(pages: Blueprint, services: Services) -> None:
    """Add the pages of runs to the office's, or to a provider's."""
    handlers = RunPages(services)
    pages.add_url_rule("/nachweislaeufe", "awards_runs", handlers.runs, methods=["GET"])
    pages.add_url_rule("/nachweislaeufe/<run>", "awards_run", handlers.run, methods=["GET"])

"""Issuing by hand for a group: a unit or a course, those who have earned it and have no certificate, a run."""

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import InvalidInputError, NotFoundError
from campus.models.catalogue import Course, LearningUnit
from campus.models.people import Person
from certificates import runs
from certificates.runs import RunKind
from certificates.store import Award
from lti_tool.pages import paging
from lti_tool.pages.office import award_runs
from lti_tool.pages.office.shared_desk import Desk, Visit
from lti_tool.wiring import Services

SIZE = 100
"""People on a page: a form can hold that many ticks, and nobody reads more."""
EVERYBODY = "alle"
LONGEST_TARGET = 50
Target = LearningUnit | Course


class IssuePages(Desk):
    """One page: what for, and for whom."""

    def form(self, provider: str | None = None) -> str:
        """Ask for what; then list those who could have it."""
        with self.reading(provider) as visit:
            named = request.args.get("fuer", "")[:LONGEST_TARGET]
            target = _target(visit, named) if named else None
            return self._page(visit, named, target)

    def _page(self, visit: Visit, named: str, target: Target | None) -> str:
        people: list[tuple[Person, Award | None]] = []
        total = missing = 0
        number, pages = 1, 1
        if target is not None:
            found = _candidates(visit, target)
            total, missing = _count(visit, found), _count(visit, runs.never_had(found))
            number, pages = paging.place(total, request.args.get("seite"), size=SIZE)
            rows = visit.session.execute(found.limit(SIZE).offset((number - 1) * SIZE))
            people = [(person, award) for person, award in rows]
        return self.show(
            visit,
            "office/awards_issue.html",
            units=visit.session.scalars(_units(visit)).all(),
            courses=visit.session.scalars(_courses(visit)).all(),
            named=named,
            target=target,
            missing=missing,
            page=paging.Page(people, number, pages, total),
        )

    def issue(self, provider: str | None = None) -> BaseResponse:
        """Begin a run for those who were ticked, or for everybody who has never had one."""
        with self.writing(provider) as visit:
            named = request.form.get("fuer", "")[:LONGEST_TARGET]
            target = _target(visit, named)
            wanted = _candidates(visit, target)
            if request.form.get("wer") == EVERYBODY:
                wanted = runs.never_had(wanted)  # the others are ticked one by one, by who knows why
            else:
                ticked = request.form.getlist("person")
                if len(ticked) > SIZE:
                    raise InvalidInputError("more than a page of the list holds", field="person")
                wanted = wanted.where(Person.public_id.in_(ticked))
            subjects = visit.session.scalars(wanted.with_only_columns(Person.public_id)).all()
            about: dict[str, object] = {_word(target): target.public_id}
            run = award_runs.begin(self, visit, RunKind.ISSUE, subjects, of=target.provider_id, about=about)
            return redirect(url_for(".awards_run", run=run.public_id, **visit.here), 303)


def _candidates(visit: Visit, target: Target) -> Select[Person, Award]:
    """Ask for those who lack a certificate; a provider, only for those who never had one: the office revokes."""
    found = runs.candidates(target)
    return runs.never_had(found) if visit.provider else found


def _count(visit: Visit, found: Select[Person, Award]) -> int:
    ids = found.order_by(None).with_only_columns(Person.id).subquery()
    return visit.session.scalar(select(func.count()).select_from(ids)) or 0


def _word(target: Target) -> str:
    return "unit" if isinstance(target, LearningUnit) else "course"


def _units(visit: Visit) -> Select[LearningUnit]:
    found = (
        select(LearningUnit).options(selectinload(LearningUnit.provider)).order_by(LearningUnit.code, LearningUnit.id)
    )
    return found.where(LearningUnit.provider_id == visit.provider.id) if visit.provider else found


def _courses(visit: Visit) -> Select[Course]:
    found = select(Course).options(selectinload(Course.provider)).order_by(Course.code, Course.id)
    return found.where(Course.provider_id == visit.provider.id) if visit.provider else found


def _target(visit: Visit, named: str) -> Target:
    """Return what ``unit:<public id>`` or ``course:<public id>`` names. Raises NotFoundError, also for others' own."""
    word, _, public_id = named.partition(":")
    found: Target | None = None
    if word == "unit":
        found = visit.session.scalar(_units(visit).where(LearningUnit.public_id == public_id))
    elif word == "course":
        found = visit.session.scalar(_courses(visit).where(Course.public_id == public_id))
    if found is None:
        raise NotFoundError("no such unit or course")
    return found


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add the page to the office's, or to a provider's."""
    handlers = IssuePages(services)
    pages.add_url_rule("/ausstellung", "awards_issue", handlers.form, methods=["GET"])
    pages.add_url_rule("/ausstellung", "issue_awards", handlers.issue, methods=["POST"])

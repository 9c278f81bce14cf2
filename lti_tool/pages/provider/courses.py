"""The provider's courses: the list, making one and changing one, also for one person alone, and who awards it jointly.

What names people (individual courses) is for the provider's administrators, as its participants are.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import access, catalogue, courses
from campus.courses import Plan
from campus.errors import CampusError, ConflictError, InvalidInputError, NotFoundError
from campus.models.base import Text
from campus.models.catalogue import Course, CourseAwardingBody, CourseUnit, LearningUnit
from campus.models.learning import CourseParticipant
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from campus.rules.course import LARGEST
from lti_tool.pages import forms
from lti_tool.pages.provider import extents, learners
from lti_tool.pages.provider.desk import Desk, Visit
from lti_tool.wiring import Services

LONGEST_CODE = 20
LONGEST_TITLE = 200
LONGEST_SUMMARY = 2000
ROWS = range(1, LARGEST + 1)


def find(visit: Visit, public_id: str) -> Course:
    """Return a course of the provider; one that is for one person only to those who may see people.

    Raises NotFoundError, also for another provider's course.
    """
    found = courses.by_public_id(visit.session, public_id)
    if found.provider_id != visit.provider.id:
        raise NotFoundError("the provider has no such course")
    if found.individual_for_id is not None:
        require_people(visit)
    return found


def require_people(visit: Visit) -> None:
    """Refuse editors what names people."""
    access.require_administrator(visit.actor, visit.provider.id)


class CoursePages(Desk):
    """Each change is written into the audit."""

    def courses(self, provider: str) -> str:
        """List the provider's courses, and those of others that it awards jointly with them."""
        with self.reading(provider) as visit:
            sees_people = access.may_administer_provider(visit.actor, visit.provider.id)
            mine = _listed().where(Course.provider_id == visit.provider.id)
            joint = select(CourseAwardingBody.course_id).where(CourseAwardingBody.organisation_id == visit.provider.id)
            return render_template(
                "provider/courses.html",
                provider=visit.provider,
                courses=visit.session.scalars(mine.where(Course.individual_for_id.is_(None))).all(),
                individual=visit.session.scalars(mine.where(Course.individual_for_id.is_not(None))).all()
                if sees_people
                else [],
                joint=visit.session.scalars(_listed().where(Course.id.in_(joint))).all(),
                taken=_taken(visit.session, visit.provider.id),
                sees_people=sees_people,
            )

    def new(self, provider: str) -> str:
        """Show the form of a new course, perhaps for one person."""
        with self.reading(provider) as visit:
            return _form(visit, None, _blank(), for_whom=request.args.get("person", ""))

    def create(self, provider: str) -> BaseResponse | tuple[str, int]:
        """Make the course; who it is for takes it at once."""
        for_whom = request.form.get("person", "")
        try:
            with self.writing(provider) as visit:
                person = _person(visit, for_whom)
                plan = _plan(visit.session)
                made = courses.create(
                    visit.session,
                    **_texts(),
                    provider=visit.provider,
                    units=plan.units,
                    electives_needed=plan.electives_needed,
                    extent=extents.read(request.form),
                    individual_for=person,
                    now=self.services.clock(),
                )
                self.note(
                    visit, "course.made", course=made.public_id, **({"person": person.public_id} if person else {})
                )
                if person:
                    publish = self.services.publish(visit.session)
                    courses.enrol(visit.session, made, person, now=self.services.clock(), publish=publish)
                return redirect(url_for("provider.course", provider=provider, course=made.public_id), 303)
        except (InvalidInputError, ConflictError) as error:
            with self.reading(provider) as visit:
                return _form(visit, None, request.form, for_whom=for_whom, error=error), error.status

    def course(self, provider: str, course: str) -> str:
        """Show a course, to change it."""
        with self.reading(provider) as visit:
            found = find(visit, course)
            return _form(visit, found, _values(found))

    def edit(self, provider: str, course: str) -> BaseResponse | tuple[str, int]:
        """Change it; a form without units leaves what it asks for."""
        try:
            with self.writing(provider) as visit:
                found = find(visit, course)
                courses.edit(
                    visit.session,
                    found,
                    **_texts(),
                    extent=extents.read(request.form),
                    plan=_plan(visit.session) if "unit_1" in request.form else None,
                    now=self.services.clock(),
                    publish=self.services.publish(visit.session),
                )
                self.note(visit, "course.changed", course=found.public_id)
        except (InvalidInputError, ConflictError) as error:
            with self.reading(provider) as visit:
                return _form(visit, find(visit, course), request.form, error=error), error.status
        return redirect(url_for("provider.course", provider=provider, course=course), 303)

    def award_with(self, provider: str, course: str) -> BaseResponse | tuple[str, int]:
        """Let others award it jointly: the office's word, for it knows that all of them agreed."""
        try:
            with self.writing(provider) as visit:
                access.require_office(visit.actor)
                found = find(visit, course)
                bodies = _bodies(visit.session)
                courses.award_with(visit.session, found, bodies)
                self.note(
                    visit, "course.awarded_jointly", course=found.public_id, bodies=[body.public_id for body in bodies]
                )
        except InvalidInputError as error:
            with self.reading(provider) as visit:
                found = find(visit, course)
                return _form(visit, found, _values(found), error=error), error.status
        return redirect(url_for("provider.course", provider=provider, course=course, _anchor="gemeinsam"), 303)


def _bodies(session: Session) -> list[Organisation]:
    """Return the organisations that were ticked. Raises InvalidInputError, also without the word that they agreed."""
    wanted = request.form.getlist("bodies")
    found = session.scalars(
        select(Organisation).where(Organisation.public_id.in_(wanted)).order_by(Organisation.id)
    ).all()
    if len(found) < len(wanted) or request.form.get("agreed") != "yes":
        raise InvalidInputError("providers who have agreed", field="bodies")
    return list(found)


def _listed() -> Select[Course]:
    return (
        select(Course)
        .options(selectinload(Course.units).selectinload(CourseUnit.unit), selectinload(Course.individual_for))
        .order_by(Course.code, Course.id)
    )


def _taken(session: Session, provider_id: int) -> dict[int, tuple[int, int]]:
    """Count, for each of the provider's courses, who takes it and who has completed it."""
    counted = session.execute(
        select(CourseParticipant.course_id, func.count(), func.count(CourseParticipant.completed_at))
        .join(Course, Course.id == CourseParticipant.course_id)
        .where(Course.provider_id == provider_id)
        .group_by(CourseParticipant.course_id)
    )
    return {course: (everybody, completed) for course, everybody, completed in counted}


def _person(visit: Visit, public_id: str) -> Person | None:
    """Return for whom the course is, if for one person."""
    if not public_id:
        return None
    require_people(visit)
    return learners.one(visit, public_id)


def _form(
    visit: Visit,
    course: Course | None,
    given: Mapping[str, Any],
    *,
    for_whom: str = "",
    error: CampusError | None = None,
) -> str:
    providers = visit.session.scalars(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.PROVIDER, Organisation.id != visit.provider.id)
        .order_by(Organisation.slug)
    ).all()
    return render_template(
        "provider/course.html",
        provider=visit.provider,
        course=course,
        person=course.individual_for if course else _person(visit, for_whom),
        given=given,
        rows=extents.rows(given),
        unit_rows=ROWS,
        units=_units(visit),
        settled=course is not None and courses.is_settled(visit.session, course),
        providers=providers,
        is_office=visit.actor.is_office,
        sees_people=access.may_administer_provider(visit.actor, visit.provider.id),
        error=forms.shown(error),
    )


def _units(visit: Visit) -> list[tuple[Text, list[LearningUnit]]]:
    """Give all units of the catalogue by provider, the own ones first."""
    units = visit.session.scalars(
        select(LearningUnit).options(selectinload(LearningUnit.provider)).order_by(LearningUnit.code, LearningUnit.id)
    )
    groups: dict[int, tuple[Text, list[LearningUnit]]] = {visit.provider.id: (visit.provider.name, [])}
    for unit in units:
        groups.setdefault(unit.provider_id, (unit.provider.name, []))[1].append(unit)
    return [group for group in groups.values() if group[1]]


def _blank() -> dict[str, Any]:
    return {"electives_needed": 0}


def _values(course: Course) -> dict[str, Any]:
    """Return the values of the form's fields as the course is now."""
    values: dict[str, Any] = {"code": course.code, "electives_needed": course.electives_needed}
    for name, text in (("title", course.title), ("summary", course.summary)):
        values |= {f"{name}_de": text.get("de", ""), f"{name}_en": text.get("en", "")}
    for number, part in enumerate(course.units, start=1):
        values |= {f"unit_{number}": part.unit.public_id, f"compulsory_{number}": "yes" if part.compulsory else "no"}
    return values | extents.fields(course)


def _texts() -> dict[str, Any]:
    return {
        "code": forms.text(request.form, "code", longest=LONGEST_CODE),
        "title": forms.both_languages(request.form, "title", longest=LONGEST_TITLE),
        "summary": forms.both_languages(request.form, "summary", longest=LONGEST_SUMMARY),
    }


def _plan(session: Session) -> Plan:
    """Read the units that were chosen, in order; rows without one are left out."""
    chosen = [number for number in ROWS if request.form.get(f"unit_{number}")]
    try:
        units = [
            (
                catalogue.unit_by_public_id(session, request.form[f"unit_{number}"]),
                forms.is_yes(request.form, f"compulsory_{number}"),
            )
            for number in chosen
        ]
    except NotFoundError as error:
        raise InvalidInputError("no such unit", field="units") from error
    return Plan(units, forms.whole_number(request.form, "electives_needed", least=0, most=LARGEST))


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, one = CoursePages(services), "/kurse/<course>"
    for rule, endpoint, handler, method in (
        ("/kurse", "courses", handlers.courses, "GET"),
        ("/kurse/neu", "new_course", handlers.new, "GET"),
        ("/kurse/neu", "make_course", handlers.create, "POST"),
        (one, "course", handlers.course, "GET"),
        (one, "edit_course", handlers.edit, "POST"),
        (f"{one}/gemeinsam", "award_course_with", handlers.award_with, "POST"),
    ):
        pages.add_url_rule(rule, endpoint, handler, methods=[method])

"""Who takes a provider's course and how far they are; enrolling people; for whom an individual course is.

These pages name people, so they are for the provider's administrators and the office.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import courses
from campus.models.catalogue import Course
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant
from campus.models.people import Person
from campus.rules.credit import Standing
from lti_tool.pages import forms
from lti_tool.pages.paging import paginate
from lti_tool.pages.provider import learners
from lti_tool.pages.provider.courses import find, require_people
from lti_tool.pages.provider.desk import Desk
from lti_tool.wiring import Services


class ParticipantPages(Desk):
    """Each enrolment is written into the audit."""

    def participants(self, provider: str, course: str) -> str:
        """List who takes the course, by name, with how many of its units they have achieved; find others to enrol."""
        with self.reading(provider) as visit:
            require_people(visit)
            found, search = find(visit, course), _search()
            wanted = (
                select(CourseParticipant)
                .join(CourseParticipant.person)
                .where(CourseParticipant.course_id == found.id)
                .options(selectinload(CourseParticipant.person))
                .order_by(Person.name, Person.id)
            )
            page = paginate(visit.session, wanted, request.args.get("seite"))
            candidates = learners.found(visit, search)
            ids = [person.id for person in candidates]
            enrolled = select(CourseParticipant.person_id).where(
                CourseParticipant.course_id == found.id, CourseParticipant.person_id.in_(ids)
            )
            return render_template(
                "provider/participants.html",
                provider=visit.provider,
                course=found,
                page=page,
                achieved=_achieved(visit.session, found, [row.person_id for row in page.rows]),
                search=search,
                candidates=candidates,
                enrolled=set(visit.session.scalars(enrolled)),
                is_office=visit.actor.is_office,
            )

    def enrol(self, provider: str, course: str) -> BaseResponse:
        """Let somebody take the course; what they have achieved before counts."""
        with self.writing(provider) as visit:
            require_people(visit)
            found = find(visit, course)
            person = learners.one(visit, forms.text(request.form, "person", longest=36))
            now, publish = self.services.clock(), self.services.publish(visit.session)
            courses.enrol(visit.session, found, person, now=now, publish=publish)
            self.note(visit, "course.enrolled", course=found.public_id, person=person.public_id)
        return redirect(url_for("provider.participants", provider=provider, course=course), 303)

    def choose(self, provider: str) -> str:
        """Find the person for whom a course is to be put together."""
        with self.reading(provider) as visit:
            require_people(visit)
            search = _search()
            return render_template(
                "provider/individual.html",
                provider=visit.provider,
                search=search,
                candidates=learners.found(visit, search),
                is_office=visit.actor.is_office,
            )


def _search() -> str:
    return request.args.get("suche", "").strip()[: learners.LONGEST_SEARCH]


def _achieved(session: Session, course: Course, people: list[int]) -> dict[int, int]:
    """Count, for each of the people (database ids), which of the course's units they have achieved."""
    units = [part.unit_id for part in course.units]
    counted: dict[int, int] = dict.fromkeys(people, 0)
    for person in session.scalars(
        select(Credit.person_id).where(
            Credit.person_id.in_(people), Credit.unit_id.in_(units), Credit.standing == Standing.ACHIEVED
        )
    ):
        counted[person] += 1
    return counted


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, path = ParticipantPages(services), "/kurse/<course>/teilnehmende"
    pages.add_url_rule("/kurse/lehrplan", "individual_course", handlers.choose, methods=["GET"])
    pages.add_url_rule(path, "participants", handlers.participants, methods=["GET"])
    pages.add_url_rule(path, "enrol", handlers.enrol, methods=["POST"])

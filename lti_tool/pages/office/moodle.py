"""Moodle sites: adding one, saying which of its courses is which unit, and reading completions now."""

from collections.abc import Sequence
from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import catalogue, evidence, people
from campus.errors import CampusError, InvalidInputError, NotFoundError
from campus.models.catalogue import LearningUnit
from campus.models.evidence import ObjectMapping, SourceObject
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Identity
from lti_tool.pages import forms
from lti_tool.pages.office.desk import Desk, Visit
from lti_tool.pages.office.people import unlinked_identities
from lti_tool.wiring import Services
from moodle_sync import store, sync
from moodle_sync.client import MoodleError
from moodle_sync.plan import MoodleFact
from moodle_sync.store import MoodleCourse, MoodleSite

HIGHEST_MOODLE_ID = 999_999_999
LONGEST_REASON = 500


class MoodlePages(Desk):
    """Sites, one site with its courses, one course with its mappings."""

    def sites(self) -> str:
        """List the sites, with the form to add one."""
        with self.reading() as visit:
            return _sites_page(visit.session, error=None)

    def add_site(self) -> BaseResponse | tuple[str, int]:
        """Keep a site; its token is encrypted at once and never shown again."""
        form = request.form
        try:
            with self.writing() as visit:
                owner = visit.session.scalars(
                    select(Organisation).where(Organisation.public_id == form.get("organisation"))
                ).first()
                if owner is None:
                    raise InvalidInputError("no such organisation", field="organisation")
                loopback = self.services.settings.allow_loopback_http
                site = store.add_site(
                    visit.session,
                    organisation_id=owner.id,
                    base_url=forms.address(form, "base_url", allow_loopback_http=loopback, longest=255),
                    token=forms.text(form, "token", longest=200),
                    name=forms.text(form, "name", longest=200),
                    fernet=self.services.fernet,
                    now=self.services.clock(),
                )
                self.note(visit, "moodle.site_added", organisation_id=owner.id, site=site.public_id)
        except CampusError as error:
            with self.reading() as visit:
                return _sites_page(visit.session, error=error), error.status
        return redirect(url_for("office.moodle_site", site=site.public_id), 303)

    def site(self, site: str) -> str:
        """Show a site: its courses, and its users who are nobody's yet."""
        with self.reading() as visit:
            found = _site(visit.session, site)
            return render_template(
                "office/moodle_site.html",
                site=found,
                courses=_courses(visit.session, found),
                units=_units(visit.session),
                unlinked=visit.session.scalars(
                    unlinked_identities().where(Identity.issuer == found.base_url).order_by(Identity.id).limit(50)
                ).all(),
            )

    def link_course(self, site: str) -> BaseResponse:
        """Say that a course is a unit; its modules are mapped by the ids that the unit's backup names."""
        form = request.form
        with self.writing() as visit:
            found = _site(visit.session, site)
            number = forms.whole_number(form, "course", least=1, most=HIGHEST_MOODLE_ID)
            unit = catalogue.unit_by_public_id(visit.session, forms.text(form, "unit", longest=36))
            store.link_course(
                visit.session,
                found,
                number,
                unit,
                reason=forms.text(form, "reason", longest=LONGEST_REASON),
                decided_by_id=visit.actor.person_id,
                now=self.services.clock(),
                publish=self.services.publish(visit.session),
            )
            self._note(visit, "moodle.course_linked", found, course=number, unit=unit.public_id)
        return redirect(url_for("office.moodle_course", site=site, course=number), 303)

    def course(self, site: str, course: int) -> str:
        """Show which module stands for which requirement."""
        with self.reading() as visit:
            return self._course_page(visit.session, _course(visit.session, site, course), error=None)

    def map_module(self, site: str, course: int) -> BaseResponse:
        """Say that one more module stands for a requirement, for example an attendance activity for the tutorial."""
        form = request.form
        with self.writing() as visit:
            found = _course(visit.session, site, course)
            asked = {r.key: r for r in catalogue.requirements(visit.session, found.unit_id).requirements}
            cmid = forms.whole_number(form, "cmid", least=1, most=HIGHEST_MOODLE_ID)
            requirement = forms.choice(form, "requirement", asked)
            evidence.map_object(
                visit.session,
                source=found.site.base_url,
                reference=store.module_reference(course, cmid),
                unit_id=found.unit_id,
                requirement=requirement,
                reason=forms.text(form, "reason", longest=LONGEST_REASON),
                decided_by_id=visit.actor.person_id,
                now=self.services.clock(),
                publish=self.services.publish(visit.session),
            )
            self._note(visit, "moodle.module_mapped", found.site, course=course, cm=cmid, requirement=requirement)
        return redirect(url_for("office.moodle_course", site=site, course=course), 303)

    def synchronise(self, site: str, course: int) -> BaseResponse | tuple[str, int]:
        """Ask Moodle now, in this request, and record what is new. Nothing is recorded when Moodle fails."""
        with self.reading() as visit:
            everybody = forms.choice(request.form, "who", frozenset({"linked", "everybody"})) == "everybody"
            found = _course(visit.session, site, course)
            client = store.client_for(found.site, outbound=self.services.outbound, fernet=self.services.fernet)
            asked = None if everybody else sync.linked_user_ids(visit.session, found.site)
            known = sync.known_modules(visit.session, found)
        new = 0

        def record(facts: Sequence[MoodleFact]) -> None:
            nonlocal new
            with self.writing() as visit:
                again = _course(visit.session, site, course)
                now, publish = self.services.clock(), self.services.publish(visit.session)
                new = len(sync.record_facts(visit.session, again, facts, now=now, publish=publish))
                self._note(visit, "moodle.synchronised", again.site, course=course, new=new)

        try:
            report = sync.sync_course(
                client, course, record=record, now=self.services.clock(), user_ids=asked, known=known
            )
        except MoodleError as error:
            with self.reading() as visit:
                return self._course_page(visit.session, _course(visit.session, site, course), error=error), 502
        return redirect(url_for("office.moodle_course", site=site, course=course, new=new, **asdict(report)), 303)

    def name_user(self, site: str) -> BaseResponse:
        """Take a Moodle user's number and go on to the page where it is linked to a person."""
        with self.writing() as visit:
            found = _site(visit.session, site)
            number = forms.whole_number(request.form, "user", least=1, most=HIGHEST_MOODLE_ID)
            identity = people.identity_for(
                visit.session,
                kind=sync.IDENTITY_KIND,
                issuer=found.base_url,
                subject=str(number),
                now=self.services.clock(),
            )
            self._note(visit, "moodle.user_named", found, identity=identity.public_id)
        return redirect(url_for("office.identity", identity=identity.public_id), 303)

    def _course_page(self, session: Session, found: MoodleCourse, *, error: CampusError | None) -> str:
        unit = found.unit
        titles = {
            catalogue.requirement_key(activity): activity.title
            for phase in unit.phases
            for activity in phase.activities
        }
        requirements = [r.key for r in catalogue.requirements(session, unit.id).requirements]
        reported = {
            name: int(value)
            for name, value in request.args.items()
            if name in {"new", "users", "facts", "unknown_users"} and value.isascii() and value.isdigit()
        }
        return render_template(
            "office/moodle_course.html",
            course=found,
            mappings=_mappings(session, found),
            requirements=requirements,
            titles=titles,
            report=reported,
            error=forms.shown(error),
        )

    def _note(self, visit: Visit, action: str, site: MoodleSite, **details: str | int) -> None:
        self.note(visit, action, organisation_id=site.organisation_id, site=site.public_id, **details)


def _sites_page(session: Session, *, error: CampusError | None) -> str:
    return render_template(
        "office/moodle.html",
        sites=session.scalars(select(MoodleSite).order_by(MoodleSite.name, MoodleSite.id)).all(),
        organisations=session.scalars(
            select(Organisation).where(Organisation.kind != OrganisationKind.OFFICE).order_by(Organisation.slug)
        ).all(),
        given=request.form,
        error=forms.shown(error),
    )


def _site(session: Session, public_id: str) -> MoodleSite:
    found = session.scalars(select(MoodleSite).where(MoodleSite.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("no such Moodle site")
    return found


def _course(session: Session, site: str, number: int) -> MoodleCourse:
    found = session.scalars(
        select(MoodleCourse).where(
            MoodleCourse.site_id == _site(session, site).id, MoodleCourse.moodle_course_id == number
        )
    ).first()
    if found is None:
        raise NotFoundError("no such course of this site is linked")
    return found


def _courses(session: Session, site: MoodleSite) -> Sequence[MoodleCourse]:
    return session.scalars(
        select(MoodleCourse)
        .where(MoodleCourse.site_id == site.id)
        .options(selectinload(MoodleCourse.unit))
        .order_by(MoodleCourse.moodle_course_id)
    ).all()


def _units(session: Session) -> Sequence[LearningUnit]:
    return session.scalars(select(LearningUnit).order_by(LearningUnit.code, LearningUnit.id)).all()


def _mappings(session: Session, course: MoodleCourse) -> Sequence[ObjectMapping]:
    prefix = store.module_reference(course.moodle_course_id, 0).removesuffix("0")
    return session.scalars(
        select(ObjectMapping)
        .join(SourceObject, SourceObject.id == ObjectMapping.object_id)
        .where(
            ObjectMapping.unit_id == course.unit_id,
            SourceObject.source == course.site.base_url,
            SourceObject.reference.startswith(prefix, autoescape=True),
            ObjectMapping.current,
        )
        .options(selectinload(ObjectMapping.object))
        .order_by(ObjectMapping.id)
    ).all()


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = MoodlePages(services)
    site, course = "/moodle/<site>", "/moodle/<site>/kurse/<int:course>"
    pages.add_url_rule("/moodle", "moodle", handlers.sites, methods=["GET"])
    pages.add_url_rule("/moodle", "add_moodle_site", handlers.add_site, methods=["POST"])
    pages.add_url_rule(site, "moodle_site", handlers.site, methods=["GET"])
    pages.add_url_rule(f"{site}/kurse", "link_moodle_course", handlers.link_course, methods=["POST"])
    pages.add_url_rule(f"{site}/personen", "name_moodle_user", handlers.name_user, methods=["POST"])
    pages.add_url_rule(course, "moodle_course", handlers.course, methods=["GET"])
    pages.add_url_rule(f"{course}/zuordnung", "map_moodle_module", handlers.map_module, methods=["POST"])
    pages.add_url_rule(f"{course}/abgleich", "synchronise_moodle", handlers.synchronise, methods=["POST"])

"""People, and the identities under which platforms know them. That two are one person, only a recorded word says."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import people
from campus.errors import NotFoundError
from campus.models.evidence import Evidence
from campus.models.people import Identity, IdentityLink, Person
from campus.people import OWN_ISSUER
from lti_tool.pages import forms, standing
from lti_tool.pages.office import sources
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.paging import paginate
from lti_tool.pages.search import contains
from lti_tool.wiring import Services

LONGEST_SEARCH = 100
MOST_CANDIDATES = 10
LONGEST_REASON = 500


class PeoplePages(Desk):
    """People, one person, identities without a person, one identity and whose it is."""

    def people(self) -> str:
        """List people by name; search by name or e-mail address."""
        search = _search()
        with self.reading() as visit:
            page = paginate(visit.session, _people(search), request.args.get("seite"))
            return render_template("office/people.html", page=page, search=search)

    def person(self, person: str) -> str:
        """Show a person's identities, units, courses and certificates."""
        with self.reading() as visit:
            session = visit.session
            found = people.by_public_id(session, person)
            return render_template(
                "office/person.html",
                person=found,
                links=_links(session, IdentityLink.person_id == found.id),
                units=standing.units_of(session, found.id),
                courses=standing.courses_of(session, found.id),
                awards=standing.awards_of(session, found.id),
                names=sources.names(session),
            )

    def identities(self) -> str:
        """List the identities that are nobody's yet: their evidence counts for no one."""
        with self.reading() as visit:
            page = paginate(visit.session, unlinked_identities().order_by(Identity.id), request.args.get("seite"))
            evidence = visit.session.execute(
                select(Evidence.identity_id, func.count())
                .where(Evidence.identity_id.in_([row.id for row in page.rows]))
                .group_by(Evidence.identity_id)
            ).all()
            return render_template(
                "office/identities.html",
                page=page,
                evidence={row[0]: row[1] for row in evidence},
                names=sources.names(visit.session),
            )

    def identity(self, identity: str) -> str:
        """Show an identity, whose it is and was, and people it could be: found by search, never chosen by us."""
        with self.reading() as visit:
            session = visit.session
            found = _identity(session, identity)
            search = _search() or found.email or found.name or ""
            candidates = session.scalars(_people(search).limit(MOST_CANDIDATES)).all() if search else []
            return render_template(
                "office/identity.html",
                identity=found,
                links=_links(session, IdentityLink.identity_id == found.id),
                current=people.person_of(session, found),
                evidence=session.scalar(select(func.count(Evidence.id)).where(Evidence.identity_id == found.id)),
                search=search,
                candidates=candidates,
                names=sources.names(session),
            )

    def link(self, identity: str) -> BaseResponse:
        """Record that the identity is this person's; credits follow from the evidence that is there."""
        form = request.form
        with self.writing() as visit:
            session = visit.session
            found = _identity(session, identity)
            if found.issuer == OWN_ISSUER:
                raise NotFoundError("the campus's own identities stay where they are")
            person = people.by_public_id(session, forms.text(form, "person", longest=36))
            people.link(
                session,
                found,
                person,
                reason=forms.text(form, "reason", longest=LONGEST_REASON),
                decided_by_id=visit.actor.person_id,
                now=self.services.clock(),
                publish=self.services.publish(session),
            )
            self.note(visit, "identity.linked", identity=found.public_id, person=person.public_id)
        return redirect(url_for("office.person", person=person.public_id), 303)


def unlinked_identities() -> Select[Identity]:
    """Select the identities that belong to nobody now."""
    linked = exists().where(IdentityLink.identity_id == Identity.id, IdentityLink.current)
    return select(Identity).where(~linked)


def _search() -> str:
    return request.args.get("suche", "").strip()[:LONGEST_SEARCH]


def _people(search: str) -> Select[Person]:
    wanted = select(Person).order_by(Person.name, Person.id)
    if not search:
        return wanted
    return wanted.where(
        or_(
            contains(Person.name, search),
            contains(Person.email, search),
            Person.public_id == search.lower(),
        )
    )


def _links(session: Session, condition: ColumnElement[bool]) -> list[IdentityLink]:
    return list(
        session.scalars(
            select(IdentityLink)
            .where(condition)
            .options(selectinload(IdentityLink.identity), selectinload(IdentityLink.person))
            .order_by(IdentityLink.ended_at.is_not(None), IdentityLink.id)
        )
    )


def _identity(session: Session, public_id: str) -> Identity:
    found = session.scalars(select(Identity).where(Identity.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("no such identity")
    return found


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = PeoplePages(services)
    pages.add_url_rule("/personen", "people", handlers.people, methods=["GET"])
    pages.add_url_rule("/personen/<person>", "person", handlers.person, methods=["GET"])
    pages.add_url_rule("/identitaeten", "identities", handlers.identities, methods=["GET"])
    pages.add_url_rule("/identitaeten/<identity>", "identity", handlers.identity, methods=["GET"])
    pages.add_url_rule("/identitaeten/<identity>/zuordnen", "link_identity", handlers.link, methods=["POST"])

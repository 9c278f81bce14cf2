"""People, and the identities under which platforms know them. That two are one person, only a recorded word says."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import people
from campus.errors import ForbiddenError, NotFoundError
from campus.models.evidence import Evidence
from campus.models.people import Identity, IdentityLink, Person
from campus.people import OWN_ISSUER
from lti_tool.launch.store import IDENTITY_KIND, Context, Deployment
from lti_tool.pages import forms, standing
from lti_tool.pages.office import sources
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.paging import paginate
from lti_tool.pages.roster import failure_text
from lti_tool.pages.search import contains
from lti_tool.services.store import Member, Roster, RosterState
from lti_tool.wiring import Services

LONGEST_SEARCH = 100
MOST_CANDIDATES = 10
MOST_MEMBERS = 50
LONGEST_REASON = 500


class PeoplePages(Desk):
    """People, one person, identities without a person, one identity and whose it is."""

    def people(self) -> str:
        """List people by name; search by name, e-mail address or number, in the rosters of courses too."""
        search = _search()
        with self.reading() as visit:
            page = paginate(visit.session, _people(search), request.args.get("seite"))
            members = visit.session.scalars(_members(search).limit(MOST_MEMBERS)).all() if search else []
            return render_template(
                "office/people.html",
                page=page,
                search=search,
                members=members,
                names=sources.names(visit.session),
                refused=visit.session.scalar(select(func.count(Roster.id)).where(Roster.state == RosterState.REFUSED)),
            )

    def rosters(self) -> str:
        """List the courses whose platforms tell who is in them, those that can't be read first."""
        with self.reading() as visit:
            wanted = (
                select(Roster)
                .join(Roster.context)
                .options(
                    contains_eager(Roster.context).joinedload(Context.deployment).joinedload(Deployment.registration)
                )
                .order_by(Roster.detail.desc(), Context.title, Roster.id)
            )
            page = paginate(visit.session, wanted, request.args.get("seite"))
            counted = visit.session.execute(
                select(Member.context_id, func.count())
                .where(Member.present, Member.context_id.in_([row.context_id for row in page.rows]))
                .group_by(Member.context_id)
            ).all()
            present = {row[0]: row[1] for row in counted}
            return render_template("office/rosters.html", page=page, present=present, failure=failure_text)

    def person(self, person: str) -> str:
        """Show a person's identities, units, courses and certificates."""
        with self.reading() as visit:
            session = visit.session
            found = people.by_public_id(session, person)
            return render_template(
                "office/person.html",
                person=found,
                me=visit.actor.person_id,
                links=_links(session, IdentityLink.person_id == found.id),
                units=standing.units_of(session, found.id),
                courses=standing.courses_of(session, found.id),
                awards=standing.awards_of(session, found.id, now=self.services.clock()),
                names=sources.names(session),
            )

    def suspend(self, person: str) -> BaseResponse:
        """Suspend a person or let them in again; nobody suspends themself, for nobody might be left to undo it."""
        with self.writing() as visit:
            suspended = forms.is_yes(request.form, "suspended")
            found = people.by_public_id(visit.session, person)
            if suspended and found.id == visit.actor.person_id:
                raise ForbiddenError("nobody suspends themself")
            if suspended:
                people.suspend(found, now=self.services.clock())
            else:
                people.unsuspend(found)
            self.note(visit, "person.suspended" if suspended else "person.unsuspended", person=found.public_id)
        return redirect(url_for("office.person", person=person), 303)

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
    """Select the identities that belong to nobody now and wait for a word on whose they are.

    Members of a roster of whom nothing is known yet don't: they become people by themselves.
    """
    evident = exists().where(Evidence.identity_id == Identity.id)
    return select(Identity).where(~_linked(), or_(Identity.kind != IDENTITY_KIND, evident))


def _search() -> str:
    return request.args.get("suche", "").strip()[:LONGEST_SEARCH]


def _people(search: str) -> Select[Person]:
    wanted = select(Person).order_by(Person.name, Person.id)
    if not search:
        return wanted
    account = (
        exists()
        .where(IdentityLink.person_id == Person.id, IdentityLink.current)
        .where(IdentityLink.identity_id == Identity.id, _fits(search))
    )
    return wanted.where(
        or_(
            contains(Person.name, search),
            contains(Person.email, search),
            Person.public_id == search.lower(),
            account,
        )
    )


def _members(search: str) -> Select[Member]:
    """Select the members of rosters who fit and are nobody's yet, by name."""
    return (
        select(Member)
        .join(Member.identity)
        .options(contains_eager(Member.identity), joinedload(Member.context))
        .where(~_linked(), _fits(search))
        .order_by(Identity.name, Member.id)
    )


def _fits(search: str) -> ColumnElement[bool]:
    """Say whether what a source tells of an account fits: name, e-mail address, the number in its own records."""
    return or_(*(contains(column, search) for column in (Identity.name, Identity.email, Identity.sourced_id)))


def _linked() -> ColumnElement[bool]:
    return exists().where(IdentityLink.identity_id == Identity.id, IdentityLink.current)


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
    pages.add_url_rule("/personen/<person>/sperre", "suspend_person", handlers.suspend, methods=["POST"])
    pages.add_url_rule("/kurslisten", "rosters", handlers.rosters, methods=["GET"])
    pages.add_url_rule("/identitaeten", "identities", handlers.identities, methods=["GET"])
    pages.add_url_rule("/identitaeten/<identity>", "identity", handlers.identity, methods=["GET"])
    pages.add_url_rule("/identitaeten/<identity>/zuordnen", "link_identity", handlers.link, methods=["POST"])

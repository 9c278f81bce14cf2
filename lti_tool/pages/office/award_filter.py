"""Which awards are meant: the filter of their list, and those of it that somebody ticked."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from campus.errors import InvalidInputError
from campus.models.catalogue import Course, LearningUnit
from campus.models.maturity import MaturityAssessment
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from certificates import store
from certificates.facts import AwardKind
from certificates.store import Award, AwardState
from lti_tool.pages.office.shared_desk import Visit
from lti_tool.pages.search import contains

LONGEST_SEARCH = 100
MOST_TICKED = 100
FIELDS = ("suche", "art", "anbieter", "stand")
ALL, YES = "alle", "yes"
_PROVIDER = func.coalesce(LearningUnit.provider_id, Course.provider_id, MaturityAssessment.provider_id)


@dataclass(frozen=True)
class Filter:
    """What the form says; fields that are empty, or say what there is not, are left out."""

    given: Mapping[str, str]

    @property
    def kind(self) -> AwardKind | None:
        """The kind that is wanted."""
        return AwardKind(self.given["art"]) if "art" in self.given else None

    @property
    def state(self) -> AwardState | None:
        """The state that is wanted."""
        return AwardState(self.given["stand"]) if "stand" in self.given else None


def read(visit: Visit, values: Mapping[str, str]) -> Filter:
    """Read the filter from an address or a form."""
    given = {name: values.get(name, "").strip()[:LONGEST_SEARCH] for name in FIELDS}
    known: dict[str, set[str]] = {"art": set(AwardKind), "stand": set(AwardState)}
    if given["anbieter"]:
        known["anbieter"] = {public_id for public_id, _ in providers(visit)}
    return Filter({name: value for name, value in given.items() if value and value in known.get(name, {value})})


def providers(visit: Visit) -> list[tuple[str, Mapping[str, str]]]:
    """List (public id, name) of the providers that the office may choose from; a provider has only itself."""
    if visit.provider:
        return []
    found = visit.session.execute(
        select(Organisation.public_id, Organisation.name)
        .where(Organisation.kind == OrganisationKind.PROVIDER)
        .order_by(Organisation.slug)
    )
    return [(public_id, name) for public_id, name in found]


def awards(visit: Visit, wanted: Filter | None = None) -> Select[Award]:
    """Ask for the awards that the filter means, the newest first; in a provider's pages for none but its own."""
    found = (
        select(Award)
        .outerjoin(LearningUnit, LearningUnit.id == Award.unit_id)
        .outerjoin(Course, Course.id == Award.course_id)
        .outerjoin(MaturityAssessment, MaturityAssessment.id == Award.assessment_id)
        .options(joinedload(Award.issuer))
        .order_by(Award.issued_at.desc(), Award.id.desc())
    )
    if visit.provider:
        found = found.where(_PROVIDER.in_([visit.provider.id]))
    if wanted is None:
        return found
    if wanted.kind:
        found = found.where(Award.kind == wanted.kind.value)
    if wanted.state:
        found = found.where(store.in_state(wanted.state))
    if "anbieter" in wanted.given:
        owner = select(Organisation.id).where(Organisation.public_id == wanted.given["anbieter"])
        found = found.where(_PROVIDER.in_(owner))
    if "suche" in wanted.given:
        found = found.outerjoin(Person, Person.id == Award.person_id).where(_named(wanted.given["suche"]))
    return found


def _named(search: str) -> ColumnElement[bool]:
    town = select(Organisation.id).where(Organisation.slug.contains(search.lower(), autoescape=True))
    return or_(
        Award.public_id == search.lower(),
        contains(Person.name, search),
        LearningUnit.code == search.upper(),
        Course.code == search.upper(),
        MaturityAssessment.municipality_id.in_(town),
    )


def chosen(visit: Visit, values: MultiDict[str, str]) -> Select[Award]:
    """Ask for the awards that were ticked in the list (``award``), or for all that its filter means (``alle``).

    Raises InvalidInputError for more ticks than a page of the list has.
    """
    if values.get(ALL) == YES:
        return awards(visit, read(visit, values))
    ticked = values.getlist("award")
    if len(ticked) > MOST_TICKED:
        raise InvalidInputError("more than a page of the list holds", field="award")
    return awards(visit).where(Award.public_id.in_(ticked))

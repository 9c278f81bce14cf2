"""A visit: a launch of this browser together with its person and unit. Pages below ``/launch/<id>/`` begin with one."""

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from campus import access
from campus.access import Actor, Instructorship
from campus.errors import CampusError
from campus.models.catalogue import LearningUnit
from campus.models.people import Identity, Person
from lti_tool import web
from lti_tool.launch.errors import AnonymousError
from lti_tool.launch.session import Launch, current_launch
from lti_tool.wiring import Services


class NoUnitError(CampusError):
    """The link that was launched names no learning unit of ours."""

    code = "launch.no_unit"
    status = 404


@dataclass(frozen=True)
class Visit:
    """Who is here, under which identity, for which unit."""

    launch: Launch
    person: Person
    identity: Identity
    unit: LearningUnit


def enter(services: Services, session: Session, launch_id: str) -> Visit:
    """Return the visit, or raise LaunchEndedError or NoUnitError."""
    launch = enter_launch(services, session, launch_id)
    unit = session.get(LearningUnit, launch.unit_id) if launch.unit_id else None
    if unit is None:
        raise NoUnitError("the link leads to no unit")
    if launch.person_id is None:
        return _anonymous(launch, unit)
    if access.may_teach(session, actor_of(launch), unit):
        web.offer_teaching()
    return Visit(
        launch=launch,
        person=session.get_one(Person, launch.person_id),
        identity=session.get_one(Identity, launch.identity_id),
        unit=unit,
    )


def enter_launch(services: Services, session: Session, launch_id: str) -> Launch:
    """Return the launch of the page and tell the frame of it; for pages that need no unit."""
    launch = current_launch(session, request, launch_id, now=services.clock())
    web.enter_launch(launch)
    return launch


def _anonymous(launch: Launch, unit: LearningUnit) -> Visit:
    """Give a visit that reads: of a person who is nobody, has no rows, and will have none."""
    if request.method not in web.SAFE_METHODS:
        raise AnonymousError("who is nobody can do nothing")
    return Visit(launch=launch, person=Person(locale="de"), identity=Identity(), unit=unit)


def actor_of(launch: Launch) -> Actor:
    """Return who launched, with what the platform said of them and without their roles here.

    Raises AnonymousError for nobody.
    """
    if launch.person_id is None:
        raise AnonymousError("who is nobody has no rights")
    instructorship = Instructorship(launch.issuer, launch.client_id) if launch.is_teacher else None
    return access.launched(launch.person_id, instructorship)

"""A credit's score goes to every gradebook that waits for it: the body of a follower of CreditChanged.

It acts on the credit as it is when it runs, so that it may run twice, late, or beside another run. Only the latest
state is sent, only when it is final; what was sent is kept beside, per link and learner.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from campus import credits
from campus.models.people import IdentityLink
from campus.rules.credit import Standing
from campus.upsert import insert_missing
from lti_tool.launch import registrations
from lti_tool.launch.store import Deployment, LinkLearner, Registration, ResourceLink, SentScore
from lti_tool.services.ags import SCORE_SCOPE, LineItem
from lti_tool.services.errors import ServiceRefusedError, ServiceUnavailableError
from lti_tool.wiring import Services

PENDING, SENT, REFUSED = "pending", "sent", "refused"
MAX_ROUNDS = 5


@dataclass(frozen=True)
class _Place:
    """One learner's cell in one gradebook."""

    resource_link_id: int
    identity_id: int


@dataclass(frozen=True)
class _Errand:
    """What is to be sent to a place, and how often was tried before."""

    place: _Place
    item: LineItem
    user_id: str
    revision: int
    percent: float
    tries: int


def follow_credit(services: Services, credit: str) -> None:
    """Send the credit's score (``credit`` is its public id) to each link from which the person launched its unit.

    Nothing is sent while sources contradict each other, nor before the unit is attended, and a score that a place
    has already is not sent again. A refusal is recorded as final until the credit changes. Raises
    ServiceUnavailableError, after all places were tried, when one of them must be tried later.
    """
    with services.database.read() as session:
        places = _places(session, credit)
    later = [error for place in places if (error := _serve(services, credit, place)) is not None]
    if later:
        raise later[0]


def _places(session: Session, credit: str) -> list[_Place]:
    """List the cells of the person for the unit, of platforms that are enabled and take scores."""
    row = credits.by_public_id(session, credit)
    found = session.execute(
        select(LinkLearner.resource_link_id, LinkLearner.identity_id, ResourceLink.ags_scopes)
        .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(IdentityLink, IdentityLink.identity_id == LinkLearner.identity_id)
        .where(
            IdentityLink.person_id == row.person_id,
            IdentityLink.current,
            ResourceLink.unit_id == row.unit_id,
            ResourceLink.lineitem_url.is_not(None),
            Registration.enabled,
        )
        .order_by(LinkLearner.id)
    )
    return [_Place(link, identity) for link, identity, scopes in found if SCORE_SCOPE in scopes]


def _serve(services: Services, credit: str, place: _Place) -> ServiceUnavailableError | None:
    """Send until the place has the credit's latest score; return the reason when that must wait."""
    for _ in range(MAX_ROUNDS):
        with services.database.read() as session:
            errand = _errand(session, credit, place)
        if errand is None:
            return None
        state, detail, later = SENT, "", None
        try:
            services.gradebooks.post_score(errand.item, errand.user_id, errand.percent)
        except ServiceUnavailableError as error:
            state, detail, later = PENDING, error.code, error
        except ServiceRefusedError as error:
            state, detail = REFUSED, error.code
        with services.database.write() as session:
            _record(session, errand, state, detail, now=services.clock())
        if later is not None:
            return later
    return ServiceUnavailableError("the credit keeps changing")


def _errand(session: Session, credit: str, place: _Place) -> _Errand | None:
    """Say what the place lacks; None when it has what it should, or has refused it."""
    state = credits.by_public_id(session, credit)
    if not Standing(state.standing).is_earned or state.percent is None or state.contested:
        return None
    known = session.scalars(_sent(place)).one_or_none()
    if known is not None and (
        (known.state == SENT and known.score == state.percent)
        or (known.state == REFUSED and known.revision == state.revision)
    ):
        return None
    learner = session.scalars(
        select(LinkLearner)
        .filter_by(resource_link_id=place.resource_link_id, identity_id=place.identity_id)
        .options(joinedload(LinkLearner.identity), joinedload(LinkLearner.resource_link))
    ).one()
    link = learner.resource_link
    if link.lineitem_url is None:
        return None
    platform = registrations.by_id(session, link.deployment.registration_id)
    return _Errand(
        place=place,
        item=LineItem(platform, link.lineitem_url, frozenset(link.ags_scopes)),
        user_id=learner.identity.subject,
        revision=state.revision,
        percent=state.percent,
        tries=known.tries if known is not None else 0,
    )


def _record(session: Session, errand: _Errand, state: str, detail: str, *, now: datetime) -> None:
    """Keep what became of the errand.

    If another run was at this place meanwhile, nobody knows which of two different scores arrived last: the place
    then counts as pending, and is served again with the latest one.
    """
    cell = {"resource_link_id": errand.place.resource_link_id, "identity_id": errand.place.identity_id}
    blank = {**cell, "revision": 0, "score": 0.0, "state": PENDING, "detail": "", "tries": 0}
    insert_missing(session, SentScore, [blank])
    row = session.scalars(_sent(errand.place).with_for_update()).one()
    if row.tries != errand.tries and row.score != errand.percent:
        state = PENDING
    row.revision, row.score, row.state, row.detail = errand.revision, errand.percent, state, detail
    row.tries += 1
    if state == SENT:
        row.sent_at = now


def _sent(place: _Place) -> Select[SentScore]:
    return select(SentScore).filter_by(resource_link_id=place.resource_link_id, identity_id=place.identity_id)

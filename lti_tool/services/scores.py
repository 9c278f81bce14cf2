"""A credit's score goes to every gradebook that waits for it: the body of a follower of CreditChanged.

It acts on the credit as it is when it runs, so that it may run twice, late, or beside another run. Only the latest
state is sent, only when it is final; what was sent is kept beside, per link and learner. What is sent when is told in
docs/decisions/0012-line-items.md.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from campus import credits, people
from campus.models.catalogue import Activity, Phase
from campus.models.credits import Credit
from campus.models.learning import ExamAttempt
from campus.models.people import IdentityLink
from campus.rules.credit import EARNED, Standing
from campus.upsert import insert_missing
from lti_tool.launch.store import Deployment, LinkLearner, Registration, ResourceLink
from lti_tool.launch.store import Standing as Admission
from lti_tool.services import columns, results
from lti_tool.services.ags import SCORE_SCOPE, LineItem, Score, stamp_after
from lti_tool.services.errors import (
    LineItemGoneError,
    ScoreConflictError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from lti_tool.services.store import SentScore
from lti_tool.services.states import CLEARED, CLEARING, PENDING, REFUSED, SENT
from lti_tool.wiring import Services

MAX_ROUNDS = 5
COMMENTS = {
    Standing.ACHIEVED: {"de": "KommunalCampus: Prüfung bestanden", "en": "KommunalCampus: exam passed"},
    Standing.ATTENDED: {
        "de": "KommunalCampus: teilgenommen, Prüfung nicht bestanden",
        "en": "KommunalCampus: attended, exam not passed",
    },
}
TAKEN_BACK = {"de": "KommunalCampus: Ergebnis zurückgenommen", "en": "KommunalCampus: result taken back"}


@dataclass(frozen=True)
class _Place:
    """One learner's cell in one gradebook."""

    resource_link_id: int
    identity_id: int


@dataclass(frozen=True)
class _Errand:
    """What is to be sent to a place, and what was tried before: how often, stamped when last, with known outcome."""

    place: _Place
    revision: int
    score: Score
    tries: int
    stamped: datetime | None
    in_doubt: bool


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
    """List the cells of the person for the unit, of platforms that are active and take scores.

    A link to one phase alone gets the score only if its teacher has given it a column.
    """
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
            or_(
                ResourceLink.lineitem_url.is_not(None),
                ResourceLink.lineitems_url.is_not(None) & ResourceLink.phase.is_(None),
            ),
            Registration.standing == Admission.ACTIVE,
            Deployment.enabled,
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
        state, detail, later = SENT if errand.score.percent is not None else CLEARED, "", None
        stamp = stamp_after(services.clock(), errand.stamped)
        try:
            stamp = _deliver(services, errand, stamp)
        except ServiceUnavailableError as error:
            state, detail, later = _unfinished(errand), error.code, error
        except ServiceRefusedError as error:
            state, detail = REFUSED, error.code
        with services.database.write() as session:
            _record(session, errand, state, detail, stamp)
        if later is not None:
            return later
    return ServiceUnavailableError("the credit keeps changing")


def _errand(session: Session, credit: str, place: _Place) -> _Errand | None:
    """Say what the place lacks; None when it has what it should, or has refused it."""
    state = credits.by_public_id(session, credit)
    known = session.scalars(_sent(place)).one_or_none()
    final = is_final(state)
    match known:
        case None if not final:
            return None
        case None:
            pass
        case SentScore():
            is_there = known.state == SENT and known.score == state.percent
            is_refused = known.state == REFUSED and known.revision == state.revision
            if is_there or is_refused if final else known.state != CLEARING:
                return None
        case _:
            assert_never(known)
    return _Errand(
        place=place,
        revision=state.revision,
        score=_score(session, state, place, final=final),
        tries=known.tries if known is not None else 0,
        stamped=known.sent_at if known is not None else None,
        in_doubt=known is not None and known.state == PENDING,
    )

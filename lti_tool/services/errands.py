"""What a gradebook lacks: from which cell, for which credit, with what score. Reads only.

What is sent when is told in docs/decisions/0012-line-items.md.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, or_, select
from sqlalchemy.orm import Session

from campus import credits, people
from campus.models.catalogue import Activity, Phase
from campus.models.credits import Credit
from campus.models.learning import ExamAttempt
from campus.models.people import Identity, IdentityLink, Person
from campus.rules.credit import Standing
from lti_tool.launch.store import Deployment, LinkLearner, ResourceLink
from lti_tool.services.ags import SCORE_SCOPE, Score
from lti_tool.services.store import ScoreState, SentScore

COMMENTS = {
    Standing.ACHIEVED: {"de": "KommunalCampus: Prüfung bestanden", "en": "KommunalCampus: exam passed"},
    Standing.ATTENDED: {
        "de": "KommunalCampus: teilgenommen, Prüfung nicht bestanden",
        "en": "KommunalCampus: attended, exam not passed",
    },
}
TAKEN_BACK = {"de": "KommunalCampus: Ergebnis zurückgenommen", "en": "KommunalCampus: result taken back"}

TAKES_SCORES: ColumnElement[bool] = and_(
    cast(ResourceLink.ags_scopes, String).contains(f'"{SCORE_SCOPE}"', autoescape=True),
    or_(
        ResourceLink.lineitem_url.is_not(None),
        ResourceLink.lineitems_url.is_not(None) & ResourceLink.phase.is_(None),
    ),
)
"""Whether a link takes scores: a link to one phase alone only if its teacher has given it a column.

The scopes are a list in JSON on both databases; as text it holds each of them between quotation marks.
"""


@dataclass(frozen=True)
class Place:
    """One learner's cell in one gradebook."""

    resource_link_id: int
    identity_id: int


@dataclass(frozen=True)
class Errand:
    """What is to be sent to a place, and what was tried before."""

    place: Place
    revision: int
    score: Score
    tries: int
    stamped: datetime | None
    """The stamp of the last try."""
    in_doubt: bool
    """Nobody knows whether the last try arrived."""


def takes_scores(session: Session, link: ResourceLink) -> bool:
    """Say whether a link takes scores."""
    return bool(session.scalar(select(TAKES_SCORES).where(ResourceLink.id == link.id)))


def places(session: Session, credit: str) -> list[Place]:
    """List the cells of the credit's person for its unit, in places that are open, of links that take scores."""
    row = credits.by_public_id(session, credit)
    found = session.execute(
        select(LinkLearner.resource_link_id, LinkLearner.identity_id)
        .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(IdentityLink, IdentityLink.identity_id == LinkLearner.identity_id)
        .where(
            IdentityLink.person_id == row.person_id,
            IdentityLink.current,
            ResourceLink.unit_id == row.unit_id,
            TAKES_SCORES,
            Deployment.is_open,
        )
        .order_by(LinkLearner.id)
    )
    return [Place(link, identity) for link, identity in found]


def errand(session: Session, credit: str, place: Place) -> Errand | None:
    """Say what the place lacks; None when it has what it should, has refused it, or must not hear of it now."""
    state = credits.by_public_id(session, credit)
    known = session.scalars(sent(place)).one_or_none()
    if not _is_due(state, known):
        return None
    person = session.get_one(Person, state.person_id)
    identity = session.get_one(Identity, place.identity_id)
    return Errand(
        place=place,
        revision=state.revision,
        score=_score(session, state, identity.subject, person),
        tries=known.tries if known is not None else 0,
        stamped=known.sent_at if known is not None else None,
        in_doubt=known is not None and known.state == ScoreState.PENDING,
    )


def sent(place: Place) -> Select[SentScore]:
    """Select the row of a place."""
    return select(SentScore).filter_by(resource_link_id=place.resource_link_id, identity_id=place.identity_id)


def _is_final(credit: Credit) -> bool:
    """Say whether the credit has a result that nobody contests."""
    return Standing(credit.standing).is_earned and credit.percent is not None and not credit.contested


def _is_due(credit: Credit, known: SentScore | None) -> bool:
    if not _is_final(credit):
        return known is not None and known.state == ScoreState.CLEARING and not credit.contested
    if known is None:
        return True
    if known.state == ScoreState.SENT:
        return known.score != credit.percent
    return known.state != ScoreState.REFUSED or known.revision != credit.revision


def _score(session: Session, credit: Credit, user_id: str, person: Person) -> Score:
    """Make the score; without a final result, the message that there is none any more."""
    language = "en" if person.locale == "en" else "de"
    if not _is_final(credit):
        return Score(user_id, None, TAKEN_BACK[language])
    attempt = _last_attempt(session, credit)
    return Score(
        user_id,
        credit.percent,
        COMMENTS[Standing(credit.standing)][language],
        started_at=attempt.started_at if attempt else None,
        submitted_at=attempt.submitted_at if attempt else None,
    )


def _last_attempt(session: Session, credit: Credit) -> ExamAttempt | None:
    """Return the last exam attempt that the person has submitted here; exams sat elsewhere have none."""
    return session.scalars(
        select(ExamAttempt)
        .join(Activity, Activity.id == ExamAttempt.activity_id)
        .join(Phase, Phase.id == Activity.phase_id)
        .where(
            Phase.unit_id == credit.unit_id,
            ExamAttempt.identity_id.in_(people.identities_of(session, credit.person_id)),
            ExamAttempt.submitted_at.is_not(None),
        )
        .order_by(ExamAttempt.submitted_at.desc(), ExamAttempt.id.desc())
        .limit(1)
    ).first()

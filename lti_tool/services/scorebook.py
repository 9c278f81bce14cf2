"""Scores as people see them: who, what we have, what became of it, what the gradebook holds; and trying again.

That a score waits, or that its credit was withdrawn, is derived here: it stands in no row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, not_, or_, select
from sqlalchemy.orm import Session

from campus.events import Publish, ResultsWanted, ScoreWanted
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.people import Identity, IdentityLink, Person
from campus.rules.credit import EARNED
from lti_tool.launch.store import Deployment, LinkLearner, Registration, ResourceLink
from lti_tool.services.errands import TAKES_SCORES
from lti_tool.services.store import ScoreState, SentScore

_Columns = TypeVarTuple("_Columns")
_Cell = tuple[
    int, str, Identity, Person | None, Registration, ResourceLink, LearningUnit, Credit | None, SentScore | None
]


class Shown(StrEnum):
    """What people read of one learner's cell."""

    NOTHING = "nothing"
    """No result yet."""
    UNTAKEN = "untaken"
    """The link takes no scores (any more): nothing is sent, whatever the credit."""
    CONTESTED = "contested"
    WAITING = "waiting"
    PENDING = "pending"
    SENT = "sent"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """The credit is no longer earned, and the gradebook still holds its score."""
    CLEARING = "clearing"
    CLEARED = "cleared"


AGAIN = frozenset({Shown.WAITING, Shown.PENDING, Shown.REFUSED})
"""What may be tried again."""
BATCH = 500
"""Cells read at once: databases take no endless lists."""


@dataclass(frozen=True)
class Line:
    """One learner's cell. ``score`` is what we have now, ``result`` what the gradebook held when it was last asked."""

    id: int
    state: Shown
    learner: str
    """Public id of the identity."""
    name: str | None
    platform: str
    unit: str
    """Code."""
    link: str
    """Public id."""
    link_title: str | None
    credit: str | None
    score: float | None
    detail: str
    sent_at: datetime | None
    result: float | None
    result_seen_at: datetime | None

    @property
    def differs(self) -> bool:
        """Say whether the gradebook holds something else than we sent."""
        known = self.state is Shown.SENT and self.result_seen_at is not None and self.score is not None
        return known and (self.result is None or abs(self.result - (self.score or 0)) > 1)


_FINAL = and_(Credit.standing.in_(EARNED), Credit.percent.is_not(None), not_(Credit.contested))
_IS_FINAL = and_(Credit.id.is_not(None), _FINAL)
_STATE: ColumnElement[str] = case(
    (not_(TAKES_SCORES), Shown.UNTAKEN),
    (Credit.contested, Shown.CONTESTED),
    (
        _IS_FINAL,
        case(
            (or_(SentScore.id.is_(None), SentScore.state == ScoreState.UNSENT), Shown.WAITING),
            (and_(SentScore.state == ScoreState.SENT, SentScore.score == Credit.percent), Shown.SENT),
            (SentScore.state == ScoreState.REFUSED, Shown.REFUSED),
            else_=Shown.PENDING,
        ),
    ),
    (SentScore.state.in_((ScoreState.SENT, ScoreState.PENDING)), Shown.WITHDRAWN),
    (SentScore.state.in_((ScoreState.CLEARING, ScoreState.CLEARED, ScoreState.REFUSED)), SentScore.state),
    else_=Shown.NOTHING,
)


def lines_of(*, link_id: int | None = None, platform: str = "", state: str = "") -> Select[int]:
    """Select the ids of cells, of a link or of all; of a platform, in a state.

    Without a state, those of whom there is nothing to tell are left out.
    """
    wanted = _joined(select(LinkLearner.id)).order_by(LinkLearner.id.desc())
    if link_id is not None:
        return wanted.where(LinkLearner.resource_link_id == link_id)
    if platform:
        wanted = wanted.where(Registration.public_id == platform)
    return wanted.where(_STATE.in_((state,)) if state else _STATE.not_in((Shown.NOTHING, Shown.UNTAKEN)))


def read(session: Session, ids: Sequence[int]) -> list[Line]:
    """Read the cells in the order of their ids as given."""
    columns = (LinkLearner.id, _STATE, Identity, Person, Registration, ResourceLink, LearningUnit, Credit, SentScore)
    found: dict[int, Line] = {}
    for start in range(0, len(ids), BATCH):
        wanted = _joined(select(*columns)).where(LinkLearner.id.in_(ids[start : start + BATCH]))
        found |= {row[0]: _line(row) for row in session.execute(wanted)}
    return [found[wanted] for wanted in ids if wanted in found]


def _line(row: Row[*_Cell]) -> Line:
    cell, state, identity, person, registration, link, unit, credit, sent = row
    return Line(
        id=cell,
        state=Shown(state),
        learner=identity.public_id,
        name=person.name if person is not None else identity.name,
        platform=registration.name,
        unit=unit.code,
        link=link.public_id,
        link_title=link.title,
        credit=credit.public_id if credit is not None else None,
        score=credit.percent if credit is not None else None,
        detail=sent.detail if sent is not None else "",
        sent_at=sent.sent_at if sent is not None else None,
        result=sent.result if sent is not None else None,
        result_seen_at=sent.result_seen_at if sent is not None else None,
    )


def try_again(session: Session, lines: Iterable[Line], *, now: datetime, publish: Publish) -> int:
    """Let scores that wait, are pending or were refused be sent anew; return how many. In the session's transaction."""
    chosen = [line for line in lines if line.state in AGAIN and line.credit is not None]
    for row in _rows(session, chosen):
        if row.state == ScoreState.REFUSED:
            row.state, row.detail = ScoreState.PENDING, ""
    _send(chosen, now, publish)
    return len(chosen)


def clear(session: Session, lines: Iterable[Line], *, now: datetime, publish: Publish) -> int:
    """Let scores of withdrawn credits be taken out of the gradebook; return how many."""
    chosen = [line for line in lines if line.state is Shown.WITHDRAWN and line.credit is not None]
    for row in _rows(session, chosen):
        row.state, row.detail = ScoreState.CLEARING, ""
    _send(chosen, now, publish)
    return len(chosen)


def compare(link: str, *, now: datetime, publish: Publish) -> None:
    """Let the gradebook of a link (public id) be compared with what we sent."""
    publish(ResultsWanted(link, now.isoformat()))


def _send(lines: Sequence[Line], now: datetime, publish: Publish) -> None:
    for credit in sorted({line.credit for line in lines if line.credit is not None}):
        publish(ScoreWanted(credit, now.isoformat()))


def _rows(session: Session, lines: Sequence[Line]) -> Sequence[SentScore]:
    wanted = (
        select(SentScore)
        .join(
            LinkLearner,
            and_(
                LinkLearner.resource_link_id == SentScore.resource_link_id,
                LinkLearner.identity_id == SentScore.identity_id,
            ),
        )
        .where(LinkLearner.id.in_([line.id for line in lines]))
        .order_by(SentScore.id)
        .with_for_update(of=SentScore)
    )
    return session.scalars(wanted).all()


def _joined(wanted: Select[*_Columns]) -> Select[*_Columns]:
    """Join all that tells of a learner's cell; credit and score may be missing."""
    return (
        wanted.select_from(LinkLearner)
        .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
        .join(LearningUnit, LearningUnit.id == ResourceLink.unit_id)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(Identity, Identity.id == LinkLearner.identity_id)
        .outerjoin(IdentityLink, and_(IdentityLink.identity_id == Identity.id, IdentityLink.current))
        .outerjoin(Person, Person.id == IdentityLink.person_id)
        .outerjoin(
            Credit,
            and_(Credit.person_id == Person.id, Credit.unit_id == ResourceLink.unit_id, Credit.revision > 0),
        )
        .outerjoin(
            SentScore,
            and_(
                SentScore.resource_link_id == LinkLearner.resource_link_id,
                SentScore.identity_id == LinkLearner.identity_id,
            ),
        )
    )

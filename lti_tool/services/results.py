"""What gradebooks hold, compared with what we sent: a grade that was changed there by hand becomes evidence.

What we sent ourselves is no evidence, and what a platform says counts for a credit only where the delivering
provider lets that platform's instructors teach the unit, or the office says so (docs/decisions/0012-line-items.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from campus import catalogue, credits, evidence, people
from campus.errors import NotFoundError
from campus.events import Publish
from campus.evidence import HIGHEST, Fact
from campus.models.access import TeachingGrant
from campus.models.catalogue import LearningUnit
from campus.models.credits import CreditRevision
from campus.models.evidence import Evidence, ObjectMapping, SourceObject
from campus.models.people import Identity
from campus.rules.credit import Outcome, RequirementKind
from campus.upsert import insert_missing
from lti_tool.launch import registrations
from lti_tool.launch.store import LinkLearner, ResourceLink
from lti_tool.services import columns
from lti_tool.services.ags import Result, ScoreTarget
from lti_tool.services.errors import ServiceGoneError
from lti_tool.services.store import ScoreState, SentScore
from lti_tool.wiring import Services

REASON = "rule: the provider lets this platform's instructors teach the unit"


@dataclass(frozen=True)
class GradeSource:
    """A link's line item as a source of evidence: what stands there is said of the unit's one exam."""

    source: str
    reference: str
    unit_id: int
    requirement: str | None
    """Empty for a unit without an exam, or with several: then nobody knows which one a grade is of."""


def link_by_public_id(session: Session, public_id: str) -> ResourceLink:
    """Return the link or raise NotFoundError."""
    link = session.scalars(select(ResourceLink).filter_by(public_id=public_id)).first()
    if link is None:
        raise NotFoundError("no such link")
    return link


def compare(services: Services, link: str) -> None:
    """Ask the gradebook of a link (``link`` is its public id) what it holds, and take it in.

    A column that is gone is forgotten. Raises as the platform's service fails.
    """
    with services.database.read() as session:
        row = link_by_public_id(session, link)
        link_id, url, place = row.id, row.lineitem_url, row.deployment
        if url is None or not place.is_open:
            return
        item = ScoreTarget(registrations.by_id(session, place.registration_id), url, frozenset(row.ags_scopes))
    try:
        found = services.gradebooks.results(item)
    except ServiceGoneError:
        columns.forget(services, link_id, item.url)
        return
    take(services, link_id, found)


def take(services: Services, link_id: int, found: Mapping[str, Result], identity_id: int | None = None) -> bool:
    """Keep what the gradebook holds, by the platform's user ids, for all learners of the link or for one.

    Returns whether some of it was new evidence. Doing it twice does no more.
    """
    now = services.clock()
    with services.database.read() as session:
        link = session.get_one(ResourceLink, link_id)
        book = grade_source_of(session, link) if link.unit_id is not None else None
        counts = book is not None and book.requirement is not None and _is_granted(session, link)
        mapped = book is not None and _is_mapped(session, book)
    if book is not None and counts and not mapped:
        with services.database.write() as session:
            publish = services.publish(session)
            let_count(session, book, reason=REASON, decided_by_id=None, now=now, publish=publish)
    with services.database.write() as session:
        learners = _learners(session, link_id, identity_id)
        _keep(session, link_id, learners, found, now)
        if book is None or book.requirement is None:
            return False
        facts = [
            fact
            for who in learners
            if (fact := _fact(session, book, link_id, who, found.get(who.subject), now=now)) is not None
        ]
        return bool(evidence.record(session, facts, now=now, publish=services.publish(session)))


def grade_source_of(session: Session, link: ResourceLink) -> GradeSource:
    """Say what a link's column is as a source. The unit is part of its name: a link may lead elsewhere one day."""
    unit = session.get_one(LearningUnit, link.unit_id)
    exams = [r.key for r in catalogue.requirements(session, unit.id).requirements if r.kind is RequirementKind.EXAM]
    return GradeSource(
        source=link.deployment.registration.issuer,
        reference=f"results:{link.public_id}/{unit.public_id}",
        unit_id=unit.id,
        requirement=exams[0] if len(exams) == 1 else None,
    )


def let_count(
    session: Session,
    book: GradeSource,
    *,
    reason: str,
    decided_by_id: int | None,
    now: datetime,
    publish: Publish,
) -> None:
    """Record that what stands in the gradebook stands for the unit's exam. Raises NotFoundError without one exam."""
    if book.requirement is None:
        raise NotFoundError("the unit has no exam, or several")
    evidence.map_object(
        session,
        source=book.source,
        reference=book.reference,
        unit_id=book.unit_id,
        requirement=book.requirement,
        reason=reason,
        decided_by_id=decided_by_id,
        now=now,
        publish=publish,
    )


def _is_granted(session: Session, link: ResourceLink) -> bool:
    """Say whether the delivering provider lets this platform's instructors teach the unit."""
    registration = link.deployment.registration
    granted = select(TeachingGrant.id).filter_by(
        unit_id=link.unit_id, issuer=registration.issuer, client_id=registration.client_id
    )
    return session.scalars(granted).first() is not None


def _is_mapped(session: Session, book: GradeSource) -> bool:
    """Say whether somebody has decided on it before, whatever they decided."""
    known = (
        select(ObjectMapping.id)
        .join(SourceObject, SourceObject.id == ObjectMapping.object_id)
        .where(SourceObject.source == book.source, SourceObject.reference == book.reference)
    )
    return session.scalars(known).first() is not None


def _learners(session: Session, link_id: int, identity_id: int | None) -> Sequence[Identity]:
    wanted = select(LinkLearner).filter_by(resource_link_id=link_id).options(joinedload(LinkLearner.identity))
    if identity_id is not None:
        wanted = wanted.filter_by(identity_id=identity_id)
    return [learner.identity for learner in session.scalars(wanted.order_by(LinkLearner.identity_id))]


def _keep(
    session: Session, link_id: int, learners: Sequence[Identity], found: Mapping[str, Result], now: datetime
) -> None:
    """Write down beside each score what the gradebook holds."""
    blank = {"resource_link_id": link_id, "revision": 0, "score": 0.0, "state": ScoreState.UNSENT, "detail": ""}
    insert_missing(session, SentScore, [{**blank, "identity_id": who.id, "tries": 0} for who in learners])
    subjects = {who.id: who.subject for who in learners}
    rows = select(SentScore).where(SentScore.resource_link_id == link_id, SentScore.identity_id.in_(subjects))
    for row in session.scalars(rows.order_by(SentScore.id).with_for_update()):
        result = found.get(subjects[row.identity_id])
        row.result, row.result_seen_at = (result.percent if result is not None else None), now
    session.flush()


def _fact(
    session: Session, book: GradeSource, link_id: int, who: Identity, result: Result | None, *, now: datetime
) -> Fact | None:
    """Say what is new: a grade that is neither what was said last nor what we sent; a retraction once it is gone.

    What was said last goes first: our own score may be the answer to it, and equal to it.
    """
    said = _said_last(session, book, who)
    if result is not None and said is not None and result.says(said):
        return None
    if result is None or _is_ours(session, book, link_id, who, result):
        return Fact(who.id, book.source, book.reference, Outcome.RETRACTED, occurred_at=now)
    return Fact(
        who.id,
        book.source,
        book.reference,
        Outcome.DONE,  # judged by the unit's own pass mark
        occurred_at=min(result.stored_at or now, now),
        percent=min(max(result.percent, 0.0), HIGHEST),
    )


def _said_last(session: Session, book: GradeSource, who: Identity) -> float | None:
    """Return the percentage of the latest evidence from this gradebook; None after a retraction, or without any."""
    return session.scalars(
        select(Evidence.percent)
        .join(SourceObject, SourceObject.id == Evidence.object_id)
        .where(
            Evidence.identity_id == who.id,
            SourceObject.source == book.source,
            SourceObject.reference == book.reference,
        )
        .order_by(Evidence.id.desc())
        .limit(1)
    ).first()


def _is_ours(session: Session, book: GradeSource, link_id: int, who: Identity, result: Result) -> bool:
    """Say whether we put it there: the score that was taken, or, while that is in doubt, any that the credit had."""
    row = session.scalars(select(SentScore).filter_by(resource_link_id=link_id, identity_id=who.id)).one()
    if row.state == ScoreState.SENT:
        return result.says(row.score)
    person = people.person_of(session, who)
    credit = credits.state(session, person.id, book.unit_id) if person is not None else None
    if row.state == ScoreState.UNSENT or credit is None:
        return False
    had = session.scalars(select(CreditRevision.percent).where(CreditRevision.credit_id == credit.id))
    return any(percent is not None and result.says(percent) for percent in had)

"""A credit's score goes to every gradebook that waits for it: the body of a follower of CreditChanged.

It acts on the credit as it is when it runs, so that it may run twice, late, or beside another run. Only the latest
state is sent, only when it is final; what was sent is kept beside, per link and learner.
"""

from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campus.errors import CampusError
from campus.jobs import TryLaterError
from campus.upsert import insert_missing
from lti_tool.services import columns, results
from lti_tool.services.ags import ScoreTarget, stamp_after
from lti_tool.services.errands import Errand, Place, errand, places, sent
from lti_tool.services.errors import (
    LineItemGoneError,
    LineItemMissingError,
    ScoreConflictError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from lti_tool.services.store import ScoreState, SentScore
from lti_tool.wiring import Services

MAX_ROUNDS = 5


def follow_credit(services: Services, credit: str) -> None:
    """Send the credit's score (``credit`` is its public id) to each link from which the person launched its unit.

    Nothing is sent while sources contradict each other, nor before the unit is attended, and a score that a place
    has already is not sent again. A refusal is recorded as final until the credit changes. Each place fails alone:
    only after all were tried the failure of one is raised, first of all one that must be tried later
    (ServiceUnavailableError), for then the others are seen again too.
    """
    with services.database.read() as session:
        waiting = places(session, credit)
    failures = [error for place in waiting if (error := _tried(services, credit, place)) is not None]
    if failures:
        raise min(failures, key=lambda error: not isinstance(error, TryLaterError | OperationalError))


def _tried(services: Services, credit: str, place: Place) -> Exception | None:
    """Serve the place; return why it could not be done."""
    try:
        return _serve(services, credit, place)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep the score from the other places
        return error


def _serve(services: Services, credit: str, place: Place) -> CampusError | None:
    """Send until the place has the credit's latest state; return the reason when it can't be done now."""
    for _ in range(MAX_ROUNDS):
        with services.database.read() as session:
            task = errand(session, credit, place)
        if task is None:
            return None
        state, detail = _done(task), ""
        failure: CampusError | None = None
        stamp = stamp_after(services.clock(), task.stamped)
        try:
            stamp = _deliver(services, task, stamp)
        except ServiceRefusedError as error:
            state, detail = ScoreState.REFUSED, error.code
        except CampusError as error:
            state, detail, failure = _undone(task), error.code, error
        with services.database.write() as session:
            _record(session, task, state, detail, stamp)
        if failure is not None:
            return failure
    return ServiceUnavailableError("the credit keeps changing")


def _deliver(services: Services, task: Errand, stamp: datetime) -> datetime:
    """Post to the link's column, found or made anew once if it is gone; return the stamp that was taken."""
    link_id = task.place.resource_link_id
    item = columns.column_of(services, link_id)
    if task.in_doubt and _is_there(services, item, task):
        return stamp
    try:
        return _post(services, item, task, stamp)
    except LineItemGoneError as gone:
        columns.forget(services, link_id, item.url)
        try:
            item = columns.column_of(services, link_id)
        except LineItemMissingError:
            raise gone from None
        return _post(services, item, task, stamp)


def _post(services: Services, item: ScoreTarget, task: Errand, stamp: datetime) -> datetime:
    """Post, and once more with a later stamp if the gradebook holds something later that isn't this score.

    If what it holds was put there by hand, that is evidence first: the credit may look different then, and the
    conflict is raised so that the job begins anew.
    """
    try:
        services.gradebooks.post_score(item, task.score, stamp)
    except ScoreConflictError:
        found = services.gradebooks.results(item, task.score.user_id)
        result = found.get(task.score.user_id)
        if task.score.percent is not None and result is not None and result.says(task.score.percent):
            return stamp
        if result is not None and results.take(services, task.place.resource_link_id, found, task.place.identity_id):
            raise
        stamp = stamp_after(services.clock(), stamp, result.stored_at if result is not None else None)
        services.gradebooks.post_score(item, task.score, stamp)
    return stamp


def _is_there(services: Services, item: ScoreTarget, task: Errand) -> bool:
    """Ask the gradebook whether a try that got no answer has arrived."""
    user_id, percent = task.score.user_id, task.score.percent
    result = services.gradebooks.results(item, user_id).get(user_id)
    return result is not None and percent is not None and result.says(percent)


def _record(session: Session, task: Errand, state: ScoreState, detail: str, stamp: datetime) -> None:
    """Keep what became of the errand.

    If another run was at this place meanwhile, nobody knows which of two different scores arrived last: the place
    is then in doubt, and served again with the latest one.
    """
    cell = {"resource_link_id": task.place.resource_link_id, "identity_id": task.place.identity_id}
    blank = {**cell, "revision": 0, "score": 0.0, "state": ScoreState.UNSENT, "detail": "", "tries": 0}
    insert_missing(session, SentScore, [blank])
    row = session.scalars(sent(task.place).with_for_update()).one()
    percent = task.score.percent
    if row.tries != task.tries and row.score != percent:
        state = _undone(task)
    row.revision, row.state, row.detail = task.revision, state, detail
    if percent is not None:
        row.score = percent
    row.tries += 1
    row.sent_at = max(stamp, row.sent_at or stamp)


def _done(task: Errand) -> ScoreState:
    return ScoreState.CLEARED if task.score.percent is None else ScoreState.SENT


def _undone(task: Errand) -> ScoreState:
    return ScoreState.CLEARING if task.score.percent is None else ScoreState.PENDING

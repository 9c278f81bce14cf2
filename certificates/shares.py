"""What holders show to others: an award by its number, or several by a link that they make and can end."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, selectinload

from campus.errors import InvalidInputError
from certificates.errors import AwardNotFoundError, ShareEndedError, ShareNotFoundError, TooManySharesError
from certificates.store import Award, Share, ShareAward

MAX_AWARDS = 50
"""Awards behind one link."""
MAX_OPEN = 100
"""Links of one person at a time."""
MAX_NOTE = 200


def award_of_holder(session: Session, person_id: int, public_id: str) -> Award:
    """Return an award of this person. Raises AwardNotFoundError, also for somebody else's."""
    found = session.scalar(select(Award).where(Award.public_id == public_id, Award.person_id == person_id))
    if found is None:
        raise AwardNotFoundError("the person has no such award")
    return found


def show(session: Session, person_id: int, public_id: str, *, shown: bool) -> None:
    """Let whoever knows the award's number see what it says, or only whether it is genuine.

    Raises AwardNotFoundError.
    """
    award = award_of_holder(session, person_id, public_id)
    session.execute(update(Award).where(Award.id == award.id).values(shown=shown))


def make(
    session: Session, person_id: int, awards: Iterable[str], *, note: str, ends_at: datetime | None, now: datetime
) -> Share:
    """Make a link to some awards (public ids) of a person, for ``note``, until ``ends_at`` or until it is ended.

    Raises InvalidInputError naming the field: no award, too many, a note too long, an end that is over; and
    AwardNotFoundError for somebody else's award, TooManySharesError.
    """
    wanted = list(dict.fromkeys(awards))
    if not 1 <= len(wanted) <= MAX_AWARDS:
        raise InvalidInputError(f"a link shows 1 to {MAX_AWARDS} certificates", field="awards")
    if len(note) > MAX_NOTE:
        raise InvalidInputError(f"a note has at most {MAX_NOTE} characters", field="note")
    if ends_at is not None and ends_at <= now:
        raise InvalidInputError("the link would be over before it was made", field="ends_on")
    chosen = [award_of_holder(session, person_id, public_id) for public_id in wanted]
    open_ones = select(func.count()).select_from(Share).where(Share.person_id == person_id, _is_open(now))
    if (session.scalar(open_ones) or 0) >= MAX_OPEN:
        raise TooManySharesError(f"more than {MAX_OPEN} links at a time")
    share = Share(person_id=person_id, note=note.strip(), created_at=now, ends_at=ends_at)
    session.add(share)
    session.flush()
    session.execute(insert(ShareAward), [{"share_id": share.id, "award_id": award.id} for award in chosen])
    return share


def of_person(session: Session, person_id: int) -> list[Share]:
    """List the person's links with their awards, the newest first; those that are over too."""
    newest = select(Share).where(Share.person_id == person_id).order_by(Share.id.desc())
    return list(session.scalars(newest.options(selectinload(Share.awards))))


def end(session: Session, person_id: int, public_id: str, *, now: datetime) -> None:
    """End a link of the person now; one that is over stays as it was.

    Raises ShareNotFoundError, also for somebody else's.
    """
    share = session.scalar(select(Share).where(Share.public_id == public_id, Share.person_id == person_id))
    if share is None:
        raise ShareNotFoundError("the person has no such link")
    session.execute(update(Share).where(Share.id == share.id, _is_open(now)).values(ends_at=now))


def opened(session: Session, public_id: str, *, now: datetime) -> Share:
    """Return the link that somebody follows. Raises ShareNotFoundError, ShareEndedError."""
    share = session.scalar(select(Share).where(Share.public_id == public_id).options(selectinload(Share.awards)))
    if share is None:
        raise ShareNotFoundError("no such link")
    if not is_open(share, now=now):
        raise ShareEndedError("the link is over")
    return share


def is_open(share: Share, *, now: datetime) -> bool:
    """Say whether the link can be followed."""
    return share.ends_at is None or now < share.ends_at


def erase(session: Session, person_id: int) -> None:
    """Delete all links of a person."""
    theirs = select(Share.id).where(Share.person_id == person_id)
    session.execute(delete(ShareAward).where(ShareAward.share_id.in_(theirs)))
    session.execute(delete(Share).where(Share.person_id == person_id))


def _is_open(now: datetime) -> Any:
    return or_(Share.ends_at.is_(None), Share.ends_at > now)

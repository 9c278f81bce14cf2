"""What deleting a person means for certificates."""

from sqlalchemy import null, update
from sqlalchemy.orm import Session

from certificates import shares
from certificates.foreign import intake
from certificates.store import Award


def erase(session: Session, person_id: int) -> None:
    """Empty all awards of the person (database id): facts, credential, reason and the link to the person.

    The place in the status list and the day of a revocation stay, without a name: the file that the holder
    keeps must go on being genuine, or revoked. Links to them are deleted, and files that were handed in. What the
    person decided on others' awards stays, unsigned.
    """
    shares.erase(session, person_id)
    intake.erase(session, person_id)
    session.execute(
        update(Award)
        .where(Award.person_id == person_id)
        .values(person_id=None, facts=null(), credential=None, revoked_reason=None, suspended_reason=None)
    )
    for decided in (Award.revoked_by_id, Award.suspended_by_id):
        session.execute(update(Award).where(decided == person_id).values({decided: None}))

"""What deleting a person means in the domain: names, addresses and raw answers go, facts without a name stay."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campus import audit, people
from campus.models.access import Account, AccountSession, Invitation, RoleGrant, TeachingGrant
from campus.models.base import new_public_id
from campus.models.evidence import Evidence, RawAnswer
from campus.models.learning import CourseParticipant, ExamAttempt, SessionParticipant
from campus.models.people import Identity, Person


def erase(session: Session, person_id: int, *, now: datetime) -> None:
    """Make the person (database id) unrecognisable.

    Evidence, credits and decisions stay, for counts and for the record; they now belong to nobody who could be found.
    Under the same account at a source the person would be somebody new.
    """
    identities = people.identities_of(session, person_id)
    raw = select(Evidence.raw_id).where(Evidence.identity_id.in_(identities), Evidence.raw_id.is_not(None))
    session.execute(delete(RawAnswer).where(RawAnswer.id.in_(session.scalars(raw).all())))
    for identity_id in identities:
        session.execute(
            update(Identity)
            .where(Identity.id == identity_id)
            .values(name=None, email=None, sourced_id=None, subject=f"erased:{new_public_id()}")
        )
    session.execute(update(ExamAttempt).where(ExamAttempt.identity_id.in_(identities)).values(answers={}))
    accounts = session.scalars(select(Account.id).where(Account.person_id == person_id)).all()
    session.execute(delete(AccountSession).where(AccountSession.account_id.in_(accounts)))
    for table in (Account, Invitation, RoleGrant, TeachingGrant, SessionParticipant, CourseParticipant):
        session.execute(delete(table).where(table.person_id == person_id))
    session.execute(update(Person).where(Person.id == person_id).values(name=None, email=None, employer_id=None))
    audit.note(session, "person.erased", actor_id=None, now=now)
    session.flush()

"""Deleting a person everywhere: every room says what it means there, and this calls them all."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

import campus.erasure
import certificates.erasure
import xapi.erasure
from campus import people
from campus.models.people import Person
from lti_tool.launch.store import LaunchRow, LinkLearner
from lti_tool.services.store import Member, SentScore


def erase(session: Session, person: Person, *, now: datetime) -> None:
    """Delete the person's data in all packages, in one transaction."""
    identities = people.identities_of(session, person.id)
    session.execute(delete(LaunchRow).where(LaunchRow.identity_id.in_(identities)))
    session.execute(delete(LinkLearner).where(LinkLearner.identity_id.in_(identities)))
    session.execute(delete(Member).where(Member.identity_id.in_(identities)))
    session.execute(delete(SentScore).where(SentScore.identity_id.in_(identities)))
    certificates.erasure.erase(session, person.id)
    xapi.erasure.erase(session, person.id, now=now)
    campus.erasure.erase(session, person.id, now=now)

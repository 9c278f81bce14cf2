"""Deleting a person everywhere: every room says what it means there, and this calls them all."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import campus.erasure
import certificates.erasure
import xapi.erasure
from campus import people
from campus.models.access import Account
from campus.models.people import Identity, Person
from lti_tool.launch.store import LaunchRow, LinkLearner
from lti_tool.services.store import Member, SentScore
from xapi import parts
from xapi.gather import IDENTITY_KIND
from xapi.parts import Json


def erase(session: Session, person: Person, *, public_url: str, now: datetime) -> None:
    """Delete the person's data in all packages, in one transaction."""
    identities = people.identities_of(session, person.id)
    session.execute(delete(LaunchRow).where(LaunchRow.identity_id.in_(identities)))
    session.execute(delete(LinkLearner).where(LinkLearner.identity_id.in_(identities)))
    session.execute(delete(Member).where(Member.identity_id.in_(identities)))
    session.execute(delete(SentScore).where(SentScore.identity_id.in_(identities)))
    certificates.erasure.erase(session, person.id)
    agents = agents_of(session, person, public_url=public_url)
    xapi.erasure.erase(session, agents, public_url=public_url, now=now, person_id=person.id)
    campus.erasure.erase(session, person.id, now=now)


def agents_of(session: Session, person: Person, *, public_url: str) -> list[Json]:
    """Give the agents as whom statements may speak of the person: by their accounts and by their addresses."""
    known = session.scalars(select(Identity).where(Identity.id.in_(people.identities_of(session, person.id)))).all()
    agents = [parts.account(public_url, person.public_id)]
    for identity in known:
        if identity.kind == IDENTITY_KIND:
            agents += xapi.erasure.agents_of(session, identity)
            continue
        home = identity.issuer.rstrip("/")
        agents += [parts.account(page, identity.subject) for page in (home, f"{home}/")]
    logins = session.scalars(select(Account.login).where(Account.person_id == person.id))
    emails = {email for email in (person.email, *logins, *(one.email for one in known)) if email and "@" in email}
    return [*agents, *({"mbox": f"mailto:{address}"} for address in sorted(emails))]

"""What there is and what waits, and the audit."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnExpressionArgument, func, select
from sqlalchemy.orm import Session

from campus.models.access import AuditEntry
from campus.models.base import Base
from campus.models.credits import Credit, Task
from campus.models.organisations import Organisation
from campus.models.people import Person
from campus.rules.credit import EARNED
from certificates.foreign.store import ForeignCredential
from certificates.store import Award, AwardState, in_state
from lti_tool.launch.store import PlatformStanding, Registration
from lti_tool.pages import figures, standing
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.office.people import unlinked_identities
from lti_tool.pages.paging import paginate
from lti_tool.services.store import Roster, RosterState, ScoreState, SentScore
from lti_tool.wiring import Services


@dataclass(frozen=True)
class Waiting:
    """How much waits for somebody."""

    contradictions: int
    tasks: int
    credentials: int
    """From elsewhere, to be decided on."""
    identities: int
    refused_scores: int
    """Gradebook values that an LMS refused for good."""
    pending_scores: int
    pending_platforms: int
    refused_rosters: int
    failed_jobs: list[str]
    """What the worker gave up, by follower and what it was about."""


class OverviewPages(Desk):
    """Read-only."""

    def overview(self) -> str:
        """Show what waits first, then how many there are, then the standings unit by unit."""
        with self.reading() as visit:
            session = visit.session
            counts = standing.counts(session)
            return render_template(
                "office/overview.html",
                waiting=_waiting(session, self.services.jobs.failed()),
                people=_count(session, Person),
                earned=_count(session, Credit, Credit.standing.in_(EARNED)),
                awards=_count(session, Award, Award.superseded_at.is_(None)),
                revoked=_count(session, Award, in_state(AwardState.REVOKED)),
                counts=counts,
                figure=figures.stacked_bars(
                    (line.unit.code, (line.in_progress, line.attended, line.achieved)) for line in counts if line.total
                ),
            )

    def audit(self) -> str:
        """List who did what, the newest first."""
        with self.reading() as visit:
            page = paginate(
                visit.session,
                select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()),
                request.args.get("seite"),
            )
            people = {row.actor_id for row in page.rows if row.actor_id}
            organisations = {row.organisation_id for row in page.rows if row.organisation_id}
            return render_template(
                "office/audit.html",
                page=page,
                people={
                    person.id: person for person in visit.session.scalars(select(Person).where(Person.id.in_(people)))
                },
                organisations={
                    found.id: found
                    for found in visit.session.scalars(select(Organisation).where(Organisation.id.in_(organisations)))
                },
            )


def _waiting(session: Session, failed_jobs: list[str]) -> Waiting:
    return Waiting(
        contradictions=_count(session, Credit, Credit.contested),
        tasks=_count(session, Task, Task.closed_at.is_(None)),
        credentials=_count(session, ForeignCredential, ForeignCredential.open_parts > 0),
        identities=session.scalar(select(func.count()).select_from(unlinked_identities().subquery())) or 0,
        refused_scores=_count(session, SentScore, SentScore.state == ScoreState.REFUSED),
        pending_scores=_count(session, SentScore, SentScore.state == ScoreState.PENDING),
        pending_platforms=_count(session, Registration, Registration.standing == PlatformStanding.PENDING),
        refused_rosters=_count(session, Roster, Roster.state == RosterState.REFUSED),
        failed_jobs=failed_jobs,
    )


def _count(session: Session, table: type[Base], *conditions: ColumnExpressionArgument[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = OverviewPages(services)
    pages.add_url_rule("/", "overview", handlers.overview, methods=["GET"])
    pages.add_url_rule("/protokoll", "audit", handlers.audit, methods=["GET"])

"""What tests of the grade services do with a world: earn credits by evidence, do the jobs, look at what was kept."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from campus import evidence
from campus.evidence import OWN_SOURCE, Fact
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.learning import TutorialSession
from campus.models.people import Identity
from campus.rules.credit import Outcome
from lti_tool.followers import handlers
from lti_tool.launch import registrations
from lti_tool.launch.store import LaunchRow, ResourceLink
from lti_tool.services.ags import ScoreTarget
from lti_tool.services.lineitems import TAG, Container
from lti_tool.services.store import SentScore
from tests import factories
from tests.lms.live import KeptJobs, World

GRADING = frozenset({"score", "results"})
LINK = "link-1"


def identity_of(lti: World, subject: str = "7") -> Identity:
    with lti.services.database.read() as session:
        return session.scalars(select(Identity).filter_by(subject=subject)).one()


def earn(lti: World, percent: float = 80.0, subject: str = "7") -> str:
    """Give a learner who has launched all evidence that the unit asks for; return the credit's public id."""
    with lti.services.database.write() as session:
        identity = session.scalars(select(Identity).filter_by(subject=subject)).one()
        unit = session.get_one(LearningUnit, lti.unit.id)
        held = session.scalars(select(TutorialSession)).first() or factories.tutorial(session, unit)
        facts = factories.all_facts(unit, held, identity, percent=percent)
        evidence.record(session, facts, now=lti.clock(), publish=lti.services.publish(session))
    return credit_of(lti, subject).public_id


def withdraw(lti: World, subject: str = "7") -> None:
    """Let the exam's result be taken back where it came from."""
    with lti.services.database.write() as session:
        identity = session.scalars(select(Identity).filter_by(subject=subject)).one()
        unit = session.get_one(LearningUnit, lti.unit.id)
        facts = [
            Fact(identity.id, OWN_SOURCE, f"activity:{activity.public_id}", Outcome.RETRACTED, occurred_at=lti.clock())
            for phase in unit.phases
            for activity in phase.activities
            if activity.kind == "quiz"
        ]
        evidence.record(session, facts, now=lti.clock(), publish=lti.services.publish(session))


def credit_of(lti: World, subject: str = "7") -> Credit:
    with lti.services.database.read() as session:
        found = select(Credit).join(LaunchRow, LaunchRow.person_id == Credit.person_id)
        identity = select(Identity.id).filter_by(subject=subject).scalar_subquery()
        return session.scalars(found.where(LaunchRow.identity_id == identity)).unique().first() or _none()


def _none() -> Credit:
    raise AssertionError("there is no credit")


def follow(lti: World, followers: Iterable[str] = GRADING) -> None:
    """Do the jobs of the gradebook that wait, as the worker does."""
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    waiting, jobs.asked = jobs.asked, []
    for follower, about in waiting:
        if follower in followers:
            handlers(lti.services)[follower](about)


def kept(lti: World, subject: str = "7") -> SentScore:
    """Return what we keep of a learner's cell."""
    with lti.services.database.read() as session:
        found = select(SentScore).join(Identity, Identity.id == SentScore.identity_id)
        return session.scalars(found.where(Identity.subject == subject)).one()


def link_of(lti: World) -> ResourceLink:
    with lti.services.database.read() as session:
        return session.scalars(select(ResourceLink).filter_by(resource_link_id=LINK)).one()


def container_of(lti: World) -> Container:
    """Return the course's gradebook as the launch has told it."""
    with lti.services.database.read() as session:
        link = session.scalars(select(ResourceLink).filter_by(resource_link_id=LINK)).one()
        assert link.lineitems_url is not None
        platform = registrations.by_id(session, lti.registration_id)
        return Container(platform, link.lineitems_url, frozenset(link.ags_scopes))


def columns(lti: World) -> list[tuple[str | None, str | None, str | None]]:
    """List the LMS's columns: link, resource, tag."""
    return [(item.resource_link, item.resource_id, item.tag) for item in lti.platform.state.line_items()]


def cells(lti: World) -> dict[str, list[float | None]]:
    """Give by learner the different scores that the LMS has taken, in whatever columns."""
    return {cell.user: cell.values for cell in lti.platform.state.gradebook()}


def posts(lti: World) -> list[dict[str, Any]]:
    """List the scores that the LMS has stored, of all columns that are there."""
    state = lti.platform.state
    return [post for item in state.line_items() for post in state.posts(item.id)]


def launch_ungraded(lti: World) -> None:
    """Launch a link that has no column; the LMS names the gradebook alone."""
    lti.platform.state.delete_line_item(LINK)
    lti.launch(lti.tool.test_client())


def ours(lti: World) -> tuple[str, str, str]:
    return (LINK, lti.unit.public_id, TAG)


def item_of(lti: World, column: str = LINK) -> ScoreTarget:
    held = container_of(lti)
    return ScoreTarget(held.platform, lti.platform.config.lineitem_url(column), held.scopes)

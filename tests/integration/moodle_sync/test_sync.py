"""A second source speaks: recorded completions become evidence and credits, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import credits, people, units
from campus.database import Database
from campus.errors import ConflictError, InvalidInputError
from campus.models.evidence import Evidence, RawAnswer, SourceObject
from campus.models.people import Identity, IdentityLink, Person
from campus.outbound import Outbound
from campus.rules.credit import Outcome, Standing
from moodle_sync.backup import read_backup
from moodle_sync.client import MoodleError
from moodle_sync.mapping import map_course
from moodle_sync.plan import MoodleFact
from moodle_sync.store import MoodleCourse, MoodleSite, add_site, client_for, link_course
from moodle_sync.sync import SyncReport, known_modules, linked_user_ids, record_facts, sync_course
from tests.factories import NOW, Heard, learner, organisation
from tests.moodle.archives import A1
from tests.moodle.server import TOKEN, FakeMoodle

FERNET = MultiFernet([Fernet(Fernet.generate_key())])
LATER = NOW + timedelta(days=1)


def keep_site(session: Session, url: str) -> MoodleSite:
    return add_site(
        session,
        organisation_id=organisation(session).id,
        base_url=url,
        token=TOKEN,
        name="Moodle von Anbieter A",
        fernet=FERNET,
        now=NOW,
    )


@dataclass
class World:
    """A Moodle whose course 2 is our unit A1."""

    database: Database
    moodle: FakeMoodle

    def course(self, session: Session) -> MoodleCourse:
        return session.scalars(select(MoodleCourse)).one()

    def sync(self, *user_ids: int) -> SyncReport:
        """Ask Moodle with no transaction open, then record in one."""
        with self.database.read() as session:
            course = self.course(session)
            client = client_for(course.site, outbound=Outbound(allow_loopback_http=True), fernet=FERNET)
            known = known_modules(session, course)
        facts: list[MoodleFact] = []
        report = sync_course(client, 2, record=facts.extend, now=LATER, user_ids=user_ids or None, known=known)
        self.record(facts)
        return report

    def record(self, facts: list[MoodleFact]) -> None:
        with self.database.write() as session:
            record_facts(session, self.course(session), facts, now=LATER, publish=Heard())

    def told(self, user_id: int) -> dict[str, tuple[str, float | None]]:
        """Return Moodle's latest word on each module."""
        with self.database.read() as session:
            rows = session.execute(
                select(SourceObject.reference, Evidence.outcome, Evidence.percent)
                .join(Evidence, Evidence.object_id == SourceObject.id)
                .join(Identity, Identity.id == Evidence.identity_id)
                .where(Identity.subject == str(user_id), Identity.issuer == self.moodle.url)
                .order_by(Evidence.id)
            ).all()
        return {reference: (outcome, percent) for reference, outcome, percent in rows}

    def count(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count(Evidence.id))) or 0

    def link(self, user_id: int) -> int:
        """Decide that the Moodle account is a certain person's; return that person's id."""
        with self.database.write() as session:
            _, person = learner(session)
            identity = people.identity_for(
                session, kind="moodle", issuer=self.moodle.url, subject=str(user_id), now=NOW
            )
            people.link(session, identity, person, reason="same person", decided_by_id=None, now=NOW, publish=Heard())
            return person.id


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with FakeMoodle() as moodle:
        with database.write() as session:
            site = keep_site(session, f"{moodle.url}/")
            draft = map_course(read_backup(A1.read_bytes())).draft
            text = {"de": draft.title, "en": draft.title}
            provider = organisation(session)
            unit = units.create_unit(session, draft, provider=provider, title=text, summary=text, hours=8, now=NOW)
            link_course(
                session,
                site,
                2,
                unit,
                reason="imported from it",
                decided_by_id=None,
                now=NOW,
                publish=Heard(),
                tutorial_cmid=7,
            )
        yield World(database, moodle)


def test_what_moodle_tells_of_user_6(world: World) -> None:
    report = world.sync(6)

    assert report == SyncReport(users=1, facts=9, unknown_users=0)
    assert world.told(6) == {
        **{f"course:2/cm:{cmid}": (Outcome.DONE, None) for cmid in (3, 4, 5, 6, 8, 9, 10)},
        "course:2/cm:11": (Outcome.FAILED, 57.14286),
    }


def test_same_answers_again_are_no_news(world: World) -> None:
    world.sync(6, 7, 42)
    before = world.count()

    world.sync(6, 7, 42)

    assert world.count() == before


def test_somebody_who_did_nothing_leaves_no_evidence(world: World) -> None:
    world.sync(42)

    assert world.told(42) == {}


def test_everybody_enrolled(world: World) -> None:
    assert world.sync().users == 32
    assert world.told(7)["course:2/cm:11"] == (Outcome.PASSED, 100.0)


def test_users_are_not_made_persons(world: World) -> None:
    with world.database.read() as session:
        before = session.scalar(select(func.count(Person.id)))

    world.sync(6, 7)

    with world.database.read() as session:
        assert session.scalar(select(func.count(Person.id))) == before
        assert session.scalars(select(IdentityLink)).all() == []


@pytest.mark.parametrize("linked_first", [True, False])
def test_credit_follows_the_link_whenever_it_is_made(world: World, linked_first: bool) -> None:
    person = world.link(7) if linked_first else 0
    world.sync(7)
    person = person or world.link(7)

    with world.database.read() as session:
        credit = credits.state(session, person, world.course(session).unit_id)
        assert credit is not None
        revision = credits.latest_revision(session, credit)
        assert revision is not None
        missing = revision.basis["missing"]
    assert credit.standing == Standing.IN_PROGRESS
    assert len(missing) == 1, "user 7 lacks the evaluation only"


def test_only_linked_users_are_known_to_the_campus(world: World) -> None:
    world.link(7)
    world.sync(6)

    with world.database.read() as session:
        assert linked_user_ids(session, world.course(session).site) == [7]


def test_vanished_module_is_taken_back(world: World) -> None:
    world.sync(6)
    world.record([MoodleFact(6, 99, "completed", "done", None, None, NOW, {})])

    world.sync(6)

    assert world.told(6)["course:2/cm:99"] == (Outcome.RETRACTED, None)


@pytest.mark.parametrize(
    ("error", "code"),
    [("err_maintenance_cli", "moodle.maintenance"), ("err_invalid_token", "moodle.token_invalid")],
)
def test_moodle_that_fails_on_the_way_leaves_nothing_half_written(world: World, error: str, code: str) -> None:
    world.moodle.replay_error(error)

    with pytest.raises(MoodleError) as caught:
        world.sync(6, 7)

    assert caught.value.code == code
    assert world.count() == 0


def test_user_unknown_to_moodle_is_counted_and_passed_over(world: World) -> None:
    world.moodle.replay_error("err_unknown_user_completion")

    assert world.sync(6, 7).unknown_users == 1
    assert world.told(6) == {}
    assert world.told(7) != {}


def test_raw_answers_name_nobody(world: World) -> None:
    world.sync(6)

    with world.database.read() as session:
        bodies = [str(raw.body) for raw in session.scalars(select(RawAnswer))]
    assert bodies
    assert not any("Anna" in body or "@" in body for body in bodies)


def test_token_is_kept_encrypted(world: World) -> None:
    with world.database.read() as session:
        site = session.scalars(select(MoodleSite)).one()

    assert TOKEN not in site.token_encrypted
    assert site.base_url == world.moodle.url


def test_a_site_is_kept_once(world: World) -> None:
    with pytest.raises(ConflictError), world.database.write() as session:
        keep_site(session, world.moodle.url)


def test_a_course_is_linked_once(world: World) -> None:
    with world.database.write() as session:
        course = world.course(session)
        site, unit = course.site, course.unit
        with pytest.raises(ConflictError):
            link_course(session, site, 2, unit, reason="again", decided_by_id=None, now=NOW, publish=Heard())


def test_a_site_needs_a_web_address(database: Database) -> None:
    with pytest.raises(InvalidInputError), database.write() as session:
        keep_site(session, "moodle.example")

"""The whole application with the demo world, for the pages of accounts, providers and the office; jobs on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import accounts, evidence, people, sessions
from campus.database import Database
from campus.evidence import Fact
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Identity, Person
from campus.outbound import Outbound
from campus.rules.credit import Outcome
from certificates.store import Award
from lti_tool import followers
from lti_tool.app import create_app
from lti_tool.demo import world
from lti_tool.settings import Settings
from lti_tool.wiring import Services
from moodle_sync import store
from moodle_sync.store import MoodleSite
from tests.filling import Rows, put_rows, take_rows
from tests.visits import Clock

BACKUP = Path(__file__).parent / "data/moodle/backups/KC-OZG-A1-nousers.mbz"
LMS, MOODLE = "http://127.0.0.1:1", "http://127.0.0.1:2"
PASSWORD = world.PASSWORD
HOST = "localhost"
ENCRYPTION_KEY = Fernet.generate_key()
_LOADED: dict[tuple[str, str], Rows] = {}
"""The demo world's rows, by kind of database and the address that they may hold."""


@dataclass
class Queue:
    """Keeps jobs until they are asked for; a job with the same follower and key is the same job."""

    jobs: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)

    def failed(self) -> list[str]:
        return self.given_up

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        self.jobs.setdefault((follower, key), arguments)

    def run(self, services: Services) -> None:
        """Do what waits and what follows from it, but send nothing to any LMS."""
        handlers = followers.handlers(services)
        done: set[tuple[str, str]] = set()
        while waiting := [job for job in self.jobs if job not in done]:
            for follower, key in waiting:
                done.add((follower, key))
                if follower != "score":
                    handlers[follower](self.jobs[follower, key])
        self.jobs.clear()


@dataclass
class World:
    """The application, and browsers of people who are signed in."""

    services: Services
    app: Flask
    queue: Queue
    clock: Clock

    @property
    def database(self) -> Database:
        return self.services.database

    def browser(self, login: str | None = None, password: str = PASSWORD) -> FlaskClient:
        """Give a browser, signed in when a login is given."""
        client = self.app.test_client()
        if login:
            answer = client.post("/anmelden", data={"login": login, "password": password})
            assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    def office(self) -> FlaskClient:
        return self.browser(world.ADMIN_LOGIN)

    def editor(self) -> FlaskClient:
        return self.browser(world.PROVIDER_LOGIN)

    def earn(self, learner: str, code: str, percent: float = 85.0) -> None:
        """Let a learner of the demo LMS earn a unit, with all that follows."""
        world.earn(self.services, learner=learner, unit_code=code, percent=percent)
        self.queue.run(self.services)

    def account_of(self, learner: str, login: str = "lernen@example.invalid") -> str:
        """Let a learner claim an account; returns the login."""
        password = accounts.hash_password(PASSWORD)
        with self.database.write() as session:
            person = session.merge(self.person(learner))
            accounts.claim(session, person, login=login, password=password, now=self.clock())
        return login

    def person(self, learner: str) -> Person:
        """Return a learner by their number in the demo LMS."""
        with self.database.read() as session:
            identity = session.scalars(
                select(Identity).where(Identity.issuer == LMS, Identity.subject == learner)
            ).one()
            found = people.person_of(session, identity)
            assert found is not None
            return found

    def hold_tutorial(self, code: str) -> None:
        """Announce a session of the unit's tutorial that is over."""
        with self.database.write() as session:
            sessions.create(
                session,
                session.scalars(select(LearningUnit).where(LearningUnit.code == code)).one(),
                title={"de": "Tutorium"},
                starts_at=self.clock() - timedelta(hours=3),
                ends_at=self.clock() - timedelta(hours=1),
                place="Raum 2",
                now=self.clock(),
            )

    def unit(self, code: str) -> LearningUnit:
        with self.database.read() as session:
            return session.scalars(select(LearningUnit).where(LearningUnit.code == code)).one()

    def provider(self, letter: str) -> Organisation:
        with self.database.read() as session:
            slug = f"anbieter-{letter.lower()}"
            return session.scalars(select(Organisation).where(Organisation.slug == slug)).one()

    def site(self) -> MoodleSite:
        with self.database.read() as session:
            return session.scalars(select(MoodleSite)).one()

    def award(self, learner: str) -> Award:
        """Return the learner's newest award."""
        with self.database.read() as session:
            found = select(Award).where(Award.person_id == self.person(learner).id).order_by(Award.id.desc())
            award = session.scalars(found).first()
            assert award is not None
            return award

    def contradict(self, moodle_user: int = 6, percent: float = 57.14, code: str = "B1") -> None:
        """Let the Moodle say that the exam of a unit, which is its course 2, was failed."""
        with self.database.write() as session:
            site = session.scalars(select(MoodleSite)).one()
            unit = session.scalars(select(LearningUnit).where(LearningUnit.code == code)).one()
            publish = self.services.publish(session)
            exam = next(a for p in unit.phases for a in p.activities if a.kind == "quiz")
            identity = people.identity_for(
                session, kind="moodle", issuer=site.base_url, subject=str(moodle_user), now=self.clock()
            )
            evidence.map_object(
                session,
                source=site.base_url,
                reference=store.module_reference(2, 11),
                unit_id=unit.id,
                requirement=f"activity:{exam.public_id}",
                reason="imported from it",
                decided_by_id=None,
                now=self.clock(),
                publish=publish,
            )
            said = Outcome.PASSED if percent >= 60 else Outcome.FAILED
            reference = store.module_reference(2, 11)
            fact = Fact(identity.id, site.base_url, reference, said, occurred_at=self.clock(), percent=percent)
            evidence.record(session, [fact], now=self.clock(), publish=publish)
        self.queue.run(self.services)


def world_of(database: Database, *, public_url: str = "http://localhost") -> World:
    """Load the demo world into an empty database and put the whole application on it.

    It is loaded for real once per process and kind of database; after that its rows are copied.
    """
    clock, queue = Clock(), Queue()
    settings = Settings(
        database_url=database.url,
        public_url=public_url,
        encryption_keys=(ENCRYPTION_KEY.decode(),),
        allow_loopback_http=True,
        max_upload_bytes=2_000_000,
    )
    outbound = Outbound(allow_loopback_http=True)
    fernet = MultiFernet([Fernet(ENCRYPTION_KEY)])
    services = Services(settings, database, queue, outbound, fernet, clock=clock, random=Random(1))
    like = (database.engine.dialect.name, public_url)
    if like in _LOADED:
        put_rows(database, _LOADED[like])
    else:
        world.load(services, lms_url=LMS, moodle_url=MOODLE)
        queue.run(services)
        _LOADED[like] = take_rows(database)
    return World(services, create_app(services), queue, clock)

"""A tool with its pages, and visits of learners and teachers to it: launches as if an LMS had sent them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import certificates.routes
from campus import people, units
from campus.database import Database
from campus.models.access import TeachingGrant
from campus.models.catalogue import Activity, LearningUnit
from campus.models.organisations import OrganisationKind
from campus.models.people import Identity, Person
from campus.outbound import Outbound
from lti_tool import errors, web
from lti_tool.launch import registrations, states
from lti_tool.launch.claims import RESOURCE_LINK_REQUEST
from lti_tool.launch.session import LIFETIME, cookie_name
from lti_tool.launch.store import LaunchRow, LinkLearner, Registration, ResourceLink
from lti_tool.pages import account, learner, public, records, scores, shared, teacher
from lti_tool.settings import Settings
from lti_tool.wiring import Services
from moodle_sync.backup.read import read_backup
from moodle_sync.mapping import map_course
from tests.factories import NOW, organisation

BACKUP = Path(__file__).parent / "data/moodle/backups/KC-OZG-A1-nousers.mbz"
PUBLIC_URL = "http://localhost"
PLATFORM = "https://lms.example"
RIGHT = {"q1": "a2", "q2": "a3", "q3": "true", "q4": "a1", "q5": "580", "q6": "portalverbund"}
"""Right answers to the exam of the real backup."""


class NoJobs:
    """Takes jobs and does none."""

    def failed(self) -> list[str]:
        return []

    def enqueue(self, session: Session, follower: str, key: str, arguments: Mapping[str, Any]) -> None:
        return None


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Visitor:
    """A browser with one launch; ``url`` is the launch's page, ``person`` who it is."""

    client: FlaskClient
    url: str
    person: Person

    def get(self, path: str = "", **options: Any) -> Any:
        return self.client.get(self.url + path, **options)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> Any:
        return self.client.post(self.url + path, data=data or {}, **options)


@dataclass
class Campus:
    """The tool with the unit A1 of the real backup, and a platform that links to it."""

    services: Services
    app: Flask
    clock: Clock
    unit: LearningUnit
    registration: Registration
    link: ResourceLink
    activities: dict[str, Activity] = field(default_factory=dict)
    """By title."""

    @property
    def database(self) -> Database:
        return self.services.database

    def address(self, title: str) -> str:
        """Return the activity's path within a launch."""
        return f"activities/{self.activities[title].public_id}"

    def visit(
        self,
        name: str | None = "Aylin Kaya",
        *,
        subject: str = "7",
        is_teacher: bool = False,
        locale: str | None = "de-DE",
        client: FlaskClient | None = None,
        link: ResourceLink | None = None,
        page: str = "",
        **launch: Any,
    ) -> Visitor:
        """Let someone launch, and give their browser; ``launch`` are values of the row, for other kinds of messages."""
        secret = f"secret-{subject}-{is_teacher}"
        link = link or self.link
        with self.database.write() as session:
            identity, person = people.identify(
                session, kind="lti", issuer=PLATFORM, client_id="kc", subject=subject, name=name, now=self.clock()
            )
            row = LaunchRow(**self._launch(identity, person, link, secret), locale=locale, is_teacher=is_teacher)
            for column, value in launch.items():
                setattr(row, column, value)
            session.add(row)
            if not is_teacher and not _came(session, link, identity):
                came = {"resource_link_id": link.id, "identity_id": identity.id, "first_launched_at": self.clock()}
                session.add(LinkLearner(**came))
            session.flush()
            public_id = row.public_id
        client = client or self.app.test_client()
        client.set_cookie(cookie_name(public_id), secret, path=f"/launch/{public_id}/")
        return Visitor(client, f"/launch/{public_id}/{page}", person)

    def grant(self) -> None:
        """Let the platform's instructors teach the unit."""
        with self.database.write() as session:
            session.add(TeachingGrant(unit_id=self.unit.id, issuer=PLATFORM, client_id="kc", granted_at=self.clock()))

    def _launch(self, identity: Identity, person: Person, link: ResourceLink, secret: str) -> dict[str, Any]:
        return {
            "secret_hash": states.digest(secret),
            "message_type": RESOURCE_LINK_REQUEST,
            "identity_id": identity.id,
            "person_id": person.id,
            "registration_id": self.registration.id,
            "deployment_id": link.deployment_id,
            "resource_link_id": link.id,
            "return_url": f"{PLATFORM}/course/1",
            "created_at": self.clock(),
            "expires_at": self.clock() + LIFETIME,
        }


def _came(session: Session, link: ResourceLink, identity: Identity) -> bool:
    return session.query(LinkLearner).filter_by(resource_link_id=link.id, identity_id=identity.id).count() > 0


def services_of(database: Database, clock: Clock) -> Services:
    """Make services without jobs."""
    key = Fernet.generate_key()
    settings = Settings(
        database_url=database.url,
        public_url=PUBLIC_URL,
        encryption_keys=(key.decode(),),
        allow_loopback_http=True,
    )
    outbound = Outbound(allow_loopback_http=True)
    return Services(settings, database, NoJobs(), outbound, MultiFernet([Fernet(key)]), clock=clock, random=Random(1))


def app_of(services: Services) -> Flask:
    """Make the application with what learners and teachers see; launches are made by :meth:`Campus.visit`."""
    app = Flask("lti_tool")
    web.install(app, services)
    errors.install(app)
    for room in (learner, teacher, scores, public, shared, account, certificates.routes):
        app.register_blueprint(room.blueprint(services))
    for place in records.blueprints(services):
        app.register_blueprint(place)
    return app


def campus_of(database: Database) -> Campus:
    """Make the tool, import the real backup, and register a platform with one link to the unit."""
    clock = Clock()
    services = services_of(database, clock)
    draft = map_course(read_backup(BACKUP.read_bytes())).draft
    with database.write() as session:
        unit = units.create_unit(
            session,
            draft,
            provider=organisation(session),
            title={"de": "OZG Grundlagen", "en": "Basics of the Online Access Act"},
            summary={"de": "Ziele, Reifegradmodell und Umsetzung.", "en": "Aims, maturity model and implementation."},
            hours=12,
            now=NOW,
        )
        town = organisation(session, OrganisationKind.MUNICIPALITY)
        registration = registrations.register(
            session,
            town,
            name="Lernportal",
            issuer=PLATFORM,
            client_id="kc",
            deployment_ids=["1"],
            auth_login_url=f"{PLATFORM}/auth",
            auth_token_url=f"{PLATFORM}/token",
            key_set_url=f"{PLATFORM}/keys",
            now=NOW,
        )
        link = make_link(session, registration, unit, "link-1")
        activities = {a.title: a for phase in unit.phases for a in phase.activities}
    return Campus(services, app_of(services), clock, unit, registration, link, activities)


def make_link(
    session: Session, registration: Registration, unit: LearningUnit | None, resource_link_id: str
) -> ResourceLink:
    """Place a link in the platform's course."""
    link = ResourceLink(
        deployment_id=registration.deployments[0].id,
        resource_link_id=resource_link_id,
        unit_id=unit.id if unit else None,
        ags_scopes=[],
        created_at=NOW,
    )
    session.add(link)
    session.flush()
    return link


def finish(campus: Campus, visitor: Visitor, answers: Mapping[str, Any] | None = None) -> None:
    """Do all that the learner can do alone: read, use the link, hand the evaluation in, take the exam."""
    for title in ("Lernziele und Ablauf", "Grundbegriffe", "Videokonferenz Tutorium", "Vertiefung: Praxisbeispiel"):
        assert visitor.post(f"{campus.address(title)}/complete").status_code == 303
    evaluation = campus.address("Evaluation der Lerneinheit")
    assert visitor.post(f"{evaluation}/evaluation", {"q1": "zufrieden"}).status_code == 303
    take_exam(campus, visitor, answers or RIGHT)


def take_exam(campus: Campus, visitor: Visitor, answers: Mapping[str, Any]) -> str:
    """Start an attempt, hand the answers in, and return the attempt's address."""
    started = visitor.post(f"{campus.address('Abschlussprüfung A1')}/attempts")
    assert started.status_code == 303, started.get_data(as_text=True)
    address: str = started.headers["Location"]
    assert visitor.client.post(address, data=answers).status_code == 303
    return address


SOON = timedelta(minutes=5)

"""Loads the demo world. Everything goes through the services that real data go through."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import accounts, catalogue, courses, evidence, extent, organisations, people, sessions, units
from campus.errors import CampusError, NotFoundError
from campus.evidence import OWN_SOURCE, Fact
from campus.models.access import Role, RoleGrant
from campus.models.catalogue import ActivityKind, Course, LearningUnit, Module, ModuleUnit
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome
from lti_tool.demo import catalogue as offers
from lti_tool.demo import looks
from lti_tool.launch import registrations
from lti_tool.launch.store import IDENTITY_KIND
from lti_tool.wiring import Services
from moodle_sync.store import add_site

ADMIN_LOGIN = "verwaltung@campus.example.invalid"
PROVIDER_LOGIN = "anbieter-a@campus.example.invalid"
PASSWORD = "nur-fuer-die-demo"  # noqa: S105 - the demo runs on loopback only and says so
MOODLE_TOKEN = "demo-moodle-token"  # noqa: S105 - what the replayed Moodle takes
CLIENT_ID, DEPLOYMENT_ID = "kommunalcampus-demo", "1"
IMPORTED_UNIT = "A1"
"""Comes without content: a provider imports its Moodle backup."""
LINKED_UNITS = ("A1", "A2", "B1")
"""The units that the demo LMS's course page links to."""
LEARNERS = {
    "101": "Meryem Aydın",
    "102": "Anna Müller",
    "103": "Bernd Schmidt",
    "104": "Kirsten Friedrich",
    "105": "Jonas Weber",
    "106": "Sophie Brandt",
    "107": "Piotr Nowak",
    "108": "Lena Hoffmann",
    "109": "Tobias Krüger",
    "110": "Fatma Yıldız",
    "111": "Markus Vogel",
    "112": "Ines Albrecht",
}
"""User id in the demo LMS -> name. All are made up."""
MOODLE_USERS = {"6": "102", "7": "103", "42": "104"}
"""Moodle user id -> the same person's id in the demo LMS."""
TEACHER = ("201", "Dr. Carla Neumann")


class NotADemoError(CampusError):
    """The demo world has known passwords: it is loaded only where loopback HTTP is allowed."""

    code = "demo.refused"
    status = 403


@dataclass(frozen=True)
class LoadedWorld:
    """What the demo LMS has to know: the units it links to, by code."""

    units: Mapping[str, str]

    def lms_config_json(self) -> str:
        """Return the demo LMS's configuration as JSON (its README describes it)."""
        users = [_lms_user(user_id, name, "learner") for user_id, name in LEARNERS.items()]
        return json.dumps(
            {
                "client_id": CLIENT_ID,
                "deployment_id": DEPLOYMENT_ID,
                "course": {"id": "kurs-1", "title": "Digitale Verwaltung"},
                "users": [*users, _lms_user(*TEACHER, "teacher")],
                "links": [
                    {
                        "id": f"link-{code.lower()}",
                        "title": f"{code} {offers.UNITS[code][0]}",
                        "custom": {"unit": self.units[code]},
                    }
                    for code in LINKED_UNITS
                ],
            },
            ensure_ascii=False,
            indent=2,
        )


def load(services: Services, *, lms_url: str, moodle_url: str) -> LoadedWorld:
    """Load the demo world unless it is there; return what the demo LMS has to know."""
    if not services.settings.allow_loopback_http:
        raise NotADemoError("the demo world is loaded only with ALLOW_LOOPBACK_HTTP")
    now = services.clock()
    with services.database.write() as session:
        if session.scalars(select(Organisation.id).where(Organisation.slug == "anbieter-a")).first() is None:
            if session.scalars(select(Person.id)).first() is not None:
                raise NotADemoError("there are people in this database: the demo world is loaded into an empty one")
            _load(session, services, now=now, lms_url=lms_url, moodle_url=moodle_url)
        found = session.scalars(select(LearningUnit).where(LearningUnit.code.in_(LINKED_UNITS)))
        return LoadedWorld({unit.code: unit.public_id for unit in found})


def _load(session: Session, services: Services, *, now: datetime, lms_url: str, moodle_url: str) -> None:
    office = organisations.office(session, now=now)
    providers = {
        letter: _organisation(session, OrganisationKind.PROVIDER, f"anbieter-{letter.lower()}", name, now=now)
        for letter, name in offers.PROVIDERS.items()
    }
    towns = [
        _organisation(session, OrganisationKind.MUNICIPALITY, slug, name, now=now)
        for slug, name in offers.MUNICIPALITIES.items()
    ]
    made = {code: _unit(session, code, providers[code[0]], now=now) for code in offers.UNITS}
    _modules(session, made)
    taken = [
        _course(session, providers["A"], made, now=now),
        looks.joint_course(session, providers, made, now=now),
    ]
    administrator = _account(session, "Verwaltung Campus", ADMIN_LOGIN, office, Role.ADMINISTRATOR, now=now)
    looks.dress(session, providers, administrator, now=now)
    _account(session, "Anbieter A", PROVIDER_LOGIN, providers["A"], Role.ADMINISTRATOR, now=now)
    registrations.register(
        session,
        towns[0],
        name="Lernportal Musterhausen",
        issuer=lms_url,
        client_id=CLIENT_ID,
        auth_login_url=f"{lms_url}/lti/auth?site=1",
        auth_token_url=f"{lms_url}/lti/token",
        key_set_url=f"{lms_url}/lti/keys",
        deployment_ids=[DEPLOYMENT_ID],
        now=now,
    )
    learners = {
        user_id: _learner(session, lms_url, user_id, name, towns[0], now=now) for user_id, name in LEARNERS.items()
    }
    for person in learners.values():
        for course in taken:
            courses.enrol(session, course, person, now=now, publish=services.publish(session))
    add_site(
        session,
        organisation_id=providers["A"].id,
        base_url=moodle_url,
        token=MOODLE_TOKEN,
        name="Moodle der Hochschule Ahrenfeld",
        fernet=services.fernet,
        now=now,
    )
    for moodle_id, user_id in MOODLE_USERS.items():
        people.link(
            session,
            people.identity_for(session, kind="moodle", issuer=moodle_url, subject=moodle_id, now=now),
            learners[user_id],
            reason="Personalnummer in beiden Systemen verglichen",
            decided_by_id=administrator.id,
            now=now,
            publish=services.publish(session),
        )


def earn(services: Services, *, learner: str, unit_code: str, percent: float = 85.0) -> None:
    """Record seeded evidence by which a demo learner earns a unit, in the same way as real evidence."""
    now = services.clock()
    with services.database.write() as session:
        unit = session.scalars(select(LearningUnit).where(LearningUnit.code == unit_code)).one()
        identity = session.scalars(
            select(Identity).where(Identity.client_id == CLIENT_ID, Identity.subject == learner)
        ).first()
        if identity is None:
            raise NotFoundError("no such learner in the demo LMS")
        held = sessions.of_unit(session, unit)[0]
        facts = [
            *(_done(identity, activity, percent=percent, now=now) for activity in _tracked(unit)),
            Fact(identity.id, OWN_SOURCE, sessions.reference(held), Outcome.PRESENT, occurred_at=held.ends_at),
        ]
        evidence.record(session, facts, now=now, publish=services.publish(session))


def _tracked(unit: LearningUnit) -> list[Any]:
    return [a for phase in unit.phases for a in phase.activities if a.is_required]


def _done(identity: Identity, activity: Any, *, percent: float, now: datetime) -> Fact:
    key = catalogue.requirement_key(activity)
    if activity.kind == ActivityKind.QUIZ:
        return Fact(identity.id, OWN_SOURCE, key, Outcome.PASSED, occurred_at=now, percent=percent)
    return Fact(identity.id, OWN_SOURCE, key, Outcome.DONE, occurred_at=now)


def _organisation(
    session: Session, kind: OrganisationKind, slug: str, name: dict[str, str], *, now: datetime
) -> Organisation:
    made = Organisation(kind=kind, slug=slug, name=name, created_at=now)
    session.add(made)
    session.flush()
    return made


def _unit(session: Session, code: str, provider: Organisation, *, now: datetime) -> LearningUnit:
    entry: dict[str, Any] = {
        "provider": provider,
        "title": offers.title(code),
        "summary": offers.summary(code),
        "hours": offers.HOURS,
        "now": now,
    }
    is_empty = code == IMPORTED_UNIT
    unit = (
        units.announce(session, code=code, **entry)
        if is_empty
        else units.create_unit(session, offers.draft(code), **entry)
    )
    extent.put(looks.EXTENTS[code[0]], unit)
    if is_empty:
        return unit
    ended = now - timedelta(days=14)
    sessions.create(
        session,
        unit,
        title={"de": f"Tutorium {code}", "en": f"Tutorial {code}"},
        starts_at=ended - timedelta(hours=3),
        ends_at=ended,
        place="Innovationslabor, Raum 2",
        now=now,
    )
    return unit


def _modules(session: Session, made: Mapping[str, LearningUnit]) -> None:
    for slug, (title, compulsory, elective) in offers.MODULES.items():
        codes = [(code, True) for code in compulsory.split()] + [(code, False) for code in elective.split()]
        listed = [
            ModuleUnit(unit_id=made[code].id, compulsory=is_compulsory, position=place)
            for place, (code, is_compulsory) in enumerate(codes)
        ]
        session.add(Module(slug=slug, title=title, units=listed))


def _course(session: Session, provider: Organisation, made: Mapping[str, LearningUnit], *, now: datetime) -> Course:
    return courses.create(
        session,
        code=offers.COURSE_CODE,
        title=offers.COURSE_TITLE,
        summary=offers.COURSE_SUMMARY,
        provider=provider,
        units=[(made[code], compulsory) for code, compulsory in offers.COURSE_UNITS],
        now=now,
    )


def _account(
    session: Session, name: str, login: str, organisation: Organisation, role: Role, *, now: datetime
) -> Person:
    person = Person(name=name, email=login, created_at=now)
    session.add(person)
    session.flush()
    session.add(RoleGrant(person_id=person.id, organisation_id=organisation.id, role=role, granted_at=now))
    accounts.claim(session, person, login=login, password=accounts.hash_password(PASSWORD), now=now)
    return person


def _learner(
    session: Session, issuer: str, user_id: str, name: str, employer: Organisation, *, now: datetime
) -> Person:
    _, person = people.identify(
        session, kind=IDENTITY_KIND, issuer=issuer, client_id=CLIENT_ID, subject=user_id, name=name, now=now
    )
    person.employer_id = employer.id
    return person


def _lms_user(user_id: str, name: str, role: str) -> dict[str, str]:
    email = f"{name.rsplit(maxsplit=1)[-1].lower()}@musterhausen.example.invalid"
    return {"id": user_id, "name": name, "email": email, "role": role}

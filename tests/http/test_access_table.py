"""Who gets where: route x role x foreign organisation, over every route of the application.

A new route that is not in the table fails the first test. Allowed roles get the status that stands in the row (422
is a form sent empty by somebody who may send it, 404 a thing that is not there or that the role before has taken away);
all others get what their kind of refusal says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import accounts, sessions
from campus.database import Database
from campus.models.access import Role, RoleGrant, TeachingGrant
from campus.models.catalogue import Course, LearningUnit
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Identity, Person
from certificates.foreign import content as foreign
from certificates.foreign.store import ForeignCredential, ForeignDecision
from certificates.store import StatusList
from certificates.verifying import Form, Report
from lti_tool.demo import catalogue as demo
from lti_tool.launch import states
from lti_tool.launch.session import cookie_name
from lti_tool.launch.store import LaunchRow, Registration, ResourceLink
from tests import pages
from tests.http.access_rows import LAUNCHED, ROLES, TABLE
from tests.pages import PASSWORD, World
from xapi.store import StatementRow

UNKNOWN = "00000000-0000-4000-8000-000000000000"
FOREIGN_IN_OWN_HOUSE = {
    ("GET", "provider.unit"): 404,
    ("GET", "provider.import_preview"): 404,
    ("GET", "provider.record_store"): 403,
    ("GET", "provider.record_store_statement"): 403,
    ("GET", "provider.awards"): 403,
    ("GET", "provider.award"): 403,
    ("GET", "provider.award_file"): 403,
    ("GET", "provider.awards_issue"): 403,
    ("POST", "provider.import_confirm"): 404,
    ("POST", "provider.import_discard"): 404,
    ("POST", "provider.grant_platform"): 404,
    ("POST", "provider.grant_person"): 404,
    ("POST", "provider.revoke_grant"): 404,
    ("GET", "provider.rules"): 404,
    ("POST", "provider.make_rule"): 404,
    ("POST", "provider.end_rule"): 404,
    ("GET", "provider.issuer"): 403,
    ("POST", "provider.issuer_compromise"): 403,
    ("POST", "provider.describe_unit"): 404,
    ("GET", "provider.course"): 404,
    ("POST", "provider.edit_course"): 404,
    ("POST", "provider.award_course_with"): 403,
    ("GET", "provider.participants"): 403,
    ("POST", "provider.enrol"): 403,
}
"""Editors of B, in B's own pages, with the ids of A's units, drafts and grants: they don't exist there.

B's records, certificates and the participants of its courses are for B's administrators only, which editors are not.
"""


@dataclass
class Visitors:
    """The demo world with one browser for each role, and the arguments that every route takes."""

    world: World
    browsers: dict[str, FlaskClient]
    arguments: dict[str, str | int]
    launches: dict[str, str] = field(default_factory=dict)
    """The launch's public id by role; the other roles ask for the learner's."""

    def status(self, role: str, method: str, endpoint: str, **other: str) -> int:
        """Send an empty request as this role."""
        if endpoint == "certificates.status_list":
            other["public_id"] = str(self.arguments["status_list"])
        if endpoint.startswith("provider."):
            other.setdefault("course", str(self.arguments["course_of_campus"]))  # "course" is one of Moodle's
        values = self.arguments | {"launch_id": self.launches.get(role, self.launches["launch_learner"])} | other
        rule = next(
            rule
            for rule in self.world.app.url_map.iter_rules(endpoint)
            if rule.methods is not None and method in rule.methods
        )
        with self.world.app.test_request_context():
            built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        assert built is not None
        headers = {"X-Experience-API-Version": "2.0.0"} if endpoint.startswith("xapi.") else {}
        with self.browsers[role].open(built[1], method=method, headers=headers) as answer:
            return answer.status_code


@pytest.fixture
def visitors(database: Database) -> Visitors:
    world = pages.world_of(database)
    world.earn("102", "B1")
    login = world.account_of("102")
    _account_with(world, "lehre-a", "a", Role.TEACHER)
    _account_with(world, "redaktion-b", "b", Role.EDITOR)
    made = Visitors(
        world,
        {
            "nobody": world.browser(),
            "learner": world.browser(login),
            "teacher_a": world.browser("lehre-a@example.invalid"),
            "editor_a": world.editor(),
            "editor_b": world.browser("redaktion-b@example.invalid"),
            "office": world.office(),
            "other_browser": world.browser(),
        },
        {},
    )
    made.arguments.update(_arguments(world, made.browsers["editor_a"], made.browsers["office"]))
    with world.database.write() as session:
        unit = session.scalars(select(LearningUnit).where(LearningUnit.code == "A2")).one()
        made.arguments["session_id"] = sessions.of_unit(session, unit)[0].public_id
        made.arguments["activity_id"] = unit.phases[0].activities[0].public_id
        made.arguments["grant"] = session.scalars(select(TeachingGrant.public_id)).one()
    for role, subject in LAUNCHED.items():
        made.browsers[role] = world.browser()
        if role == "launch_teacher":
            _make_mighty(world, subject)
        made.launches[role] = _launch(world, made.browsers[role], subject, is_teacher=role != "launch_learner")
    return made


def _account_with(world: World, name: str, letter: str, role: Role) -> None:
    with world.database.write() as session:
        person = Person(name=name, created_at=world.clock())
        session.add(person)
        session.flush()
        provider = session.scalars(select(Organisation).where(Organisation.slug == f"anbieter-{letter}")).one()
        grant = RoleGrant(person_id=person.id, organisation_id=provider.id, role=role, granted_at=world.clock())
        session.add(grant)
        login = f"{name}@example.invalid"
        accounts.claim(session, person, login=login, password=accounts.hash_password(PASSWORD), now=world.clock())


def _make_mighty(world: World, subject: str) -> None:
    """Give a learner of the LMS every role at provider A and in the campus office."""
    with world.database.write() as session:
        office_id = session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.OFFICE)).one()
        for organisation_id, role in product((world.provider("A").id, office_id), Role):
            person_id, now = world.person(subject).id, world.clock()
            session.add(RoleGrant(person_id=person_id, organisation_id=organisation_id, role=role, granted_at=now))


def _arguments(world: World, editor_a: FlaskClient, administrator: FlaskClient) -> Iterator[tuple[str, str | int]]:
    """Give ids of things that are there, all of provider A where they belong to one; the statement is B's."""
    provider, unit, site = world.provider("A").public_id, world.unit("A2").public_id, world.site().public_id
    with pages.BACKUP.open("rb") as backup:
        uploaded = editor_a.post(f"/anbieter/{provider}/import", data={"backup": (backup, "kurs.mbz")})
    linked = {"course": "2", "unit": unit, "reason": "Sicherung daraus"}
    assert administrator.post(f"/verwaltung/moodle/{site}/kurse", data=linked).status_code == 303
    with world.database.read() as session:
        teacher = session.scalars(select(Person).where(Person.name == "redaktion-b")).one()
    named = {"login": "redaktion-b@example.invalid", "person": teacher.public_id}
    granted = editor_a.post(f"/anbieter/{provider}/einheiten/{unit}/lehre/person", data=named)
    assert granted.status_code == 303
    award = world.award("102")
    with world.database.read() as session:
        yield "identity", session.scalars(select(Identity.public_id).where(Identity.subject == "6")).one()
        foreign = StatementRow.tenant != world.provider("A").id
        yield "statement", session.scalars(select(StatementRow.statement_id).where(foreign)).first() or ""
        yield "status_list", session.scalars(select(StatusList.public_id)).first() or ""
        yield "course_of_campus", session.scalars(select(Course.public_id).where(Course.code == demo.COURSE_CODE)).one()
        towns = select(Organisation.public_id).where(Organisation.kind == OrganisationKind.MUNICIPALITY)
        yield "municipality", session.scalars(towns).first() or ""
        yield "platform", session.scalars(select(Registration.public_id)).one()
    yield "credential", _handed_in(world)
    yield "part", 0
    fixed: dict[str, str | int] = {
        "filename": "campus.css",
        "award": award.public_id,
        "public_id": award.public_id,
        "token": "never-made",
        "form": "pdf",
        "share": UNKNOWN,
        "slug": "anbieter-b",
        "provider": provider,
        "unit": unit,
        "draft": uploaded.headers["Location"].rpartition("/")[2],
        "person": world.person("102").public_id,
        "task": UNKNOWN,
        "rule": UNKNOWN,
        "invite": UNKNOWN,
        "key": UNKNOWN,
        "kind": "moodle",
        "number": 1,
        "run": UNKNOWN,
        "attempt_id": UNKNOWN,
        "site": site,
        "course": 2,
    }
    yield from fixed.items()


def _handed_in(world: World) -> str:
    """Let the learner have handed in a credential from elsewhere; somebody has decided on it, so it stays."""
    with world.database.write() as session:
        made = ForeignCredential(
            person_id=world.person("102").id,
            form="json",
            digest="0" * 64,
            file=b"{}",
            content=foreign.read(Report((), Form.JSON, {})),
            findings=[],
            open_parts=0,
            checked_at=world.clock(),
            created_at=world.clock(),
        )
        made.decisions.append(ForeignDecision(part=0, reason="Nein", decided_at=world.clock()))
        session.add(made)
        session.flush()
        return made.public_id


def _launch(world: World, browser: FlaskClient, subject: str, *, is_teacher: bool) -> str:
    """Let somebody launch A2; the third of them from a platform's client that provider A has granted."""
    secret = f"secret-{subject}"
    with world.database.write() as session:
        unit = session.scalars(select(LearningUnit).where(LearningUnit.code == "A2")).one()
        registration = session.scalars(select(Registration)).one()
        link = ResourceLink(
            deployment_id=registration.deployments[0].id,
            resource_link_id=f"link-{subject}",
            unit_id=unit.id,
            ags_scopes=[],
            created_at=world.clock(),
        )
        person = session.merge(world.person(subject), load=False)
        identity = session.scalars(
            select(Identity).where(Identity.issuer == pages.LMS, Identity.subject == subject)
        ).one()
        session.add(link)
        session.flush()
        if subject == "107":
            session.add(TeachingGrant(unit_id=unit.id, person_id=person.id, granted_at=world.clock()))
        row = LaunchRow(
            secret_hash=states.digest(secret),
            message_type="LtiResourceLinkRequest",
            identity_id=identity.id,
            person_id=person.id,
            registration_id=registration.id,
            resource_link_id=link.id,
            is_teacher=is_teacher,
            locale="de",
            return_url=None,
            created_at=world.clock(),
            expires_at=world.clock() + timedelta(hours=1),
        )
        session.add(row)
        session.flush()
        public_id = row.public_id
    browser.set_cookie(cookie_name(public_id), secret, path=f"/launch/{public_id}/")
    return public_id


def test_every_route_has_its_row(visitors: Visitors) -> None:
    routes = {
        (method, rule.endpoint)
        for rule in visitors.world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(TABLE)


def test_each_role_gets_what_its_row_says(visitors: Visitors) -> None:
    wrong = []
    rows = sorted(TABLE.items(), key=lambda row: row[0][1] == "account.sign_out")  # signing out comes last
    for (method, endpoint), expected in rows:
        for role in ROLES:
            got = visitors.status(role, method, endpoint)
            if got != expected[role]:
                wrong.append((method, endpoint, role, expected[role], got))
    assert wrong == []


def test_things_of_a_foreign_provider_do_not_exist_in_ones_own_pages(visitors: Visitors) -> None:
    own = visitors.world.provider("B").public_id
    got = {
        (method, endpoint): visitors.status("editor_b", method, endpoint, provider=own)
        for method, endpoint in FOREIGN_IN_OWN_HOUSE
    }
    assert got == FOREIGN_IN_OWN_HOUSE


def test_ids_that_are_nowhere_are_not_found_by_those_who_may_look(visitors: Visitors) -> None:
    got = {
        endpoint: visitors.status("office", method, endpoint, **dict.fromkeys(_ids_of(visitors, endpoint), UNKNOWN))
        for method, endpoint in TABLE
        if method == "GET" and endpoint.startswith(("office.", "provider.")) and _ids_of(visitors, endpoint)
    }
    assert set(got.values()) == {404}, got


def _ids_of(visitors: Visitors, endpoint: str) -> set[str]:
    """Name the endpoint's arguments that are ids; Moodle's courses and an issuer's keys have numbers."""
    numbers = {"course", "number"} if endpoint.startswith("office.") else {"number"}
    return set(next(visitors.world.app.url_map.iter_rules(endpoint)).arguments) - numbers

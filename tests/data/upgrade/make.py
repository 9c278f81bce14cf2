"""Write down a filled database of the commit that is checked out; the README beside says when and how."""

import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import courses, organisations, people
from campus.database import Database
from campus.extent import Extent
from campus.jobs import Jobs
from campus.models.catalogue import LearningUnit
from campus.models.people import Identity
from certificates.store import Award
from lti_tool import reactions
from tests.journey.browser import Browser
from tests.journey.learner import Learner
from tests.journey.offices import Office
from tests.stack import Ports, Stack, running
from tests.waiting import wait_for
from xapi.keys import Scope, create_key, revoke

PORTS = Ports(tool=18411, lms=18412, moodle=18413)
"""The addresses stand in certificates, so they are the same when the database is upgraded."""
JONAS, SOPHIE, TEACHER = "105", "106", "201"
EARNED = ((JONAS, "B1"), (JONAS, "A2"), (JONAS, "B2"), (SOPHIE, "B1"))
COURSE_UNITS = ("B1", "A2", "B2")
REASON = "Prüfung war nicht die eigene"
ACCOUNT = ("jonas@privat.example.invalid", "drei zufaellige woerter")
PROVIDER = "anbieter-a"
SECRETS = {"campus-key": "geheim-des-campus", "provider-key": "geheim-des-anbieters", "old-key": "geheim-von-gestern"}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
REGISTRATION = "7a7e7f0e-5f53-4f5b-9d0a-1d7a3f0c2b11"
COURSE = "https://lms.example/course/1"


def number(which: int) -> str:
    """Give the id of the client's statement of this number."""
    return f"00000000-0000-4000-8000-{which:012}"


def statement(which: int, **changes: Any) -> dict[str, Any]:
    """Give a statement as a client sends it."""
    return {
        "id": number(which),
        "actor": {"name": "Erika", "mbox": "mailto:erika@example.org"},
        "verb": {"id": "https://lms.example/verbs/read", "display": {"de": "las"}},
        "object": {"id": COURSE, "definition": {"name": {"de": f"Kurs, {which}. Auflage"}}},
    } | changes


def about(which: int, target: int, verb: str = "https://lms.example/verbs/commented") -> dict[str, Any]:
    """Give a statement about a statement."""
    reference = {"objectType": "StatementRef", "id": number(target)}
    teacher = {"account": {"homePage": "https://lms.example", "name": "lehrerin"}}
    return statement(which, object=reference, verb={"id": verb}, actor=teacher)


def told() -> list[tuple[str, list[dict[str, Any]]]]:
    """Give what clients told: key and batch, in order."""
    context = {
        "registration": REGISTRATION.upper(),
        "instructor": {"openid": "https://id.example/lehrerin"},
        "contextActivities": {"parent": [{"id": "https://lms.example/catalogue"}]},
    }
    return [
        ("campus-key", [statement(1), statement(2, context=context), about(3, 1), statement(4)]),
        ("campus-key", [about(5, 4, VOIDED), about(6, 7, VOIDED)]),
        ("campus-key", [statement(7), statement(8)]),
        (
            "provider-key",
            [statement(9, actor={"openid": "https://id.example/e"}), statement(10), about(11, 10, VOIDED)],
        ),
        ("old-key", [about(12, 3), statement(13, result={"score": {"raw": 1.0}, "response": "\u0000"})]),
    ]


def fill(stack: Stack) -> None:
    """Do a little of all: launches of both roles, activities, an earned unit with score and certificate, an account."""
    jonas = Learner(Browser(stack), JONAS)
    jonas.work_through("self_study_1")
    browser = Browser(stack)
    unit = browser.launch(JONAS, "link-b1")
    login, password = ACCOUNT
    browser.submit(browser.get(unit.link("/account")), "/account", {"login": login, "password": password})
    Browser(stack).launch(SOPHIE, "link-a1")
    Browser(stack).launch(TEACHER, "link-a1")
    for learner, code in EARNED:
        stack.command("demo", "earn", "--learner", learner, "--unit", code)
    award(stack)
    tell(stack)


def award(stack: Stack) -> None:
    """Let Jonas complete a course, wait for all certificates, and revoke Sophie's."""
    database, jobs = Database(stack.database_url), Jobs(stack.database_url)
    now = datetime.now(tz=UTC)
    with database.write() as session:
        taken = [session.scalars(select(LearningUnit).where(LearningUnit.code == code)).one() for code in COURSE_UNITS]
        course = courses.create(
            session,
            code="KURS-1",
            title={"de": "Kurs für Größere", "en": "Course"},
            summary={"de": "Drei Einheiten", "en": "Three units"},
            provider=organisations.by_slug(session, PROVIDER),
            units=[(unit, True) for unit in taken],
            now=now,
            extent=Extent(ects=1.5),
        )
        jonas = people.person_of(session, _identity(session, JONAS))
        if jonas is None:
            raise LookupError("Jonas has never launched")
        courses.enrol(session, course, jonas, now=now, publish=reactions.publisher(session, jobs))

    def awards() -> list[Award]:
        with database.read() as session:
            return list(session.scalars(select(Award)))

    wait_for(lambda: len(awards()) == len(EARNED) + 1, "all certificates are made", seconds=60, every=0.2)
    with database.read() as session:
        sophie = people.person_of(session, _identity(session, SOPHIE))
    (hers,) = [found.public_id for found in awards() if sophie and found.person_id == sophie.id]
    Office(stack).revoke(hers, REASON)
    jobs.close()
    database.dispose()


def _identity(session: Session, learner: str) -> Identity:
    return session.scalars(select(Identity).where(Identity.kind == "lti", Identity.subject == learner)).one()


def tell(stack: Stack) -> None:
    """Let clients of the record store tell something, with keys of both kinds, one of which ends."""
    database = Database(stack.database_url)
    now = datetime.now(tz=UTC)
    with database.write() as session:
        houses = {"provider-key": organisations.by_slug(session, PROVIDER)}
        for name, secret in SECRETS.items():
            create_key(session, name, list(Scope), houses.get(name), token=partial(str, secret), now=now)
    for name, batch in told():
        answer = requests.post(
            f"{stack.tool_url}/xapi/statements",
            json=batch,
            auth=(name, SECRETS[name]),
            headers={"X-Experience-API-Version": "2.0.0"},
            timeout=30,
        )
        answer.raise_for_status()
    with database.write() as session:
        revoke(session, "old-key", now=now)
    database.dispose()


def main() -> None:
    """Fill a new database and write it and its key into the folder that is named."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="upgrade-") as made:
        folder = Path(made)
        stack = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", PORTS)
        stack.prepare()
        with running(stack):
            fill(stack)
        with closing(sqlite3.connect(folder / "campus.sqlite")) as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            dump = "\n".join(connection.iterdump()) + "\n"
        (target / f"{revision}.sql.gz").write_bytes(gzip.compress(dump.encode(), mtime=0))
        shutil.copy(folder / "key", target / "key")
        config = json.loads((folder / "lms.json").read_text(encoding="utf-8"))
        (target / "lms.json").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What tests of the roster share: a teacher's launch, the jobs that follow, what is kept, and a moody platform."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import select

from campus.models.people import Identity
from lti_tool.followers import handlers
from lti_tool.launch import registrations
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import Context, Registration
from lti_tool.services import rosters
from lti_tool.services.store import Member, Roster
from tests.lms.config import User
from tests.lms.live import TEACHER, KeptJobs, World, serve

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"


def follow(lti: World) -> None:
    """Do the jobs that wait, as the worker does; scores have no part in this."""
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    waiting, jobs.asked = jobs.asked, []
    for follower, about in waiting:
        handlers(lti.services)[follower](about)


def open_course(lti: World) -> Context:
    """Let the teacher launch; return the course."""
    lti.launch(lti.tool.test_client(), User(**TEACHER))
    with lti.services.database.read() as session:
        return session.scalars(select(Context)).one()


def sync(lti: World, *, whole: bool = False) -> None:
    """Let the teacher ask for the roster, and read it."""
    with lti.services.database.write() as session:
        context = session.scalars(select(Context)).one()
        rosters.want(rosters.locked(session, context), now=lti.clock())
    rosters.sync(lti.services, context.public_id, whole=whole)


def platform_of(lti: World) -> Platform:
    with lti.services.database.read() as session:
        return registrations.by_id(session, lti.registration_id)


def roster(lti: World) -> Roster:
    with lti.services.database.read() as session:
        return session.scalars(select(Roster)).one()


def members(lti: World) -> dict[str, tuple[bool, bool]]:
    """Give who is in the course by the platform's id: (teaches, is there)."""
    with lti.services.database.read() as session:
        rows = session.execute(select(Identity.subject, Member.is_teacher, Member.present).join(Member.identity))
        return {subject: (is_teacher, present) for subject, is_teacher, present in rows}


@dataclass
class Moody:
    """A platform whose pages and Link headers a test writes, by path with query."""

    url: str = ""
    pages: dict[str, tuple[list[Any], str | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    tokens: int = 0

    def app(self, url: str) -> Flask:
        self.url = url
        app = Flask("moody")

        @app.post("/token")
        def token() -> dict[str, Any]:
            self.tokens += 1
            return {"access_token": f"t{self.tokens}", "expires_in": 3600}

        @app.get("/<path:_path>")
        def page(_path: str) -> Response:
            address = request.full_path.rstrip("?")
            self.asked.append(address)
            if self.refusals:
                return Response(status=self.refusals.pop(0), headers={"Retry-After": "120"})
            listed, link = self.pages[address]
            headers = {} if link is None else {"Link": link.replace("{url}", url).encode().decode("latin-1")}
            return Response(json.dumps({"id": url, "context": {"id": "kurs-1"}, "members": listed}), headers=headers)

        return app


@contextmanager
def moody_behind(lti: World) -> Iterator[Moody]:
    """Let the teacher open the course, and put another platform's services behind it."""
    made = Moody()
    open_course(lti)
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    jobs.asked.clear()
    with serve(made.app) as url:
        with lti.services.database.write() as session:
            session.scalars(select(Registration)).one().auth_token_url = f"{url}/token"
            session.scalars(select(Context)).one().memberships_url = f"{url}/Kurs/1?type_id=1"
        yield made


def member(user_id: Any = "7", **more: Any) -> dict[str, Any]:
    return {"user_id": user_id, "roles": ["Learner"], **more}


FIRST = "/Kurs/1?type_id=1"

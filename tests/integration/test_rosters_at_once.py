"""Two looks at one roster at once, and a launch in the middle, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.models.people import Identity, IdentityLink
from lti_tool.launch.store import Context
from lti_tool.services import rosters
from lti_tool.services.store import Member, Roster, RosterState
from tests.lms.config import User
from tests.lms.enrolments import Enrolments
from tests.lms.live import TEACHER, World, world

MEMBERS = 200


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        users = tuple(User(f"m{number}", f"Person {number}", "", "learner") for number in range(MEMBERS))
        made.platform.config = replace(made.platform.config, users=(User(**TEACHER), *users))
        made.platform.enrolments = Enrolments(made.platform.config)
        yield made


def test_syncs_and_launches_at_once_leave_each_member_once(lti: World) -> None:
    lti.launch(lti.tool.test_client(), User(**TEACHER))
    with lti.services.database.write() as session:
        context = session.scalars(select(Context)).one()
        rosters.want(rosters.locked(session, context), now=lti.clock())
    newcomers = [lti.platform.enrolments.people[f"m{number}"].user for number in range(0, MEMBERS, 25)]
    with ThreadPoolExecutor(8) as pool:
        syncs = [pool.submit(rosters.sync, lti.services, context.public_id) for _ in range(3)]
        launches = [pool.submit(lti.launch, lti.tool.test_client(), user) for user in newcomers]
        assert [sync.result(timeout=60) for sync in syncs] == [None] * 3
        assert all(launch.result(timeout=60) for launch in launches)
    with lti.services.database.read() as session:
        everybody = MEMBERS + 1
        assert session.scalar(select(func.count()).select_from(Member)) == everybody
        assert session.scalar(select(func.count()).select_from(Identity)) == everybody
        assert session.scalar(select(func.count()).select_from(IdentityLink)) == len(newcomers) + 1
        assert session.scalars(select(Roster.state)).all() == [RosterState.SYNCED]


def test_later_look_is_not_overwritten_by_an_older_one(lti: World) -> None:
    """After the first look's first page somebody leaves, and a second look is read and kept."""
    people = lti.platform.enrolments
    people.page_size = MEMBERS
    lti.launch(lti.tool.test_client(), User(**TEACHER))
    with lti.services.database.write() as session:
        context = session.scalars(select(Context)).one()
        rosters.want(rosters.locked(session, context), now=lti.clock())

    class Meanwhile(list[tuple[int, dict[str, str]]]):
        asked = 0

        def __bool__(self) -> bool:
            self.asked += 1
            if self.asked > 1:
                people.refusals = []
                people.people.pop("m0")
                rosters.sync(lti.services, context.public_id)
            return False

    people.refusals = Meanwhile()
    rosters.sync(lti.services, context.public_id)
    with lti.services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Member)) == MEMBERS

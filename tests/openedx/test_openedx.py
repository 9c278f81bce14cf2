"""Open edX's block as platform: launches in both roles, scores in its tables, its roster, and what staff choose."""

import json
from urllib.parse import urlencode, urljoin, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from campus import people
from campus.models.people import Identity
from lti_tool.demo import world
from lti_tool.services import nrps, store
from lti_tool.services.tokens import ASSERTION_TYPE
from tests.openedx.conftest import Place
from tests.openedx.site import (
    CHOSEN,
    COURSE_ADMINISTRATOR,
    GRADED,
    LEARNER,
    MANAGED,
    OTHER_LEARNER,
    TEACHER,
    Member,
    form_of,
    query,
)
from tests.waiting import wait_for

UNIT = "A2"

pytestmark = pytest.mark.processes


def test_a_learner_lands_on_the_unit(place: Place) -> None:
    learner = Member(place.site, LEARNER)
    answer = learner.launch(GRADED)
    assert answer.status_code == 303, answer.text
    page = learner.follow(answer).text
    assert f"Learning unit {UNIT}" in page
    assert "You came as a teacher" not in page


@pytest.mark.parametrize("name", [TEACHER, COURSE_ADMINISTRATOR])
def test_staff_land_on_the_unit_as_teachers(place: Place, name: str) -> None:
    """Open edX calls its "staff" Instructor, and its "instructor" Administrator and Instructor."""
    teacher = Member(place.site, name)
    answer = teacher.launch(GRADED)
    assert answer.status_code == 303, answer.text
    page = teacher.follow(answer).text
    assert f"Learning unit {UNIT}" in page
    assert "You came as a teacher" in page


def test_a_login_with_another_client_is_refused(place: Place) -> None:
    learner = Member(place.site, LEARNER)
    address = learner.login_address(GRADED)
    foreign = urlsplit(address)._replace(query=urlencode({**query(address), "client_id": "another"})).geturl()
    answer = learner.session.get(foreign, allow_redirects=False, timeout=30)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(("block", "name", "demo"), [(GRADED, OTHER_LEARNER, "101"), (MANAGED, LEARNER, "102")])
def test_the_score_of_a_credit_arrives_and_becomes_a_grade(place: Place, block: str, name: str, demo: str) -> None:
    """Into the column that Open edX made for the block, and into one that the tool made there."""
    learner = Member(place.site, name)
    login = query(learner.login_address(block))
    learner.follow(learner.launch(block))
    _is_the_demo_learner(place, login, demo)

    place.stack.command("demo", "earn", "--learner", demo, "--unit", UNIT)

    wait_for(lambda: place.site.scores(block)["grades"], "the grade is in Open edX", seconds=60, every=0.2)
    stored = place.site.scores(block)
    (score,) = stored["scores"]
    score.pop("timestamp")
    assert score == {
        "user_id": login["login_hint"],
        "score_given": 85.0,
        "score_maximum": 100.0,
        "activity_progress": "Completed",
        "grading_progress": "FullyGraded",
    }
    assert len(stored["columns"]) == 1
    (grade,) = stored["grades"]
    assert (grade["user"], grade["value"], grade["max_value"]) == (name, 8.5, 10.0)


def test_a_stranger_s_key_gets_no_token(place: Place) -> None:
    """That scores and rosters got theirs says something only if it is our key that opened."""
    shown = Member(place.site, TEACHER).studio(GRADED)
    now = int(place.services.clock().timestamp())
    assertion = {"iss": shown["client_id"], "sub": shown["client_id"], "aud": shown["token_url"], "iat": now}
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode({**assertion, "exp": now + 60, "jti": "1"}, stranger, algorithm="RS256"),
        "scope": nrps.SCOPE,
    }
    answer = requests.post(shown["token_url"], data=form, timeout=30)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_a_teacher_s_launch_brings_the_roster(place: Place) -> None:
    teacher = Member(place.site, TEACHER)
    client_id = query(teacher.login_address(GRADED))["client_id"]
    teacher.follow(teacher.launch(GRADED))
    wait_for(lambda: _roster(place, client_id), "the roster was read", seconds=60, every=0.2)
    assert _roster(place, client_id) == {
        ("Aylin Kaya", "aylin@musterhausen.example"): False,
        ("Murat Demir", "murat@musterhausen.example"): False,
        ("Carla Neumann", "carla@musterhausen.example"): True,
        ("Ines Albrecht", "ines@musterhausen.example"): True,
    }


def test_staff_choose_a_unit_and_learners_launch_it(place: Place) -> None:
    teacher = Member(place.site, TEACHER)
    begin = teacher.studio(CHOSEN)["deep_linking_launch_url"]
    dialog = teacher.follow(teacher.send(teacher.authorise(begin)))
    preview = teacher.load(urljoin(dialog.url, "ansehen"), item=place.site.unit)
    saved = teacher.send(form_of(teacher.submit(preview, "senden"), "JWT"))
    assert (saved.status_code, "successfully saved" in saved.text) == (200, True), saved.text
    (item,) = json.loads(teacher.studio(CHOSEN)["deep_linking_content_items"])
    assert item["custom"]["unit"] == place.site.unit

    learner = Member(place.site, LEARNER)
    page = learner.follow(learner.launch(CHOSEN)).text
    assert f"Learning unit {UNIT}" in page


def _roster(place: Place, client_id: str) -> dict[tuple[str | None, str | None], bool]:
    """Return who is in the course by name and address, and whether they teach."""
    with place.services.database.read() as session:
        found = session.execute(
            select(Identity.name, Identity.email, store.Member.is_teacher)
            .join(store.Member, store.Member.identity_id == Identity.id)
            .where(Identity.client_id == client_id, store.Member.present)
        )
        return {(name, email): teaches for name, email, teaches in found}


def _is_the_demo_learner(place: Place, login: dict[str, str], learner: str) -> None:
    """Record, as the office does, that who logged in from Open edX is a learner of the demo world."""
    with place.services.database.write() as session:
        theirs = select(Identity).where(
            Identity.issuer == login["iss"],
            Identity.client_id == login["client_id"],
            Identity.subject == login["login_hint"],
        )
        demo = select(Identity).where(Identity.client_id == world.CLIENT_ID, Identity.subject == learner)
        person = people.person_of(session, session.scalars(demo).one())
        assert person is not None
        people.link(
            session,
            session.scalars(theirs).one(),
            person,
            reason="the tests say so",
            decided_by_id=None,
            now=place.services.clock(),
            publish=place.services.publish(session),
        )

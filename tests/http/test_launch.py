"""A launch that is let in: what the browser gets, and what is written."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.models.people import Identity, Person
from lti_tool.launch import admit
from lti_tool.launch.store import LaunchRow, LinkLearner, PlatformStanding, Registration, ResourceLink
from tests.lms import client as lms_client
from tests.lms.config import User
from tests.lms.live import BERND, TEACHER, World, world
from tests.lms.platform import CLAIM


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        yield made


def test_launch_leads_to_a_page_of_its_own_with_unit_and_person(lti: World) -> None:
    client = lti.tool.test_client()
    answer = client.get(lti.launch(client))
    with lti.services.database.read() as session:
        person = session.scalars(select(Person)).one()
        identity = session.scalars(select(Identity)).one()
        link = session.scalars(select(ResourceLink)).one()
        learner = session.scalars(select(LinkLearner)).one()
    assert answer.json == {"person": person.id, "unit": lti.unit.id, "teacher": False}
    assert (identity.issuer, identity.client_id, identity.subject) == (
        lti.platform.config.url,
        "kc-client",
        "7",
    )
    assert person.name == "Aylin Kaya"
    assert link.lineitem_url == lti.platform.config.lineitem_url(lti.link.id)
    assert (learner.resource_link_id, learner.identity_id) == (link.id, identity.id)


def test_launch_in_a_real_browser_session_over_http(lti: World) -> None:
    with lms_client.browser() as browser:
        answer = lms_client.launch(browser, lti.platform.config.url, "7", "link-1")
        assert answer.history, answer.text
        assert answer.history[0].status_code == 303
        assert answer.json()["unit"] == lti.unit.id


def test_launching_again_makes_a_second_launch_and_nothing_else_anew(lti: World) -> None:
    client = lti.tool.test_client()
    first, second = lti.launch(client), lti.launch(client)
    assert first != second
    with lti.services.database.read() as session:
        for table, rows in ((LaunchRow, 2), (Person, 1), (Identity, 1), (ResourceLink, 1), (LinkLearner, 1)):
            assert session.scalar(select(func.count()).select_from(table)) == rows, table


def test_two_tabs_with_two_users_do_not_mix(lti: World) -> None:
    client = lti.tool.test_client()
    aylin, bernd = lti.launch(client), lti.launch(client, User(**BERND))
    assert client.get(aylin).json != client.get(bernd).json


def test_two_logins_at_once_in_one_browser_both_end(lti: World) -> None:
    client = lti.tool.test_client()
    asked = [lti.begin(client), lti.begin(client, User(**BERND))]
    for request in reversed(asked):
        form = lti.platform.authorise(request)
        answer = client.post("/lti/launch", data={"state": form["state"], "id_token": form["id_token"]})
        assert answer.status_code == 303


def test_page_of_a_launch_is_closed_to_other_browsers_and_after_its_time(lti: World) -> None:
    client = lti.tool.test_client()
    page = lti.launch(client)
    assert lti.tool.test_client().get(page).json == {"code": "launch.ended"}
    lti.clock.ahead = lti.clock.ahead.__class__(hours=9)
    assert client.get(page).json == {"code": "launch.ended"}


def test_launches_that_are_over_go_with_a_later_one(lti: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admit, "PURGE_EVERY", 1)
    client = lti.tool.test_client()
    lti.launch(client)
    with lti.services.database.write() as session:
        session.scalars(select(LaunchRow)).one().expires_at = lti.clock()
    lti.launch(client)
    with lti.services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LaunchRow)) == 1


def test_page_of_a_launch_is_closed_when_its_platform_is_disabled(lti: World) -> None:
    client = lti.tool.test_client()
    page = lti.launch(client)
    with lti.services.database.write() as session:
        session.scalars(select(Registration)).one().standing = PlatformStanding.DISABLED
    assert client.get(page).json == {"code": "launch.ended"}


def test_cookies_are_partitioned_and_bound_to_their_paths(lti: World) -> None:
    client = lti.tool.test_client()
    login = client.post("/lti/login", data=lti.platform.login_fields(lti.aylin, lti.link))
    asked = dict(parse_qsl(urlsplit(login.headers["Location"]).query))
    form = lti.platform.authorise(asked)
    answer = client.post("/lti/launch", data={"state": form["state"], "id_token": form["id_token"]})
    page = answer.headers["Location"]
    set_at_launch = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("kc_launch_")]
    for line, path in ((login.headers["Set-Cookie"], "/lti/launch"), (set_at_launch[0], page)):
        attributes = {part.strip() for part in line.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", f"Path={path}"} <= attributes


def test_authorisation_request_has_what_the_standard_asks_for_and_keeps_the_platforms_query(lti: World) -> None:
    asked = lti.begin(lti.tool.test_client())
    assert asked["site"] == "1"
    assert asked["redirect_uri"] == f"{lti.services.settings.public_url}/lti/launch"
    assert {"state", "nonce", "login_hint", "lti_message_hint"} <= asked.keys()
    fixed = {name: asked[name] for name in ("scope", "response_type", "response_mode", "prompt", "client_id")}
    assert fixed == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "kc-client",
    }


def test_login_may_come_as_get_and_without_client_id(lti: World) -> None:
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    del fields["client_id"]
    answer = lti.tool.test_client().get("/lti/login", query_string=fields)
    assert answer.status_code == 302


def test_teacher_is_told_apart_and_waits_for_no_score(lti: World) -> None:
    client = lti.tool.test_client()
    answer = client.get(lti.launch(client, User(**TEACHER)))
    assert answer.json is not None
    assert answer.json["teacher"] is True
    with lti.services.database.read() as session:
        assert session.scalars(select(LinkLearner)).all() == []


def test_launch_without_name_mail_context_and_custom_parameters(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    body = lti.claims(asked)
    for name in ("name", "email", CLAIM + "context", CLAIM + "custom", CLAIM + "launch_presentation"):
        del body[name]
    body[CLAIM + "roles"] = []
    answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": lti.platform.sign(body)})
    page = client.get(answer.headers["Location"])
    assert page.json is not None
    assert (page.json["unit"], page.json["teacher"]) == (None, False)


def test_clock_of_the_platform_may_differ_by_a_minute(lti: World) -> None:
    client = lti.tool.test_client()
    for shift in (-110, 55):  # a token lives 60 seconds, and 60 are forgiven on both sides
        asked = lti.begin(client)
        body = lti.claims(asked)
        body["iat"] += shift
        body["exp"] += shift
        answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": lti.platform.sign(body)})
        assert answer.status_code == 303


def test_audience_may_be_a_list_with_the_right_party(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    body = {**lti.claims(asked), "aud": ["kc-client", "other"], "azp": "kc-client"}
    answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": lti.platform.sign(body)})
    assert answer.status_code == 303


def test_keys_of_the_platform_are_fetched_once_for_many_launches(lti: World) -> None:
    client = lti.tool.test_client()
    for _ in range(3):
        lti.launch(client)
    assert lti.lms_calls.count("/lti/keys") == 1


def test_our_key_set_is_public_and_may_be_kept(lti: World) -> None:
    client = lti.tool.test_client()
    first, second = client.get("/lti/keys"), client.get("/lti/keys")
    assert first.json == second.json
    assert first.json is not None
    (key,) = first.json["keys"]
    assert set(key) == {"kty", "n", "e", "alg", "use", "kid"}
    assert "max-age" in first.headers["Cache-Control"]


@pytest.mark.parametrize("newcomer", [False, True], ids=["nothing to write", "somebody new"])
def test_link_keeps_what_a_submission_review_leaves_out(lti: World, newcomer: bool) -> None:
    client, teacher = lti.tool.test_client(), User(**TEACHER)
    lti.launch(client)
    if not newcomer:
        lti.launch(client, teacher)
    asked = lti.begin(client, teacher)
    body = lti.platform.claims(teacher, lti.link, asked["nonce"])
    del body[f"{CLAIM}context"], body[f"{CLAIM}resource_link"]["title"]
    body |= {f"{CLAIM}message_type": "LtiSubmissionReviewRequest", f"{CLAIM}for_user": {"user_id": "7"}}
    answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": lti.platform.sign(body)})
    assert answer.status_code == 303
    with lti.services.database.read() as session:
        link = session.scalars(select(ResourceLink)).one()
        assert (link.title, link.context_id is not None) == (lti.link.title, True)
        assert session.scalars(select(LaunchRow).order_by(LaunchRow.id.desc()).limit(1)).one().context_id is None

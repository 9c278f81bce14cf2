"""What holders do with their certificates: download, show, hide, share; in the account and in a launch."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import select

from campus.database import Database
from campus.models.base import new_public_id
from campus.models.people import Identity
from certificates import issue, reading, store
from certificates.forms import Form
from certificates.store import Share
from lti_tool.launch import states
from lti_tool.launch.session import cookie_name
from lti_tool.launch.store import LaunchRow, Registration
from lti_tool.pages import award_files, shared
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World

HOME = "/konto/nachweise"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world(database: Database) -> World:
    world = pages.world_of(database)
    world.earn("102", "A2", percent=72.5)
    world.earn("103", "B1")
    return world


@pytest.fixture
def holder(world: World) -> FlaskClient:
    return world.browser(world.account_of("102"))


def launched(world: World, subject: str | None) -> tuple[FlaskClient, str]:
    """Let somebody launch, or nobody; returns the browser and the address of their certificates."""
    with world.database.write() as session:
        identity = session.scalars(
            select(Identity).where(Identity.issuer == pages.LMS, Identity.subject == (subject or ""))
        ).one_or_none()
        row = LaunchRow(
            secret_hash=states.digest("geheim"),
            message_type="LtiResourceLinkRequest",
            identity_id=identity.id if identity else None,
            person_id=world.person(subject).id if subject else None,
            registration_id=session.scalars(select(Registration)).one().id,
            is_teacher=False,
            created_at=world.clock(),
            expires_at=world.clock() + timedelta(hours=1),
        )
        session.add(row)
        session.flush()
        public_id = row.public_id
    browser = world.browser()
    browser.set_cookie(cookie_name(public_id), "geheim", path=f"/launch/{public_id}/")
    return browser, f"/launch/{public_id}/nachweise"


def share(browser: FlaskClient, world: World, **given: Any) -> Any:
    form = {"awards": [world.award("102").public_id], "note": "Stadt Köln", "ends_on": "", **given}
    return browser.post(f"{HOME}/freigaben", data=form)


def address_of(answer: Any) -> str:
    """Return the link that was made, as others get it."""
    assert answer.status_code == 303, text_of(answer)
    return f"/geteilt/{answer.headers['Location'].partition('#freigabe-')[2]}"


def test_list_has_each_certificate_with_its_state_and_files_and_nobody_elses(world: World, holder: FlaskClient) -> None:
    award = world.award("102").public_id
    answer = holder.get(HOME)
    page, html = text_of(answer), answer.get_data(as_text=True)
    for part in ("A2 E-Akte im Alltag", "gültig", "mit der Nummer lesbar", "Urkunde (PDF)", "Für Hochschulen"):
        assert part in page
    assert f'value="http://localhost/nachweis/{award}"' in html
    assert f'src="{HOME}/{award}/bild"' in html
    assert world.award("103").public_id not in html
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("form", list(Form))
def test_each_form_is_downloaded_by_its_holder_alone(world: World, holder: FlaskClient, form: Form) -> None:
    award = world.award("102")
    address = f"{HOME}/{award.public_id}/{form}"
    answer = holder.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="nachweis-{award.public_id}.{form}"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    presented = reading.read(answer.data, public_url="http://localhost")
    if form is Form.ELMO:
        assert presented.elmo is not None
    elif form is not Form.JWT:
        assert json.loads(presented.credentials[0]) == json.loads(award.credential or "")
    assert world.browser().get(address).status_code == 401
    assert world.browser(world.account_of("103", "andere@example.invalid")).get(address).status_code == 404


def test_every_form_has_its_words() -> None:
    assert {suffix for suffix, _ in award_files.offered()} == {form.value for form in Form}
    assert {suffix for suffix, _ in award_files.offered("municipality")} == {form.value for form in Form} - {"xml"}


def test_picture_is_a_drawing_that_does_nothing(world: World, holder: FlaskClient) -> None:
    answer = holder.get(f"{HOME}/{world.award('102').public_id}/bild")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert etree.fromstring(answer.data).tag.endswith("svg")


@pytest.mark.parametrize("field", ["recipient", "score", "credential"])
def test_files_say_only_what_is_signed(world: World, holder: FlaskClient, field: str) -> None:
    with world.database.write() as session:
        award = store.award(session, world.award("102").public_id)
        assert award.facts is not None
        match field:
            case "recipient":
                award.facts = {**award.facts, "recipient": {**award.facts["recipient"], "name": "Bernd Fälscher"}}
            case "score":
                award.facts = {**award.facts, "score": 99.5}
            case _:
                award.credential = "[]"
        public_id = award.public_id
    refused = holder.get(f"{HOME}/{public_id}/pdf")
    assert (refused.status_code, "certificate.unsigned_facts" in text_of(refused)) == (409, True)


def test_list_says_why_one_is_suspended_or_revoked_and_what_came_in_its_place(
    world: World, holder: FlaskClient
) -> None:
    public_id = world.award("102").public_id
    with world.database.write() as session:
        issue.suspend(session, store.award(session, public_id), reason="Rückfrage", by=None, now=world.clock())
    page = text_of(holder.get(HOME))
    assert "ausgesetzt" in page
    assert "Rückfrage" in page
    assert "Urkunde (PDF)" in page
    with world.database.write() as session:
        old = store.award(session, public_id)
        issue.resume(session, old)  # what is suspended is not corrected
        facts = replace(store.facts_of(old), award_id=new_public_id())
        newer = issue.supersede(session, old, facts, world.services.issuing(), by=None).public_id
    answer = holder.get(HOME)
    assert "ersetzt" in text_of(answer)
    assert f'href="#nachweis-{newer}"' in answer.get_data(as_text=True)
    assert holder.get(f"{HOME}/{public_id}/pdf").status_code == 410
    with world.database.write() as session:
        issue.revoke(session, store.award(session, newer), reason="Falsche Person", by=None, now=world.clock())
    page = text_of(holder.get(HOME))
    assert "Falsche Person" in page
    assert "Urkunde (PDF)" not in page


def test_what_is_hidden_is_read_by_nobody_until_it_is_shown_again(world: World, holder: FlaskClient) -> None:
    award, anyone = world.award("102").public_id, world.browser()
    for shown, status in (("no", 403), ("yes", 200)):
        answer = holder.post(f"{HOME}/{award}/zeigen", data={"shown": shown})
        assert answer.headers["Location"] == f"{HOME}#nachweis-{award}"
        assert anyone.get(f"/credentials/{award}").status_code == status
        assert ("Anna Müller" in text_of(anyone.get(f"/nachweis/{award}"))) == (status == 200)
    assert holder.post(f"{HOME}/{award}/zeigen", data={"shown": "perhaps"}).status_code == 422
    assert holder.post(f"{HOME}/{UNKNOWN}/zeigen", data={"shown": "no"}).status_code == 404


def test_link_shows_and_hands_out_what_it_is_for_also_while_hidden(world: World, holder: FlaskClient) -> None:
    world.earn("102", "B1")
    other = world.award("102").public_id
    chosen = next(award for award in awards_of(world) if award != other)
    holder.post(f"{HOME}/{chosen}/zeigen", data={"shown": "no"})
    link, anyone = address_of(share(holder, world, awards=[chosen])), world.browser()
    answer = anyone.get(link)
    page = text_of(answer)
    for part in ("Anna Müller", "A2 E-Akte im Alltag", "Gültig", "integrity.ok", "Urkunde (PDF) A2"):
        assert part in page
    assert "Stadt Köln" not in page
    assert "Urkunde (PDF) B1" not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    assert anyone.get(f"{link}/{chosen}/json").status_code == 200
    picture = anyone.get(f"{link}/{chosen}/bild")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/svg+xml", "private, no-store")
    assert anyone.get(f"{link}/{other}/json").status_code == 404
    assert anyone.get(f"{link}/{chosen}/exe").status_code == 404


def awards_of(world: World) -> list[str]:
    with world.database.read() as session:
        return [award.public_id for award in store.awards_of(session, world.person("102").id)]


def test_link_that_is_over_shows_nothing_any_more(world: World, holder: FlaskClient) -> None:
    award, anyone = world.award("102").public_id, world.browser()
    link = address_of(share(holder, world))
    assert "Stadt Köln" in text_of(holder.get(HOME))
    ended = holder.post(f"{HOME}/freigaben/{link.rpartition('/')[2]}/ende")
    assert ended.status_code == 303
    answer = anyone.get(link)
    assert (answer.status_code, "certificate.share_ended" in text_of(answer)) == (410, True)
    for personal in ("Anna", "Stadt Köln", "E-Akte", award):
        assert personal not in answer.get_data(as_text=True)
    assert [anyone.get(f"{link}/{award}/{what}").status_code for what in ("json", "bild")] == [410, 410]
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Beendet am" in text_of(holder.get(HOME))
    unknown = anyone.get(f"/geteilt/{UNKNOWN}")
    assert (unknown.status_code, "Diesen Link gibt es nicht" in text_of(unknown)) == (404, True)


def test_link_ends_with_its_last_day_in_germany(world: World, holder: FlaskClient) -> None:
    today = world.clock().date()
    link, anyone = address_of(share(holder, world, ends_on=today.isoformat())), world.browser()
    assert anyone.get(link).status_code == 200
    with world.database.read() as session:
        (ends_at,) = session.scalars(select(Share.ends_at))
        assert ends_at is not None
    world.clock.now = ends_at - timedelta(seconds=1)
    assert anyone.get(link).status_code == 200
    world.clock.now = ends_at
    assert anyone.get(link).status_code == 410


@ON_SQLITE
def test_who_downloads_without_end_is_held_back(world: World, holder: FlaskClient) -> None:
    link, anyone = address_of(share(holder, world)), world.browser()
    address = f"{link}/{world.award('102').public_id}/json"
    statuses = [anyone.get(address).status_code for _ in range(shared.PER_MINUTE + 1)]
    assert (set(statuses[:-1]), statuses[-1]) == ({200}, 429)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"awards": []}, "awards"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"ends_on": "morgen"}, "ends_on"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_refused_link_is_marked_and_what_was_typed_is_kept(
    world: World, holder: FlaskClient, given: dict[str, Any], field: str
) -> None:
    answer = share(holder, world, **{"note": "Stadt Köln", **given})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in html
    assert given.get("note", "Stadt Köln") in html
    with world.database.read() as session:
        assert session.scalars(select(Share)).all() == []


def test_nobody_shares_what_is_not_theirs(world: World, holder: FlaskClient) -> None:
    assert share(holder, world, awards=[world.award("103").public_id]).status_code == 404
    link = address_of(share(holder, world))
    stranger = world.browser(world.account_of("103", "andere@example.invalid"))
    assert stranger.post(f"{HOME}/freigaben/{link.rpartition('/')[2]}/ende").status_code == 404
    assert world.browser().get(link).status_code == 200


def test_same_pages_stand_in_a_launch(world: World) -> None:
    browser, home = launched(world, "102")
    award = world.award("102").public_id
    answer = browser.get(home)
    assert "A2 E-Akte im Alltag" in text_of(answer)
    assert "frame-ancestors http://127.0.0.1:1" in answer.headers["Content-Security-Policy"]
    assert set(re.findall(r'(?:action|src)="(/[^"]*)/nachweise', answer.get_data(as_text=True))) == {
        home.removesuffix("/nachweise")
    }
    assert browser.get(f"{home}/{award}/json").status_code == 200
    made = browser.post(f"{home}/freigaben", data={"awards": [award]})
    assert world.browser().get(address_of(made)).status_code == 200
    assert browser.get("/konto/nachweise").status_code == 401


@ON_SQLITE
def test_who_launches_without_a_name_has_no_certificates(world: World) -> None:
    browser, home = launched(world, None)
    refused = browser.get(home)
    assert (refused.status_code, "launch.anonymous" in text_of(refused)) == (403, True)


@ON_SQLITE
def test_who_has_none_is_told_how_to_get_one(world: World) -> None:
    page = text_of(world.browser(world.account_of("104")).get(HOME))
    assert "Sie haben noch keine Nachweise" in page
    assert "Link erstellen" not in page

"""Hostile input through the whole application.

Each gets an answer in the reader's language with a stable code; nothing is written, and the log names no person.
"""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from campus.database import Database
from lti_tool import web
from lti_tool.app import create_app
from lti_tool.demo import world as demo
from lti_tool.migrations.tables import metadata
from tests.databases import ON_SQLITE
from tests.lms.live import World as LtiWorld
from tests.lms.live import world as lti_world
from tests.moodle import archives
from tests.pages import World, world_of

BOMB_BYTES = 64 * 1024 * 1024
UNKNOWN = "00000000-0000-4000-8000-000000000000"
FILENAME = "Sicherung von Erika Beispiel.mbz"

pytestmark = ON_SQLITE


@pytest.fixture
def world(database: Database) -> World:
    return world_of(database)


def link(kind: bytes, target: str) -> bytes:
    entry = archives.tar_entry("course/course.xml", kind=kind)
    entry.linkname = target
    return archives.make_tar({}, [entry])


def named(name: str) -> bytes:
    return archives.make_tar({**archives.members_of(), name: b"x"})


def zip_bomb() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("moodle_backup.xml", b"\0" * BOMB_BYTES)
    return raw.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "damaged": (lambda: archives.A1.read_bytes()[:5000], "backup.damaged"),
    "no archive": (lambda: b"MZ" + b"\0" * 500, "backup.not_a_course"),
    "parent folder": (lambda: named("../../etc/cron.d/x"), "backup.unsafe_path"),
    "absolute name": (lambda: named("/etc/passwd"), "backup.unsafe_path"),
    "symbolic link": (lambda: link(tarfile.SYMTYPE, "/etc/passwd"), "backup.link"),
    "hard link": (lambda: link(tarfile.LNKTYPE, "moodle_backup.xml"), "backup.link"),
    "zip bomb": (zip_bomb, "backup.bomb"),
    "external entities": (
        lambda: archives.changed(
            "course/course.xml",
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        ),
        "backup.xml_entities",
    ),
    "something else": (lambda: archives.make_zip({"readme.txt": b"hello"}), "backup.not_a_course"),
}


def rows(database: Database) -> dict[str, int]:
    """Count the rows of every table of ours."""
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata().sorted_tables
        }


def upload(world: World, editor: FlaskClient, content: bytes, language: str) -> TestResponse:
    url = f"/anbieter/{world.provider('A').public_id}/import?lang={language}"
    form = {"backup": (io.BytesIO(content), FILENAME)}
    return editor.post(url, data=form, content_type="multipart/form-data")


def logged(lines: list[Any]) -> list[str]:
    return [str(line["code"]) for line in lines if "code" in line]


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_with_its_code_and_leaves_nothing(world: World, case: str) -> None:
    make, code = HOSTILE[case]
    editor, content = world.editor(), make()
    before = rows(world.database)
    with structlog.testing.capture_logs() as lines:
        answers = {language: upload(world, editor, content, language) for language in ("de", "en")}
    assert [answer.status_code // 100 for answer in answers.values()] == [4, 4]
    for language, answer in answers.items():
        page = answer.get_data(as_text=True)
        assert f'<html lang="{language}"' in page
        assert f"<code>{code}</code>" in page
        assert "Traceback" not in page
    assert rows(world.database) == before
    assert logged(lines) == [code, code]
    assert not any(trace in str(lines) for trace in ("Erika", demo.PROVIDER_LOGIN, "passwd"))


def test_an_oversized_archive_is_refused_before_it_is_read(world: World) -> None:
    editor, before = world.editor(), rows(world.database)
    url = f"/anbieter/{world.provider('A').public_id}/import"
    body = b"x" * (world.services.settings.max_upload_bytes + 1)
    answer = editor.post(url, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "<code>http.413</code>" in answer.get_data(as_text=True)
    assert rows(world.database) == before


@pytest.mark.parametrize(
    ("path", "login", "status"),
    [
        ("/anbieter/{other}/", demo.PROVIDER_LOGIN, 403),
        ("/anbieter/{other}/import", demo.PROVIDER_LOGIN, 403),
        ("/verwaltung/widersprueche", demo.PROVIDER_LOGIN, 403),
        ("/verwaltung/", None, 401),
        ("/launch/00000000-0000-4000-8000-000000000000/", None, 401),
        ("/nachweis/00000000-0000-4000-8000-000000000000", None, 404),
    ],
)
def test_a_page_of_another_organisation_says_so_in_german(
    world: World, path: str, login: str | None, status: int
) -> None:
    browser = world.browser(login)
    with structlog.testing.capture_logs() as lines:
        answer = browser.get(path.format(other=world.provider("B").public_id))
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert '<html lang="de"' in page
    assert str(login) not in str(lines)


@pytest.mark.parametrize("path", ["/nachweis/\0", "/issuers/a%00b", "/launch/%00/", "/einladung/%00", "/%00"])
def test_an_address_with_nul_is_nowhere(world: World, path: str) -> None:
    answer = world.browser().get(path)
    assert (answer.status_code, "<code>campus.not_found</code>" in answer.get_data(as_text=True)) == (404, True)


@pytest.mark.parametrize("path", ["/nachweis?nummer=%00", "/?a%00=1", "/verwaltung/personen?q=x%00"])
def test_a_query_with_nul_is_invalid(world: World, path: str) -> None:
    answer = world.office().get(path)
    assert (answer.status_code, "input.invalid" in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("form", [{"login": "a\0"}, {"password": "\0"}, {"lo\0gin": "a"}])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_with_nul_is_invalid(world: World, form: dict[str, str], content_type: str) -> None:
    answer = world.browser().post("/anmelden", data=form, content_type=content_type)
    assert (answer.status_code, "<code>input.invalid</code>" in answer.get_data(as_text=True)) == (422, True)


def test_a_form_with_nul_for_a_launch_that_is_over_says_that_it_is_over(world: World) -> None:
    address = f"/launch/{UNKNOWN}/activities/{UNKNOWN}/complete"
    answer = world.browser().post(address, data={"q1": "some \0 longer text that was typed"})
    assert (answer.status_code, "<code>launch.ended</code>" in answer.get_data(as_text=True)) == (401, True)


def test_only_an_upload_may_be_large(world: World) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="backup"; filename="x.mbz"\r\n\r\n'
    large = head + b"x" * web.MAX_BODY_BYTES + b"\r\n--x--\r\n"
    editor, house = world.editor(), f"/anbieter/{world.provider('A').public_id}"
    answers = [
        editor.post(path, data=large, content_type="multipart/form-data; boundary=x")
        for path in ("/anmelden", f"{house}/import/{UNKNOWN}", f"{house}/import")
    ]
    assert [answer.status_code for answer in answers] == [413, 413, 422]


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[LtiWorld]:
    with lti_world(database, tmp_path) as made:
        yield made


def spoilt(lti: LtiWorld, how: str, form: dict[str, str]) -> dict[str, str]:
    """Spoil the LMS's honest answer."""
    if how == "forged":
        head, body, signature = form["id_token"].split(".")
        return {**form, "id_token": f"{head}.{body}.{signature[:-8]}AAAAAAAA"}
    return {name: value for name, value in form.items() if name != "state"}


@pytest.mark.parametrize(("how", "code"), [("forged", "launch.signature"), ("no state", "launch.state_unknown")])
def test_a_bad_launch_is_a_page_with_its_code(lti: LtiWorld, how: str, code: str) -> None:
    browser = create_app(lti.services).test_client()
    form = lti.platform.authorise(lti.begin(browser))
    people = rows(lti.services.database)["people"]
    with structlog.testing.capture_logs() as lines:
        answer = browser.post("/lti/launch", data=spoilt(lti, how, form))
    page = answer.get_data(as_text=True)
    assert answer.status_code // 100 == 4
    assert '<html lang="de"' in page
    assert f"<code>{code}</code>" in page
    assert rows(lti.services.database)["people"] == people
    assert logged(lines) == [code]
    assert lti.aylin.name not in str(lines)


def test_words_of_a_platform_are_shown_only_to_the_browser_that_began_the_login(lti: LtiWorld) -> None:
    browser = create_app(lti.services).test_client()
    state = lti.begin(browser)["state"]
    posted = {"state": state, "error": "access_denied", "error_description": "Ruf diese Nummer an"}
    stranger = create_app(lti.services).test_client()
    for who, form, shown in (
        (stranger, posted, False),
        (browser, {**posted, "state": "x"}, False),
        (browser, posted, True),
    ):
        page = who.post("/lti/launch", data=form).get_data(as_text=True)
        assert ("<code>launch.platform_error</code>" in page, posted["error_description"] in page) == (True, shown)
    lti.clock.ahead = timedelta(minutes=11)  # the login is too long ago
    assert posted["error_description"] not in browser.post("/lti/launch", data=posted).get_data(as_text=True)


def test_a_replayed_launch_is_refused(lti: LtiWorld) -> None:
    browser = create_app(lti.services).test_client()
    form = lti.platform.authorise(lti.begin(browser))
    posted = {"state": form["state"], "id_token": form["id_token"]}
    assert browser.post("/lti/launch", data=posted).status_code == 303
    again = browser.post("/lti/launch", data=posted)
    assert again.status_code // 100 == 4
    assert "<code>launch." in again.get_data(as_text=True)


@pytest.mark.parametrize("query", ["verb=%00", "v%00=1"])
def test_a_query_with_nul_is_a_bad_request_to_the_record_store(world: World, query: str) -> None:
    answer = world.browser().get(f"/xapi/statements?{query}", headers={"X-Experience-API-Version": "2.0.0"})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "xapi.bad_request")
    assert "NUL" in answer.get_json()["detail"]


def test_a_program_gets_problem_details(world: World) -> None:
    answer = world.browser().get("/xapi/statements", headers={"X-Experience-API-Version": "2.0.0"})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.get_json()["code"].startswith("xapi.")

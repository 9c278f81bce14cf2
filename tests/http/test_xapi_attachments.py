"""Attachments over HTTP: sizes, HEAD, and that no body or header breaks the store."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.mixed import BOUNDARY, MIXED, TEXT, attachment, mixed, part, signature
from tests.unit.xapi.samples import SOME_ID, as_bytes, statement
from xapi import multipart


@pytest.fixture
def lrs(database: Database) -> Lrs:
    return open_store(database)


def send(lrs: Lrs, body: bytes, content_type: str = MIXED) -> TestResponse:
    return lrs.ask("POST", data=body, content_type=content_type)


def contents(answer: TestResponse) -> list[bytes]:
    return [one.content for one in multipart.split(answer.content_type, answer.data)[1:]]


def test_what_is_refused_leaves_no_content(lrs: Lrs) -> None:
    assert send(lrs, mixed(statement(id=SOME_ID))).status_code == 200
    linked = attachment(fileUrl="https://files.example/1")
    refused(
        send(lrs, mixed([statement(id=SOME_ID, attachments=[attachment()])], part())), 409, "xapi.statement_conflict"
    )
    assert lrs.post(statement(attachments=[linked])).status_code == 200
    assert contents(lrs.get(attachments="true")) == []


def test_a_large_content_comes_back_whole(lrs: Lrs) -> None:
    large = bytes(range(256)) * 4096 * 12
    made = statement(id=SOME_ID, attachments=[attachment(large), attachment(b"small")])
    assert send(lrs, mixed(made, part(large), part(b"small"))).status_code == 200
    answer = lrs.get(statementId=SOME_ID, attachments="true")
    assert contents(answer) == [large, b"small"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@ON_SQLITE
def test_head_says_what_get_would(lrs: Lrs) -> None:
    send(lrs, mixed(statement(id=SOME_ID, attachments=[attachment()]), part()))
    wanted = {"statementId": SOME_ID, "attachments": "true"}
    head = lrs.ask("HEAD", query_string=wanted)
    assert (head.status_code, head.data) == (200, b"")
    answer = lrs.get(**wanted)
    assert (head.content_type, head.headers["Content-Length"]) == (answer.content_type, str(len(answer.data)))


@ON_SQLITE
def test_all_forms_have_contents(lrs: Lrs) -> None:
    send(lrs, mixed(statement(attachments=[attachment()]), part()))
    for form in ("ids", "exact", "canonical"):
        assert contents(lrs.get(attachments="true", format=form)) == [TEXT]


PIECES = [
    f"--{BOUNDARY}".encode(), b"\r\n", b"\r\n\r\n", b"--", b"Content-Type: application/json", b"Content-Type: ",
    b"Content-Transfer-Encoding: binary", b"X-Experience-API-Hash: ", TEXT, as_bytes(statement()), part(),
    as_bytes(statement(attachments=[attachment()])), as_bytes(statement(attachments=[signature(TEXT)])), b"\x00",
    b"\xff",
]  # fmt: skip


@ON_SQLITE
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_no_body_breaks_the_store(lrs: Lrs, body: bytes) -> None:
    assert send(lrs, body).status_code in {200, 400}


@ON_SQLITE
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")))
def test_no_content_type_breaks_the_store(lrs: Lrs, parameters: str) -> None:
    assert send(lrs, mixed(statement()), f"multipart/mixed;{parameters}").status_code in {200, 400}


@ON_SQLITE
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=st.binary(), content=st.binary())
def test_no_part_breaks_the_store(lrs: Lrs, headers: bytes, content: bytes) -> None:
    made = mixed(statement(attachments=[attachment(content)]), headers + b"\r\n\r\n" + content)
    assert send(lrs, made).status_code == 400


@ON_SQLITE
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary())
def test_any_content_comes_back_as_it_was(lrs: Lrs, content: bytes) -> None:
    if f"--{BOUNDARY}".encode() in content:
        return
    answer = send(lrs, mixed(statement(attachments=[attachment(content)]), part(content)))
    assert answer.status_code == 200
    (statement_id,) = answer.get_json()
    assert contents(lrs.get(statementId=statement_id, attachments="true")) == [content]

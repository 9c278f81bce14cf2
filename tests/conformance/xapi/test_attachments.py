"""Attachments and their contents (1.0.3, data, 2.4.11, communication, 1.5; 2.0, 4.1.3 and 4.2.2.6)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.record_store import Lrs, refused
from tests.unit.xapi.mixed import BOUNDARY, MIXED, TEXT, attachment, joined, mixed, part, sha2
from tests.unit.xapi.samples import SOME_ID, as_bytes, statement
from xapi import multipart

OTHER = b"here is another attachment"
LINKED = attachment(fileUrl="https://files.example/1")


def send(lrs: Lrs, body: bytes, content_type: str = MIXED) -> TestResponse:
    return lrs.ask("POST", data=body, content_type=content_type)


def contents(answer: TestResponse) -> list[bytes]:
    assert answer.status_code == 200
    return [one.content for one in multipart.split(answer.content_type, answer.data)[1:]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XAPI00102", {"length": "27"}),
        ("XAPI00102", {"length": None}),
        ("XAPI00103", {"sha2": 12345}),
        ("XAPI00103", {"sha2": "no hash"}),
        ("XAPI00103", {"sha2": None}),
        ("XAPI00104", {"fileUrl": "should fail"}),
        ("XAPI00105", {"contentType": 12345}),
        ("XAPI00105", {"contentType": None}),
        ("XAPI00106", {"display": 12345}),
        ("XAPI00106", {"display": "should fail"}),
        ("XAPI00106", {"display": None}),
        ("XAPI00107", {"usageType": "should fail"}),
        ("XAPI00107", {"usageType": None}),
    ],
)
def test_XAPI00102_to_XAPI00107_properties(quick: Lrs, name: str, value: dict[str, Any]) -> None:
    changed = {key: each for key, each in (LINKED | value).items() if each is not None}
    problem = refused(quick.post(statement(attachments=[changed])), 400, "xapi.invalid_statement")
    assert problem["field"].startswith("/attachments/0"), name


def test_XAPI00025_attachments_are_a_list(quick: Lrs) -> None:
    assert quick.post(statement(attachments=[LINKED])).status_code == 200
    for wrong in (LINKED, [1], ["x"], [None]):
        refused(quick.post(statement(attachments=wrong)), 400, "xapi.invalid_statement")


def test_XAPI00127_content_types(quick: Lrs) -> None:
    linked = statement(attachments=[LINKED])
    refused(send(quick, as_bytes(linked), f"multipart/form-data; boundary={BOUNDARY}"), 400, "xapi.bad_request")
    refused(send(quick, mixed(linked), f"multipart/form-data; boundary={BOUNDARY}"), 400, "xapi.bad_request")
    assert send(quick, mixed(linked)).status_code == 200
    assert send(quick, mixed(statement())).status_code == 200
    assert send(quick, mixed([statement(attachments=[attachment()]), statement()], part())).status_code == 200


def test_the_content_is_known_by_its_hash_not_its_length(quick: Lrs) -> None:
    assert send(quick, mixed(statement(attachments=[attachment(length=1)]), part())).status_code == 200


def test_XAPI00128_a_part_too_many(quick: Lrs) -> None:
    refused(send(quick, mixed(statement(attachments=[attachment()]), part(), part(OTHER))), 400, "xapi.bad_request")
    refused(send(quick, mixed(statement(), part())), 400, "xapi.bad_request")


def test_XAPI00129_a_content_too_few(quick: Lrs) -> None:
    two = statement(attachments=[attachment(), attachment(OTHER)])
    problem = refused(send(quick, mixed(two, part())), 400, "xapi.invalid_statement")
    assert problem["field"] == "/attachments/1"
    refused(quick.post([statement(), two]), 400, "xapi.invalid_statement")


def test_XAPI00130_a_boundary_stands_before_each_part(quick: Lrs) -> None:
    body = mixed(statement(attachments=[attachment()]), part())
    dashes = f"--{BOUNDARY}\r\n".encode()
    refused(send(quick, dashes + body[len(dashes) :].replace(dashes, b"")), 400, "xapi.bad_json")
    refused(send(quick, body, "multipart/mixed;"), 400, "xapi.bad_request")


def test_XAPI00131_a_body_begins_with_its_boundary(quick: Lrs) -> None:
    body = mixed(statement(attachments=[attachment()]), part())
    refused(send(quick, body.removeprefix(f"--{BOUNDARY}\r\n".encode())), 400, "xapi.bad_request")


@pytest.mark.parametrize("claimed", [None, sha2(OTHER)])
def test_XAPI00132_the_hash_is_that_of_the_content(quick: Lrs, claimed: str | None) -> None:
    body = mixed(statement(attachments=[attachment()]), part(X_Experience_API_Hash=claimed))
    refused(send(quick, body), 400, "xapi.bad_request")


def test_XAPI00133_all_statements_are_in_the_first_part(quick: Lrs) -> None:
    value = statement(attachments=[attachment()])
    again = b"Content-Type: application/json\r\n\r\n" + as_bytes(value)
    refused(send(quick, mixed(value, again, part())), 400, "xapi.bad_request")


def test_XAPI00134_the_first_part_is_json(quick: Lrs) -> None:
    first = as_bytes(statement(attachments=[attachment()]))
    refused(send(quick, joined(b"Content-Type: text/plain\r\n\r\n" + first, part())), 400, "xapi.bad_request")
    refused(send(quick, joined(b"\r\n" + first, part())), 400, "xapi.bad_request")


def test_XAPI00135_the_encoding_is_binary(quick: Lrs) -> None:
    body = mixed(statement(attachments=[attachment()]), part(Content_Transfer_Encoding="base64"))
    refused(send(quick, body), 400, "xapi.bad_request")


def test_XAPI00167_contents_are_answered_once(lrs: Lrs) -> None:
    two = statement(id=SOME_ID, attachments=[attachment(), attachment(OTHER)])
    assert send(lrs, mixed([two, statement(attachments=[attachment()])], part(), part(OTHER))).status_code == 200
    one = lrs.get(statementId=SOME_ID, attachments="true")
    assert one.content_type.startswith("multipart/mixed; boundary=")
    assert contents(one) == [TEXT, OTHER]
    assert all(one.data.count(sha2(content).encode()) == 2 for content in (TEXT, OTHER))
    several = lrs.get(attachments="true")
    assert sorted(contents(several)) == sorted([TEXT, OTHER])
    assert "X-Experience-API-Consistent-Through" in several.headers
    assert contents(lrs.get(attachments="true", limit="1")) == [TEXT]


def test_XAPI00161_contents_come_only_if_they_are_asked_for(lrs: Lrs) -> None:
    put = lrs.ask(
        "PUT",
        query_string={"statementId": SOME_ID},
        data=mixed(statement(attachments=[attachment()]), part()),
        content_type=MIXED,
    )
    assert put.status_code == 204
    for parameters in ({}, {"attachments": "false"}, {"statementId": SOME_ID}):
        answer = lrs.get(**parameters)
        assert answer.content_type == "application/json"
        assert TEXT not in answer.data
        assert sha2(TEXT).encode() in answer.data
    assert contents(lrs.get(attachments="true", limit="1", verb="x:unknown")) == []

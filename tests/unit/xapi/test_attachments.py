"""Contents of attachments: read from a body, matched with statements, kept once for a tenant, answered."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import Headers

from campus.database import Database
from tests.unit.xapi.mixed import (
    MIXED,
    SIGNATURE,
    SUITE_EXAMPLE,
    TEXT,
    attachment,
    joined,
    mixed,
    part,
    sha2,
    signature,
    signed,
)
from tests.unit.xapi.samples import agent, statement
from xapi import attachments, multipart, statements
from xapi.errors import BadRequestError, InvalidStatementError
from xapi.query import Row
from xapi.store import attachments as table
from xapi.strict_json import dump
from xapi.vocabulary import Edition

SHA2 = sha2(TEXT)


def read(body: bytes, content_type: str = MIXED) -> tuple[Any, dict[str, bytes]]:
    return attachments.read(content_type.partition(";")[0], Headers({"Content-Type": content_type}), body)


def check(contents: dict[str, bytes], *checked: dict[str, Any]) -> None:
    attachments.check({f"/{index}": one for index, one in enumerate(checked)}, contents, edition=Edition.V2)


def test_json_brings_no_contents() -> None:
    assert read(b'{"a":1}', "application/json") == ({"a": 1}, {})


def test_the_standards_example() -> None:
    assert read(mixed(1, part())) == (1, {SUITE_EXAMPLE: TEXT})


def test_a_content_that_comes_twice_is_one() -> None:
    assert read(mixed(1, part(), part(), part(b""))) == (1, {SHA2: TEXT, sha2(b""): b""})


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_every_sha2(algorithm: str) -> None:
    found = sha2(TEXT, algorithm)
    assert read(mixed(1, part(X_Experience_API_Hash=found.upper()))) == (1, {found: TEXT})
    checked = statements.check(statement(attachments=[attachment(sha2=found.upper())]))
    check({found: TEXT}, checked)


@pytest.mark.parametrize(
    "body",
    [
        joined(),
        joined(b"\r\n1"),
        joined(b"Content-Type: text/plain\r\n\r\n1"),
        mixed(1, part(Content_Transfer_Encoding="base64")),
        mixed(1, part(X_Experience_API_Hash=None)),
        mixed(1, part(X_Experience_API_Hash="")),
        mixed(1, part(X_Experience_API_Hash=sha2(b"other"))),
        mixed(1, part(X_Experience_API_Hash=hashlib.sha1(TEXT, usedforsecurity=False).hexdigest())),
        mixed(1, part(X_Experience_API_Hash="x" * 64)),
        mixed(1, b"Content-Type: application/json\r\n\r\n1"),
    ],
    ids=[
        "no part", "first without a type", "first of another type", "encoding", "no hash", "empty hash", "other hash",
        "SHA-1", "no hexadecimal", "JSON again",
    ],
)  # fmt: skip
def test_bodies_that_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        read(body)


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_other_content_types(content_type: str) -> None:
    with pytest.raises(BadRequestError, match="content type"):
        read(b"{}", content_type)


def test_an_encoding_that_is_not_named_is_binary() -> None:
    assert read(mixed(1, part(Content_Transfer_Encoding=None, Content_Type=None))) == (1, {SHA2: TEXT})
    assert read(mixed(1, part(Content_Transfer_Encoding="Binary"))) == (1, {SHA2: TEXT})


def test_what_belongs_together() -> None:
    linked = attachment(b"far away", fileUrl="https://files.example/1")
    within = statement(object={"objectType": "SubStatement", **statement(attachments=[attachment(b"inner")])})
    contents = {SHA2: TEXT, sha2(b"inner"): b"inner"}
    check(contents, statement(attachments=[attachment(), linked]), statement(attachments=[attachment()]), within)
    check({SHA2: TEXT}, statement(attachments=[attachment(length=1, fileUrl="https://files.example/2")]))


@pytest.mark.parametrize(
    ("last", "pointer"),
    [
        (statement(attachments=[attachment(), attachment(b"absent")]), "/1/attachments/1"),
        (
            statement(object={"objectType": "SubStatement", **statement(attachments=[attachment(b"absent")])}),
            "/1/object/attachments/0",
        ),
        (
            statement(attachments=[signature(b"absent", fileUrl="https://files.example/2")]),
            "/1/attachments/0",
        ),
        (statement(attachments=[attachment(usageType=SIGNATURE)]), "/1/attachments/0/contentType"),
        (statement(attachments=[signature(TEXT)]), "/1/attachments/0"),
    ],
    ids=["content", "content of a substatement", "signature", "signature's type", "signature's content"],
)
def test_what_is_missing(last: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidStatementError) as caught:
        check({SHA2: TEXT}, statement(attachments=[attachment()]), last)
    assert caught.value.field == pointer


def test_what_is_too_much() -> None:
    with pytest.raises(BadRequestError, match="part"):
        check({SHA2: TEXT}, statement())


def test_one_signature_is_read_once_however_many_name_it() -> None:
    content = signed(b" " * 100_000 + dump(statement()).encode())
    one = statement(attachments=[signature(content)])
    check({sha2(content): content}, *[one] * 1000)
    with pytest.raises(InvalidStatementError) as caught:
        check({sha2(content): content}, one, one | {"actor": agent("b")})
    assert caught.value.field == "/1/attachments/0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sha2", "a" * 63),
        ("sha2", "g" * 64),
        ("sha2", "a" * 64 + "\n"),
        ("contentType", "text"),
        ("contentType", "text/plain\r\nX: y"),
        ("contentType", "text/plain\r\n; x=y"),
        ("contentType", "text/plain; x=\r"),
        ("contentType", 'text/plain; x="ä"'),
        ("contentType", 'text/plain; x="a\r\nb"'),
        ("length", -1),
        ("length", 1.5),
        ("length", "27"),
        ("fileUrl", "there"),
        ("usageType", "test"),
        ("display", "test"),
        ("description", {"de": None}),
    ],
)
def test_properties_that_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidStatementError) as caught:
        statements.check(statement(attachments=[attachment(**{name: value})]))
    assert caught.value.field is not None
    assert caught.value.field.startswith(f"/attachments/0/{name}")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "image/svg+xml",
        "text/plain;charset=utf-8",
        'text/plain ; a=b; c="d \\"e\\""',
        "a/b;",
        "a/b; ; c=d",
    ],
)
def test_content_types_of_attachments(content_type: str) -> None:
    statements.check(statement(attachments=[attachment(contentType=content_type)]))


def row(number: int, *contents: bytes, tenant: int = 1) -> Row:
    return Row(number, tenant, dump(statement(attachments=[attachment(one) for one in contents])))


def keep(database: Database, tenant: int, *contents: bytes) -> None:
    with database.write() as session:
        attachments.keep_contents(session, tenant, {sha2(one): one for one in contents})


def test_contents_are_kept_once_for_a_tenant(database: Database) -> None:
    keep(database, 1, TEXT, b"")
    keep(database, 1, TEXT)
    keep(database, 2, TEXT)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(table)) == 3


def test_rows_lead_to_contents_of_their_own_tenant(database: Database) -> None:
    keep(database, 1, b"one", b"two")
    keep(database, 2, b"two", b"three")
    with database.read() as session:
        first = attachments.of_rows(session, [row(1, b"one", b"three", b"one"), row(2, b"one")])
        assert [(found.sha2, found.length, found.content_type) for found in first] == [
            (sha2(b"one"), 3, "text/plain; charset=ascii")
        ]
        both = attachments.of_rows(session, [row(1, b"two"), row(2, b"two", tenant=2), Row(3, 1, dump(statement()))])
        assert [found.sha2 for found in both] == [sha2(b"two")]
        assert attachments.of_rows(session, []) == []


def test_an_answer_is_read_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "_READ_AT_ONCE", 10)
    contents = [b"", b"a" * 9, b"b", b"c" * 30, b"\r\n--x", b"d" * 10]
    keep(database, 1, *contents)
    with database.read() as session:
        stored = attachments.of_rows(session, [row(1, *contents)])
    response = attachments.multipart(database, '{"a":1}', stored)
    length = response.content_length
    body = response.get_data()
    assert len(body) == length
    first, *others = multipart.split(response.content_type, body)
    assert first == ({"content-type": "application/json"}, b'{"a":1}')
    assert [other.content for other in others] == contents
    assert others[1].headers == {
        "content-type": "text/plain; charset=ascii",
        "content-transfer-encoding": "binary",
        "x-experience-api-hash": sha2(b"a" * 9),
    }


def test_an_answer_without_contents(database: Database) -> None:
    response = attachments.multipart(database, "[]", [])
    (only,) = multipart.split(response.content_type, response.get_data())
    assert only.content == b"[]"

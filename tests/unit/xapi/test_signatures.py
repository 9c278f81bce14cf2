"""Signatures of statements: what a JWS must be, and what it must have signed."""

import json
from base64 import b64encode, urlsafe_b64encode
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.xapi.mixed import (
    attachment,
    certificate,
    elliptic_key,
    other_rsa_key,
    rsa_key,
    sha2,
    signature,
    signed,
)
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, full, statement
from xapi.errors import InvalidStatementError
from xapi.signatures import Signatures, read
from xapi.vocabulary import Edition

BEFORE = full()


def check(content: bytes, received: dict[str, Any] = BEFORE, *, edition: Edition = Edition.V2) -> None:
    """Check a signature that is the last attachment of a statement."""
    whole = deepcopy(received)
    whole["attachments"] = [*whole.get("attachments", []), signature(content)]
    Signatures({sha2(content): content}, edition).check(whole, whole["attachments"][-1], "/attachments/0")


def refused(content: bytes, received: dict[str, Any] = BEFORE) -> str:
    with pytest.raises(InvalidStatementError) as caught:
        check(content, received)
    assert caught.value.field == "/attachments/0"
    return caught.value.rule


def segment(value: Any) -> bytes:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("edition", list(Edition))
def test_a_statement_is_signed(algorithm: str, edition: Edition) -> None:
    plain = statement(id=SOME_ID, timestamp="2026-11-02T10:00:00Z")
    check(signed(plain, algorithm=algorithm), plain, edition=edition)
    check(signed(plain, algorithm=algorithm, x5c=[certificate()]), plain, edition=edition)


@pytest.mark.parametrize(
    ("payload", "received"),
    [
        (statement(), statement(id=SOME_ID)),
        (statement(id=SOME_ID), statement()),
        (statement(id=SOME_ID), statement(id=SOME_ID.upper())),
        (statement(timestamp="2026-11-02T10:00:00Z"), statement(timestamp="2026-11-02T11:00:00+01:00")),
        (statement(), statement(timestamp="2026-11-02T11:00:00Z")),
        (statement(authority={"mbox": "mailto:a@b.c"}), statement(stored="2026-11-02T11:00:00Z", version="1.0.3")),
        (statement(result={"duration": "PT1.239S"}), statement(result={"duration": "PT1.23S"})),
        (statement(attachments=[attachment()]), statement(attachments=[attachment()])),
        (statement(attachments=[]), statement()),
        (statement(), statement(attachments=[signature(b"of somebody else")])),
        (statement(attachments=[signature(b"of somebody else")]), statement()),
        (b" " + json.dumps(statement(), indent=2).encode() + b"\n", statement()),
    ],
    ids=[
        "id by the address", "id not sent", "case of ids", "zone", "timestamp not signed", "what the store sets",
        "beyond hundredths", "other attachments", "no attachments", "signed twice", "signed after another",
        "white space",
    ],
)  # fmt: skip
def test_what_may_differ(payload: Any, received: dict[str, Any]) -> None:
    check(signed(payload), received)


@pytest.mark.parametrize(
    ("payload", "received"),
    [
        (statement(id=SOME_ID), statement(id=OTHER_ID)),
        (statement(), statement(actor=agent("b"))),
        (statement(timestamp="2026-11-02T10:00:00Z"), statement(timestamp="2026-11-02T10:00:01Z")),
        (statement(result={"duration": "PT1.24S"}), statement(result={"duration": "PT1.23S"})),
        (statement(result={"duration": "PT60S"}), statement(result={"duration": "PT1M"})),
        (statement(), statement(attachments=[attachment()])),
        (statement(attachments=[attachment()]), statement(attachments=[attachment(b"other")])),
    ],
    ids=[
        "id",
        "actor",
        "timestamp",
        "hundredths",
        "serialization of durations",
        "attachment added",
        "attachment changed",
    ],
)
def test_what_may_not_differ(payload: Any, received: dict[str, Any]) -> None:
    assert refused(signed(payload), received) == "what is signed is this statement"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a signature",
        b"a.b.c",
        b"\xff.\xff.\xff",
        b".".join([segment({"alg": "RS256"}), b"!!!", b"YWJj"]),
        b".".join([segment({"alg": "RS256", "crit": ["exp"]}), segment(BEFORE), b"YWJj"]),
        b".".join([segment({"alg": "RS256", "b64": False, "crit": ["b64"]}), b"", b"YWJj"]),
        b".".join([segment([]), segment(BEFORE), b"YWJj"]),
        b".".join([urlsafe_b64encode(b"[" * 100_002), segment(BEFORE), b"YWJj"]),
        json.dumps({"payload": segment(BEFORE).decode(), "protected": "e30", "signature": "YWJj"}).encode(),
        signed(BEFORE) + b"\n",
    ],
    ids=[
        "empty", "text", "no base64", "no ASCII", "payload", "critical", "detached", "header's type", "deep header",
        "JSON serialization", "line break",
    ],
)  # fmt: skip
def test_what_is_no_jws(content: bytes) -> None:
    assert refused(content) == "a signature is a JWS in compact serialization"


@pytest.mark.parametrize("algorithm", ["HS256", "none", "PS256", "ES256", "rs256", ["RS256"], None, 1])
def test_other_algorithms(algorithm: Any) -> None:
    content = b".".join([segment({"alg": algorithm}), segment(BEFORE), b"YWJj"])
    assert refused(content) == "a signature's algorithm is RS256, RS384 or RS512"


def test_a_signature_that_is_empty() -> None:
    assert refused(b".".join([segment({"alg": "RS256"}), segment(BEFORE), b""])) == "a JWS has a signature"


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"null", b"{'actor': 1}", b"\xff", b'{"actor":{},"actor":{}}', json.dumps([BEFORE]).encode()],
)
def test_a_payload_that_is_no_statement(payload: bytes) -> None:
    assert refused(signed(payload)) == "what is signed is a valid statement as JSON"


def test_a_chain_of_certificates() -> None:
    root = certificate(other_rsa_key(), name="root", issuer_name="root")
    issued = certificate(issuer=other_rsa_key(), issuer_name="root")
    check(signed(BEFORE, x5c=[issued, root]))
    assert refused(signed(BEFORE, x5c=[certificate(), root])) == "x5c is a chain of X.509 certificates"


@pytest.mark.parametrize(
    "chain",
    [None, [], "x", {}, 1, [certificate()] * 11],
    ids=["null", "empty", "text", "object", "number", "eleven"],
)
def test_a_chain_that_is_no_list(chain: Any) -> None:
    assert refused(signed(BEFORE, x5c=chain)).startswith("x5c is a list")


@pytest.mark.parametrize(
    "chain",
    [[1], [None], ["!"], ["ä"], [b64encode(b"no certificate").decode()], [certificate() + "\n"]],
    ids=["number", "null", "no base64", "no ASCII", "no certificate", "line break"],
)
def test_a_chain_of_something_else(chain: Any) -> None:
    assert refused(signed(BEFORE, x5c=chain)) == "x5c is a chain of X.509 certificates"


def test_a_signature_of_another_key_than_the_certificates() -> None:
    rule = "the signature is of the certificate in x5c"
    assert refused(signed(BEFORE, x5c=[certificate(other_rsa_key())])) == rule
    header, _, made = signed(BEFORE, x5c=[certificate()]).split(b".")
    assert refused(b".".join([header, segment(statement()), made])) == rule


def test_a_certificate_of_another_kind_of_key() -> None:
    content = signed(BEFORE, x5c=[certificate(elliptic_key())])
    assert refused(content) == "the certificate in x5c has an RSA key"


def test_a_key_that_is_too_short() -> None:
    header = {"alg": "RS256", "x5c": [certificate(rsa_key(1024))]}
    content = b".".join([segment(header), segment(BEFORE), b"YWJj"])
    assert refused(content) == "the signature is of the certificate in x5c"


def test_a_signature_is_octets() -> None:
    content = signed(BEFORE)
    with pytest.raises(InvalidStatementError) as caught:
        Signatures({sha2(content): content}, Edition.V2).check(
            BEFORE, signature(content, contentType="text/plain"), "/attachments/3"
        )
    assert caught.value.field == "/attachments/3/contentType"


def test_a_signature_is_sent_along() -> None:
    absent = signature(b"x", fileUrl="https://files.example/x")
    with pytest.raises(InvalidStatementError, match="sent along"):
        Signatures({}, Edition.V2).check(BEFORE, absent, "/attachments/0")


@given(st.binary() | st.lists(st.sampled_from([b".", segment({"alg": "RS256"}), b"e30", b"", b"="])).map(b"".join))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    with pytest.raises(InvalidStatementError):
        read(content, "/attachments/0", edition=Edition.V2)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "x5c", "crit", "b64", "kid", "typ"]),
        st.sampled_from(["RS256", None, False, [], ["b64"], [certificate()], [""], {}, 1e400]),
    )
)
def test_any_header_is_read_or_refused(header: dict[str, Any]) -> None:
    content = b".".join([segment(header), segment(BEFORE), b"YWJj"])
    try:
        read(content, "/attachments/0", edition=Edition.V2)
    except InvalidStatementError:
        return
    assert header["alg"] == "RS256"
    assert "x5c" not in header

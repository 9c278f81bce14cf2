"""Signed statements (1.0.3, data, 2.6; 2.0, 4.2.6)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.record_store import Lrs, refused
from tests.unit.xapi.mixed import MIXED, certificate, mixed, other_rsa_key, part, signature, signed
from tests.unit.xapi.samples import SOME_ID, as_bytes, statement

INVALID = "xapi.invalid_statement"


def send(lrs: Lrs, jws: bytes, sent: dict[str, Any], **changes: Any) -> TestResponse:
    """Send a statement with a signature."""
    body = mixed(sent | {"attachments": [signature(jws, **changes)]}, part(jws))
    return lrs.ask("POST", data=body, content_type=MIXED)


def test_XAPI00115_a_signature_is_a_jws_of_octets(quick: Lrs) -> None:
    plain = statement()
    refused(send(quick, signed(plain), plain, contentType="text/plain; charset=ascii"), 400, INVALID)
    refused(send(quick, b"not a signature", plain), 400, INVALID)
    absent = signature(signed(plain), fileUrl="https://files.example/1")
    refused(quick.post(plain | {"attachments": [absent]}), 400, INVALID)


@pytest.mark.parametrize("payload", [as_bytes(statement()).replace(b'"', b"'", 1), b"[]", as_bytes("x")])
def test_XAPI00116_what_is_signed_is_the_statement_as_json(quick: Lrs, payload: bytes) -> None:
    refused(send(quick, signed(payload), statement()), 400, INVALID)


def test_XAPI00116_what_is_signed_is_this_statement(quick: Lrs) -> None:
    refused(send(quick, signed(statement(result={"success": False})), statement()), 400, INVALID)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_XAPI00117_algorithms(lrs: Lrs, algorithm: str) -> None:
    plain = statement(id=SOME_ID)
    jws = signed(plain, algorithm=algorithm, x5c=[certificate()])
    assert send(lrs, jws, plain).status_code == 200
    assert jws in lrs.get(statementId=SOME_ID, attachments="true").data


def test_XAPI00117_another_algorithm(quick: Lrs) -> None:
    plain = statement()
    refused(send(quick, signed(plain, algorithm="HS256", key=b"k" * 32), plain), 400, INVALID)


def test_the_certificate_is_the_signers(quick: Lrs) -> None:
    plain = statement()
    refused(send(quick, signed(plain, x5c=[certificate(other_rsa_key())]), plain), 400, INVALID)


def test_durations_are_compared_to_hundredths(quick: Lrs) -> None:
    jws = signed(statement(result={"duration": "P1DT12H36M0.12S"}))
    assert send(quick, jws, statement(result={"duration": "P1DT12H36M0.1237S"})).status_code == 200
    refused(send(quick, jws, statement(result={"duration": "P1DT12H36M0.13S"})), 400, INVALID)

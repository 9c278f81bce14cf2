"""What is remembered of other people's servers is little, and a did:web is one place on one host."""

from datetime import timedelta

import pytest

from certificates.verifying.sources import MAX_REMEMBERED_BYTES, REMEMBERED, Memory, did_web_address
from tests.unit.certificates import samples

PIECE = MAX_REMEMBERED_BYTES // 4


def test_no_more_bytes_are_remembered_than_fit() -> None:
    memory = Memory()
    for number in range(6):
        memory.keep(f"https://{number}.example", bytes(PIECE), now=samples.NOW)
    kept = [memory.recall(f"https://{number}.example", now=samples.NOW) is not None for number in range(6)]
    assert kept == [False, False, True, True, True, True]


def test_what_is_out_of_date_is_let_go() -> None:
    memory = Memory()
    memory.keep("https://old.example", bytes(PIECE), now=samples.NOW)
    memory.keep("https://new.example", b"x", now=samples.NOW + REMEMBERED + timedelta(seconds=1))
    assert list(memory._kept) == ["https://new.example"]


@pytest.mark.parametrize("segment", ["..", "%2e%2e", "%2E%2e", ".%2e", "%2e"])
def test_a_did_web_leads_to_no_other_path(segment: str) -> None:
    assert did_web_address(f"did:web:a.example:issuers:{segment}:b") is None
    assert did_web_address(f"did:web:a.example:issuers:x{segment}") is not None


@pytest.mark.parametrize(
    ("identifier", "address"),
    [
        ("did:web:a.example", "https://a.example/.well-known/did.json"),
        ("did:web:a.example:user:b", "https://a.example/user/b/did.json"),
        ("did:web:a.example%3A8443:b", "https://a.example:8443/b/did.json"),
        ("did:web:", None),
        ("did:web:a.example:", None),
        ("did:web:a.example:..:b", None),
        ("did:web:a.example%2Fb", None),
        ("did:web:user%40a.example", None),
        ("did:web:a.example:b?c", None),
    ],
)
def test_where_the_document_of_a_did_web_lies(identifier: str, address: str | None) -> None:
    assert did_web_address(identifier) == address

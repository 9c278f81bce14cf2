"""Bits of a status list."""

import base64
import gzip

import pytest

from certificates import status_list
from certificates.errors import UnsafeDocumentError
from certificates.status import StatusPurpose
from tests.unit.certificates.samples import NOW


def _packed(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(data)).rstrip(b"=").decode()


def test_index_0_is_the_most_significant_bit_of_the_first_byte() -> None:
    bits = status_list.decode(status_list.encode([0, 9, 131_071]))
    assert (bits[0], bits[1], bits[-1], len(bits)) == (0x80, 0x40, 0x01, 16_384)


def test_exactly_the_given_places_are_set() -> None:
    bits = status_list.decode(status_list.encode([3, 4, 70_000]))
    assert [index for index in range(status_list.SIZE) if status_list.is_set(bits, index)] == [3, 4, 70_000]


def test_the_same_bits_give_the_same_text() -> None:
    assert status_list.encode([5, 1]) == status_list.encode([1, 5])


def test_a_list_may_have_more_places_than_it_must() -> None:
    bits = status_list.decode(status_list.encode([0, 999_999], 1_000_000))
    assert (len(bits), bits[0], bits[-1]) == (125_000, 0x80, 0x01)


@pytest.mark.parametrize("purpose", StatusPurpose)
def test_a_list_says_what_it_is_for(purpose: StatusPurpose) -> None:
    document = status_list.build("https://x.example/1", "did:web:x", [], now=NOW, purpose=purpose)
    assert document["credentialSubject"]["statusPurpose"] == purpose.value


DAMAGED = {
    "no multibase": base64.b64encode(gzip.compress(bytes(16_384))).decode(),
    "no base64": "u***",
    "no gzip": "uAAAA",
    "cut short": status_list.encode([1])[:-12],
    "too few places": _packed(bytes(16_383)),
    "a bomb": _packed(bytes(5_000_000)),
}


@pytest.mark.parametrize("encoded", DAMAGED.values(), ids=DAMAGED.keys())
def test_refuses_a_list(encoded: str) -> None:
    with pytest.raises(UnsafeDocumentError):
        status_list.decode(encoded)


@pytest.mark.parametrize("index", ["-1", "1.0", "", "x", "٣", 5, None, "9" * 40])
def test_refuses_a_place_that_is_no_whole_number(index: object) -> None:
    with pytest.raises(UnsafeDocumentError):
        status_list.place({"statusListIndex": index})


@pytest.mark.parametrize("index", [-1, 131_072])
def test_refuses_a_place_outside_the_list(index: int) -> None:
    with pytest.raises(UnsafeDocumentError):
        status_list.is_set(bytes(16_384), index)

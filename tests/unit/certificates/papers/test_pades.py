"""Sealed papers: by each kind of key, with a time stamp and without, and every byte of one."""

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from campus.outbound import Outbound
from certificates.errors import EncryptedFileError, UnreadableFileError
from certificates.issuers.hsm import HsmKey
from certificates.issuers.seal import Seal
from certificates.papers import pades, pdf
from certificates.papers.timestamp import Authority
from certificates.reading import signatures
from tests import seals, tsa
from tests.conftest import require_or_skip
from tests.unit.certificates import samples

NOW = samples.NOW
ELLIPTIC = seals.elliptic()
OWN = replace(ELLIPTIC, chain=())


@pytest.fixture(scope="module")
def paper() -> bytes:
    return pdf.render(samples.ATTENDANCE, "{}", samples.ADDRESSES)


@pytest.fixture(scope="module")
def sealed(paper: bytes) -> bytes:
    return pades.seal(paper, OWN, now=NOW)


@pytest.fixture
def authority() -> Iterator[tsa.Answers]:
    with tsa.running() as answers:
        yield answers


def _stamped(paper: bytes, url: str) -> bytes:
    return pades.seal(paper, OWN, now=NOW, timestamper=Authority(Outbound(allow_loopback_http=True), url))


def _only(file: bytes) -> pades.Signature:
    (found,) = pades.check(file)
    return found


@pytest.mark.parametrize("by", [ELLIPTIC, OWN, seals.with_rsa()], ids=["elliptic", "own", "rsa"])
def test_a_sealed_paper_says_whose_it_is(paper: bytes, by: Seal) -> None:
    found = _only(pades.seal(paper, by, now=NOW))
    assert (found.intact, found.whole, found.at, found.stamp) == (True, True, NOW, None)
    assert found.certificate == by.certificate


def test_a_key_in_an_hsm_seals_papers(paper: bytes, tmp_path: Path) -> None:
    require_or_skip(Path(seals.MODULE).exists(), "SoftHSM (softhsm2)")
    with seals.hsm(tmp_path, ("siegel", ELLIPTIC)) as places:
        by = replace(ELLIPTIC, private=HsmKey(places["siegel"]))
        found = _only(pades.seal(paper, by, now=NOW))
    assert (found.intact, found.whole, found.certificate) == (True, True, ELLIPTIC.certificate)


def test_a_seal_changes_no_byte_of_the_paper_itself(paper: bytes, sealed: bytes) -> None:
    assert sealed.startswith(paper)
    added = sealed[len(paper) :]
    assert b"/Metadata" in added  # the catalogue points where it pointed before
    assert b"xpacket" not in added


def test_a_paper_that_nobody_sealed_has_no_signature(paper: bytes) -> None:
    assert pades.check(paper) == ()


def test_the_same_paper_twice_differs_in_the_signature_only(paper: bytes, sealed: bytes) -> None:
    assert len(pades.seal(paper, OWN, now=NOW)) == len(sealed)


def _is_caught(file: bytes) -> bool:
    try:
        return not any(one["intact"] and one["whole"] for one in signatures.read(file))
    except UnreadableFileError:
        return True


def test_one_changed_bit_is_caught_wherever_it_is(sealed: bytes) -> None:
    assert not _is_caught(sealed)
    start = sealed.index(b"/Contents <3")
    chance = random.Random(7)
    places = [
        *chance.sample(range(len(sealed)), 40),
        *chance.sample(range(start - 20, start + 1600), 80),  # the signature itself
        *range(sealed.index(b">", start) - 3, sealed.index(b">", start) + 3),
    ]
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        assert _is_caught(bytes(changed)), place


@pytest.mark.parametrize("added", [b"\n", b"%", b"\n%%EOF\n"], ids=["line", "comment", "end"])
def test_bytes_behind_the_end_are_caught(sealed: bytes, added: bytes) -> None:
    assert _is_caught(sealed + added)


def test_an_update_is_caught_though_what_was_sealed_is_as_it_was(sealed: bytes) -> None:
    writer, file = PdfWriter(io.BytesIO(sealed), incremental=True), io.BytesIO()
    writer.add_metadata({"/Title": "Another"})
    writer.write(file)
    assert file.getvalue().startswith(sealed)
    found = _only(file.getvalue())
    assert (found.intact, found.whole) == (True, False)


def test_a_signature_by_another_key_is_caught(paper: bytes) -> None:
    assert not _only(pades.seal(paper, seals.with_another_key(OWN), now=NOW)).intact


def test_a_time_stamp_says_when(paper: bytes, authority: tsa.Answers) -> None:
    found = _only(_stamped(paper, authority.url))
    assert (found.intact, found.whole) == (True, True)
    assert found.stamp is not None
    assert (found.stamp.at, found.stamp.intact) == (tsa.AT, True)
    assert "Zeitstempeldienst" in found.stamp.certificate.subject.rfc4514_string()


@pytest.mark.parametrize(
    "badly",
    [
        {"status": 503},
        {"media": "text/html"},
        {"refuse": True},
        {"garble": b"no time stamp"},
        {"garble": b"\x30\x03\x02\x01\x00"},
        {"garble": bytes(100_000)},
        {"replay": True},
    ],
    ids=["status", "media", "refused", "text", "short", "long", "replayed"],
)
def test_without_a_stamp_it_is_sealed_all_the_same_and_says_so(
    paper: bytes, authority: tsa.Answers, badly: dict[str, object]
) -> None:
    assert pades.UNSTAMPED.encode("latin-1") not in _stamped(paper, authority.url)
    for name, value in badly.items():
        setattr(authority, name, value)
    file = _stamped(paper, authority.url)
    found = _only(file)
    assert (found.intact, found.whole, found.stamp) == (True, True, None)
    assert b"Ohne Zeitstempel" in file


def test_an_authority_that_is_away_stops_no_paper(paper: bytes) -> None:
    assert b"Ohne Zeitstempel" in _stamped(paper, "http://127.0.0.1:9/tsa")


@pytest.mark.parametrize("file", [b"", b"no PDF", b"%PDF-1.7\n" + bytes(5000)], ids=["empty", "text", "zeros"])
def test_what_is_no_pdf_is_refused(file: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        pades.check(file)


def test_an_encrypted_pdf_is_refused(paper: bytes) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(paper)))
    writer.encrypt("x", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(EncryptedFileError):
        pades.check(out.getvalue())

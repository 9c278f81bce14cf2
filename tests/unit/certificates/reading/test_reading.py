"""What was handed in is told by its bytes; whatever is wrong with it has a name."""

import json

import pytest

from certificates import reading
from certificates.errors import (
    ArchiveFileError,
    EmptyFileError,
    EncryptedFileError,
    EntitiesFileError,
    SeveralCredentialsError,
    TooCostlyFileError,
    TooLargeFileError,
    UnknownFileError,
    UnreadableFileError,
)
from certificates.papers import baking, pdf
from certificates.reading import Container
from tests.unit.certificates import pdfs, samples
from tests.unit.certificates.papers.test_baking import OPEN, PNG, SVG

AWARD = samples.ATTENDANCE.award_id
CREDENTIAL = json.dumps(samples.sign(samples.unsigned()), ensure_ascii=False)
TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
ELMO = b'<?xml version="1.0"?>\n<!-- x --><elmo xmlns="https://github.com/emrex-eu/elmo-schemas/tree/v1"/>'


def read(content: bytes) -> reading.Presented:
    return reading.read(content, public_url=samples.PUBLIC_URL)


@pytest.mark.parametrize(
    ("content", "container"),
    [
        (CREDENTIAL.encode(), Container.JSON),
        (b"\xef\xbb\xbf \n" + CREDENTIAL.encode() + b"\n", Container.JSON),
        (baking.bake_png(PNG, CREDENTIAL), Container.PNG),
        (baking.bake_svg(SVG, CREDENTIAL), Container.SVG),
    ],
    ids=["json", "json with a byte order mark", "png", "svg"],
)
def test_the_credential_comes_out_as_it_was_put_in(content: bytes, container: Container) -> None:
    assert read(content) == reading.Presented(container, (CREDENTIAL,))


@pytest.mark.parametrize("content", [TOKEN, f"\r\n {TOKEN}\n"])
def test_a_token(content: str) -> None:
    assert read(content.encode()) == reading.Presented(Container.JWT, (TOKEN,))


@pytest.mark.parametrize(
    "typed",
    [
        AWARD,
        AWARD.upper(),
        f" {samples.PUBLIC_URL}/nachweis/{AWARD}?lang=en \n",
        f"{samples.PUBLIC_URL}/credentials/{AWARD}",
    ],
)
def test_a_number_an_address_or_what_a_qr_code_says(typed: str) -> None:
    assert read(typed.encode()) == reading.Presented(Container.ADDRESS, award_id=AWARD)


def test_an_elmo_document_stays_as_it_was_signed() -> None:
    assert read(ELMO) == reading.Presented(Container.ELMO, elmo=ELMO)


def test_our_paper_holds_the_credential_and_says_what_it_shows() -> None:
    found = read(pdf.render(samples.COURSE, CREDENTIAL, samples.ADDRESSES))
    assert (found.container, found.credentials, found.active) == (Container.PDF, (CREDENTIAL,), ())
    assert found.award_id == AWARD
    assert "Mira Öztürk-Beispiel" in str(found.printed)


def test_every_attachment_of_a_pdf_is_looked_at_wherever_it_is_listed() -> None:
    found = read(pdfs.with_attachments(b'{"a": 1}', ELMO, TOKEN.encode(), b"a note", b"\xff\xd8 a picture"))
    assert set(found.credentials) == {'{"a": 1}', TOKEN}
    assert found.elmo == ELMO
    assert read(pdfs.written(attachments=[b'{"a": 2}'])).credentials == ('{"a": 2}',)


def test_a_pdf_without_attachments_is_still_told_of() -> None:
    assert read(pdfs.written()) == reading.Presented(Container.PDF, printed="")


SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
ACTIVE_PDFS = {
    "a script in the names": (pdfs.document(SCRIPT, catalog=b"/Names << /JavaScript 4 0 R >>"), ("JavaScript",)),
    "a script on opening": (pdfs.document(catalog=b"/OpenAction " + SCRIPT), ("JavaScript",)),
    "its name in disguise": (
        pdfs.document(catalog=b"/OpenAction << /S /J#61vaScript /#4aS 4 0 R >>"),
        ("JavaScript",),
    ),
    "on a page, by reference": (
        pdfs.document(SCRIPT, page=pdfs.EMPTY_PAGE.replace(b"/MediaBox", b"/AA << /O 4 0 R >> /MediaBox")),
        ("JavaScript",),
    ),
    "a program": (pdfs.document(b"/Launch", catalog=b"/OpenAction << /S 4 0 R /F (calc.exe) >>"), ("Launch",)),
    "an XFA form": (pdfs.document(catalog=b"/AcroForm << /XFA [] >>"), ("XFA",)),
}


@pytest.mark.parametrize(("content", "active"), ACTIVE_PDFS.values(), ids=ACTIVE_PDFS)
def test_what_would_run_in_another_reader_is_named_and_not_run(content: bytes, active: tuple[str, ...]) -> None:
    assert read(content).active == active


@pytest.mark.parametrize(
    "inner", [b"<script>alert(1)</script>", b'<g onload="alert(1)"/>', b'<a href=" JavaScript:alert(1)"/>']
)
def test_a_script_in_an_svg_is_told_of(inner: bytes) -> None:
    found = read(OPEN + b'<openbadges:credential verify="a.b.c"/>' + inner + b"</svg>")
    assert (found.credentials, found.active) == (("a.b.c",), ("Script",))


DEEP = b"[" * 200_000
BOMB = pdfs.deflated(bytes(200_000_000), times=2)
BAD: dict[str, tuple[bytes, type[UnreadableFileError]]] = {
    "nothing": (b"", EmptyFileError),
    "only spaces": (b" \n\t", EmptyFileError),
    "too many bytes": (b"{" + b" " * reading.MAX_BYTES, TooLargeFileError),
    "an archive": (b"PK\3\4" + bytes(30), ArchiveFileError),
    "a packed file": (b"\x1f\x8b\x08", ArchiveFileError),
    "a photo of a kind that is not read": (b"GIF89a", UnknownFileError),
    "a sound": (b"RIFF\x24\0\0\0WAVEfmt ", UnknownFileError),
    "the beginning of a photo": (b"\xff\xd8\xff\xe0", UnreadableFileError),
    "bytes": (b"\xff\xfe\xfd", UnknownFileError),
    "words": (b"Zertifikat", UnknownFileError),
    "two numbers": (f"{AWARD} {samples.COURSE.issuer.organisation_id}".encode(), UnknownFileError),
    "a list": (b"[]", UnknownFileError),
    "HTML": (b"<html><body/></html>", UnknownFileError),
    "broken JSON": (b'{"a": ', UnreadableFileError),
    "JSON with a name twice": (b'{"a": 1, "a": 2}', UnreadableFileError),
    "JSON with NaN": (b'{"a": NaN}', UnreadableFileError),
    "deep JSON": (b'{"a": ' + DEEP, UnreadableFileError),
    "deep JSON, closed": (b'{"a": ' + DEEP + b"]" * 200_000 + b"}", UnreadableFileError),
    "JSON too large": (b'{"a": "' + b"x" * baking.MAX_CREDENTIAL_BYTES + b'"}', TooLargeFileError),
    "two documents": (b"{}{}", UnreadableFileError),
    "JSON before a PDF": (b"{}\n" + pdfs.document(), UnreadableFileError),
    "a token in a picture that is none": (baking.bake_png(PNG, "hello"), UnreadableFileError),
    "ELMO with a document type": (
        b'<!DOCTYPE elmo SYSTEM "x.dtd">' + ELMO.partition(b"\n")[2],
        EntitiesFileError,
    ),
    "an entity bomb": (b'<!DOCTYPE elmo [<!ENTITY a "ha">]><elmo>&a;</elmo>', EntitiesFileError),
    "a PDF in name only": (b"%PDF-1.7\n%%EOF\n", UnreadableFileError),
    "a PDF cut off": (pdfs.document()[:-40], UnreadableFileError),
    "a PDF with an archive behind it": (pdfs.document() + b"PK\3\4" + bytes(5000), UnreadableFileError),
    "a PDF with a password": (pdfs.written(password="secret"), EncryptedFileError),
    "a PDF that only restricts": (pdfs.written(password=""), EncryptedFileError),
    "a PDF that nests": (pdfs.document(catalog=b"/X " + b"[" * 50_000 + b"]" * 50_000), UnreadableFileError),
    "a PDF whose pages hold themselves": (
        pdfs.document(pages=b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"),
        UnreadableFileError,
    ),
    "a PDF with two ELMO documents": (pdfs.with_attachments(ELMO, ELMO + b"<!-- 2 -->"), SeveralCredentialsError),
    "a PDF with many attachments": (pdfs.with_attachments(*(b"%d" % n for n in range(30))), TooLargeFileError),
    "a bomb attached": (
        pdfs.document(BOMB, catalog=b"/AF [<< /EF << /F 4 0 R >> >>]"),
        TooCostlyFileError,
    ),
    "a bomb on the page": (
        pdfs.document(BOMB, page=pdfs.EMPTY_PAGE.replace(b"/MediaBox", b"/Contents 4 0 R /MediaBox")),
        TooCostlyFileError,
    ),
    "JSON in a PDF with a name twice": (pdfs.with_attachments(b'{"a": 1, "a": 2}'), UnreadableFileError),
}


@pytest.mark.parametrize(("content", "error"), BAD.values(), ids=BAD)
def test_what_is_refused(content: bytes, error: type[UnreadableFileError]) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(content)
    assert type(caught.value) is error, caught.value
    assert 400 <= caught.value.status < 500

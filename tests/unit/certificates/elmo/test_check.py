"""Checking ELMO documents: ours, others', and such as somebody has tampered with."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from lxml import etree

from certificates.elmo import check, document, signature
from certificates.elmo.check import Sources
from certificates.elmo.names import SIGNATURE, tag
from certificates.issuers.seal import Seal
from certificates.reading import markup
from certificates.verifying.report import Finding, Known, Part, Report, Verdict, failed, ok
from tests.unit.certificates import samples
from tests.unit.certificates.seals import seal

NOW = datetime(2026, 11, 1, tzinfo=UTC)
STRANGER = replace(samples.COURSE, issuer=replace(samples.COURSE.issuer, did="did:web:stranger.example"))


def status_of(award: str) -> Finding | None:
    return ok(Part.STATUS) if award == samples.COURSE.award_id else None


def owner(certificate: x509.Certificate) -> str | None:
    return samples.DID if certificate == seal().certificate else None


SOURCES = Sources(owner=owner, is_ours=lambda did: did == samples.DID, status=status_of)
UNSIGNED = document.build(samples.COURSE, samples.ADDRESSES, generated_at=samples.NOW)
SIGNED = signature.sign(UNSIGNED, seal())


def look(xml: bytes, sources: Sources = SOURCES) -> Report:
    return check.check(xml, sources, now=NOW)


def codes(report: Report) -> dict[str, str]:
    return {finding.part.value: finding.code for finding in report.findings}


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_ours_is_genuine_in_each_part(kind: str) -> None:
    used = seal(kind=kind)
    sources = replace(SOURCES, owner=lambda found: samples.DID if found == used.certificate else None)
    report = look(signature.sign(UNSIGNED, used), sources)
    assert report.genuine, report.findings
    assert report.known is Known.OURS
    assert report.content["seal"]["subject"] == "CN=Hochschule A"


@pytest.mark.parametrize("code", ["revocation", "suspension"])
def test_our_award_s_status_counts(code: str) -> None:
    report = look(SIGNED, replace(SOURCES, status=lambda _award: failed(Part.STATUS, code)))
    assert report.of(Part.STATUS).code == f"status.{code}"


def test_an_award_that_is_not_here_is_not_found() -> None:
    assert look(SIGNED, replace(SOURCES, status=lambda _award: None)).of(Part.STATUS).code == "status.not_found"


def test_a_stranger_s_seal_holds_but_is_only_a_key() -> None:
    xml = signature.sign(
        document.build(STRANGER, samples.ADDRESSES, generated_at=samples.NOW), seal("Universität Anderswo")
    )
    report = look(xml)
    assert codes(report) == {
        "structure": "structure.ok",
        "issuer": "issuer.key_only",
        "integrity": "integrity.ok",
        "status": "status.none",
        "validity": "validity.ok",
    }
    assert report.known is Known.KEY_ONLY
    assert report.content["seal"]["subject"] == "CN=Universität Anderswo"


def test_who_names_our_issuer_but_has_another_seal_is_refused() -> None:
    report = look(signature.sign(UNSIGNED, seal("Hochschule A", kind="RSA")))
    assert report.of(Part.ISSUER) == failed(Part.ISSUER, "foreign_key")
    assert report.known is Known.NOT


def test_our_seal_speaks_for_its_own_issuer_only() -> None:
    report = look(signature.sign(document.build(STRANGER, samples.ADDRESSES, generated_at=samples.NOW), seal()))
    assert report.of(Part.ISSUER).code == "issuer.foreign_key"


def test_a_seal_out_of_date_when_the_document_was_made_is_refused() -> None:
    late = document.build(samples.COURSE, samples.ADDRESSES, generated_at=datetime(2026, 10, 1, tzinfo=UTC))
    old = seal("Alt", until=datetime(2026, 9, 1, tzinfo=UTC))
    assert look(signature.sign(late, old)).of(Part.ISSUER).code == "issuer.key_ended"


def test_a_document_of_the_future_is_not_valid_yet() -> None:
    xml = document.build(samples.COURSE, samples.ADDRESSES, generated_at=datetime(2026, 11, 2, tzinfo=UTC))
    assert look(signature.sign(xml, seal())).of(Part.VALIDITY).code == "validity.not_yet"


def test_an_unsigned_document_has_no_proof() -> None:
    report = look(UNSIGNED)
    assert codes(report)["integrity"] == "integrity.no_proof"
    assert codes(report)["issuer"] == "issuer.not_signed"
    assert report.content["learner"]["name"] == "Mira Öztürk-Beispiel"


def texts_of(xml: bytes) -> list[str]:
    """List the places of all texts and attributes outside of the signature."""
    tree = markup.parse(xml).getroottree()
    return [
        tree.getpath(element)
        for element in tree.iter("{*}*")
        if SIGNATURE not in {one.tag for one in (element, *element.iterancestors())} and not len(element)
    ]


def at(root: etree._Element, path: str) -> etree._Element:
    """Return the one element there, or fail."""
    found = root.find(path) if "{" in path else root.xpath(path)
    [element] = found if isinstance(found, list) else [found]
    assert isinstance(element, etree._Element)
    return element


@pytest.mark.parametrize("path", texts_of(SIGNED))
def test_each_changed_text_is_caught(path: str) -> None:
    root = markup.parse(SIGNED)
    element = at(root, path)
    element.text = f"{element.text or ''}x"
    assert look(etree.tostring(root)).of(Part.INTEGRITY) == failed(Part.INTEGRITY, "changed")


@pytest.mark.parametrize("path", [path for path in texts_of(SIGNED) if re.search(r"\[\d+\]$|title|identifier", path)])
def test_each_element_taken_away_is_caught(path: str) -> None:
    root = markup.parse(SIGNED)
    element = at(root, path)
    at(element, "..").remove(element)
    assert look(etree.tostring(root)).of(Part.INTEGRITY).verdict is Verdict.FAILED


def wrapped(signed: bytes) -> dict[str, bytes]:
    """Return what somebody may try who has a genuine document and wants another to be believed."""
    forged = markup.parse(UNSIGNED.replace(b"Mira", b"Eva"))
    genuine = markup.parse(signed)
    [seal_of] = genuine.findall(SIGNATURE)

    inside = markup.parse(etree.tostring(forged))
    inside.append(genuine)

    beside = markup.parse(etree.tostring(forged))
    at(beside, tag("report")).append(markup.parse(signed))
    beside.append(markup.parse(etree.tostring(seal_of)))

    by_id = markup.parse(etree.tostring(forged))
    moved = markup.parse(signed)
    moved.set("Id", "genuine")
    moved_seal = at(moved, SIGNATURE)
    next(moved_seal.iter("{*}Reference")).set("URI", "#genuine")
    extension = etree.SubElement(by_id, tag("extension"))
    moved.remove(moved_seal)
    extension.append(moved)
    by_id.append(moved_seal)

    hidden = markup.parse(signed)
    holder = etree.SubElement(at(hidden, SIGNATURE), "{http://www.w3.org/2000/09/xmldsig#}Object")
    holder.append(forged)

    twice = markup.parse(signed)
    twice.append(markup.parse(etree.tostring(at(twice, SIGNATURE))))

    tried = {"inside": inside, "beside": beside, "by id": by_id, "hidden": hidden, "twice": twice}
    return {name: etree.tostring(root) for name, root in tried.items()}


@pytest.mark.parametrize("name", ["inside", "beside", "by id", "hidden", "twice"])
def test_a_wrapped_signature_never_vouches_for_what_is_not_signed(name: str) -> None:
    report = look(wrapped(SIGNED)[name])
    if name == "hidden":  # what stands in the signature is not signed, and not shown
        assert "Eva" not in str(report.content)
    else:
        assert report.of(Part.INTEGRITY).verdict is not Verdict.OK
    if name == "twice":
        assert report.of(Part.INTEGRITY).code == "integrity.too_many_proofs"


def test_what_is_read_is_what_was_signed_comments_or_not() -> None:
    """Comments are not signed; a reader that stops at one would read half of a name."""
    commented = SIGNED.replace(b"Mira ", b"Mira<!-- x --> ")
    report = look(commented)
    assert report.of(Part.INTEGRITY).verdict is Verdict.OK
    assert report.content["learner"]["name"] == "Mira Öztürk-Beispiel"
    signed = signature.verify(markup.parse(commented)).signed
    assert signed is not None
    assert [one.tag for one in signed.iter(etree.Comment, SIGNATURE)] == []


def test_another_s_signature_within_is_content_and_not_the_seal() -> None:
    """A diploma supplement may be signed by itself (schema, DiplomaSupplement); it stands before the seal."""
    root = markup.parse(UNSIGNED)
    instance = at(root, f".//{tag('learningOpportunityInstance')}")
    etree.SubElement(instance, tag("extension")).append(at(markup.parse(SIGNED), SIGNATURE))
    report = look(signature.sign(etree.tostring(root), seal()))
    assert report.genuine, report.findings


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"2001/04/xmldsig-more#ecdsa-sha256", b"2000/09/xmldsig#hmac-sha1", "integrity.refused_algorithm"),
        (b"2001/04/xmldsig-more#ecdsa-sha256", b"2000/09/xmldsig#rsa-sha1", "integrity.weak_algorithm"),
        (b'<ds:Reference URI="">', b'<ds:Reference URI="#a">', "integrity.unsupported_form"),
        (b'<ds:Reference URI="">', b'<ds:Reference URI="http://127.0.0.1/x">', "integrity.unsupported_form"),
        (b"xmldsig#enveloped-signature", b"xmldsig#base64", "integrity.unsupported_form"),
        (
            b'<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>',
            b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
            "integrity.unsupported_form",
        ),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA", "integrity.no_key"),
    ],
)
def test_what_a_signature_may_not_be(before: bytes, after: bytes, code: str) -> None:
    assert before in SIGNED
    assert look(SIGNED.replace(before, after)).of(Part.INTEGRITY).code == code


def test_a_short_rsa_key_proves_nothing() -> None:
    weak: Seal = seal(kind="RSA-1024")
    assert look(signature.sign(UNSIGNED, weak)).of(Part.INTEGRITY).code == "integrity.weak_algorithm"


BOMB = b"""<!DOCTYPE elmo [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>""" + UNSIGNED.split(b"?>", 1)[1]
HOSTILE = {
    "entities": (BOMB, "structure.entities"),
    "external": (b'<!DOCTYPE elmo SYSTEM "file:///etc/passwd">' + UNSIGNED.split(b"?>", 1)[1], "structure.entities"),
    "no XML": (b"<elmo", "structure.unreadable"),
    "other encoding": (b"<elmo>\xff</elmo>", "structure.unreadable"),
    "nested": (
        f'<elmo xmlns="{tag("")[1:-1]}">{"<hasPart>" * 100}{"</hasPart>" * 100}</elmo>'.encode(),
        "structure.too_large",
    ),
    "many": (f'<elmo xmlns="{tag("")[1:-1]}">{"<a/>" * 20_001}</elmo>'.encode(), "structure.too_large"),
    "large": (b"<elmo>" + b" " * 10_000_001 + b"</elmo>", "structure.too_large"),
    "other root": (b"<a/>", "structure.elmo_unexpected"),
}


@pytest.mark.parametrize(("xml", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_answered_not_obeyed(xml: bytes, code: str) -> None:
    assert look(xml).of(Part.STRUCTURE).code == code


def test_include_is_not_followed() -> None:
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    report = look(UNSIGNED.replace(b"Mira", include + b"Mira"))
    assert report.of(Part.STRUCTURE).code == "structure.elmo_unexpected"
    assert "root:" not in str(report.content)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"<givenNames></givenNames>", b"", "elmo_incomplete"),
        (b"<status>passed</status>", b"<status>maybe</status>", "elmo_value"),
        (b"<date>2026-05-12</date>", b"<date>2026-02-30</date>", "elmo_value"),
        (b"<value>2.5</value>", b"<value>2,5</value>", "elmo_value"),
        (b'<identifier type="local">', b"<identifier>", "elmo_incomplete"),
        (b'<identifier type="local">', b'<identifier type="local" more="x">', "elmo_unexpected"),
        (b"<status>passed</status>", b"<status>passed</status><status>passed</status>", "elmo_unexpected"),
        (b"<learner>", b"<learner>text", "elmo_unexpected"),
        (b'xml:lang="de"', b'xml:lang="d e"', "elmo_value"),
    ],
)
def test_structure_is_judged(before: bytes, after: bytes, code: str) -> None:
    assert before in UNSIGNED
    assert look(UNSIGNED.replace(before, after, 1)).of(Part.STRUCTURE).code == f"structure.{code}"

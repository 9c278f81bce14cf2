"""ELMO: the official schema (lxml, libxml2) on what we write and on what we say of others; xmlsec1 on the seal."""

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from certificates.elmo import document, shape, signature
from certificates.elmo.names import NAMESPACE, SIGNATURE, tag
from certificates.facts import AwardFacts, AwardKind
from certificates.reading import markup
from tests.conftest import require_or_skip
from tests.oracles.standards import standards
from tests.unit.certificates import samples
from tests.unit.certificates.awards import awards
from tests.unit.certificates.seals import seal

pytestmark = pytest.mark.oracle
PERSONS = (AwardKind.ATTENDANCE, AwardKind.COURSE, AwardKind.INDIVIDUAL)
LOCAL = {
    "http://www.w3.org/2001/03/xml.xsd": "xml.xsd",
    "https://raw.githubusercontent.com/emrex-eu/elmo-schemas/v1/references/xmldsig-core-schema.xsd": (
        "xmldsig-core-schema.xsd"
    ),
    "https://raw.githubusercontent.com/emrex-eu/elmo-schemas/v1/references/EUROPASS_ISOCountries_V1.1.xsd": (
        "EUROPASS_ISOCountries_V1.1.xsd"
    ),
    "https://raw.githubusercontent.com/erasmus-without-paper/ewp-specs-types-address/stable-v1/schema.xsd": (
        "ewp-address.xsd"
    ),
    "https://raw.githubusercontent.com/erasmus-without-paper/ewp-specs-architecture/stable-v1/common-types.xsd": (
        "ewp-common-types.xsd"
    ),
}


class Offline(etree.Resolver):
    """Gives the schema's parts from the standards data; anything else is not there."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # the stubs forget a parameter
        name = LOCAL.get(system_url, Path(system_url).name)
        text = standards(f"elmo/{name}").read_bytes()
        start = text.find(b"<!DOCTYPE")  # the schemas of the W3C name a DTD, which nobody needs
        if start >= 0:
            end = text.index(b"]>", start) + 2 if b"]>" in text else text.index(b">", start) + 1
            text = text[:start] + text[end:]
        return self.resolve_string(text, context, base_url=system_url)


@cache
def schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(Offline())
    return etree.XMLSchema(etree.parse(standards("elmo/schema.xsd"), parser))


def built(facts: AwardFacts) -> bytes:
    files = list(document.attachments_of(b"%PDF-1.7", "{}", facts.kind))
    return document.build(facts, samples.ADDRESSES, generated_at=samples.NOW, attachments=files)


def sealed(xml: bytes, kind: str = "P-256") -> bytes:
    return signature.sign(xml, seal(kind=kind))


def xmlsec_says(folder: Path, xml: bytes, kind: str = "P-256") -> bool:
    require_or_skip(shutil.which("xmlsec1"), "xmlsec1")
    (folder / "signed.xml").write_bytes(xml)
    (folder / "seal.pem").write_bytes(seal(kind=kind).certificate.public_bytes(Encoding.PEM))
    command = ["xmlsec1", "--verify", "--trusted-pem", str(folder / "seal.pem"), str(folder / "signed.xml")]
    return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0


@given(awards(PERSONS))
@settings(deadline=None)
def test_the_official_schema_accepts_any_award_of_ours(facts: AwardFacts) -> None:
    root = markup.parse(sealed(built(facts)))
    schema().assertValid(root)
    assert root[-1].tag == SIGNATURE


@given(awards(PERSONS))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_xmlsec_finds_the_seal_of_any_award_valid(tmp_path: Path, facts: AwardFacts) -> None:
    assert xmlsec_says(tmp_path, sealed(built(facts)))


def test_a_seal_by_rsa_is_valid_too(tmp_path: Path) -> None:
    assert xmlsec_says(tmp_path, sealed(built(samples.COURSE), "RSA"), "RSA")


CHANGES = {
    "a name": (b"Mira", b"Mirb"),
    "a title": (b"Onlinezugangsgesetz", b"Onlinezugangsgesetx"),
    "a result": (b"85.71%", b"95.71%"),
    "credits": (b"<value>2.5<", b"<value>3.5<"),
    "a date": (b"2026-05-12", b"2026-05-13"),
    "the issuer": (b"University A", b"University B"),
    "an attachment": (b"base64,J", b"base64,K"),
    "an attribute": (b'type="local"', b'type="other"'),
    "a space": (b"<learner>", b"<learner> "),
    "the digest": (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"),
    "the seal": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_caught_by_both(tmp_path: Path, before: bytes, after: bytes) -> None:
    xml = sealed(built(samples.COURSE))
    assert before in xml
    changed = xml.replace(before, after, 1)
    assert not xmlsec_says(tmp_path, changed)
    assert signature.verify(markup.parse(changed)).signed is None


Change = Callable[[etree._Element, etree._Element, st.DrawFn], object]
"""Does something to an element, given its parent."""
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def copy_of(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element))


def rename(element: etree._Element, parent: etree._Element, draw: st.DrawFn) -> None:
    element.tag = draw(st.sampled_from([child.tag for child in parent]))


def rewrite(element: etree._Element, _parent: etree._Element, draw: st.DrawFn) -> None:
    element.text = draw(st.sampled_from(TEXTS))


def add(element: etree._Element, _parent: etree._Element, draw: st.DrawFn) -> None:
    child = etree.SubElement(element, draw(st.sampled_from([tag(name) for name in NAMES]) | st.just("{urn:o}thing")))
    child.text = draw(st.sampled_from(TEXTS))


def say(element: etree._Element, _parent: etree._Element, draw: st.DrawFn) -> None:
    name = draw(st.sampled_from(["type", "localId", "id", "number", LANG]))
    element.set(name, draw(st.sampled_from((*TEXTS, "en", "x y", "d-1"))))


CHANGE: tuple[Change, ...] = (
    *(rename, rewrite, add, say),
    lambda element, parent, _draw: parent.remove(element),
    lambda element, parent, _draw: parent.insert(parent.index(element), copy_of(element)),
    lambda element, parent, draw: draw(st.sampled_from(list(parent))).addnext(copy_of(element)),
)


@st.composite
def mutations(draw: st.DrawFn) -> etree._Element:
    """Return a document of ours in which something was taken away, doubled, renamed, moved, added or rewritten."""
    root = markup.parse(built(draw(st.sampled_from([samples.COURSE, samples.ATTENDANCE]))))
    element = draw(st.sampled_from(list(root.iterdescendants("{*}*"))))
    parent = element.getparent()
    draw(st.sampled_from(CHANGE))(element, root if parent is None else parent, draw)
    return markup.parse(etree.tostring(root))


NAMES = (
    "title",
    "identifier",
    "citizenship",
    "bday",
    "gender",
    "credit",
    "level",
    "url",
    "extension",
    "groups",
    "start",
)
TEXTS = (
    *(
        "",
        " ",
        "x",
        "passed",
        " passed ",
        "failed",
        "Course",
        "Other",
        "1",
        "-1",
        "+2.50",
        ".5",
        "5.",
        "1e3",
        "1,5",
        "9",
    ),
    *(
        "2026-02-28",
        "2026-02-30",
        "2026-02-28Z",
        "2026-02-28+14:01",
        "2026-02-28+13:59",
        "26-2-3",
        "DE",
        "de",
        "Deutschland",
    ),
    *(
        "2026-02-28T10:00:00",
        "2026-02-28T10:00:00.5Z",
        "2026-02-28T25:00:00Z",
        "2026-02-28 10:00:00",
        "2026-02-28T10:00",
    ),
)


@given(mutations())
@settings(deadline=None, max_examples=500)
def test_our_own_rules_say_what_the_official_schema_says(root: etree._Element) -> None:
    assert (shape.problem(root) is None) == schema().validate(root), schema().error_log


def test_our_own_rules_accept_the_schema_s_own_example() -> None:
    root = markup.parse(standards("elmo/example.xml").read_bytes())
    assert (shape.problem(root), schema().validate(root)) == (None, True)
    assert root.tag == f"{{{NAMESPACE}}}elmo"

"""Every code that a finding can have is explained, in German and in English."""

import re
from collections.abc import Iterator
from pathlib import Path

import certificates
from certificates.verifying import Finding, Part, Verdict, texts

PACKAGE = Path(next(iter(certificates.__path__)))
FINDING = re.compile(r"\b(?:ok|failed|unknown)\(\s*Part\.([A-Z]+)(?:,\s*\"(\w+)\")?\s*\)")
SIGNER = re.compile(r"\b(?:refuse|puzzled)\(\"(\w+)\"\)")


def codes() -> Iterator[str]:
    for folder in ("verifying", "elmo"):
        for path in (PACKAGE / folder).glob("*.py"):
            source = path.read_text("utf-8")
            yield from (f"{part.lower()}.{reason or 'ok'}" for part, reason in FINDING.findall(source))
            yield from (f"issuer.{reason}" for reason in SIGNER.findall(source))


def test_every_code_has_its_text() -> None:
    found = {code for code in codes() if not code.startswith("structure.")}
    assert len(found) > 40
    assert found - texts.TEXTS.keys() == set()


def test_texts_are_in_both_languages() -> None:
    for text in (*texts.TEXTS.values(), *texts.PARTS.values()):
        assert set(text) == {"de", "en"}
        assert all(text.values())
    assert texts.PARTS.keys() == set(Part)


def test_a_member_that_is_not_as_it_should_be_is_named() -> None:
    said = texts.of(Finding(Part.STRUCTURE, Verdict.FAILED, "structure.result_description"))
    assert "result_description" in said["de"]
    assert "result_description" in said["en"]

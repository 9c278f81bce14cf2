"""Language tags, IRIs and mail addresses, as a statement may have them."""

import pytest

from tests.unit.xapi.samples import statement
from xapi.errors import InvalidStatementError
from xapi.statements import check, check_agent, is_iri


@pytest.mark.parametrize(
    "tag",
    [
        "de", "de-DE", "es-419", "zh-Hans-CN", "zh-cmn-Hans-CN", "sl-rozaj-biske-1994", "de-CH-1901",
        "en-a-bbb-x-a-ccc",
        "x-whatever", "i-klingon", "en-GB-oed", "sgn-BE-FR", "de-DE-u-co-phonebk", "qaa-Qaaa-QM-x-southern", "EN-us",
    ],
)  # fmt: skip
def test_a_language_tag(tag: str) -> None:
    assert check(statement(verb={"id": "x:y", "display": {tag: "x"}}))


@pytest.mark.parametrize(
    "tag",
    [
        "", "d", "de_DE", "a12345678", "de-", "-de", "de--DE", "de-DE-DE", "zh-z-aaa-z-bbb-c-ccc", "en-a-bbb-A-ccc",
        "de-1996-1996", "de-a", "i-nothing", "a-DE", "x", "de-419-DE", "de\n", "de-DE\n", "dé",
    ],
)  # fmt: skip
def test_no_language_tag(tag: str) -> None:
    with pytest.raises(InvalidStatementError):
        check(statement(verb={"id": "x:y", "display": {tag: "x"}}))


@pytest.mark.parametrize("iri", ["http://a.example/ü?q=%20#f", "urn:x", "tag:a,2026:b", "mailto:a@b.c", "H5P+x:1"])
def test_an_iri(iri: str) -> None:
    assert is_iri(iri)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.example/b", "1a:b", "a:", ":b", "a:b c", "a:b\n", "a:b\x00", "a:\x7fb", "a:\x85", "a:<b>",
     "a:b\u202e", "ä:b"],
    ids=repr,
)  # fmt: skip
def test_no_iri(text: str) -> None:
    assert not is_iri(text)


@pytest.mark.parametrize(
    "mbox", ["mailto:a@b.c,d@e.f", "mailto:a@b.c?subject=x", "MAILTO:a@b.c", "mailto:@b.c", "a@b.c"]
)
def test_no_mbox(mbox: str) -> None:
    with pytest.raises(InvalidStatementError):
        check_agent({"mbox": mbox})

"""A paper beside what is signed in it: what is the same, what was changed, and what nobody can say."""

import time
from dataclasses import replace

import pytest

from certificates.credential import Addresses, build, status_entry
from certificates.verifying import Verdict, content, paper
from certificates.verifying.content import Content
from certificates.verifying.paper import Kind
from tests.unit.certificates.samples import ATTENDANCE, PUBLIC_URL

HERE = Addresses(PUBLIC_URL)
SIGNED: Content = content.read(build(ATTENDANCE, HERE, status_entry(HERE.status_list("x"), 1)))
VALUES = paper.signed_values(SIGNED)
PRINTED = "Bescheinigung für\n" + "\n".join(VALUES) + "\nTeil 1: 80 %\nTeil 2: 90 %\nGesiegelt."


def test_same_words_are_found_whatever_lines_they_stand_in_but_may_be_covered() -> None:
    found = paper.compare(PRINTED.replace("\n", "  \n"), SIGNED, PRINTED)
    assert (found.verdict, found.code, found.missing) == (Verdict.UNKNOWN, "paper.same", ())
    assert "".join(piece.text for piece in found.pieces).split() == PRINTED.split()


@pytest.mark.parametrize("value", VALUES)
def test_each_signed_value_must_be_on_the_paper(value: str) -> None:
    found = paper.compare(PRINTED.replace(value, "Anderes"), SIGNED, PRINTED)
    assert (found.verdict, found.code) == (Verdict.FAILED, "paper.changed")
    assert value in found.missing


def test_number_that_we_never_printed_is_a_forgery() -> None:
    found = paper.compare(PRINTED + "\nECTS: 30", SIGNED, PRINTED)
    assert (found.verdict, found.missing) == (Verdict.FAILED, ())
    assert [piece.text for piece in found.pieces if piece.kind is Kind.ADDED] == ["ECTS: 30"]


@pytest.mark.parametrize(
    "printed",
    [
        PRINTED + " Mit Auszeichnung.",
        PRINTED.replace("80", "#").replace("90", "80").replace("#", "90"),
        PRINTED.replace("Gesiegelt.", ""),
    ],
)
def test_other_differences_are_marked_and_leave_a_doubt(printed: str) -> None:
    found = paper.compare(printed, SIGNED, PRINTED)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, "paper.differs")
    assert any(piece.kind is not Kind.SAME for piece in found.pieces)


def test_what_the_issuer_has_sealed_is_the_issuers_word() -> None:
    found = paper.sealed("In einem alten Layout")
    assert (found.verdict, found.code) == (Verdict.OK, "paper.sealed")


@pytest.mark.parametrize(("printed", "code"), [(PRINTED, "paper.not_ours"), ("x", "paper.values_missing")])
def test_of_papers_of_others_nobody_confirms_what_is_printed(printed: str, code: str) -> None:
    found = paper.compare(printed, SIGNED, None)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, code)


def test_numbers_are_found_as_either_language_writes_them() -> None:
    (line,) = SIGNED.results
    halves = replace(SIGNED, results=(replace(line, value="72.5"),))
    for written in ("72.5", "72,5"):
        assert "72.5" not in paper.compare(f"{PRINTED} {written}", halves, None).missing


@pytest.mark.parametrize("printed", ["a " * 100_000, "ab " * 2_000 + "ba " * 60_000, "", " \n "])
def test_endless_paper_is_compared_in_bounded_time(printed: str) -> None:
    begun = time.process_time()
    found = paper.compare(printed, SIGNED, "ba " * 2_000 + "ab " * 2_000)
    assert time.process_time() - begun < 20
    assert found.verdict is Verdict.FAILED

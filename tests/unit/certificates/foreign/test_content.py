"""One shape for what foreign credentials say, whatever their form."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.elmo import content as elmo
from certificates.elmo import document
from certificates.facts import AwardFacts
from certificates.foreign import content
from certificates.reading import markup
from certificates.verifying.report import Form, Known, Report
from tests.unit.certificates import samples


def of_badge(facts: AwardFacts = samples.COURSE, **changes: Any) -> dict[str, Any]:
    return content.read(Report((), Form.JSON, samples.unsigned(facts) | changes, Known.OWN_HOST))


def of_elmo(facts: AwardFacts = samples.COURSE) -> dict[str, Any]:
    xml = document.build(facts, samples.ADDRESSES, generated_at=samples.NOW)
    return content.read(Report((), Form.ELMO, elmo.read(markup.parse(xml)), Known.KEY_ONLY))


def test_a_badge_is_one_part_and_one_for_each_line_of_its_transcript() -> None:
    found = of_badge()
    assert found["holder"]["name"] == "Mira Öztürk-Beispiel"
    assert found["issuer"]["name"]["de"] == "Hochschule A / University A"
    assert found["known"] == "own_host"
    titles = [
        (part["level"], part["title"]["de"], part["result"] or part["status"], part["date"]) for part in found["parts"]
    ]
    assert titles == [
        (0, "Das Onlinezugangsgesetz umsetzen", "", "2026-05-12"),
        (1, "A1 OZG", "85.71", "2026-05-12"),
        (1, "A1 Auch A1 / Also A1", "100", "2026-05-12"),
        (1, "B1 Beteiligung / Participation", "completed", "2026-05-12"),
    ]
    assert found["parts"][0]["credits"] == "2.5"


def test_a_badge_with_one_result_is_one_part() -> None:
    [part] = of_badge(samples.ATTENDANCE)["parts"]
    assert (part["title"]["de"], part["result"]) == ("Das Onlinezugangsgesetz umsetzen", "85.71")


def test_elmo_gives_the_same_parts_with_their_own_dates() -> None:
    found = of_elmo()
    assert found["holder"]["name"] == "Mira Öztürk-Beispiel"
    assert found["issuer"]["name"] == {"de": "Hochschule A", "en": "University A"}
    assert [
        (part["level"], part["title"]["de"], part["result"] or part["status"], part["date"]) for part in found["parts"]
    ] == [
        (0, "Das Onlinezugangsgesetz umsetzen", "bestanden / achieved", "2026-05-12"),
        (1, "OZG", "85.71%", "2026-03-01"),
        (1, "Auch A1", "100%", "2026-04-02"),
        (1, "Beteiligung", "teilgenommen / attended", "2026-05-12"),
    ]
    assert found["parts"][0]["credits"] == "2.5 ECTS"


@pytest.mark.parametrize(
    ("stated", "known", "same"),
    [
        ("Anna Müller", "Anna Müller", True),
        ("MÜLLER, Anna", "Anna Müller", True),
        ("Anna Mu\N{COMBINING DIAERESIS}ller", "Anna Müller", True),
        ("Anna Maria Müller", "Anna Müller", False),
        ("Eva Müller", "Anna Müller", False),
        ("", "Anna Müller", None),
        ("Anna Müller", None, None),
    ],
)
def test_names_are_compared_whatever_their_order(stated: str, known: str | None, same: bool | None) -> None:
    assert content.same_name(stated, known) is same


def test_a_hashed_identity_names_nobody() -> None:
    subject = samples.unsigned()["credentialSubject"]
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": True, "identityHash": "sha256$1", "identityType": "name"}
    ]
    assert of_badge(credentialSubject=subject)["holder"]["name"] == ""


def test_marks_that_turn_a_line_round_and_controls_are_left_out() -> None:
    turned = replace(
        samples.COURSE,
        achievement=replace(samples.COURSE.achievement, title={"de": "Kurs\N{RIGHT-TO-LEFT OVERRIDE}gfdsa"}),
    )
    assert of_elmo(turned)["parts"][0]["title"]["de"] == "Kursgfdsa"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(samples.unsigned())), inner),
)


@given(st.dictionaries(st.sampled_from(["credentialSubject", "issuer", "validFrom", "awardedDate"]), JSON))
def test_whatever_stands_in_it_nothing_breaks(document: dict[str, Any]) -> None:
    found = content.read(Report((), Form.JSON, document, Known.NOT))
    assert found["parts"]


def test_long_texts_and_long_transcripts_are_cut() -> None:
    many = replace(
        samples.COURSE,
        recipient=replace(samples.COURSE.recipient, name="A" * 1000),
        parts=samples.COURSE.parts * 40,
    )
    found = of_elmo(many)
    assert len(found["parts"]) == content.MAX_PARTS
    assert len(found["holder"]["name"]) == content.LONGEST

"""The verdict in one word, and what a credential says in ours."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certificates.achievement import profile
from certificates.credential import Addresses, build, status_entry
from certificates.facts import Competency, Grade, Provider
from certificates.verifying import Part, Report, content
from certificates.verifying.binding import bound
from certificates.verifying.report import Finding, failed, ok, unknown
from lti_tool.pages import checks
from lti_tool.pages.checks import Answer
from tests.unit.certificates.samples import ATTENDANCE, PUBLIC_URL

HERE = Addresses(PUBLIC_URL)
STATUS = status_entry(HERE.status_list("x"), 1)


@pytest.mark.parametrize(
    ("findings", "answer"),
    [
        ({}, Answer.VALID),
        ({Part.STATUS: failed(Part.STATUS, "revocation")}, Answer.REVOKED),
        ({Part.STATUS: failed(Part.STATUS, "suspension")}, Answer.SUSPENDED),
        ({Part.VALIDITY: failed(Part.VALIDITY, "expired")}, Answer.EXPIRED),
        ({Part.INTEGRITY: failed(Part.INTEGRITY, "changed")}, Answer.INVALID),
        ({Part.ISSUER: unknown(Part.ISSUER, "unresolved")}, Answer.UNSURE),
        # Genuine is only what was looked at in full: a forged one is never called "revoked", which sounds genuine.
        (
            {Part.STATUS: failed(Part.STATUS, "revocation"), Part.INTEGRITY: failed(Part.INTEGRITY, "changed")},
            Answer.INVALID,
        ),
        (
            {Part.STATUS: failed(Part.STATUS, "revocation"), Part.ISSUER: unknown(Part.ISSUER, "unresolved")},
            Answer.UNSURE,
        ),
        (
            {Part.STATUS: failed(Part.STATUS, "revocation"), Part.VALIDITY: failed(Part.VALIDITY, "expired")},
            Answer.INVALID,
        ),
    ],
)
def test_findings_are_summed_up(findings: dict[Part, Finding], answer: Answer) -> None:
    assert checks.answer(Report(tuple(findings.get(part, ok(part)) for part in Part))) is answer


def test_the_gravest_of_several_answers_holds_and_none_is_a_doubt() -> None:
    assert checks.worst([Answer.VALID, Answer.REVOKED, Answer.INVALID]) is Answer.INVALID
    assert checks.worst([Answer.VALID, Answer.UNSURE]) is Answer.UNSURE
    assert checks.worst([]) is Answer.UNSURE


def test_everything_that_an_award_can_say_is_read_back() -> None:
    facts = replace(
        ATTENDANCE,
        on_behalf_of=Provider("did:web:m.example", {"de": "Akademie M"}, "https://m.example"),
        valid_until=datetime(2030, 1, 1, tzinfo=UTC),
        grade=Grade("1,3", {"de": "1 bis 5", "en": "1 to 5"}),
        achievement=replace(
            ATTENDANCE.achievement,
            ects=2.5,
            eqf_level=6,
            competencies=(
                Competency({"de": "Prozesse lesen", "en": "Read processes"}, "https://esco.example/1"),
                Competency({"de": "Akten führen", "en": "Keep files"}),
            ),
        ),
    )
    said = content.read(build(facts, HERE, STATUS))
    assert (said.holder, said.on_behalf_of, said.ects, said.eqf) == (
        facts.recipient.name,
        "Akademie M",
        "2.5",
        "6",
    )
    assert said.until == facts.valid_until
    assert [(one.name, one.url) for one in said.competencies] == [
        ("Prozesse lesen / Read processes", "https://esco.example/1"),
        ("Akten führen / Keep files", ""),
    ]
    assert "1,3" in [line.value for line in said.results]
    assert [line.is_percent for line in said.results] == [True, False]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"issuer": "did:web:x", "credentialSubject": [{"achievement": [{"name": "A"}]}]},
        {"credentialSubject": {"identifier": {"hashed": True, "identityHash": "sha256$1", "identityType": "name"}}},
        {"credentialSubject": {"result": "x", "achievement": {"tag": [1, None], "alignment": {"targetUrl": "x:"}}}},
        {"evidence": 1, "name": {"de": "x"}, "validFrom": 7, "validUntil": []},
    ],
)
def test_odd_credentials_are_read_as_far_as_they_go(odd: dict[str, object]) -> None:
    said = content.read(odd)
    assert (said.holder, said.until, said.competencies) == ("", None, ())


def test_report_that_belongs_elsewhere_fails_here() -> None:
    document = {**build(ATTENDANCE, HERE, STATUS), "issuer": profile(ATTENDANCE.issuer)}
    report = Report(tuple(ok(part) for part in Part), content=document)
    here = {"identifier": document["id"], "issuer": ATTENDANCE.issuer.did}
    assert bound(report, **here).genuine
    assert bound(report, **{**here, "identifier": "x"}).of(Part.STRUCTURE).code == "structure.foreign_id"
    assert bound(report, **{**here, "issuer": "did:web:x"}).of(Part.ISSUER).code == "issuer.foreign"
    assert bound(replace(report, content={}), **here).of(Part.STRUCTURE).code == "structure.damaged"

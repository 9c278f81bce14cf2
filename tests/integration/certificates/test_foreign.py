"""Credentials from elsewhere: handed in once, decided part by part, counted by the house's own laws."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import catalogue, credits, evidence, people
from campus.database import Database
from campus.errors import InvalidInputError, NotFoundError
from campus.models.catalogue import LearningUnit
from campus.models.evidence import Evidence, ObjectMapping
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome, RequirementKind
from certificates import award, erasure, issue
from certificates.errors import (
    DecidedError,
    NothingToCountError,
    OwnCredentialError,
    SeveralCredentialsError,
    TooManyHandedInError,
)
from certificates.facts import EvidenceSummary
from certificates.foreign import deciding, intake, store
from certificates.foreign.deciding import Wish
from certificates.foreign.store import ForeignCredential, ForeignDecision
from certificates.verifying.report import Form, Known, Part, Report, failed, ok, unknown
from tests.factories import NOW, Heard, all_facts, learner, moodle_exam, tutorial, unit
from tests.integration.certificates.world import FERNET, RANDOM
from tests.unit.certificates import samples

REPORT = Report(
    (
        ok(Part.STRUCTURE),
        unknown(Part.ISSUER, "key_only"),
        ok(Part.INTEGRITY),
        ok(Part.STATUS, "none"),
        ok(Part.VALIDITY),
    ),
    Form.JSON,
    samples.unsigned(samples.COURSE),
    Known.KEY_ONLY,
)
OUR_OWN = "did:web:campus.example:issuers:a"
HOW = issue.Issuing(NOW, FERNET, samples.PUBLIC_URL, RANDOM)


@dataclass
class Case:
    """Somebody with a credential, a unit it may count for, and an administrator."""

    session: Session
    person: Person
    unit: LearningUnit
    administrator: Person
    credential: ForeignCredential

    def keys(self, *kinds: RequirementKind) -> list[str]:
        asked = catalogue.requirements(self.session, self.unit.id).requirements
        return [one.key for one in asked if not kinds or one.kind in kinds]

    def decide(self, wish: Wish, part: int = 0, reason: str = "Gleichwertig") -> ForeignDecision:
        return deciding.decide(
            self.session,
            self.credential,
            part,
            wish,
            reason=reason,
            decided_by_id=self.administrator.id,
            now=NOW,
            publish=Heard(),
        )

    def whole(self, percent: float | None = None) -> Wish:
        return Wish(self.unit, self.keys(), percent)

    @property
    def standing(self) -> tuple[str, float | None]:
        found = credits.state(self.session, self.person.id, self.unit.id)
        return (found.standing, found.percent) if found else ("none", None)


def hand_in(session: Session, person: Person, *reports: Report, file: bytes = b"{}") -> ForeignCredential:
    return intake.hand_in(
        session,
        person_id=person.id,
        file=file,
        form="json",
        reports=reports,
        is_ours=OUR_OWN.__eq__,
        by_id=person.id,
        now=NOW,
    )


@pytest.fixture
def case(database: Database) -> Iterator[Case]:
    with database.write() as session:
        _, person = learner(session)
        _, administrator = learner(session)
        yield Case(session, person, unit(session), administrator, hand_in(session, person, REPORT))


def test_the_same_file_comes_in_once(case: Case) -> None:
    assert hand_in(case.session, case.person, REPORT).id == case.credential.id
    assert hand_in(case.session, case.administrator, REPORT).id != case.credential.id
    assert len(store.of_person(case.session, case.person.id)) == 1


def test_who_else_has_handed_the_same_file_in(case: Case) -> None:
    assert store.others_with(case.session, case.credential) == []
    hand_in(case.session, case.administrator, REPORT)
    hand_in(case.session, case.administrator, REPORT, file=b"other")
    assert store.others_with(case.session, case.credential) == [case.administrator]


def test_findings_and_content_are_kept(case: Case) -> None:
    assert intake.findings_of(case.credential) == REPORT.findings
    assert case.credential.open_parts == len(case.credential.parts) == 4
    assert case.credential.content is not None
    assert case.credential.content["holder"]["name"] == "Mira Öztürk-Beispiel"


@pytest.mark.parametrize(
    ("reports", "error"),
    [
        ((), NothingToCountError),
        ((Report((), Form.JSON),), NothingToCountError),
        ((REPORT, REPORT), SeveralCredentialsError),
        ((replace(REPORT, known=Known.OURS),), OwnCredentialError),
        # Its key was dropped, so nobody is known to have signed it.
        ((replace(REPORT, known=Known.NOT, content={**REPORT.content, "issuer": OUR_OWN}),), OwnCredentialError),
        (
            (replace(REPORT, known=Known.NOT, content={**REPORT.content, "issuer": {"id": OUR_OWN}}),),
            OwnCredentialError,
        ),
    ],
)
def test_what_holds_no_single_credential_is_refused(
    case: Case, reports: tuple[Report, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        hand_in(case.session, case.person, *reports, file=b"other")


def test_nobody_fills_the_house(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST", 1)
    with pytest.raises(TooManyHandedInError):
        hand_in(case.session, case.person, REPORT, file=b"other")


def test_a_decision_on_the_whole_earns_the_unit(case: Case) -> None:
    case.decide(case.whole(90.0))
    assert case.standing == ("achieved", 90.0)
    assert case.credential.open_parts == 3
    happened = {one.occurred_at.date().isoformat() for one in case.session.scalars(select(Evidence))}
    assert happened == {"2026-05-12"}


def test_without_a_result_the_exam_is_passed(case: Case) -> None:
    case.decide(case.whole())
    assert case.standing == ("achieved", None)


def test_some_requirements_leave_the_others_open(case: Case) -> None:
    case.decide(Wish(case.unit, case.keys(RequirementKind.EXAM), 75.0))
    assert case.standing == ("in_progress", 75.0)
    identity, _ = learner(case.session)
    people.link(case.session, identity, case.person, reason="test", decided_by_id=None, now=NOW, publish=Heard())
    facts = all_facts(case.unit, tutorial(case.session, case.unit), identity)
    others = [fact for fact in facts if fact.percent is None]
    evidence.record(case.session, others, now=NOW, publish=Heard())
    assert case.standing == ("achieved", 75.0)


def test_counting_for_nothing_is_a_decision_too(case: Case) -> None:
    made = case.decide(Wish())
    assert (made.unit_id, case.standing, case.credential.open_parts) == (None, ("none", None), 3)


def test_deciding_again_takes_back_what_was_decided_before(case: Case) -> None:
    case.decide(case.whole(90.0))
    other = unit(case.session, "B2", case.unit.provider)
    keys = [one.key for one in catalogue.requirements(case.session, other.id).requirements]
    case.decide(Wish(other, keys, 80.0))
    assert case.standing == ("none", None)
    found = credits.state(case.session, case.person.id, other.id)
    assert found is not None
    assert (found.standing, found.percent) == ("achieved", 80.0)
    case.decide(Wish(), reason="Doch nicht")
    case.session.refresh(found)
    assert found.standing == "none"
    assert len(case.credential.decisions) == 3
    assert case.credential.open_parts == 3


def test_nothing_is_ever_changed_in_place(case: Case) -> None:
    case.decide(case.whole(90.0))
    before = {one.id: (one.outcome, one.percent) for one in case.session.scalars(select(Evidence))}
    case.decide(case.whole(70.0))
    after = {one.id: (one.outcome, one.percent) for one in case.session.scalars(select(Evidence))}
    assert before.items() <= after.items()
    assert [o for i, (o, _) in after.items() if i not in before].count(Outcome.RETRACTED) == 2
    assert not case.session.scalars(select(ObjectMapping).where(ObjectMapping.ended_at.is_not(None))).all()
    assert case.standing == ("achieved", 70.0)


def test_each_part_counts_for_itself(case: Case) -> None:
    other = unit(case.session, "B2", case.unit.provider)
    keys = [one.key for one in catalogue.requirements(case.session, other.id).requirements]
    case.decide(case.whole(), part=1)
    case.decide(Wish(other, keys), part=2)
    assert case.standing[0] == "achieved"
    assert credits.find(case.session, case.person.id, other.id).assessment.standing == "achieved"


def test_another_source_that_contradicts_is_contested(case: Case) -> None:
    case.decide(case.whole(90.0))
    moodle_exam(case.session, case.unit, "7", 20.0, person=case.person, hear=Heard())
    found = credits.state(case.session, case.person.id, case.unit.id)
    assert found is not None
    assert found.contested


def test_the_certificate_names_the_foreign_issuer_as_the_source(case: Case) -> None:
    case.decide(case.whole(90.0))
    found = credits.state(case.session, case.person.id, case.unit.id)
    assert found is not None
    said = award.unit_facts(case.session, found, HOW).evidence
    assert said == (EvidenceSummary("foreign_credential", "Hochschule A / University A"),)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (lambda case: (99, Wish(), "x"), "part"),
        (lambda case: (-1, Wish(), "x"), "part"),
        (lambda case: (0, Wish(), "  "), "reason"),
        (lambda case: (0, Wish(case.unit), "x"), "requirements"),
        (lambda case: (0, Wish(case.unit, ["activity:elsewhere"]), "x"), "requirements"),
        (lambda case: (0, case.whole(59.9), "x"), "percent"),
        (lambda case: (0, case.whole(100.1), "x"), "percent"),
        (lambda case: (0, Wish(case.unit, ["tutorial"], 90.0), "x"), "percent"),
    ],
)
def test_what_can_not_be_decided(case: Case, wish: Callable[[Case], tuple[int, Wish, str]], field: str) -> None:
    part, wanted, reason = wish(case)
    with pytest.raises(InvalidInputError) as caught:
        case.decide(wanted, part=part, reason=reason)
    assert caught.value.field == field
    assert not case.session.scalars(select(Evidence)).all()


def test_what_nobody_has_decided_on_can_be_taken_back(case: Case) -> None:
    intake.take_back(case.session, case.credential)
    assert store.of_person(case.session, case.person.id) == []


def test_what_was_decided_stays(case: Case) -> None:
    case.decide(Wish())
    with pytest.raises(DecidedError):
        intake.take_back(case.session, case.credential)


def test_checking_again_changes_the_findings_alone(case: Case) -> None:
    revoked = replace(REPORT, findings=(*REPORT.findings[:3], failed(Part.STATUS, "revocation"), REPORT.findings[4]))
    intake.checked_again(case.credential, revoked, now=NOW)
    assert intake.findings_of(case.credential)[3].code == "status.revocation"


def test_erasing_empties_file_content_and_reasons(case: Case) -> None:
    case.decide(case.whole())
    erasure.erase(case.session, case.person.id)
    case.session.expire_all()
    with pytest.raises(NotFoundError):
        store.by_public_id(case.session, case.credential.public_id)
    row = case.session.get_one(ForeignCredential, case.credential.id)
    assert (row.file, row.content, row.findings, row.uploaded_by_id) == (None, None, [], None)
    assert [one.reason for one in row.decisions] == [""]
    assert "Mira" not in str([row.digest, row.form])
    identity = case.session.scalars(select(Identity).where(Identity.issuer == store.SOURCE)).one()
    assert identity.name is None


def test_the_list_of_what_waits_shows_open_ones_only(case: Case) -> None:
    assert case.session.scalars(store.handed_in(only_open=True)).all() == [case.credential]
    for part in range(len(case.credential.parts)):
        case.decide(Wish(), part=part)
    assert case.session.scalars(store.handed_in(only_open=True)).all() == []
    assert case.session.scalars(store.handed_in(only_open=False)).all() == [case.credential]

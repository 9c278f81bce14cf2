"""Rules: statements that are stored become evidence and credits, once, whole, and taken back when they are void."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select

from campus import people
from campus.database import Database
from campus.errors import InvalidInputError
from campus.events import EvidenceRecorded, StatementsWanted
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.organisations import Organisation
from campus.models.people import Identity, Person
from tests.databases import ON_SQLITE
from tests.factories import NOW, Heard, learner, organisation, unit
from tests.unit.xapi.recorded import recorded
from tests.unit.xapi.samples import PUBLIC_URL, SOME_ID, voiding
from xapi import gather, parts, rules
from xapi.batches import Origin, Sender, prepare
from xapi.combining import Writer
from xapi.errors import StatementConflictError
from xapi.evidence import Condition
from xapi.rules import RuleExistsError, Wish
from xapi.store import EvidenceRule
from xapi.watch import Watch

H5P = "https://lernen.example/wp-admin/admin-ajax.php?action=h5p_embed&id=12"
QUIZ = "https://moodle.example/mod/quiz/view.php?id=11"
CLIENT = {"mbox": "mailto:client@example.org"}


@dataclass
class House:
    """A provider with the unit B1, its store, and the jobs that wait."""

    database: Database
    provider: Organisation
    unit: LearningUnit
    person: Person
    jobs: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.writer = Writer(self.database, lambda: NOW, Watch(lambda _: self.jobs).notice)

    def store(self, *given: dict[str, Any], tenant: int | None = None, origin: Origin = Origin.CLIENT) -> list[str]:
        sender = Sender(origin, CLIENT, self.provider.id if tenant is None else tenant)
        batch = prepare(given, sender, version="1.0.3")
        self.writer.keep(batch)
        return batch.ids

    def make(self, **wish: Any) -> EvidenceRule:
        asked = Wish("h5p", H5P, self.requirement("page"))
        with self.database.write() as session:
            return rules.make(
                session,
                session.merge(self.unit),
                session.merge(self.provider),
                replace(asked, **wish),
                made_by_id=self.person.id,
                now=NOW,
                publish=self.jobs,
            )

    def requirement(self, kind: str) -> str:
        return next(f"activity:{a.public_id}" for p in self.unit.phases for a in p.activities if a.kind == kind)

    def waiting(self) -> list[StatementsWanted]:
        return [job for job in self.jobs if isinstance(job, StatementsWanted)]

    def run(self) -> None:
        """Do what waits."""
        waiting = self.waiting()
        self.jobs.clear()
        for job in waiting:
            self.follow(job.rule)

    def follow(self, rule: str) -> None:
        with self.database.write() as session:
            gather.begin(session, rule)
        is_more = True
        while is_more:
            with self.database.write() as session:
                is_more = gather.follow(session, rule, public_url=PUBLIC_URL, now=NOW, publish=self.jobs)

    def evidence(self) -> list[tuple[str, str, float | None]]:
        """Give who, what outcome, what percentage, in order."""
        with self.database.read() as session:
            found = session.execute(
                select(Identity.subject, Evidence.outcome, Evidence.percent)
                .join(Identity, Identity.id == Evidence.identity_id)
                .order_by(Evidence.id)
            )
            return [(subject, outcome, percent) for subject, outcome, percent in found]


@pytest.fixture
def house(database: Database) -> House:
    with database.write() as session:
        provider = organisation(session)
        made = unit(session, provider=provider)
        for phase in made.phases:
            _ = [activity.kind for activity in phase.activities]
        return House(database, provider, made, learner(session)[1])


def by(person: str, name: str = "completed", **changes: Any) -> dict[str, Any]:
    """Let an account say what H5P says."""
    actor = {"account": {"homePage": "https://lernen.example", "name": person}}
    return recorded("h5p", name) | {"actor": actor} | changes


def subject(name: str) -> str:
    return f"account:https://lernen.example|{name}"


def test_statements_before_and_after_the_rule_count_once(house: House) -> None:
    house.store(by("anna"))
    assert house.waiting() == [], "nothing asks for it yet"
    rule = house.make()
    assert house.waiting() == [StatementsWanted(rule.public_id, "made")]
    house.run()
    assert house.evidence() == [(subject("anna"), "done", 87.5)]
    house.store(by("ben"))
    house.run()
    house.follow(rule.public_id)
    assert house.evidence() == [(subject("anna"), "done", 87.5), (subject("ben"), "done", 87.5)]


def test_a_burst_of_statements_is_one_job(house: House) -> None:
    rule = house.make()
    house.run()
    for number in range(3):
        house.store(by(f"a{number}"), by(f"b{number}"))
    assert len(house.waiting()) == 1
    with house.database.read() as session:
        assert session.get_one(EvidenceRule, rule.id).wanted
    house.run()
    assert len(house.evidence()) == 6


def test_more_than_a_page_is_followed_to_its_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "PAGE", 4)
    house.make()
    house.store(*(by(f"person-{number:02}") for number in range(11)))
    house.run()
    assert [one[0] for one in house.evidence()] == [subject(f"person-{number:02}") for number in range(11)]


def test_a_failed_second_attempt_does_not_undo_the_first(house: House) -> None:
    house.make(requirement=house.requirement("quiz"), condition=Condition.SUCCESS)
    house.store(by("anna"))
    house.run()
    house.store(by("anna", "completed_failed"))
    house.run()
    assert house.evidence() == [(subject("anna"), "passed", 87.5)]


def test_a_statement_that_is_declared_void_is_taken_back(house: House) -> None:
    house.make()
    house.store(by("anna", id=SOME_ID))
    house.run()
    house.store(voiding(SOME_ID))
    house.run()
    assert house.evidence() == [(subject("anna"), "done", 87.5), (subject("anna"), "retracted", None)]


def test_of_two_statements_the_other_one_stands_when_one_is_void(house: House) -> None:
    house.make(requirement=house.requirement("quiz"), condition=Condition.SUCCESS)
    house.store(by("anna", "completed_failed"), by("anna", id=SOME_ID))
    house.run()
    house.store(voiding(SOME_ID))
    house.run()
    assert [one[1:] for one in house.evidence()] == [("passed", 87.5), ("failed", 37.5)]


def test_a_statement_that_was_void_before_it_came_counts_nothing(house: House) -> None:
    house.make()
    house.store(voiding(SOME_ID))
    house.store(by("anna", id=SOME_ID))
    house.run()
    assert house.evidence() == []


def test_voiding_what_no_rule_asks_for_is_no_job(house: House) -> None:
    house.make()
    house.run()
    house.store(by("anna", id=SOME_ID, object={"id": "https://lernen.example/else"}))
    house.store(voiding(SOME_ID))
    assert house.waiting() == []


def test_our_own_words_and_another_tenants_never_count(house: House) -> None:
    with house.database.write() as session:
        other = organisation(session).id
    house.make()
    house.store(by("own"), origin=Origin.RECIPE)
    house.store(by("foreign"), tenant=other)
    house.run()
    assert house.evidence() == []


def test_an_account_of_the_campus_is_the_person(house: House) -> None:
    house.make()
    actor = parts.account(PUBLIC_URL, house.person.public_id)
    house.store(by("", actor=actor))
    house.run()
    assert house.evidence() == [(house.person.public_id, "done", 87.5)]
    with house.database.read() as session:
        credit = session.scalars(select(Credit)).one()
    assert (credit.person_id, credit.standing) == (house.person.id, "in_progress")


def test_an_address_is_an_identity_that_is_nobodys_until_somebody_says_whose(house: House) -> None:
    house.make()
    house.store(recorded("h5p", "completed"))
    house.run()
    with house.database.write() as session:
        identity = session.scalars(select(Identity).where(Identity.kind == "xapi")).one()
        assert (identity.issuer, identity.email, identity.name) == (
            f"xapi:{house.provider.public_id}",
            "lea@example.org",
            "Lea Beispiel",
        )
        assert "lea" not in identity.subject
        assert people.person_of(session, identity) is None
        people.link(
            session, identity, session.merge(house.person), reason="seen", decided_by_id=None, now=NOW, publish=Heard()
        )
        assert session.scalars(select(Credit.standing)).one() == "in_progress"


def test_a_group_is_nobodys_evidence(house: House) -> None:
    house.make()
    group = {"objectType": "Group", "mbox": "mailto:kurs@example.org", "member": [{"mbox": "mailto:a@example.org"}]}
    house.store(by("", actor=group))
    house.run()
    assert house.evidence() == []


def test_names_that_no_column_holds_are_shortened(house: House) -> None:
    house.make()
    house.store(
        by("", actor={"name": "a\x00" * 300, "account": {"homePage": "https://x.example", "name": "n\x00" * 300}})
    )
    house.run()
    ((known, outcome, _),) = house.evidence()
    assert (known.partition(":")[0], outcome) == ("account", "done")


def test_ending_a_rule_keeps_what_counted_or_takes_it_back(house: House) -> None:
    kept, wrong = house.make(), house.make(requirement=house.requirement("quiz"))
    house.store(by("anna"))
    house.run()
    for rule, take_back in ((kept, False), (wrong, True)):
        with house.database.write() as session:
            rules.end(session, session.merge(rule), take_back=take_back, now=NOW, publish=house.jobs)
    house.run()
    house.store(by("ben"))
    house.run()
    assert [one[1] for one in house.evidence()] == ["done", "done", "retracted"]
    with house.database.read() as session:
        counted = rules.counted(session, house.provider, [kept, wrong])
    assert {key: (one.known, one.unknown) for key, one in counted.items()} == {kept.public_id: (0, 1)}


def test_a_refused_batch_wakes_nobody(house: House) -> None:
    house.make()
    house.run()
    house.store(by("anna", id=SOME_ID))
    house.run()
    with pytest.raises(StatementConflictError):
        house.store(by("ben", id=SOME_ID))
    assert house.waiting() == []


def test_trying_out_changes_nothing(house: House) -> None:
    house.store(by("anna"), by("ben", "completed_failed"), by("cem", "attempted"))
    wish = Wish("h5p", H5P, house.requirement("quiz"), Condition.SCORE, 60)
    with house.database.read() as session:
        reading = rules.read_wish(session, house.unit, wish)
        tried = rules.try_out(session, house.provider, reading)
    assert (tried.statements, sorted(claim.outcome for claim in tried.claims), tried.silent) == (
        3,
        ["failed", "passed"],
        1,
    )
    assert house.evidence() == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mapping": "scorm"}, "mapping"),
        ({"activity": "kein IRI"}, "activity"),
        ({"requirement": "activity:x"}, "requirement"),
        ({"condition": Condition.SCORE}, "least_percent"),
        ({"condition": Condition.SCORE, "least_percent": 101.0}, "least_percent"),
        ({"mapping": "other"}, "verbs"),
        ({"mapping": "other", "verbs": ("http://adlnet.gov/expapi/verbs/voided",)}, "verbs"),
    ],
)
def test_a_wish_that_makes_no_sense_names_its_field(house: House, wrong: Mapping[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        house.make(**wrong)
    assert refused.value.field == field


def test_the_same_rule_is_made_once(house: House) -> None:
    house.make()
    with pytest.raises(RuleExistsError):
        house.make()


def test_evidence_is_told_on_as_any_other(house: House) -> None:
    house.make()
    house.store(by("anna"))
    house.run()
    assert any(isinstance(event, EvidenceRecorded) for event in house.jobs)


def test_content_in_a_learner_s_browser_is_believed_except_about_exams(house: House) -> None:
    house.make()
    house.make(requirement=house.requirement("quiz"))
    house.store(by("anna"), origin=Origin.LAUNCH)
    house.run()
    assert [outcome for _, outcome, _ in house.evidence()] == ["done"]
    house.store(by("anna"))
    house.run()
    assert len(house.evidence()) == 2

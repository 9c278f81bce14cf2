"""What our recipes say of each outcome."""

from datetime import UTC, datetime

import pytest

from campus.rules.credit import Outcome
from tests.unit.xapi.samples import PUBLIC_URL
from xapi.recipes import Earning, Step, Thing, ThingKind, Unit, statement, statement_id
from xapi.statements import check

EVIDENCE, PERSON, CREDIT = (f"{n}f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11" for n in "123")


def step(outcome: Outcome, kind: ThingKind = ThingKind.PAGE, percent: float | None = None) -> Step:
    return Step(
        evidence=EVIDENCE,
        person=PERSON,
        outcome=outcome,
        percent=percent,
        occurred_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        thing=Thing(kind, "t", {"de": "Titel"}),
        unit=Unit("u", {"de": "Einheit", "en": "Unit"}),
        credit=CREDIT,
        takes_back=PERSON if outcome is Outcome.RETRACTED else None,
    )


def earning() -> Earning:
    return Earning(
        credit=CREDIT,
        revision=3,
        person=PERSON,
        unit=Unit("u", {"de": "Einheit", "en": "Unit"}),
        achieved=True,
        percent=None,
        earned_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("outcome", "kind", "verb"),
    [
        (Outcome.DONE, ThingKind.PAGE, "http://adlnet.gov/expapi/verbs/completed"),
        (Outcome.DONE, ThingKind.EXAM, "http://adlnet.gov/expapi/verbs/completed"),
        (Outcome.DONE, ThingKind.EVALUATION, "http://activitystrea.ms/schema/1.0/submit"),
        (Outcome.DONE, ThingKind.TUTORIAL, "http://adlnet.gov/expapi/verbs/attended"),
        (Outcome.PRESENT, ThingKind.TUTORIAL, "http://adlnet.gov/expapi/verbs/attended"),
        (Outcome.EXCUSED, ThingKind.TUTORIAL, "https://w3id.org/xapi/adl/verbs/waived"),
        (Outcome.ABSENT, ThingKind.TUTORIAL, f"{PUBLIC_URL}/xapi/verbs/missed"),
        (Outcome.PASSED, ThingKind.EXAM, "http://adlnet.gov/expapi/verbs/passed"),
        (Outcome.FAILED, ThingKind.EXAM, "http://adlnet.gov/expapi/verbs/failed"),
        (Outcome.RETRACTED, ThingKind.EXAM, "http://adlnet.gov/expapi/verbs/voided"),
    ],
)
def test_verbs(outcome: Outcome, kind: ThingKind, verb: str) -> None:
    made = statement(step(outcome, kind), PUBLIC_URL)
    assert made["verb"]["id"] == verb
    assert check(made), "what we say ourselves is valid"


@pytest.mark.parametrize("kind", ThingKind)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_on_everything_is_a_valid_statement(outcome: Outcome, kind: ThingKind) -> None:
    assert check(statement(step(outcome, kind, percent=57.14286), PUBLIC_URL))


@pytest.mark.parametrize(
    ("percent", "score"),
    [
        (57.14286, {"scaled": 0.5714286, "raw": 57.14286, "min": 0, "max": 100}),
        (0.0, {"scaled": 0.0, "raw": 0.0, "min": 0, "max": 100}),
        (100.0, {"scaled": 1.0, "raw": 100.0, "min": 0, "max": 100}),
        (110.0, {"scaled": 1.0, "raw": 110.0}),
        (-5.0, {"scaled": -0.05, "raw": -5.0}),
    ],
)
def test_scores(percent: float, score: dict[str, float]) -> None:
    made = statement(step(Outcome.PASSED, ThingKind.EXAM, percent), PUBLIC_URL)
    assert made["result"] == {"score": score, "success": True}
    assert check(made)


def test_ids_never_change() -> None:
    assert statement_id(EVIDENCE) == "685b0cee-eb55-512e-b000-2d95b028d32d"

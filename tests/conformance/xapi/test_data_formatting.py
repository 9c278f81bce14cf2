"""What a statement is made of: members, types, formats (1.0.3, data, 2.1, 2.2, 4; 2.0, 4.2.1, 4.2.7)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, changed, full, statement
from xapi.vocabulary import Edition

INVALID = "xapi.invalid_statement"
SUB = {"objectType": "SubStatement", **statement()}
ACTIVITY = "https://lms.example/course/1"


def given_in_2(path: str, value: Any) -> dict[str, Any]:
    """Give the full statement, without what edition 1.0.3 doesn't know, with a member set anew."""
    made = changed(path, value)
    made["context"].pop("contextAgents", None)
    made["context"].pop("contextGroups", None)
    return made


def broken(answer: TestResponse, requirement: str) -> str:
    """Check a refusal that names the requirement, and return the place it names."""
    problem = refused(answer, 400, INVALID)
    assert requirement in problem["detail"], problem
    return str(problem.get("field", ""))


@pytest.mark.parametrize("place", ["/actor/name", "/verb/display", "/context/platform", "/object/definition/type"])
def test_XAPI00001_null(quick: Lrs, place: str) -> None:
    assert broken(quick.post(given_in_2(place, None)), "XAPI-00001") == place


def test_XAPI00001_null_in_an_extension(lrs: Lrs) -> None:
    extensions: dict[str, Any] = {"a:null": None, "a:text": "", "a:object": {}, "a:deep": [None, {"x": None}]}
    sent = statement(id=SOME_ID, context={"extensions": extensions}, result={"extensions": extensions})
    assert lrs.post(sent).status_code == 200
    found = lrs.get(statementId=SOME_ID).get_json()
    assert found["context"]["extensions"] == found["result"]["extensions"] == extensions


def test_XAPI00002_numbers_keep_their_precision(lrs: Lrs) -> None:
    score = {"min": 0.12123434, "raw": 12.125, "max": 45.45, "scaled": 0.12123434}
    numbers = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2**53 + 1, 10**30, -0.0]
    lrs.post(statement(id=SOME_ID, result={"score": score, "extensions": {"a:n": numbers}}))
    result = lrs.get(statementId=SOME_ID).get_json()["result"]
    assert result == {"score": score, "extensions": {"a:n": numbers}}


@pytest.mark.parametrize(
    ("member", "requirement"), [("actor", "XAPI-00003"), ("verb", "XAPI-00004"), ("object", "XAPI-00005")]
)
def test_XAPI00003_to_00005_a_member_is_missing(quick: Lrs, member: str, requirement: str) -> None:
    broken(quick.post(statement(**{member: None})), requirement)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/result/success", "true"),
        ("/result/completion", 1),
        ("/result/response", 5),
        ("/result/score/raw", "5"),
        ("/result/score", 5),
        ("/context/platform", {}),
        ("/verb", []),
        ("/object/definition/correctResponsesPattern", "a"),
        ("/context/extensions", []),
    ],
)
def test_XAPI00006_another_type(quick: Lrs, place: str, value: Any) -> None:
    assert broken(quick.post(given_in_2(place, value)), "XAPI-") == place


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/id", ""),
        ("/id", SOME_ID + "1"),
        ("/id", SOME_ID.replace("1", "g")),
        ("/actor/mbox", ""),
        ("/actor/mbox", "kurs@example.org"),
        ("/verb/id", ""),
        ("/object/id", "lms.example/course/1"),
        ("/context/registration", "{" + OTHER_ID + "}"),
    ],
)
def test_XAPI00007_another_format(quick: Lrs, place: str, value: str) -> None:
    assert broken(quick.post(given_in_2(place, value)), "XAPI-") == place


@pytest.mark.parametrize("name", ["ID", "Result", "Timestamp", "extensions", "constructor"])
def test_XAPI00008_XAPI00010_a_member_in_other_case_or_unknown(quick: Lrs, name: str) -> None:
    broken(quick.post(statement() | {name: {}}), "XAPI-00008")
    broken(quick.post(statement(verb={"id": "a:b", name: {}})), "XAPI-00008")


def test_XAPI00009_a_value_in_other_case(quick: Lrs) -> None:
    place = broken(quick.post(given_in_2("/object/definition/interactionType", "choiCe")), "XAPI-00049")
    assert place == "/object/definition/interactionType"
    broken(quick.post(statement(actor=agent() | {"objectType": "agent"})), "XAPI-00031")


@pytest.mark.parametrize(
    "place",
    [
        "/verb/id",
        "/object/id",
        "/object/definition/type",
        "/actor/member/0/account/homePage",
        "/actor/member/2/openid",
        "/context/contextActivities/other/0/id",
    ],
)
def test_XAPI00011_an_iri_without_a_scheme(quick: Lrs, place: str) -> None:
    assert broken(quick.post(given_in_2(place, "lms.example/1")), "XAPI-") == place


def test_XAPI00011_XAPI00118_an_extension_without_a_scheme(quick: Lrs) -> None:
    for place in ("/context/extensions", "/result/extensions", "/object/definition/extensions"):
        assert broken(quick.post(given_in_2(place, {"lms.example/1": 1})), "XAPI-00118") == place


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statementId", "wrong"),
        ("voidedStatementId", "wrong"),
        ("registration", "wrong"),
        ("verb", "adlnet.gov/verb"),
        ("activity", "lms.example/1"),
        ("agent", "wrong"),
        ("agent", '{"mbox": "a@b.c"}'),
        ("since", "2026-01-01T00:00:00-00:00"),
    ],
)
def test_XAPI00012_parameters_as_strict_as_statements(quick: Lrs, name: str, value: str) -> None:
    assert quick.get(**{name: value}).status_code == 400


def test_XAPI00013_XAPI00121_languages(quick: Lrs) -> None:
    for tag in ("de", "zh-Hans-CN", "cmn", "sr-Latn-RS", "es-MX"):
        assert quick.post(statement(verb={"id": "a:b", "display": {tag: "x"}})).status_code == 200
        assert quick.post(statement(context={"language": tag})).status_code == 200
    for tag in ("a12345678", "zh-z-aaa-z-bbb-c-ccc", "de_DE", ""):
        broken(quick.post(statement(verb={"id": "a:b", "display": {tag: "x"}})), "XAPI-00121")
        broken(quick.post(statement(context={"language": tag})), "XAPI-00091")


@pytest.mark.parametrize(
    "body",
    [
        b'{"actor": ',
        b"",
        b'{"a": 1, "a": 1}',
        b'[{"actor": NaN}]',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_XAPI00014_no_json(quick: Lrs, body: bytes) -> None:
    refused(quick.ask("POST", data=body, content_type="application/json"), 400, "xapi.bad_json")


@pytest.mark.parametrize("value", ["text", 5, True, None, [[]]], ids=repr)
def test_XAPI00014_no_object(quick: Lrs, value: Any) -> None:
    assert quick.post(value).status_code == 400


def test_XAPI00122_a_time_keeps_its_digits(lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID, timestamp="2026-11-02T10:00:00.123456789Z"))
    assert lrs.get(statementId=SOME_ID).get_json()["timestamp"] == "2026-11-02T10:00:00.123456789Z"


@pytest.mark.parametrize(
    ("time", "valid"),
    [
        ("2008-09-15T15:53:00.601+00:00", set(Edition)),
        ("2008-09-15T15:53:00Z", set(Edition)),
        ("2008-09-15T15:53:00+0100", {Edition.V1}),
        ("20080915T155300Z", {Edition.V1}),
        ("2008-09-15T15:53", {Edition.V1}),
        ("2008-09-15T15:53:00.601-00", set()),
        ("2008-09-15T15:53:00.601-0000", set()),
        ("2008-09-15T15:53:00.601-00:00", set()),
        ("2008-02-30T15:53:00Z", set()),
        ("01/011/2015", set()),
        ("should fail", set()),
    ],
)
def test_XAPI00123_times_of_the_edition(quick: Lrs, time: str, valid: set[Edition]) -> None:
    for sent in (statement(timestamp=time), statement(object=SUB | {"timestamp": time}), statement(stored=time)):
        assert quick.post(sent).status_code == (200 if quick.edition in valid else 400)


def test_4_2_7_a_time_is_kept_in_utc(lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID, timestamp="2023-05-04T12:00:00-05:00"))
    assert lrs.get(statementId=SOME_ID).get_json()["timestamp"] == "2023-05-04T17:00:00Z"


@pytest.mark.parametrize(
    ("duration", "valid"),
    [
        ("PT4H35M59.14S", True),
        ("P3Y1M29DT4H35M59.14S", True),
        ("P3Y", True),
        ("P4W", True),
        ("P1DT12H36M0.12567S", True),
        ("P4W1D", False),
        ("PA1H0M0S", False),
        ("PT", False),
        ("P1H", False),
        (12345, False),
    ],
)
def test_XAPI00077_XAPI00124_durations(quick: Lrs, duration: Any, valid: bool) -> None:
    answer = quick.post(statement(id=SOME_ID, result={"duration": duration}))
    if valid:
        assert answer.status_code in {200, 409}
    else:
        assert broken(answer, "XAPI-00077") == "/result/duration"


def test_2_3_1_the_same_duration_but_for_thousandths_is_no_conflict(lrs: Lrs) -> None:
    for duration, status in (("PT0.12S", 200), ("PT0.1237S", 200), ("PT0.13S", 409), ("P0DT0.12S", 409)):
        assert lrs.post(statement(id=SOME_ID, result={"duration": duration})).status_code == status


def test_a_refusal_names_the_statement_of_the_batch(quick: Lrs) -> None:
    assert broken(quick.post([statement(), statement(actor={})]), "XAPI-00034") == "/1/actor"
    assert "anna" not in quick.post(statement(actor={"mbox": "anna"})).text


def test_the_full_statement_comes_back_as_it_was_sent(lrs: Lrs) -> None:
    if lrs.edition is Edition.V1:
        lrs.edition = Edition.V2  # contextAgents and contextGroups are its own
    sent = full()
    assert lrs.put(sent, SOME_ID).status_code == 204
    found = lrs.get(statementId=SOME_ID).get_json()
    sent["context"]["contextActivities"]["parent"] = [sent["context"]["contextActivities"]["parent"]]
    assert {name: found[name] for name in sent} == sent | {"timestamp": "2026-11-02T09:00:00.123Z"}

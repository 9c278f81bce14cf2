"""State, Activity Profile and Agent Profile resources, and their concurrency (1.0.3, communication, 2.2 to 3.1)."""

import json
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.record_store import Lrs, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent
from xapi.vocabulary import Edition

ANY = {"If-None-Match": "*"}
JSON = "application/json"


class Resource(NamedTuple):
    """One of the three, with its parameters."""

    path: str
    name: str
    context: tuple[str, ...]

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """Give valid parameters of a document that is not there; a change to None leaves one out."""
        given = {"activityId": f"https://lms.example/{uuid4()}", "agent": json.dumps(agent(str(uuid4())))}
        made = {name: given[name] for name in self.context} | {self.name: str(uuid4())} | changes
        return {name: value for name, value in made.items() if value is not None}

    def ask(self, lrs: Lrs, method: str, parameters: dict[str, str], **request: Any) -> TestResponse:
        return lrs.ask(method, self.path, query_string=parameters, **request)

    def put(self, lrs: Lrs, parameters: dict[str, str], body: bytes = b"1", **request: Any) -> TestResponse:
        """Put a document that isn't there yet, of no type of ours."""
        request = {"content_type": "text/plain", "headers": ANY} | request
        return self.ask(lrs, "PUT", parameters, data=body, **request)

    def listed(self, lrs: Lrs, parameters: dict[str, str], **changes: str) -> list[str]:
        """Ask for the names of a document's place."""
        rest = {name: value for name, value in parameters.items() if name != self.name} | changes
        answer = self.ask(lrs, "GET", rest)
        assert (answer.status_code, answer.content_type) == (200, JSON)
        names: list[str] = answer.get_json()
        return names


STATE = Resource("activities/state", "stateId", ("activityId", "agent"))
ACTIVITY = Resource("activities/profile", "profileId", ("activityId",))
AGENT = Resource("agents/profile", "profileId", ("agent",))
EACH = {STATE: "state", ACTIVITY: "activity", AGENT: "agent"}


def each(
    state: int | tuple[int, ...] | None, activity: int | tuple[int, ...], agent_profile: int | tuple[int, ...]
) -> pytest.MarkDecorator:
    """Run a test for each resource, under the numbers of its requirements; None: of that one there is none."""
    rows = []
    for one, numbers in ((STATE, state), (ACTIVITY, activity), (AGENT, agent_profile)):
        if numbers is not None:
            listed = (numbers,) if isinstance(numbers, int) else numbers
            rows.append(pytest.param(one, id="-".join(f"XAPI{number:05}" for number in listed)))
    return pytest.mark.parametrize("of", rows)


def refusals(**numbers: tuple[int, int, int, int]) -> pytest.MarkDecorator:
    """Run a test for each method, under the requirement's number: of PUT, POST, GET, DELETE; 0 for none."""
    return pytest.mark.parametrize(
        ("of", "method"),
        [
            pytest.param(one, method, id=f"XAPI{number:05}")
            for one, name in EACH.items()
            for method, number in zip(("PUT", "POST", "GET", "DELETE"), numbers.get(name, ()), strict=False)
            if number
        ],
    )


@each((190, 188, 192, 217, 230), (287, 288, 293, 311), (273, 259, 269, 282))
def test_put_then_get(lasting: Lrs, of: Resource) -> None:
    parameters, content = of.parameters(), bytes(range(256))
    answer = of.put(lasting, parameters, content, content_type="image/png; x=1")
    assert (answer.status_code, answer.data) == (204, b"")
    answer = of.ask(lasting, "GET", parameters)
    assert (answer.status_code, answer.data, answer.content_type) == (200, content, "image/png; x=1")
    assert answer.last_modified == lasting.services.now.replace(microsecond=0)


@each((233, 189, 231), (310, 286, 292, 312), (280, 272, 283))
def test_post_of_a_new_document_stores_it(quick: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    assert of.ask(quick, "POST", parameters, data=b"abc", content_type="text/plain").status_code == 204
    answer = of.ask(quick, "GET", parameters)
    assert (answer.data, answer.content_type) == (b"abc", "text/plain")


@each(234, 308, 279)
def test_post_merges_json_objects(lasting: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    of.ask(lasting, "POST", parameters, json={"car": {"make": "Honda"}, "driver": "Dale"})
    assert of.ask(lasting, "POST", parameters, json={"type": "Civic"}).status_code == 204
    answer = of.ask(lasting, "GET", parameters)
    assert answer.get_json() == {"car": {"make": "Honda"}, "driver": "Dale", "type": "Civic"}


def test_XAPI00183_XAPI00184_merging_replaces_whole_members(lasting: Lrs) -> None:
    parameters = STATE.parameters()
    STATE.ask(lasting, "POST", parameters, json={"car": {"make": "Ford", "model": "Escape"}, "driver": "Dale"})
    STATE.ask(lasting, "POST", parameters, json={"car": {"make": "Dodge"}, "driver": "Jeff"})
    assert STATE.ask(lasting, "GET", parameters).get_json() == {"car": {"make": "Dodge"}, "driver": "Jeff"}


@pytest.mark.parametrize(
    ("there", "posted"),
    [
        ((b'{"a":1}', JSON), (b'{"a":2}', "text/plain")),
        ((b'{"a":1}', "text/plain"), (b'{"a":2}', JSON)),
        ((b'{"a":1}', JSON), (b"[1]", JSON)),
        ((b"[1]", JSON), (b'{"a":2}', JSON)),
        ((b'{"a":1', JSON), (b'{"a":2}', JSON)),
    ],
    ids=["posted is text", "there is text", "posted is a list", "there is a list", "there is no JSON"],
)
@each((232, 229), (309, 313), (278, 281))
def test_what_cant_be_merged_changes_nothing(
    quick: Lrs, of: Resource, there: tuple[bytes, str], posted: tuple[bytes, str]
) -> None:
    parameters = of.parameters()
    assert of.put(quick, parameters, there[0], content_type=there[1]).status_code == 204
    answer = of.ask(quick, "POST", parameters, data=posted[0], content_type=posted[1])
    assert (answer.status_code, answer.get_json(force=True)["code"][:8]) == (400, "xapi.bad")
    answer = of.ask(quick, "GET", parameters)
    assert (answer.data, answer.content_type) == there


@each(235, 314, 284)
def test_post_of_broken_json_is_refused(quick: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    refused(of.ask(quick, "POST", parameters, data=b'{"a":1}[', content_type=JSON), 400, "xapi.bad_json")
    refused(of.ask(quick, "GET", parameters), 404, "xapi.document_not_found")


@each((191, 187, 216), (285, 291), 271)
def test_delete(lasting: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    other = parameters | {of.name: "other"}
    of.put(lasting, parameters)
    of.put(lasting, other)
    assert of.ask(lasting, "DELETE", parameters).status_code == 204
    refused(of.ask(lasting, "GET", parameters), 404, "xapi.document_not_found")
    assert of.ask(lasting, "GET", other).status_code == 200
    assert of.ask(lasting, "DELETE", parameters).status_code == 204, "what is gone is gone"


@each(193, 289, 270)
def test_names_are_listed(lasting: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    assert of.listed(lasting, parameters) == []
    for name in ("b", "a", "c"):
        lasting.services.now += timedelta(seconds=1)
        of.put(lasting, parameters | {of.name: name})
    of.put(lasting, of.parameters())
    assert of.listed(lasting, parameters) == ["b", "a", "c"]


@each((195, 221, 222), (294, 303), (275, 268))
def test_since_leaves_out_what_was_stored_by_then(lasting: Lrs, of: Resource) -> None:
    parameters, start = of.parameters(), lasting.services.now
    for hours in range(3):
        lasting.services.now = start + timedelta(hours=hours)
        of.put(lasting, parameters | {of.name: str(hours)})
    assert of.listed(lasting, parameters, since=(start + timedelta(hours=1)).isoformat()) == ["2"]
    assert of.listed(lasting, parameters, since="1970-01-01T00:00:00Z") == ["0", "1", "2"]


@each(204, 295, 260)
def test_since_that_is_no_timestamp(quick: Lrs, of: Resource) -> None:
    for since in ("true", "", "not a timestamp", "2026-13-01T00:00:00Z"):
        answer = of.ask(quick, "GET", of.parameters(**{of.name: None}, since=since))
        assert refused(answer, 400, "xapi.bad_parameter")["field"] == "since"


def test_XAPI00218_XAPI00219_XAPI00220_XAPI00227_a_registration_has_documents_of_its_own(lasting: Lrs) -> None:
    without = STATE.parameters()
    first, second = without | {"registration": SOME_ID}, without | {"registration": OTHER_ID}
    for body, parameters in ((b"0", without), (b"1", first), (b"2", second)):
        assert STATE.put(lasting, parameters, body).status_code == 204
    assert [STATE.ask(lasting, "GET", one).data for one in (without, first, second)] == [b"0", b"1", b"2"]
    assert STATE.ask(lasting, "GET", without | {"registration": SOME_ID.upper()}).data == b"1"
    assert STATE.ask(lasting, "DELETE", first).status_code == 204
    assert STATE.ask(lasting, "POST", first, json={"a": 3}).status_code == 204
    assert STATE.ask(lasting, "DELETE", second).status_code == 204
    assert STATE.ask(lasting, "GET", first).get_json() == {"a": 3}
    assert STATE.ask(lasting, "GET", without).data == b"0"
    refused(STATE.ask(lasting, "GET", second), 404, "xapi.document_not_found")


def test_XAPI00194_delete_without_a_name_deletes_all_of_the_context(lasting: Lrs) -> None:
    parameters, foreign = STATE.parameters(), STATE.parameters()
    context = {name: value for name, value in parameters.items() if name != "stateId"}
    for name, registration in (("a", None), ("b", SOME_ID), ("c", OTHER_ID), ("a", OTHER_ID)):
        more = {"registration": registration} if registration else {}
        STATE.put(lasting, context | more | {"stateId": name})
    STATE.put(lasting, foreign)
    assert sorted(STATE.listed(lasting, parameters)) == ["a", "b", "c"], "without a registration, of all"
    assert STATE.ask(lasting, "DELETE", context | {"registration": OTHER_ID}).status_code == 204
    assert sorted(STATE.listed(lasting, parameters)) == ["a", "b"]
    assert STATE.listed(lasting, parameters, registration=SOME_ID) == ["b"]
    assert STATE.ask(lasting, "DELETE", context).status_code == 204
    assert STATE.listed(lasting, parameters) == []
    assert STATE.ask(lasting, "GET", foreign).status_code == 200


@refusals(state=(210, 209, 208, 207), activity=(299, 298, 296, 297))
def test_without_an_activity(quick: Lrs, of: Resource, method: str) -> None:
    answer = of.ask(quick, method, of.parameters(activityId=None), json={}, headers=ANY)
    assert refused(answer, 400, "xapi.bad_parameter")["field"] == "activityId"


@refusals(state=(215, 214, 213, 212), agent=(264, 263, 261, 262))
def test_without_an_agent(quick: Lrs, of: Resource, method: str) -> None:
    answer = of.ask(quick, method, of.parameters(agent=None), json={}, headers=ANY)
    assert refused(answer, 400, "xapi.bad_parameter")["field"] == "agent"


@refusals(state=(199, 198, 197, 196), agent=(257, 256, 258, 255))
def test_an_agent_that_is_none(quick: Lrs, of: Resource, method: str) -> None:
    for given in ("not JSON", "true", "{}", '{"objectType":"Group","member":[{"openid":"x:y"}]}'):
        answer = of.ask(quick, method, of.parameters(agent=given), json={}, headers=ANY)
        assert refused(answer, 400, "xapi.bad_parameter")["field"] == "agent"


@refusals(state=(203, 202, 201, 200))
def test_a_registration_that_is_no_uuid(quick: Lrs, of: Resource, method: str) -> None:
    answer = of.ask(quick, method, of.parameters(registration="true"), json={}, headers=ANY)
    assert refused(answer, 400, "xapi.bad_parameter")["field"] == "registration"


@refusals(state=(206, 211, 0, 0), activity=(302, 301, 0, 300), agent=(267, 266, 0, 265))
def test_without_a_name(quick: Lrs, of: Resource, method: str) -> None:
    for name in (None, ""):
        answer = of.ask(quick, method, of.parameters(**{of.name: name}), json={}, headers=ANY)
        assert refused(answer, 400, "xapi.bad_parameter")["field"] == of.name


@each(322, 322, 322)
def test_the_entity_tag_is_the_quoted_sha1(quick: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    of.put(quick, parameters, b"abc")
    assert of.ask(quick, "GET", parameters).headers["ETag"] == '"a9993e364706816aba3e25717850c26c9cd0d89d"'


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@each(322, 322, 322)
def test_if_match(lasting: Lrs, of: Resource, method: str) -> None:
    parameters = of.parameters()
    tag = {"If-Match": '"1111111111111111111111111111111111111111"'}
    refused(of.ask(lasting, method, parameters, json={"b": 2}, headers=tag), 412, "xapi.precondition")
    of.ask(lasting, "POST", parameters, json={"a": 1})
    refused(of.ask(lasting, method, parameters, json={"b": 2}, headers=tag), 412, "xapi.precondition")
    answer = of.ask(lasting, "GET", parameters)
    assert answer.get_json() == {"a": 1}
    tag = {"If-Match": answer.headers["ETag"]}
    assert of.ask(lasting, method, parameters, json={"b": 2}, headers=tag).status_code == 204
    wanted = {"PUT": {"b": 2}, "POST": {"a": 1, "b": 2}, "DELETE": None}[method]
    answer = of.ask(lasting, "GET", parameters)
    assert (answer.get_json() if answer.status_code == 200 else None) == wanted
    refused(of.ask(lasting, method, parameters, json={"c": 3}, headers=tag), 412, "xapi.precondition")


@each(322, 322, 322)
def test_if_none_match(lasting: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    assert of.put(lasting, parameters, b"1").status_code == 204
    refused(of.put(lasting, parameters, b"2"), 412, "xapi.precondition")
    assert of.ask(lasting, "GET", parameters).data == b"1"


@each(322, 322, 322)
def test_put_without_a_condition(quick: Lrs, of: Resource) -> None:
    """Nothing is overwritten so but State in 1.0.3; that edition asks for a condition for a new profile too."""
    parameters = of.parameters()
    if of is not STATE and quick.edition is Edition.V1:
        refused(of.put(quick, parameters, b"1", headers={}), 400, "xapi.bad_request")
        of.put(quick, parameters, b"1")
    else:
        assert of.put(quick, parameters, b"1", headers={}).status_code == 204
    again = of.put(quick, parameters, b"2", headers={})
    if of is STATE and quick.edition is Edition.V1:
        assert again.status_code == 204
        assert of.ask(quick, "GET", parameters).data == b"2"
    else:
        assert refused(again, 409, "xapi.document_conflict")["detail"]
        assert of.ask(quick, "GET", parameters).data == b"1"


@each(None, 290, 274)
def test_head_is_get_without_the_body(quick: Lrs, of: Resource) -> None:
    parameters = of.parameters()
    of.put(quick, parameters, b"abc")
    got, headed = (of.ask(quick, method, parameters) for method in ("GET", "HEAD"))
    assert (headed.status_code, headed.data) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert headed.headers[name] == got.headers[name]

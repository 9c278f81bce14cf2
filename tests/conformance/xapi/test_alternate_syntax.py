"""A POST whose form stands for another request: edition 1.0.3 has it, 2.0 ended it (1.0.3, communication, 1.3)."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.record_store import VERSION_HEADER, Lrs, refused
from tests.unit.xapi.samples import SOME_ID, agent, statement
from xapi.vocabulary import Edition

BAD = "xapi.bad_request"
FORM = "application/x-www-form-urlencoded"
CREDENTIALS = "Basic " + b64encode(b"all:secret-of-all").decode()
STATE = {"activityId": "x:course", "agent": json.dumps(agent()), "stateId": "place"}


@pytest.fixture
def old(_quick_store: Lrs) -> Lrs:
    """Give a client that speaks 1.0.3."""
    _quick_store.edition = Edition.V1
    return _quick_store


def send(lrs: Lrs, method: str, resource: str = "statements", form: Any = None, **parameters: str) -> TestResponse:
    """Send a form that stands for a request, with all that else are headers in it."""
    fields = {VERSION_HEADER: lrs.edition.value, "Authorization": CREDENTIALS} | (form or {})
    return lrs.client.post(f"{lrs.base}/{resource}", query_string={"method": method, **parameters}, data=fields)


def test_XAPI00336_put_then_XAPI00148_get(old: Lrs) -> None:
    given = str(uuid4())
    sent = statement(verb={"id": "x:größe"}, context={"registration": given})
    answer = send(old, "PUT", form={"statementId": given, "content": json.dumps(sent, ensure_ascii=False)})
    assert (answer.status_code, answer.data) == (204, b"")
    answer = send(old, "GET", form={"statementId": given})
    assert (answer.status_code, answer.get_json()["verb"]) == (200, {"id": "x:größe"})
    answer = send(old, "GET", form={"registration": given, "verb": "x:größe"})
    assert [one["id"] for one in answer.get_json()["statements"]] == [given]
    answer = send(old, "POST", form={"content": json.dumps([statement(), statement()])})
    assert (answer.status_code, len(answer.get_json())) == (200, 2)


def test_XAPI00336_what_is_in_the_form_counts_as_headers(old: Lrs) -> None:
    refused(send(old, "GET", form={"Authorization": "Basic x"}), 401, "xapi.bad_key")
    refused(send(old, "GET", form={VERSION_HEADER: "0.8"}), 400, "xapi.bad_version")
    refused(send(old, "POST", form={"content": "{}", "Content-Type": "text/plain"}), 400, BAD)
    text = {"content": "grün", "Content-Type": "text/plain", "Content-Length": "5", **STATE}
    assert send(old, "PUT", "activities/state", text).status_code == 204
    refused(send(old, "PUT", "activities/state", text | {"If-None-Match": "*"}), 412, "xapi.precondition")
    found = send(old, "GET", "activities/state", STATE)
    assert (found.data.decode(), found.mimetype) == ("grün", "text/plain")
    refused(send(old, "DELETE", "activities/state", STATE | {"If-Match": '"other"'}), 412, "xapi.precondition")
    tag = {"If-Match": found.headers["ETag"]}
    assert send(old, "DELETE", "activities/state", STATE | tag).status_code == 204


def test_XAPI00336_what_is_no_alternate_request(old: Lrs) -> None:
    content = {"content": json.dumps(statement())}
    refused(send(old, "PUT", form={"statementId": SOME_ID, **content}, statementId=SOME_ID), 400, BAD)
    refused(send(old, "PUT", form={"statementId": SOME_ID}), 400, BAD)
    refused(send(old, "PUT"), 400, BAD)
    refused(send(old, "PATCH", form=content), 400, BAD)
    refused(old.ask("PUT", query_string={"method": "PUT"}, data=content), 400, BAD)
    refused(old.ask("GET", query_string={"method": "GET"}), 400, BAD)
    as_json = json.dumps({"statementId": SOME_ID, **content})
    for content_type in (FORM, "application/json"):
        refused(old.ask("POST", query_string={"method": "PUT"}, data=as_json, content_type=content_type), 400, BAD)
    twice = urlencode([("statementId", SOME_ID), ("statementId", SOME_ID)])
    refused(old.ask("POST", query_string={"method": "GET"}, data=twice, content_type=FORM), 400, BAD)
    refused(old.get(statementId=SOME_ID), 404, "xapi.statement_not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("edition", [Edition.V2], indirect=True)
def test_edition_2_ended_it(quick: Lrs, method: str) -> None:
    form = {"statementId": SOME_ID, "content": json.dumps(statement())}
    refused(quick.ask("POST", query_string={"method": method}, data=form), 400, BAD)
    refused(quick.ask(method, query_string={"method": method}), 400, BAD)
    refused(quick.ask("POST", query_string={"method": method}, json=statement()), 400, BAD)
    refused(quick.get(statementId=SOME_ID), 404, "xapi.statement_not_found")

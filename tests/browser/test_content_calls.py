"""Content on another origin calls the record store from a real browser: a registered page may, any other may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.factories import NOW, organisation
from tests.record_store import Lrs, open_store
from tests.unit.xapi.samples import SOME_ID, statement
from xapi import cors

CALLS = """async ([store, authorization, statement]) => {
  const base = {"X-Experience-API-Version": "2.0.0", "Authorization": authorization};
  const call = (method, path, headers = {}, body = undefined) =>
    fetch(store + path, {method, headers: {...base, ...headers}, body});
  const json = {"Content-Type": "application/json"};
  const state = "activities/state?stateId=s&activityId=x:y&agent=" + encodeURIComponent('{"mbox":"mailto:a@b.org"}');
  try {
    const told = await call("PUT", "statements?statementId=" + statement.id, json, JSON.stringify(statement));
    const read = await call("GET", "statements?statementId=" + statement.id);
    await call("PUT", state, {...json, "If-None-Match": "*"}, "{}");
    const kept = await call("GET", state);
    const gone = await call("DELETE", state, {"If-Match": kept.headers.get("ETag")});
    const refused = await call("GET", "statements", {"Authorization": "Bearer x"});
    return [told.status, (await read.json()).id, read.headers.get("X-Experience-API-Consistent-Through") !== null,
            gone.status, (await refused.json()).code];
  } catch (error) {
    return error.name;
  }
}"""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a port of its own and give its origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def lrs(database: Database) -> Lrs:
    return open_store(database)


def calls_from(browser: Browser, origin: str, store: str) -> Any:
    page = browser.new_page()
    page.goto(f"{origin}/")
    authorization = "Basic YWxsOnNlY3JldC1vZi1hbGw="  # all:secret-of-all
    found = page.evaluate(CALLS, [f"{store}/xapi/", authorization, statement(id=SOME_ID)])
    page.close()
    return found


@ON_SQLITE
def test_a_page_of_another_origin_calls_if_it_is_registered(browser: Browser, lrs: Lrs) -> None:
    content = Flask("content")
    content.add_url_rule("/", "page", lambda: "<!doctype html><title>content</title>")
    with serving(lrs.client.application) as store, serving(content) as origin, serving(content) as other:
        assert calls_from(browser, origin, store) == "TypeError"
        with lrs.services.database.write() as session:
            cors.register(session, organisation(session), origin, now=NOW)
        lrs.services.now += cors.REMEMBERED
        assert calls_from(browser, origin, store) == [204, SOME_ID, True, 204, "xapi.bad_key"]
        assert calls_from(browser, other, store) == "TypeError"
        assert lrs.ids() == [SOME_ID]

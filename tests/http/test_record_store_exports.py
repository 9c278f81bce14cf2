"""Statements as files: odd ones, what the table says, the audit, and thousands in little memory."""

import csv
import io
import json
import tracemalloc
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry
from tests import pages
from tests.pages import World
from tests.records import STORE, keep, text, titled
from tests.unit.xapi import samples
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement, voiding
from xapi import statements
from xapi.parts import Json

MEBIBYTE = 1024 * 1024


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


ODD: dict[str, Json] = {
    "everything": samples.full(),
    "an anonymous group": statement(actor={"objectType": "Group", "member": [agent("b"), agent("c")]}),
    "a substatement": statement(
        object={
            "objectType": "SubStatement",
            "actor": agent("inner"),
            "verb": {"id": "https://x.example/verbs/plan"},
            "object": {"objectType": "Agent", "mbox": "mailto:x@example.org"},
        }
    ),
    "a reference": statement(object={"objectType": "StatementRef", "id": OTHER_ID}),
    "a name from right to left": statement(actor=agent("a") | {"name": "\u202eשלום"}),
    "a very long address": statement(object={"id": "https://x.example/" + "a" * 9000}),
    "HTML": statement(actor=agent("<script>alert(1)</script>"), result={"response": "<script>alert(3)</script>"}),
    "HTML in names": statement(
        actor=agent("a") | {"name": "<img src=x onerror=alert(1)>"},
        object=titled("https://x.example/1", "<script>alert(2)</script>"),
    ),
    "a NUL character": statement(actor=agent("a\0b") | {"name": "A\0B"}, result={"response": "\0"}),
    "an empty name": statement(
        actor=agent("a") | {"name": ""}, verb={"id": "https://x.example/", "display": {"de": " "}}
    ),
    "a huge score": statement(result={"score": {"raw": 1e300}, "success": False}),
    "no words in a language of ours": statement(verb={"id": "https://x.example/v", "display": {"fr": "a lu"}}),
    "a formula": statement(actor=agent("a") | {"name": '=HYPERLINK("https://evil.example";"x")'}),
    "a long body": statement(result={"response": "x" * 250_000}),
}


def test_odd_statements_are_shown_counted_and_exported(world: World) -> None:
    office = world.office()
    given = {str(uuid4()): case for case in ODD}
    for statement_id, case in given.items():
        keep(world, ODD[case] | {"id": statement_id})
        for path in (STORE, f"{STORE}/aussagen/{statement_id}", f"{STORE}/statistik"):
            page = text(office, path)
            for harmful in ("<script>alert", "<img src=x", "\0"):
                assert harmful not in page, (case, path)
    told = [json.loads(line) for line in text(office, f"{STORE}/export", als="jsonl").splitlines()]
    assert {one["id"] for one in told} == set(given)
    for one in told:
        assert statements.same(one, ODD[given[one["id"]]] | {"id": one["id"]}), given[one["id"]]
    rows = table(office)
    assert {row["id"] for row in rows} == set(given)
    assert [row["actor name"] for row in rows if row["actor name"].startswith("=")] == []
    assert {row["voided"] for row in rows} == {"false"}


def table(browser: FlaskClient, voided: str = "") -> list[dict[str, str]]:
    exported = text(browser, f"{STORE}/export", als="csv", ungueltige=voided)
    return list(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_table_has_what_a_statement_says(world: World) -> None:
    keep(world, samples.full(), voiding(SOME_ID))
    office = world.office()
    (row,) = [row for row in table(office, voided="yes") if row["id"] == SOME_ID]
    assert row | {"stored": "", "authority": ""} == {
        "stored": "",
        "timestamp": "2026-11-02T09:00:00.123Z",
        "id": SOME_ID,
        "actor": "mbox:mailto:kurs@example.org",
        "actor name": "Kurs 1 (Gruppe)",
        "verb": samples.COMPLETED,
        "verb display": "hat abgeschlossen",
        "object": "https://lms.example/course/1",
        "object name": "Frage",
        "success": "true",
        "completion": "false",
        "score scaled": "0.5",
        "score raw": "5",
        "score max": "10.0",
        "duration": "PT1H30M5.5S",
        "registration": OTHER_ID.upper(),
        "authority": "",
        "voided": "true",
    }
    assert [row["id"] for row in table(office)] != [SOME_ID]
    answer = office.get(f"{STORE}/export", query_string={"als": "csv"})
    assert f"lernprotokoll-{world.clock():%Y-%m-%d}.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def entries(world: World) -> list[tuple[str, dict[str, Any]]]:
    with world.database.read() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "records.exported").order_by(AuditEntry.id)
        )
        return [(entry.action, entry.details) for entry in found]


def test_the_audit_knows_who_exported_how_many_also_of_one_that_broke_off(world: World) -> None:
    keep(world, *(statement() for _ in range(250)))
    office = world.office()
    text(office, f"{STORE}/export", als="jsonl")
    office.head(f"{STORE}/export", query_string={"als": "jsonl"})
    answer = office.get(f"{STORE}/export", query_string={"als": "csv"}, buffered=False)
    pieces = iter(answer.response)
    next(pieces), next(pieces), next(pieces)
    answer.close()
    assert [details for _, details in entries(world)] == [
        {"format": "jsonl", "statements": 250, "complete": True},
        {"format": "csv", "statements": 100, "complete": False},
    ]
    assert "Lernprotokoll exportiert" in text(office, "/verwaltung/protokoll")


def test_an_export_of_thousands_needs_little_memory_and_no_long_transaction(world: World) -> None:
    filler = "x" * 4000
    for start in range(0, 3000, 500):
        keep(world, *(statement(result={"response": f"{start + step} {filler}"}) for step in range(500)))
    office = world.office()
    for kind, lines, least in (("jsonl", 3000, 10 * MEBIBYTE), ("csv", 1 + 3001, MEBIBYTE)):
        answer = office.get(f"{STORE}/export", query_string={"als": kind}, buffered=False)
        size = seen = 0
        tracemalloc.start()
        try:
            for number, piece in enumerate(answer.response):
                if number == 1:
                    keep(world, statement())  # a writer isn't held up, and what it stores isn't part of this export
                    tracemalloc.reset_peak()
                content = piece.encode() if isinstance(piece, str) else piece
                size += len(content)
                seen += content.count(b"\n")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (seen, size > least) == (lines, True), (kind, size)
        assert peak < 5 * MEBIBYTE, kind

"""Statements as JSON lines, in and out, on both databases; an import that is killed goes on."""

import codecs
import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from campus.clock import system_clock
from campus.database import Database
from campus.errors import InvalidInputError
from lti_tool.cli import cli
from lti_tool.cli_xapi_data import read_agent
from tests.databases import ON_SQLITE
from tests.factories import organisation
from tests.integration.xapi.keeping import bodies, found, keep, one
from tests.killing import kill
from tests.serving import environment
from tests.stack import PROGRAM
from tests.unit.xapi.samples import COMPLETED, OTHER_ID, PUBLIC_URL, SOME_ID, VOIDED, agent, full, statement, voiding
from tests.waiting import wait_for
from xapi import parts, recipes
from xapi.combining import Writer
from xapi.errors import InvalidStatementError
from xapi.store import CAMPUS, StatementRow
from xapi.transfer import Importer, Standing, export

ESSAY = {
    "usageType": "https://lms.example/essay",
    "display": {"de": "Aufsatz"},
    "contentType": "text/plain",
    "length": 5,
    "sha2": hashlib.sha256(b"essay").hexdigest(),
}


def write(path: Path, lines: Sequence[Any]) -> Path:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines), encoding="utf-8")
    return path


def importer(database: Database, tenant: int = CAMPUS, contents: Path | None = None) -> Importer:
    return Importer(Writer(database, system_clock), tenant, PUBLIC_URL, contents)


def refusals(path: Path) -> list[dict[str, Any]]:
    told = path.with_name(path.name + ".refused.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in told.splitlines()]


def test_what_a_line_says_is_kept_but_for_when_it_was_stored(database: Database, tmp_path: Path) -> None:
    authority = {"mbox": "mailto:other-store@example.org"}
    given = full() | {"stored": "2020-01-01T00:00:00.000000Z", "authority": authority}
    undated = statement(id=OTHER_ID, stored="2020-01-01T00:00:00.000000Z", version="1.0.0")
    path = write(tmp_path / "in.jsonl", [given, "", undated])
    assert importer(database).take(path) == Standing(path.stat().st_size, 3, 2)
    assert [one.name for one in tmp_path.glob("in*")] == ["in.jsonl"]
    first, second = bodies(database, ascending=True)
    assert first.pop("stored") > "2026"
    assert (first["id"], first["authority"], first["timestamp"]) == (SOME_ID, authority, "2026-11-02T09:00:00.123Z")
    assert second["timestamp"] == "2020-01-01T00:00:00.000000Z", "it happened when it was stored first"
    assert second["authority"] == parts.account(PUBLIC_URL, "import")
    assert second["version"] == "1.0.0"


def test_what_is_wrong_is_written_down_and_the_rest_is_stored(database: Database, tmp_path: Path) -> None:
    keep(database, statement(id=SOME_ID), statement(id=OTHER_ID))
    good = str(uuid4())
    lines = [
        statement(id=SOME_ID, actor=agent("b")),
        statement(id=OTHER_ID),
        '{"id": 1, "id": 2}',
        statement(id=good),
        statement(actor={"mbox": "erika"}),
        statement(id=good, actor=agent("b")),
        statement(attachments=[ESSAY]),
        "[1]",
    ]
    path = write(tmp_path / "in.jsonl", lines)
    done = importer(database).take(path)
    assert (done.line, done.stored, done.known, done.refused) == (8, 1, 1, 6)
    told = refusals(path)
    assert [(one["line"], one["pointer"]) for one in told] == [
        (1, "/id"),
        (3, ""),
        (5, "/actor/mbox"),
        (6, "/id"),
        (7, "/attachments/0"),
        (8, ""),
    ]
    assert all(one["rule"] for one in told)
    assert told[1]["text"] == lines[2]
    assert found(database, ascending=True) == [SOME_ID, OTHER_ID, good]


def test_twice_is_once_also_for_lines_without_an_id(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [statement(), statement(actor=agent("b"))])
    assert importer(database).take(path).stored == 2
    again = importer(database).take(path)
    assert (again.stored, again.known) == (0, 2)
    assert len(found(database)) == 2


def test_resuming_goes_on_and_tells_nothing_twice(database: Database, tmp_path: Path) -> None:
    lines = [statement(id=str(uuid4())) if number % 10 else "no JSON" for number in range(350)]
    path = write(tmp_path / "in.jsonl", lines)

    def stop(standing: Standing) -> None:
        if standing.line == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importer(database).take(path, progress=stop)
    refused = path.with_name("in.jsonl.refused.jsonl")
    refused.write_bytes(refused.read_bytes() + b'{"line": 201}\n')  # as if it had been killed a little later
    seen: list[int] = []
    done = importer(database).take(path, resume=True, progress=lambda standing: seen.append(standing.line))
    assert seen == [300, 350], "it begins where it was"
    assert (done.line, done.stored, done.known, done.refused) == (350, 315, 0, 35)
    assert [one["line"] for one in refusals(path)] == list(range(1, 351, 10))
    assert not path.with_name("in.jsonl.progress").exists()
    assert len(found(database, limit=500)) == 315


def test_progress_that_nobody_wrote(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [statement()])
    path.with_name("in.jsonl.progress").write_text("{}[", encoding="ascii")
    with pytest.raises(InvalidInputError):
        importer(database).take(path, resume=True)


def test_out_and_in_again_is_the_same(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        other = organisation(session).id
    out, folder = tmp_path / "out.jsonl", tmp_path / "contents"
    folder.mkdir()
    (folder / ESSAY["sha2"]).write_bytes(b"essay")  # type: ignore[operator]
    own = parts.account(PUBLIC_URL, recipes.AUTHORITY_NAME)
    given = [
        full(),
        statement(id=str(uuid4())),
        voiding(SOME_ID, id=OTHER_ID),
        statement(id=str(uuid4()), attachments=[ESSAY]),
        statement(id=str(uuid4()), authority=own),
    ]
    assert importer(database, contents=folder).take(write(out, given)).stored == len(given)
    taken = tmp_path / "taken"
    taken.mkdir()
    write(out, list(export(database, CAMPUS, taken)))
    assert [(one.name, one.read_bytes()) for one in taken.iterdir()] == [(ESSAY["sha2"], b"essay")]
    assert importer(database, other, taken).take(out).stored == len(given)
    ours, theirs = (bodies(database, tenant) for tenant in (CAMPUS, other))
    assert [one | {"stored": ""} for one in ours] == [one | {"stored": ""} for one in theirs]
    assert len(ours) == len(given) - 1
    assert one(database, SOME_ID, other, voided=True).voided
    with database.read() as session:
        origins = session.scalars(select(StatementRow.origin).order_by(StatementRow.id)).all()
    assert list(origins) == (["client"] * 4 + ["recipe"]) * 2, "our own words don't become somebody else's"


@ON_SQLITE
@pytest.mark.processes
def test_an_import_that_is_killed_is_resumed(database: Database, database_url: str, tmp_path: Path) -> None:
    lines = [statement(id=str(uuid4()), actor=agent(str(number))) for number in range(600)]
    lines[300] = {"no": "statement"}
    path = write(tmp_path / "in.jsonl", lines)
    command = [*PROGRAM, "xapi", "import", str(path), "--tenant", "campus"]
    environ = {**os.environ, **environment(database_url, 1)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(path.with_name("in.jsonl.progress").exists, "a batch is stored", every=0.001)
        finally:
            kill(process.pid)
    assert 0 < len(found(database, limit=500)) < len(lines) - 1
    done = subprocess.run([*command, "--resume"], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].endswith("1 refused")
    assert found(database, limit=500, ascending=True) == [one["id"] for one in lines if "id" in one]
    assert [one["line"] for one in refusals(path)] == [301]


def test_commands_give_out_and_take_out(database: Database, database_url: str) -> None:
    keep(database, statement(id=SOME_ID), voiding(SOME_ID), statement(actor={"mbox": "mailto:erika@example.org"}))
    runner = CliRunner(env=environment(database_url, 1))
    told = runner.invoke(cli, ["xapi", "export", "--tenant", "campus"], catch_exceptions=False)
    assert [json.loads(line)["verb"]["id"] for line in told.stdout.splitlines()] == [COMPLETED, VOIDED, COMPLETED]
    assert runner.invoke(cli, ["xapi", "export", "--tenant", "nobody"]).exit_code == 1
    for actor, count in (("https://lms.example|anna", 2), ("mailto:erika@example.org", 1), ('{"openid":"x:y"}', 0)):
        told = runner.invoke(cli, ["xapi", "erase", actor], catch_exceptions=False)
        assert told.stdout.startswith(f"{count} statements, 0 documents, 0 attachments, 0 identities: erased:")
    assert found(database, agent="account:https://lms.example|anna") == []
    assert len(found(database)) == 2


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("mailto:a@b.example", {"mbox": "mailto:a@b.example"}),
        ("a@b.example", {"mbox": "mailto:a@b.example"}),
        ("A" * 40, {"mbox_sha1sum": "A" * 40}),
        ("https://lms.example|a|b", {"account": {"homePage": "https://lms.example", "name": "a|b"}}),
        ("https://id.example/a", {"openid": "https://id.example/a"}),
        ('{"mbox":"mailto:a@b.example"}', {"mbox": "mailto:a@b.example"}),
    ],
)
def test_an_actor_as_somebody_writes_it(text: str, agent: dict[str, Any]) -> None:
    assert read_agent(text) == agent


def test_an_actor_that_is_none() -> None:
    with pytest.raises(InvalidStatementError):
        read_agent("erika")


def test_a_line_that_comes_twice_in_a_file_is_stored_once_and_known_then(database: Database, tmp_path: Path) -> None:
    named = statement(id=SOME_ID)
    path = write(tmp_path / "in.jsonl", [named, statement(), named | {"id": SOME_ID.upper()}, statement(), named])
    done = importer(database).take(path)
    assert (done.line, done.stored, done.known, done.refused) == (5, 2, 3, 0)
    assert len(found(database)) == 2


def test_a_byte_order_mark_is_passed_over_at_the_beginning_alone(database: Database, tmp_path: Path) -> None:
    mark = codecs.BOM_UTF8.decode()
    path = write(tmp_path / "in.jsonl", [mark + json.dumps(statement()), statement(id=OTHER_ID), mark + "{}"])
    done = importer(database).take(path)
    assert (done.offset, done.line, done.stored, done.refused) == (path.stat().st_size, 3, 2, 1)
    again = importer(database).take(write(tmp_path / "plain.jsonl", [statement()]))
    assert again.known == 1, "nor is it a word of the first line"
    empty = write(tmp_path / "empty.jsonl", [mark.rstrip()])
    assert importer(database).take(empty).line == 1


@pytest.mark.parametrize("there", [False, True], ids=["new", "there already"])
def test_refused_lines_are_for_the_owner_alone(database: Database, tmp_path: Path, *, there: bool) -> None:
    path = write(tmp_path / "in.jsonl", ["{}"])
    refused = path.with_name("in.jsonl.refused.jsonl")
    if there:
        refused.write_text("older words\n" * 100, encoding="ascii")
        refused.chmod(0o644)
    importer(database).take(path)
    assert stat.S_IMODE(refused.stat().st_mode) == 0o600
    assert [one["line"] for one in refusals(path)] == [1]

"""Statements as JSON lines, in and out: one statement a line, in UTF-8; contents of attachments as files by SHA-2.

What comes in is checked as over HTTP and stored in batches. The store sets ``stored``, since its own order hangs on
that; a statement without a timestamp happened when it was stored first. An authority that a line names is kept:
whoever may run the command is trusted with it (1.0.3, data, 2.4.9, "strong trust relationship").

An import may end at any moment and be resumed: where it is, stands in a file beside; what is stored already in the
same words is left as it is, so a batch may come twice.
"""

import codecs
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select

from campus.database import Database
from campus.errors import InvalidInputError
from xapi import attachments, parts, recipes, statements
from xapi.batches import Origin, Sender, prepare
from xapi.combining import Writer
from xapi.errors import BadJsonError, BadRequestError, InvalidStatementError, StatementConflictError
from xapi.parts import Json
from xapi.query import Query, Reader, Row
from xapi.reading import stream
from xapi.store import StatementRow
from xapi.store import attachments as contents_table
from xapi.strict_json import parse
from xapi.vocabulary import Edition

IMPORTED = "import"
"""The name of the account that vouches for lines that name no authority."""
BATCH = 100
OWNERS_ALONE = 0o600


@dataclass(frozen=True)
class Standing:
    """How far an import has come."""

    offset: int = 0
    """Bytes of the file that are done."""
    line: int = 0
    stored: int = 0
    known: int = 0
    """Lines whose statement was there already, also by an earlier line."""
    refused: int = 0
    refusals: int = 0
    """Bytes of the file of refused lines that were written by then."""


class Line(NamedTuple):
    """A line whose statement is valid."""

    number: int
    text: str
    statement: Json
    contents: dict[str, bytes]


class Refusal(NamedTuple):
    """A line that isn't stored, and why."""

    line: int
    pointer: str
    rule: str
    text: str


@dataclass(frozen=True)
class Importer:
    """Takes JSON lines into one tenant's store."""

    writer: Writer
    tenant: int
    public_url: str
    contents: Path | None = None
    """A folder with contents of attachments: files whose names are their SHA-2."""

    def take(
        self, path: Path, *, resume: bool = False, progress: Callable[[Standing], None] = lambda _: None
    ) -> Standing:
        """Import the file; ``progress`` hears of each batch once it is stored. Return where it ended.

        Refused lines are written to ``FILE.refused.jsonl``, with number, pointer and rule, for the file's owner alone:
        they speak of people. A byte order mark before the first line is passed over. ``resume`` goes on where
        ``FILE.progress`` says that an earlier run has come to; at the end that file is deleted. Raises
        InvalidInputError if it can't be read.
        """
        beside, refused = (path.with_name(path.name + ending) for ending in (".progress", ".refused.jsonl"))
        standing = _recall(beside) if resume else Standing()
        with path.open("rb") as file, _opened(refused, standing.refusals) as refusals:
            standing = _begun(file, standing)
            while raw := list(islice(file, BATCH)):
                standing = self._batch(raw, standing, refusals)
                _remember(beside, standing)
                progress(standing)
        if not standing.refused:
            refused.unlink()
        beside.unlink(missing_ok=True)
        return standing

    def _batch(self, raw: Sequence[bytes], standing: Standing, refusals: IO[bytes]) -> Standing:
        """Store what can be stored of some lines, and write down what can't."""
        checked: list[Line] = []
        refused: list[Refusal] = []
        for number, line in enumerate(raw, standing.line + 1):
            if line.strip():
                found = self._check(number, line)
                if isinstance(found, Line):
                    checked.append(found)
                else:
                    refused.append(found)
        known = self._known(checked)
        for _, lines in groupby(checked, lambda line: line.statement.get("authority")):
            refused += self._keep(list(lines))
        for refusal in sorted(refused):
            refusals.write(json.dumps(refusal._asdict(), ensure_ascii=False).encode() + b"\n")
        refusals.flush()
        conflicting = {refusal.line for refusal in refused}
        valid = [line for line in checked if line.number not in conflicting]
        fresh = {line.statement["id"].lower() for line in valid} - known
        return Standing(
            offset=standing.offset + sum(map(len, raw)),
            line=standing.line + len(raw),
            stored=standing.stored + len(fresh),
            known=standing.known + len(valid) - len(fresh),
            refused=standing.refused + len(refused),
            refusals=refusals.tell(),
        )

    def _check(self, number: int, raw: bytes) -> Line | Refusal:
        """Read a line as the Statement resource reads a body."""
        text = raw.decode(errors="replace").rstrip("\r\n")
        try:
            value = parse(raw)
        except BadJsonError as error:
            return Refusal(number, "", str(error), text)
        refused: list[Refusal] = []
        for edition in _editions(value):
            try:
                statement = statements.check(value, edition=edition)
                contents = self._contents_of(statement)
                attachments.check({"": statement}, contents, edition=edition)
                return Line(number, text, _filled(statement, text), contents)
            except InvalidStatementError as error:
                refused.append(Refusal(number, str(error.field), error.rule, text))
        return refused[0]

    def _contents_of(self, statement: Json) -> dict[str, bytes]:
        """Give the contents that lie in the folder, those that have the SHA-2 by which they are called."""
        found = {}
        for part in parts.attachments(statement) if self.contents else ():
            sha2 = part.value["sha2"].lower()
            file = Path(str(self.contents), sha2)
            if file.is_file() and attachments.is_sha2_of(content := file.read_bytes(), sha2):
                found[sha2] = content
        return found

    def _keep(self, lines: Sequence[Line]) -> list[Refusal]:
        """Store lines of one authority together; should one of them stand against it, each by itself."""
        contents = {sha2: content for line in lines for sha2, content in line.contents.items()}
        given = [line.statement for line in lines]
        try:
            self.writer.keep(prepare(given, self._sender(given[0]), version=Edition.V2, contents=contents))
        except (StatementConflictError, BadRequestError) as error:
            if len(lines) == 1:
                return [Refusal(lines[0].number, "/id", str(error), lines[0].text)]
            return [refusal for line in lines for refusal in self._keep([line])]
        return []

    def _sender(self, statement: Json) -> Sender:
        own = parts.account(self.public_url, recipes.AUTHORITY_NAME)
        authority = statement.get("authority", parts.account(self.public_url, IMPORTED))
        # What our recipes have said stays their word wherever it comes from, so that it never becomes evidence.
        return Sender(Origin.RECIPE if authority == own else Origin.CLIENT, authority, self.tenant)

    def _known(self, lines: Sequence[Line]) -> set[str]:
        row = StatementRow
        ids = [line.statement["id"].lower() for line in lines]
        with self.writer.database.read() as session:
            found = select(row.statement_id).where(row.tenant == self.tenant, row.statement_id.in_(ids))
            return set(session.scalars(found))


def _editions(value: Any) -> tuple[Edition, ...]:
    """Say by which editions a line may be right: a client of 2.0 may have sent a statement that says 1.0.3."""
    says_old = isinstance(value, dict) and str(value.get("version", "")).startswith("1.")
    return (Edition.V1, Edition.V2) if says_old else (Edition.V2,)


def _filled(statement: Json, text: str) -> Json:
    """Give a statement an id of its own words, so that it is the same when it comes again, and a time."""
    filled = statement if "id" in statement else {"id": str(uuid5(NAMESPACE_OID, text))} | statement
    return {"timestamp": filled["stored"]} | filled if "stored" in filled else filled


def _begun(file: IO[bytes], standing: Standing) -> Standing:
    """Go to where the import is: at the beginning behind a byte order mark, which some programs write there."""
    if not standing.offset and file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
        return replace(standing, offset=len(codecs.BOM_UTF8))
    file.seek(standing.offset)
    return standing


@contextmanager
def _opened(path: Path, size: int) -> Iterator[IO[bytes]]:
    """Open the file of refused lines behind what was written by then: a batch that comes twice is told once."""
    path.touch(mode=OWNERS_ALONE)
    path.chmod(OWNERS_ALONE)  # it may have been there
    with path.open("r+b") as file:
        file.seek(size)
        file.truncate()
        yield file


def _recall(beside: Path) -> Standing:
    if not beside.exists():
        return Standing()
    try:
        return Standing(**json.loads(beside.read_bytes()))
    except (ValueError, TypeError):
        message = f"{beside.name} isn't what an import writes down; without --resume it begins anew"
        raise InvalidInputError(message) from None


def _remember(beside: Path, standing: Standing) -> None:
    """Write down where the import is, whole or not at all."""
    fresh = beside.with_name(beside.name + ".new")
    fresh.write_text(json.dumps(asdict(standing)), encoding="ascii")
    fresh.replace(beside)


def export(database: Database, tenant: int, contents: Path | None = None) -> Iterator[str]:
    """Give all statements of a tenant as JSON, the oldest first, void ones too: what declares them void comes after.

    ``contents``: a folder into which the contents of their attachments are written.
    """
    for rows in stream(database, Query(with_voided=True), Reader(tenant)):
        if contents is not None:
            _write_contents(database, rows, contents)
        yield from (row.body for row in rows)


def _write_contents(database: Database, rows: Sequence[Row], folder: Path) -> None:
    with database.read() as session:
        named = {one.sha2.lower(): one.digest for one in attachments.of_rows(session, rows)}
        for sha2, key in named.items():
            file = folder / sha2
            if not file.exists():
                content = session.scalars(select(contents_table.c.content).where(contents_table.c.digest == key)).one()
                file.write_bytes(content)

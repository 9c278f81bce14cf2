"""The statements that the filter finds as a file, CSV or JSON lines, written while they are read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, stream_with_context

from campus import audit
from campus.errors import InvalidInputError
from lti_tool import web
from lti_tool.pages import forms, spreadsheet
from lti_tool.pages.office import record_store_filter
from lti_tool.pages.office.record_store_filter import Wanted
from lti_tool.pages.office.record_store_lines import thing
from lti_tool.pages.office.record_store_names import Names, Of, clean, names_for
from lti_tool.pages.office.shared_desk import Desk
from lti_tool.wiring import Services
from xapi import parts, reading, terms
from xapi.parts import Json
from xapi.query import Row
from xapi.strict_json import load

CSV, JSON_LINES = "csv", "jsonl"
TYPES = {CSV: spreadsheet.CSV_TYPE, JSON_LINES: "application/x-ndjson; charset=utf-8"}
COLUMNS = (
    *("stored", "timestamp", "id", "actor", "actor name", "verb", "verb display", "object", "object name"),
    *("success", "completion", "score scaled", "score raw", "score max", "duration", "registration"),
    *("authority", "voided"),
)
"""In English for all: programs read them."""


@dataclass(frozen=True)
class Exporter:
    """Who exports, as the audit names them."""

    person_id: int
    organisation_id: int | None
    kind: str


class ExportPages(Desk):
    """The export."""

    def export(self, provider: str | None = None) -> Response:
        """Give all that the filter finds, the oldest first. Raises InvalidInputError if the filter isn't clear."""
        with self.reading(provider) as visit:
            kind = forms.choice(request.args, "als", TYPES)
            wanted = record_store_filter.read(visit, request.args, public_url=self.services.settings.public_url)
            exporter = Exporter(visit.actor.person_id, visit.provider.id if visit.provider else None, kind)
        if not wanted.is_clear:
            raise InvalidInputError("the filter isn't clear", field=next(iter([*wanted.errors, *wanted.choices])))
        name = f"lernprotokoll-{self.services.clock():%Y-%m-%d}.{kind}"
        return spreadsheet.file(stream_with_context(self._pieces(wanted, exporter)), name, TYPES[kind])

    def _pieces(self, wanted: Wanted, exporter: Exporter) -> Iterator[str]:
        """Write page by page; at the end, also an early one, the audit is told how many there were."""
        sent, complete = 0, False
        try:
            if exporter.kind == CSV:
                yield spreadsheet.BYTE_ORDER_MARK + spreadsheet.written([COLUMNS])
            for rows in reading.stream(self.services.database, wanted.query, wanted.reader):
                yield self._table(rows) if exporter.kind == CSV else _json_lines(rows)
                sent += len(rows)
            complete = True
        finally:
            self._note(exporter, sent, complete=complete)

    def _table(self, rows: Sequence[Row]) -> str:
        said = [Of(row.tenant, load(row.body)) for row in rows]
        with self.services.database.read() as session:
            url = self.services.settings.public_url
            names = names_for(session, said, public_url=url, language=web.language())
        return spreadsheet.written(
            [*_cells(one.tenant, one.statement, names), _words(row.voided)] for row, one in zip(rows, said, strict=True)
        )

    def _note(self, exporter: Exporter, sent: int, *, complete: bool) -> None:
        with self.services.database.write() as session:
            audit.note(
                session,
                "records.exported",
                actor_id=exporter.person_id,
                organisation_id=exporter.organisation_id,
                now=self.services.clock(),
                format=exporter.kind,
                statements=sent,
                complete=complete,
            )


def _json_lines(rows: Iterable[Row]) -> str:
    """Write statements as they are stored; their JSON has no line breaks."""
    return "".join(f"{row.body}\n" for row in rows)


def _cells(tenant: int, statement: Json, names: Names) -> list[Any]:
    """Give the cells of one statement, in the order of ``COLUMNS`` but for the last."""
    target, result, context = statement["object"], statement.get("result", {}), statement.get("context", {})
    score = result.get("score", {})
    return [
        statement["stored"],
        statement["timestamp"],
        statement["id"],
        clean(parts.agent_key(statement["actor"]) or ""),
        names.agent(tenant, statement["actor"]),
        statement["verb"]["id"],
        names.verb(tenant, statement["verb"]),
        target.get("id") or clean(parts.agent_key(target) or ""),
        thing(names, tenant, target),
        _words(result.get("success")),
        _words(result.get("completion")),
        *(score.get(name) for name in ("scaled", "raw", "max")),
        result.get("duration"),
        context.get("registration"),
        clean(terms.authority_key(statement["authority"])),
    ]


def _words(value: object) -> str | None:
    """Write true and false as JSON does."""
    return None if value is None else str(value).lower()


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add this to the office's pages or to a provider's."""
    handlers = ExportPages(services)
    pages.add_url_rule("/lernprotokoll/export", "record_store_export", handlers.export, methods=["GET"])

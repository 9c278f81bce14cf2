"""The record store's statements: filtered, read line by line, each opened to its JSON."""

from dataclasses import replace

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import NotFoundError
from lti_tool import web
from lti_tool.pages.office import record_store_filter
from lti_tool.pages.office.record_store_choices import organisations, owners, verbs
from lti_tool.pages.office.record_store_filter import Wanted
from lti_tool.pages.office.record_store_lines import Line, lines
from lti_tool.pages.office.shared_desk import Desk, Visit
from lti_tool.wiring import Services
from xapi import query
from xapi.query import Row
from xapi.statements import is_uuid

SIZE = 25
INLINE = 20_000
"""Characters of JSON that a list shows; longer ones stand on a page of their own."""
LONGEST_CURSOR = 18
UNKNOWN_STATUS = 422


class StatementPages(Desk):
    """The list, newest first, and one statement."""

    def statements(self, provider: str | None = None) -> str | tuple[str, int] | BaseResponse:
        """List what the filter finds; a statement's id leads straight to it."""
        with self.reading(provider) as visit:
            wanted = self._wanted(visit)
            if wanted_id := request.args.get("kennung", "").strip():
                if is_uuid(wanted_id):
                    return redirect(url_for(".record_store_statement", statement=wanted_id.lower(), **visit.here), 303)
                wanted.errors["kennung"] = _("An id looks like 1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11.")
            found = self._rows(visit, wanted) if wanted.is_clear else []
            page = self.show(
                visit,
                "office/record_store.html",
                wanted=wanted,
                lines=self._lines(visit, found[:SIZE]),
                more=found[SIZE - 1].id if len(found) > SIZE else None,
                cursor=_cursor(),
                inline=INLINE,
                verbs=verbs(visit, wanted.reader.tenant, wanted.given.get("verb", "")),
                organisations=organisations(visit),
                owners=owners(visit),
            )
        return (page, UNKNOWN_STATUS) if wanted.errors else page

    def statement(self, statement: str, provider: str | None = None) -> str:
        """Show one statement, a void one too. Raises NotFoundError."""
        with self.reading(provider) as visit:
            reader = self._wanted(visit).reader
            found = None
            if is_uuid(statement):
                valid, void = (query.one(visit.session, statement, reader, voided=voided) for voided in (False, True))
                found = valid or void
            if found is None:
                raise NotFoundError("there is no such statement")
            (line,) = self._lines(visit, [Row(found.id, found.tenant, found.body, found.voided)])
            return self.show(visit, "office/record_store_statement.html", line=line, owners=owners(visit))

    def _wanted(self, visit: Visit) -> Wanted:
        return record_store_filter.read(visit, request.args, public_url=self.services.settings.public_url)

    def _rows(self, visit: Visit, wanted: Wanted) -> list[Row]:
        return query.rows(visit.session, replace(wanted.query, limit=SIZE, cursor=_cursor()), wanted.reader)

    def _lines(self, visit: Visit, rows: list[Row]) -> list[Line]:
        url = self.services.settings.public_url
        return lines(visit.session, rows, public_url=url, language=web.language())


def _cursor() -> int | None:
    """Return the number of the last statement of the page before; nonsense is none."""
    text = request.args.get("vor", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_CURSOR else None


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's or to a provider's."""
    handlers = StatementPages(services)
    pages.add_url_rule("/lernprotokoll", "record_store", handlers.statements, methods=["GET"])
    pages.add_url_rule(
        "/lernprotokoll/aussagen/<statement>", "record_store_statement", handlers.statement, methods=["GET"]
    )

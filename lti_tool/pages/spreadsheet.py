"""Tables as CSV files (RFC 4180) that a spreadsheet opens as text, never as a formula.

The separator is the semicolon: a German Excel splits at nothing else.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from flask import Response

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel takes UTF-8 for something else."""
CSV_TYPE = "text/csv; charset=utf-8; header=present"
RISKY = re.compile(r"(^|[;,\t\r\n])(?=\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""Where a cell begins with what spreadsheets would calculate, fetching addresses that a name holds; or where one would
begin if the file were split at another separator."""
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def answer(filename: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return the table as a file to keep. ``None`` is an empty cell."""
    return file(BYTE_ORDER_MARK + written([headings, *rows]), filename, CSV_TYPE)


def written(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as they stand in a file; one that is sent in pieces begins with ``BYTE_ORDER_MARK``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def file(content: str | Iterator[str], filename: str, content_type: str) -> Response:
    """Return a file to keep, whole or in pieces."""
    response = Response(content, content_type=content_type)
    # RFC 6266: the name as it is, and one without anything special for who doesn't know that.
    plain, exact = UNSAFE.sub("_", filename), quote(filename, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if isinstance(value, int | float) else RISKY.sub(r"\1'", text)

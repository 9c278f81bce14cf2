"""Tables as CSV files (RFC 4180) that a spreadsheet opens as text, never as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel takes UTF-8 for something else."""
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell must not begin with: spreadsheets would calculate it, and fetch addresses that a name holds."""


def answer(filename: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return the table as a file to keep. ``None`` is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([_cell(heading) for heading in headings])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    response = Response(BYTE_ORDER_MARK + written.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    is_risky = not isinstance(value, int | float) and text.lstrip(" ").startswith(RISKY)
    return f"'{text}" if is_risky else text

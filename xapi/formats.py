"""The forms in which statements are given back: exact, ids, canonical (1.0.3, communication, 2.1.3)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from xapi.query import Form, Row


def write(session: Session, rows: Sequence[Row], form: Form, languages: str | None) -> list[str]:
    """Give the statements as JSON texts. ``languages`` is the request's Accept-Language, for the canonical form."""
    if form is Form.EXACT:
        return [row.body for row in rows]
    raise NotImplementedError

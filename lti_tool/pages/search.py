"""Searching in names."""

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, or_


def contains(column: SQLColumnExpression[Any], wanted: str) -> ColumnElement[bool]:
    """Say whether the column holds ``wanted``, whatever the case.

    SQLite folds the case of ASCII letters only: the usual spellings are tried, so that "özdemir" finds "Özdemir".
    """
    spellings = sorted({wanted, wanted.lower(), wanted.upper(), wanted.title()})
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in spellings))

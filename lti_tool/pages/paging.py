"""Long lists, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")
SIZE = 25


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number (from 1), and how many pages and rows there are."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def paginate(session: Session, statement: Select[Row], wanted: str | None, *, size: int = SIZE) -> Page[Row]:
    """Read one page of the ordered ``statement``. ``wanted`` is what the address says; nonsense means the first."""
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number, pages = place(total, wanted, size=size)
    rows = session.scalars(statement.limit(size).offset((number - 1) * size)).unique().all()
    return Page(rows, number, pages, total)


def place(total: int, wanted: str | None, *, size: int = SIZE) -> tuple[int, int]:
    """Return the page's number, within what there is, and the number of pages (at least 1)."""
    pages = max(1, -(-total // size))
    number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1  # noqa: PLR2004
    return min(max(number, 1), pages), pages

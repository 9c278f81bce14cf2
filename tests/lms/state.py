"""What the LMS must not forget, in one SQLite file: its key, launches under way, and every score it received."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.lms.config import Link

SCHEMA = """
CREATE TABLE IF NOT EXISTS signing_key (pem TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hint (id TEXT PRIMARY KEY, user TEXT NOT NULL, link TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS assertion (jti TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS choice (id TEXT PRIMARY KEY, items TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS placed (id TEXT PRIMARY KEY, item TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS line_item (
    id TEXT PRIMARY KEY, label TEXT NOT NULL, maximum REAL NOT NULL,
    resource_link TEXT, resource_id TEXT, tag TEXT, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS post (
    id INTEGER PRIMARY KEY, link TEXT NOT NULL, user TEXT NOT NULL, given REAL, maximum REAL,
    final INTEGER NOT NULL, stamp TEXT NOT NULL, received TEXT NOT NULL, body TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class LineItem:
    """A column of the gradebook. Those of the course's links have their link's id, others one of their own."""

    id: str
    label: str
    maximum: float
    resource_link: str | None
    resource_id: str | None
    tag: str | None


@dataclass(frozen=True)
class Cell:
    """One learner's cell in the gradebook. ``values`` are the different scores in the order they came."""

    user: str
    link: str
    score: float | None
    maximum: float | None
    posts: int
    identical: int
    values: list[float | None]
    received: str


class State:
    """The file. Each call opens it anew, so that threads need no care."""

    def __init__(self, path: Path, new_pem: Callable[[], str] | None = None) -> None:
        self._path = path
        with self._open() as connection:
            connection.executescript(SCHEMA)
            if connection.execute("SELECT 1 FROM signing_key").fetchone() is None:
                connection.execute("INSERT INTO signing_key VALUES (?)", ((new_pem or new_private_pem)(),))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
            yield connection

    def private_pem(self) -> str:
        with self._open() as connection:
            return str(connection.execute("SELECT pem FROM signing_key").fetchone()[0])

    def begin_launch(self, user: str, link: str) -> str:
        """Remember who launches what; the hint works once."""
        hint = str(uuid4())
        with self._open() as connection:
            connection.execute("INSERT INTO hint VALUES (?, ?, ?)", (hint, user, link))
        return hint

    def take_launch(self, hint: str) -> tuple[str, str] | None:
        with self._open() as connection:
            row = connection.execute("DELETE FROM hint WHERE id = ? RETURNING user, link", (hint,)).fetchone()
        return (row[0], row[1]) if row else None

    def is_new_assertion(self, jti: str) -> bool:
        with self._open() as connection:
            return connection.execute("INSERT OR IGNORE INTO assertion VALUES (?)", (jti,)).rowcount == 1

    def begin_choice(self) -> str:
        """Remember that somebody chooses content; what is chosen comes later."""
        choice = str(uuid4())
        with self._open() as connection:
            connection.execute("INSERT INTO choice VALUES (?, '[]')", (choice,))
        return choice

    def is_choice(self, choice: str) -> bool:
        with self._open() as connection:
            return connection.execute("SELECT 1 FROM choice WHERE id = ?", (choice,)).fetchone() is not None

    def keep_choice(self, choice: str, items: list[dict[str, Any]]) -> None:
        """Keep what was chosen until the teacher takes it into the course."""
        with self._open() as connection:
            connection.execute("UPDATE choice SET items = ? WHERE id = ?", (json.dumps(items), choice))

    def take_choice(self, choice: str) -> list[dict[str, Any]]:
        with self._open() as connection:
            row = connection.execute("SELECT items FROM choice WHERE id = ?", (choice,)).fetchone()
            connection.execute("UPDATE choice SET items = '[]' WHERE id = ?", (choice,))
        return list(json.loads(row[0])) if row else []

    def add_link(self, item: dict[str, Any]) -> Link:
        """Place a link that was chosen; the course gives it an id of its own."""
        link_id = f"link-{uuid4().hex[:12]}"
        with self._open() as connection:
            connection.execute("INSERT INTO placed VALUES (?, ?)", (link_id, json.dumps(item)))
        return _link(link_id, item)

    def placed(self) -> list[Link]:
        """List the links that were placed, oldest first."""
        with self._open() as connection:
            rows = connection.execute("SELECT id, item FROM placed ORDER BY rowid").fetchall()
        return [_link(link_id, json.loads(item)) for link_id, item in rows]

    def seed_line_item(self, item: LineItem) -> None:
        """Keep a column that comes with its link, unless it was there once."""
        with self._open() as connection:
            row = (item.id, item.label, item.maximum, item.resource_link, item.resource_id, item.tag)
            connection.execute("INSERT OR IGNORE INTO line_item VALUES (?, ?, ?, ?, ?, ?, 0)", row)

    def put_line_item(self, item: LineItem) -> None:
        """Keep a column as it is told: what isn't repeated is gone, as in Moodle."""
        with self._open() as connection:
            row = (item.id, item.label, item.maximum, item.resource_link, item.resource_id, item.tag)
            connection.execute("INSERT OR REPLACE INTO line_item VALUES (?, ?, ?, ?, ?, ?, 0)", row)

    def delete_line_item(self, line_item: str) -> None:
        """Take a column away, and the scores in it."""
        with self._open() as connection:
            connection.execute("UPDATE line_item SET deleted = 1 WHERE id = ?", (line_item,))
            connection.execute("DELETE FROM post WHERE link = ?", (line_item,))

    def line_items(self) -> list[LineItem]:
        """List the columns, oldest first."""
        columns = "id, label, maximum, resource_link, resource_id, tag"
        with self._open() as connection:
            rows = connection.execute(f"SELECT {columns} FROM line_item WHERE NOT deleted ORDER BY rowid")  # noqa: S608 - our own names
            return [LineItem(*row) for row in rows]

    def set_grade(
        self, line_item: str, user: str, given: float, maximum: float, *, ahead: timedelta = timedelta(0)
    ) -> None:
        """Let a teacher write a grade by hand, stamped by the LMS's own clock, which may be ahead of others."""
        now = (datetime.now(tz=UTC) + ahead).isoformat()
        with self._open() as connection:
            row = (line_item, user, given, maximum, now, now)
            connection.execute(
                "INSERT INTO post (link, user, given, maximum, final, stamp, received, body)"
                " VALUES (?, ?, ?, ?, 1, ?, ?, '{}')",
                row,
            )

    def add_score(
        self,
        link: str,
        user: str,
        given: float | None,
        maximum: float | None,
        *,
        final: bool,
        stamp: datetime,
        body: Mapping[str, Any],
    ) -> str:
        """Store a score unless its stamp isn't later than the last; say ``old``, ``new`` or ``same``."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute(
                "SELECT given, maximum, stamp, final FROM post WHERE link = ? AND user = ? ORDER BY id DESC",
                (link, user),
            ).fetchone()
            if last is not None and stamp <= datetime.fromisoformat(last[2]):
                return "old"
            connection.execute(
                "INSERT INTO post (link, user, given, maximum, final, stamp, received, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(link, user, given, maximum, final, stamp.isoformat()),
                    *(datetime.now(tz=UTC).isoformat(), json.dumps(body)),
                ),
            )
        same = last is not None and (last[0], last[1], bool(last[3])) == (given, maximum, final)
        return "same" if same else "new"

    def posts(self, line_item: str) -> list[dict[str, Any]]:
        """List the scores that tools sent to a column and that were stored, as they wrote them."""
        with self._open() as connection:
            rows = connection.execute("SELECT body FROM post WHERE link = ? AND body <> '{}' ORDER BY id", (line_item,))
            return [json.loads(row[0]) for row in rows]

    def gradebook(self) -> list[Cell]:
        """Return all cells; the last score counts, and one that isn't final empties the cell, as in Moodle."""
        with self._open() as connection:
            rows = connection.execute("SELECT link, user, given, maximum, final, received FROM post ORDER BY id")
            posts = rows.fetchall()
        cells: dict[tuple[str, str], list[tuple[float | None, float | None]]] = {}
        received: dict[tuple[str, str], str] = {}
        for link, user, given, maximum, final, when in posts:
            cells.setdefault((link, user), []).append((given, maximum) if final else (None, None))
            received[link, user] = when
        return [_cell(link, user, told, received[link, user]) for (link, user), told in sorted(cells.items())]


def _cell(link: str, user: str, posts: list[tuple[float | None, float | None]], received: str) -> Cell:
    distinct = [post for position, post in enumerate(posts) if position == 0 or post != posts[position - 1]]
    score, maximum = posts[-1]
    return Cell(
        user=user,
        link=link,
        score=score,
        maximum=maximum,
        posts=len(posts),
        identical=len(posts) - len(distinct),
        values=[given for given, _ in distinct],
        received=received,
    )


def _link(link_id: str, item: dict[str, Any]) -> Link:
    return Link(link_id, item.get("title", ""), dict(item.get("custom", {})))


def new_private_pem() -> str:
    """Make an RSA key as PEM text."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@cache
def private_key(pem: str) -> RSAPrivateKey:
    """Return the key to sign with; looking whether it is a good one takes longer than signing."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


@cache
def public_pem(private_pem: str) -> str:
    """Return the public half."""
    return (
        private_key(private_pem)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )

"""XML of a backup: parsed without entities, network or huge trees, and read leniently field by field.

Fields come and go between Moodle's versions: a missing field is its default, one of the wrong type is damage.
"""

from collections.abc import Iterator
from html import escape

from lxml import etree

from moodle_sync.backup.errors import BackupDamagedError, BackupXmlEntitiesError

NULL = "$@NULL@$"
"""How Moodle's backup writes a database NULL."""

FORMAT_MOODLE, FORMAT_HTML, FORMAT_PLAIN, FORMAT_MARKDOWN = 0, 1, 2, 4


class Node:
    """One XML element with typed access to its children's texts."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    @property
    def tag(self) -> str:
        """The element's name."""
        return str(self._element.tag)

    def attribute(self, name: str) -> str | None:
        """Return an attribute."""
        return self._element.get(name)

    def child(self, path: str) -> "Node | None":
        """Return the first element at ``path`` (``a/b``)."""
        found = self._element.find(path)
        return None if found is None else Node(found)

    def children(self, path: str) -> "Iterator[Node]":
        """Yield all elements at ``path``."""
        return (Node(found) for found in self._element.findall(path))

    def require(self, path: str) -> "Node":
        """Return the first element at ``path``, or raise BackupDamagedError."""
        found = self.child(path)
        if found is None:
            raise BackupDamagedError(f"{self.tag} has no {path}")
        return found

    def text(self, path: str) -> str | None:
        """Return the text at ``path``; None when missing or NULL."""
        found = self._element.find(path)
        if found is None or (text := found.text or "") == NULL:
            return None
        return text

    def integer(self, path: str, default: int = 0) -> int:
        """Return the whole number at ``path``; raise BackupDamagedError for anything else."""
        text = self.text(path)
        if not text:
            return default
        if len(text) > 18 or not text.removeprefix("-").isdecimal():  # noqa: PLR2004 - what a bigint holds
            raise BackupDamagedError(f"{self.tag}/{path} is not a whole number")
        return int(text)

    def number(self, path: str, default: float = 0.0) -> float:
        """Return the number at ``path``; raise BackupDamagedError for anything else, or for no finite one."""
        text = self.text(path)
        if not text:
            return default
        return parse_number(text, f"{self.tag}/{path}")

    def flag(self, path: str, *, default: bool = False) -> bool:
        """Return whether the 0/1 at ``path`` is 1."""
        return self.integer(path, int(default)) != 0

    def html(self, path: str, format_path: str | None = None) -> str:
        """Return the text at ``path`` as (unsanitised) HTML, by its text format beside it."""
        text = self.text(path) or ""
        return as_html(text, self.integer(format_path or f"{path}format", FORMAT_HTML))


def parse_number(text: str, where: str) -> float:
    """Return ``text`` as a finite number; raise BackupDamagedError otherwise."""
    try:
        number = float(text)
    except ValueError as error:
        raise BackupDamagedError(f"{where} is not a number") from error
    if not abs(number) < 1e15:  # noqa: PLR2004 - beyond what Moodle's columns hold; also catches nan and inf
        raise BackupDamagedError(f"{where} is out of range")
    return number


def as_html(text: str, text_format: int) -> str:
    """Return a Moodle text as HTML: plain text and Markdown are shown as written, line by line."""
    if text_format in {FORMAT_PLAIN, FORMAT_MARKDOWN}:
        return escape(text).replace("\n", "<br>")
    if text_format == FORMAT_MOODLE and "<" not in text:
        return text.replace("\n", "<br>")
    return text


def parse(content: bytes, name: str) -> Node:
    """Parse one XML file. Raises BackupXmlEntitiesError for a document type, BackupDamagedError for bad XML.

    Moodle writes UTF-8 and escapes every "<" of a text, so the bytes of a document type mean one, wherever they
    stand; it is refused before the parser could expand anything. The fixed encoding leaves no other spelling.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BackupXmlEntitiesError(f"{name} declares a document type")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        return Node(etree.fromstring(content, parser))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BackupDamagedError(f"{name} is not well-formed XML") from error

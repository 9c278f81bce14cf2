"""A stranger's PDF: its text attachments, what it shows to people, and whether something in it would run.

Runs in the sandbox (``certificates.reading.sandbox``): pypdf takes the file apart, nothing is drawn or executed.
"""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from certificates.errors import EncryptedFileError, TooCostlyFileError, TooLargeFileError, UnreadableFileError

MAX_OBJECTS = 100_000
MAX_PAGES = 20
MAX_PRINTED = 200_000
"""Characters."""
MAX_ATTACHED = 20
MAX_ATTACHED_BYTES = 10 * 1024 * 1024
"""Of all attachments that are text."""

ACTIONS = {
    *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound", "/GoToE"),
    "/RichMediaExecute",
}
"""Types of actions that do more than turn to a page or open an address (ISO 32000-1, table 198)."""
CARRIERS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent"}
"""Entries that hold scripts, forms with scripts, or players."""


def read(content: bytes) -> dict[str, Any]:
    """Return ``attached`` (texts), ``printed`` (the first pages' text) and ``active`` (sorted names).

    Raises EncryptedFileError, TooCostlyFileError, TooLargeFileError, UnreadableFileError.
    """
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise EncryptedFileError("the PDF is encrypted")
        active: set[str] = set()
        attached: dict[str, None] = {}  # an attachment stands in two lists, as a rule
        for one in _dictionaries(reader):
            active |= _activity(one)
            attached |= dict.fromkeys(_attachments(one))
            if len(attached) > MAX_ATTACHED or sum(map(len, attached)) > MAX_ATTACHED_BYTES:
                raise TooLargeFileError("the PDF has too many or too large attachments")
        return {"attached": list(attached), "printed": _printed(reader), "active": sorted(active)}
    except LimitReachedError as error:
        raise TooCostlyFileError("the PDF unfolds to more than it may") from error
    except PyPdfError as error:
        raise UnreadableFileError(f"the PDF can't be read ({type(error).__name__})") from error


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Give every dictionary and stream that can be reached from the trailer, each once."""
    waiting: list[Any] = [reader.trailer]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, IndirectObject):
            if (value.idnum, value.generation) in seen:
                continue
            seen.add((value.idnum, value.generation))
            value = value.get_object()
        count += 1
        if count > MAX_OBJECTS:
            raise TooCostlyFileError("the PDF has too many objects")
        if isinstance(value, DictionaryObject):
            yield value
            waiting += [child for child in dict.values(value) if _is_inner(child)]
        elif isinstance(value, ArrayObject):
            waiting += [child for child in list.__iter__(value) if _is_inner(child)]


def _is_inner(value: PdfObject) -> bool:
    return isinstance(value, IndirectObject | DictionaryObject | ArrayObject)


def _entry(one: DictionaryObject, key: str) -> object:
    value = one.get(key)
    return None if value is None else value.get_object()  # get() follows no reference


def _activity(one: DictionaryObject) -> set[str]:
    found = {name.removeprefix("/") for name in CARRIERS & one.keys()}
    action = _entry(one, "/S")
    if isinstance(action, str) and action in ACTIONS:
        found.add(action.removeprefix("/"))
    return {"JavaScript" if name == "JS" else name for name in found}


def _attachments(one: DictionaryObject) -> Iterator[str]:
    """Give the texts that a file specification embeds (ISO 32000-1, 7.11.4); other files are passed over."""
    embedded = _entry(one, "/EF")
    if not isinstance(embedded, DictionaryObject):
        return
    for key in embedded.keys() & {"/F", "/UF"}:
        stream = _entry(embedded, key)
        if not isinstance(stream, StreamObject):
            continue
        try:
            text = stream.get_data().decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            continue
        if text:
            yield text


def _printed(reader: PdfReader) -> str:
    texts: list[str] = []
    for number, page in enumerate(reader.pages):
        if number >= MAX_PAGES or sum(map(len, texts)) > MAX_PRINTED:
            break
        texts.append(page.extract_text())
    return "\n".join(texts)[:MAX_PRINTED]

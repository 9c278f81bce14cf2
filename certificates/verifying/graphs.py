"""Somebody else's JSON-LD as canonical N-Quads (RDFC-1.0): whatever it holds, in bounded time.

What our own credentials hold ``certificates.signatures.canonical`` does, fast and strictly. Here other people's habits
are met as well: embedded endorsements with other contexts than the credential's, numbers with fractions, ``null``.
What looks alike (``certificates.signatures.ambiguity``) is bounded: a kilobyte of it could take years.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import Dataset, RdfFormat, parse

from campus.errors import CampusError
from certificates.errors import UnsafeDocumentError
from certificates.signatures import ambiguity, contexts
from certificates.signatures.canonical import CANONICALIZER, FORBIDDEN, MAX_SAFE_INTEGER, check_expanded, is_disguised

BASE = "relative://base/"
PYLD_STUMBLES = (TypeError, ValueError, AttributeError, KeyError, RecursionError)
"""Over some documents that are no JSON-LD, each time in another way."""


class UnsupportedValueError(UnsafeDocumentError):
    """The document may be sound, but libraries don't agree on how such a value is signed."""

    code = "certificate.unsupported_value"


class InlineContextError(UnsafeDocumentError):
    """The document defines terms itself; only contexts that are pinned here are used."""

    code = "certificate.inline_context"


class TooIntricateError(UnsafeDocumentError):
    """The document has so many parts that look alike that canonicalizing it could take years."""

    code = "certificate.too_intricate"


MAX_EFFORT = 12_000
"""For one upload: of these, a thousand take up to a tenth of a second, a large course's certificate some 1,800."""
VALUES_SQUARED = 500
"""So much more does the lenient way take for many values: pyld compares equal members one by one."""


@dataclass
class Effort:
    """What may still be computed for one upload, which may hold many credentials, and lists of their status."""

    left: int = MAX_EFFORT

    def spend(self, amount: int) -> None:
        """Take ``amount`` off. Raises TooIntricateError when there is not so much left."""
        self.left -= amount
        if self.left < 0:
            raise TooIntricateError("there is too much to be computed")


class Graphs:
    """Canonicalizes with the pinned contexts. Safe to share between threads."""

    def __init__(self) -> None:
        self._resolver = ContextResolver({}, contexts.load)
        self._lock = Lock()

    def nquads(self, document: Mapping[str, Any], effort: Effort) -> str:
        """Return the canonical N-Quads.

        Raises UnsafeDocumentError when a part would stay outside the signature, UnknownContextError for a context
        that isn't pinned, and the errors of this module.
        """
        effort.spend(_size(document))
        try:
            return CANONICALIZER.nquads(document, effort.spend)
        except TooIntricateError:
            raise
        except (UnsafeDocumentError, *PYLD_STUMBLES):
            return self._leniently(document, effort)

    def _leniently(self, document: Mapping[str, Any], effort: Effort) -> str:
        effort.spend(_size(document) + _size(document) ** 2 // VALUES_SQUARED)
        check_values(document)
        expanded = self._expand(document)
        check_expanded(expanded)
        try:
            quads = Dataset(parse(json.dumps(expanded), format=RdfFormat.JSON_LD))
        except (SyntaxError, ValueError) as error:
            raise UnsafeDocumentError("the document is no RDF dataset") from error
        try:
            effort.spend(ambiguity.orders(quads))
        except TooIntricateError:
            raise
        except UnsafeDocumentError as error:
            raise TooIntricateError("too many parts of the document are alike") from error
        try:
            found: str = jsonld.normalize(
                expanded,
                {"algorithm": "URDNA2015", "format": "application/n-quads", "base": BASE},
            )
        except (jsonld.JsonLdError, *PYLD_STUMBLES) as error:
            raise UnsafeDocumentError("the document is no RDF dataset") from error
        return found

    def _expand(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        dropped: list[Any] = []
        with self._lock:  # pyld's caches are not made for threads
            try:
                expanded: list[dict[str, Any]] = jsonld.expand(
                    document,
                    {"base": BASE, "documentLoader": contexts.load, "contextResolver": self._resolver},
                    on_property_dropped=dropped.append,
                )
            except jsonld.JsonLdError as error:
                if isinstance(cause := error.__cause__, CampusError):
                    raise cause from error
                raise UnsafeDocumentError(f"not valid JSON-LD ({error.code or error.type})") from error
            except PYLD_STUMBLES as error:
                raise UnsafeDocumentError(f"not valid JSON-LD ({type(error).__name__})") from error
        if dropped:
            raise UnsafeDocumentError("the document has terms that its contexts don't define")
        return expanded


def _size(value: Any) -> int:
    """Count the values."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, items))


def check_values(value: Any, *, top: bool = True) -> None:
    """Refuse what is not signed, or not alike everywhere.

    ``null`` and an empty list state nothing, so nothing of them is signed. Depth and size were limited before.
    """
    match value:
        case dict():
            for key in value:
                _check_name(key)
            _check_context(value.get("@context"), needed=top)
            for key, item in value.items():
                if key != "@context":
                    check_values(item, top=False)
        case list():
            for item in value:
                check_values(item, top=False)
        case str():
            _check_text(value)
        case int() if abs(value) > MAX_SAFE_INTEGER:
            raise UnsupportedValueError("an integer outside the range that JSON keeps exactly")
        case _:
            pass


def _check_name(name: str) -> None:
    if name.startswith("@") and name != "@context":
        raise UnsafeDocumentError("a JSON-LD keyword inside the document")
    if is_disguised(name):
        raise UnsafeDocumentError("a member under another name than the contexts' own")
    _check_text(name)


def _check_text(text: str) -> None:
    if FORBIDDEN.search(text):
        raise UnsupportedValueError("a control character or noncharacter")


def _check_context(found: Any, *, needed: bool) -> None:
    if found is None and not needed:
        return
    if isinstance(found, str | dict):
        found = [found]
    if not isinstance(found, list) or not found:
        raise UnsafeDocumentError("there is no context")
    if not all(isinstance(item, str) for item in found):
        raise InlineContextError("a context inside the document")
    for item in found:
        contexts.load(item)  # raises for one that isn't pinned

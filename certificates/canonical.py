"""A JSON-LD document as canonical N-Quads (RDFC-1.0), in a safe mode that pyld lacks.

pyld drops undefined terms silently, which leaves them outside the signature, and JSON-LD libraries differ on
control characters and floating-point numbers. All of that is refused, before signing and before checking.
"""

import json
import re
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from campus.errors import CampusError
from certificates.contexts import Loader, load
from certificates.errors import UnsafeDocumentError

RELATIVE = "relative"
"""pyld insists on a base, so relative IRIs get this scheme, by which ``check_expanded`` knows them."""
ABSOLUTE_IRI = re.compile(rf"(?!{RELATIVE}:)[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{{}}|\\^`]*", re.IGNORECASE)
# What RDFC-1.0 escapes in its own way, and what is no character: C0 and C1 controls but the line feed, DEL,
# surrogates, noncharacters.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 24
MAX_VALUES = 20_000


class Canonicalizer:
    """Canonicalizes with the contexts that ``loader`` gives (by default the pinned ones, and no other)."""

    def __init__(self, loader: Loader = load) -> None:
        """Keep a cache of contexts of its own: pyld's shared one would answer for other loaders too."""
        self._loader = loader
        self._resolver = ContextResolver({}, loader)
        self._lock = Lock()

    def nquads(self, document: Mapping[str, Any]) -> str:
        """Return the canonical N-Quads. Raises UnsafeDocumentError when a part would be dropped or is ambiguous."""
        check_values(document)
        expanded = self._expand(document)
        check_expanded(expanded)
        try:
            quads = Dataset(parse(json.dumps(expanded), format=RdfFormat.JSON_LD))
        except (SyntaxError, ValueError) as error:
            raise UnsafeDocumentError("the document is no RDF dataset") from error
        quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        lines = serialize(quads, format=RdfFormat.N_QUADS) or b""
        # Not splitlines: it would split at U+2028 too, which stands unescaped in a literal.
        return "".join(f"{line}\n" for line in sorted(lines.decode().split("\n")) if line)

    def _expand(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        dropped: list[Any] = []
        # pyld's caches are not made for threads.
        with self._lock:
            try:
                expanded: list[dict[str, Any]] = jsonld.expand(
                    document,
                    {"base": f"{RELATIVE}://base/", "documentLoader": self._loader, "contextResolver": self._resolver},
                    on_property_dropped=dropped.append,
                )
            except jsonld.JsonLdError as error:
                if isinstance(cause := error.__cause__, CampusError):
                    raise cause from error
                raise UnsafeDocumentError(f"not valid JSON-LD ({error.code or error.type})") from error
        if dropped:
            raise UnsafeDocumentError("the document has terms that its contexts don't define")
        return expanded


def check_values(document: Mapping[str, Any]) -> None:
    """Refuse what is not signed, or not alike everywhere.

    That is: keywords (an ``@index`` or a ``@language`` that is none is dropped), empty lists, null, floats, huge
    integers, control characters, and excess of depth or size.
    """
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(item, str) for item in contexts):
        raise UnsafeDocumentError("@context must be a list of addresses")
    for count, (key, value, depth) in enumerate(_walk(dict(document), 0)):
        if count > MAX_VALUES or depth > MAX_DEPTH:
            raise UnsafeDocumentError("the document is too large or too deep")
        if isinstance(key, str) and key.startswith("@") and (key, depth) != ("@context", 1):
            raise UnsafeDocumentError("a JSON-LD keyword inside the document: contexts or values outside the signature")
        _check_value(value)


def _check_value(value: Any) -> None:
    match value:
        case str() if FORBIDDEN.search(value):
            raise UnsafeDocumentError("a control character or noncharacter")
        case []:
            raise UnsafeDocumentError("an empty list is not signed")
        case float() | None:
            raise UnsafeDocumentError("null and floating-point numbers are not signed alike everywhere")
        case int() if abs(value) > MAX_SAFE_INTEGER:
            raise UnsafeDocumentError("an integer outside the range that JSON keeps exactly")
        case _:
            pass


def _walk(value: Any, depth: int) -> Iterator[tuple[str | None, Any, int]]:
    """Give every (key, value, depth) below ``value``; keys are checked as values too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield None, key, depth + 1
            yield key, item, depth + 1
            yield from _walk(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield None, item, depth + 1
            yield from _walk(item, depth + 1)


def check_expanded(expanded: Any) -> None:
    """Refuse relative IRIs and blank node names: the reader's base would decide what they mean."""
    for key, value, _depth in _walk(expanded, 0):
        if key in {"@id", "@type"}:
            for iri in value if isinstance(value, list) else [value]:
                if not isinstance(iri, str) or not (ABSOLUTE_IRI.fullmatch(iri) or iri == "@json"):
                    raise UnsafeDocumentError("a type, a term or an identifier is not an absolute IRI")


CANONICALIZER = Canonicalizer()
"""The one with the pinned contexts."""

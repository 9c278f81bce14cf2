"""A JSON-LD document as canonical N-Quads (RDFC-1.0), in a safe mode that pyld lacks.

pyld drops undefined terms silently, which leaves them outside the signature, and JSON-LD libraries differ on
control characters and floating-point numbers. All of that is refused, before signing and before checking.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, RdfFormat, parse, serialize

from campus.errors import CampusError
from certificates.errors import UnsafeDocumentError
from certificates.signatures import ambiguity, skeleton
from certificates.signatures.contexts import Loader, load
from certificates.signatures.skeleton import Skeleton
from certificates.signatures.template import Template, sorted_text

RELATIVE = "relative"
"""pyld insists on a base, so relative IRIs get this scheme, by which ``check_expanded`` knows them."""
ABSOLUTE_IRI = re.compile(rf"(?!{RELATIVE}:)[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{{}}|\\^`]*", re.IGNORECASE)
# What RDFC-1.0 escapes in its own way, and what is no character: C0 and C1 controls but the line feed, DEL,
# surrogates, noncharacters.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 24
MAX_VALUES = 20_000
MAX_CONTEXTS = 8
MAX_TEMPLATES = 256


Spend = Callable[[int], None]


def _freely(_amount: int) -> None:
    """Let anything be computed: what we sign ourselves is never costly."""


class Canonicalizer:
    """Canonicalizes with the contexts that ``loader`` gives (by default the pinned ones, and no other).

    pyld's expansion is slow, so it is done once for documents of one skeleton; see ``skeleton`` and ``template``.
    """

    def __init__(self, loader: Loader = load) -> None:
        """Keep a cache of contexts of its own: pyld's shared one would answer for other loaders too."""
        self._loader = loader
        self._resolver = ContextResolver({}, loader)
        # pyld's caches are not made for threads, nor are ours.
        self._pyld = Lock()
        self._lock = Lock()
        self._templates: OrderedDict[tuple[object, ...], Template | None] = OrderedDict()
        self._terms: dict[str, frozenset[str]] = {}

    def nquads(self, document: Mapping[str, Any], spend: Spend = _freely) -> str:
        """Return the canonical N-Quads. Raises UnsafeDocumentError when a part would be dropped or is ambiguous.

        ``spend`` is told how much there is to compute beside what every document takes, and may raise.
        """
        try:
            found = self._by_template(document)
        except (UnsafeDocumentError, skeleton.TooLargeError):
            found = None  # the other way says what is wrong, if anything is
        return self.nquads_one_by_one(document, spend) if found is None else found

    def nquads_one_by_one(self, document: Mapping[str, Any], spend: Spend = _freely) -> str:
        """Return the same as ``nquads`` without a template: about ten times slower, for any document."""
        check_values(document)
        expanded = self._expand(document)
        quads = _quads(expanded)
        if orders := ambiguity.orders(quads):
            spend(orders + len(quads))
            # pyoxigraph 0.5 names some nodes that look alike otherwise than the standard.
            return _by_pyld(expanded)
        quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        written = serialize(quads, format=RdfFormat.N_QUADS) or b""
        return sorted_text(line for line in written.decode().split("\n") if line)

    def _by_template(self, document: Mapping[str, Any]) -> str | None:
        """Fill in the template of the document's skeleton; None when there is none, or a text does not fit it."""
        terms = self._terms_of(document.get("@context"))
        found = skeleton.of(document, terms)
        template = self._template(document, found, terms)
        if template is None or FORBIDDEN.search("".join(found.texts)):
            return None
        for number in template.iris:
            text = found.texts[number]
            if text.partition(":")[0] in terms or not is_iri(text):
                return None
        return template.fill(found.texts)

    def _template(self, document: Mapping[str, Any], found: Skeleton, terms: frozenset[str]) -> Template | None:
        with self._lock:
            if found.tokens in self._templates:
                self._templates.move_to_end(found.tokens)
                return self._templates[found.tokens]
        if not skeleton.is_small(found):
            return None
        try:
            slotted = skeleton.with_slots(document, terms)
            check_values(slotted)
            made = Template(_quads(self._expand(slotted)), len(found.texts))
        except (UnsafeDocumentError, ValueError):
            made = None
        with self._lock:
            self._templates[found.tokens] = made
            if len(self._templates) > MAX_TEMPLATES:
                self._templates.popitem(last=False)
        return made

    def _terms_of(self, contexts: Any) -> frozenset[str]:
        """Return every word that the contexts could define: as a value it may be read as a term or a prefix."""
        if not isinstance(contexts, list) or len(contexts) > MAX_CONTEXTS:
            raise skeleton.TooLargeError
        return frozenset().union(*(self._terms_in(url) for url in contexts))

    def _terms_in(self, url: Any) -> frozenset[str]:
        if not isinstance(url, str):
            raise UnsafeDocumentError("@context must be a list of addresses")
        if url not in self._terms:
            defined = self._loader(url, {})["document"]
            self._terms[url] = frozenset(key for key, _, _ in _walk(defined, 0) if key is not None)
        return self._terms[url]

    def _expand(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        dropped: list[Any] = []
        with self._pyld:
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


def _quads(expanded: list[dict[str, Any]]) -> Dataset:
    check_expanded(expanded)
    try:
        return Dataset(parse(json.dumps(expanded), format=RdfFormat.JSON_LD))
    except (SyntaxError, ValueError) as error:
        raise UnsafeDocumentError("the document is no RDF dataset") from error


def _by_pyld(expanded: list[dict[str, Any]]) -> str:
    try:
        found: str = jsonld.normalize(expanded, {"algorithm": "URDNA2015", "format": "application/n-quads"})
    except jsonld.JsonLdError as error:
        raise UnsafeDocumentError("the document is no RDF dataset") from error
    return found


def check_values(document: Mapping[str, Any]) -> None:
    """Refuse what is not signed, or not alike everywhere.

    That is: keywords (an ``@index`` or a ``@language`` that is none is dropped), names that ``is_disguised``, empty
    lists, null, floats, huge integers, control characters, and excess of depth or size. An inner ``@context`` may only
    repeat the document's own, as an embedded endorsement does, which is a credential itself.
    """
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(item, str) for item in contexts):
        raise UnsafeDocumentError("@context must be a list of addresses")
    for count, (key, value, depth) in enumerate(_walk(dict(document), 0)):
        if count > MAX_VALUES or depth > MAX_DEPTH:
            raise UnsafeDocumentError("the document is too large or too deep")
        if isinstance(key, str) and key.startswith("@") and not (key == "@context" and value == contexts):
            raise UnsafeDocumentError("a JSON-LD keyword inside the document: contexts or values outside the signature")
        if isinstance(key, str) and is_disguised(key):
            raise UnsafeDocumentError("a member under another name than the contexts' own")
        _check_value(value)


def is_disguised(name: str) -> bool:
    """Say whether the name of a member may be another name of a member that the contexts define.

    An IRI in place of its term, or a class's term for the property that shares its IRI (``Criteria``, ``criteria``),
    leaves the signed quads as they are, but whoever reads the JSON no longer finds, say, ``credentialStatus``.
    """
    return ":" in name or name[:1].isupper()


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
    """Refuse what is not signed as it stands.

    That is: relative IRIs and blank node names (the reader's base would decide what they mean), and IRIs that are
    none, for what they stand in is left out of the dataset without a word.
    """
    if isinstance(expanded, list):
        for item in expanded:
            check_expanded(item)
    elif isinstance(expanded, dict):
        for key, value in expanded.items():
            if key in {"@id", "@type"}:
                _check_iris(value if isinstance(value, list) else [value])
            elif key != "@value":  # what is in there is no JSON-LD
                _check_iris([] if key.startswith("@") else [key])
                check_expanded(value)


def _check_iris(found: list[Any]) -> None:
    if not all(iri == "@json" or (isinstance(iri, str) and is_iri(iri)) for iri in found):
        raise UnsafeDocumentError("a type, a term or an identifier is not an absolute IRI")


def is_iri(text: str) -> bool:
    """Say whether ``text`` is an absolute IRI, for pyld and for the RDF parser."""
    if not ABSOLUTE_IRI.fullmatch(text):
        return False
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


CANONICALIZER = Canonicalizer()
"""The one with the pinned contexts."""

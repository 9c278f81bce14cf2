"""Somebody else's JSON-LD as canonical N-Quads (RDFC-1.0): whatever it holds, in bounded time.

Ours is canonicalized by ``certificates.canonical``, which refuses more. Here other people's habits are met: embedded
endorsements bring contexts of their own, and numbers have fractions. Two things are guarded against:

- *Poisoned graphs.* Blank nodes that look alike are told apart by trying permutations (RDFC-1.0, 4.8 and 7.1): a
  kilobyte can take years. The permutations are counted before they are tried.
- *pyoxigraph 0.5 labels blank nodes that look alike differently from the standard* (the proofs of two endorsements in
  one credential, each in a graph of its own). Where there are such, pyld canonicalizes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import factorial
from threading import Lock
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse, serialize

from campus.errors import CampusError
from certificates import contexts
from certificates.canonical import FORBIDDEN, MAX_SAFE_INTEGER, check_expanded
from certificates.errors import UnsafeDocumentError

MAX_PERMUTATIONS = 1_000
"""Six alike children of two alike parents are 720 and take pyld a quarter of a second."""
MAX_ALIKE = 200
BASE = "relative://base/"


class UnsupportedValueError(UnsafeDocumentError):
    """The document may be sound, but libraries don't agree on how such a value is signed."""

    code = "certificate.unsupported_value"


class InlineContextError(UnsafeDocumentError):
    """The document defines terms itself; only contexts that are pinned here are used."""

    code = "certificate.inline_context"


class TooIntricateError(UnsafeDocumentError):
    """The document has so many parts that look alike that canonicalizing it could take years."""

    code = "certificate.too_intricate"


class Graphs:
    """Canonicalizes with the pinned contexts. Safe to share between threads."""

    def __init__(self) -> None:
        self._resolver = ContextResolver({}, contexts.load)
        self._lock = Lock()

    def nquads(self, document: Mapping[str, Any]) -> str:
        """Return the canonical N-Quads.

        Raises UnsafeDocumentError when a part would stay outside the signature, UnknownContextError for a context
        that isn't pinned, and the errors of this module.
        """
        has_fractions = check_values(document)
        expanded = self._expand(document)
        check_expanded(expanded)
        try:
            quads = Dataset(parse(json.dumps(expanded), format=RdfFormat.JSON_LD))
        except (SyntaxError, ValueError) as error:
            raise UnsafeDocumentError("the document is no RDF dataset") from error
        alike = check_intricacy(quads)
        if alike or has_fractions:
            return self._by_pyld(expanded)
        quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        lines = (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()
        # Not splitlines: it would split at U+2028 too, which stands unescaped in a literal.
        return "".join(f"{line}\n" for line in sorted(lines.split("\n")) if line)

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
            except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
                # pyld stumbles over some documents that are no JSON-LD, each time in another way.
                raise UnsafeDocumentError(f"not valid JSON-LD ({type(error).__name__})") from error
        if dropped:
            raise UnsafeDocumentError("the document has terms that its contexts don't define")
        return expanded

    def _by_pyld(self, expanded: list[dict[str, Any]]) -> str:
        try:
            found: str = jsonld.normalize(
                expanded,
                {"algorithm": "URDNA2015", "format": "application/n-quads", "base": BASE},
            )
        except (jsonld.JsonLdError, TypeError, ValueError, AttributeError, KeyError) as error:
            raise UnsafeDocumentError("the document is no RDF dataset") from error
        return found


def check_values(value: Any, *, top: bool = True) -> bool:
    """Refuse what is not signed or not alike everywhere; return whether there is a number with a fraction.

    ``null`` and an empty list state nothing, so nothing of them is signed. Depth and size were limited before.
    """
    match value:
        case dict():
            for key in value:
                if key.startswith("@") and key != "@context":
                    raise UnsafeDocumentError("a JSON-LD keyword inside the document")
                _check_text(key)
            _check_context(value.get("@context"), needed=top)
            # A set, not any(): all of it must be looked at.
            return True in {check_values(item, top=False) for key, item in value.items() if key != "@context"}
        case list():
            return True in {check_values(item, top=False) for item in value}
        case str():
            _check_text(value)
        case int() if abs(value) > MAX_SAFE_INTEGER:
            raise UnsupportedValueError("an integer outside the range that JSON keeps exactly")
        case float():
            return True
        case _:
            pass
    return False


def _check_text(text: str) -> None:
    if FORBIDDEN.search(text):
        raise UnsupportedValueError("a control character or noncharacter")


def _check_context(found: Any, *, needed: bool) -> None:
    if found is None and not needed:
        return
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or not found:
        raise UnsafeDocumentError("there is no context")
    if not all(isinstance(item, str) for item in found):
        raise InlineContextError("a context inside the document")
    for item in found:
        contexts.load(item)  # raises for one that isn't pinned


def check_intricacy(quads: Iterable[Quad]) -> bool:
    """Raise TooIntricateError when telling alike blank nodes apart takes too long; return whether there are such.

    Nodes are alike when the quads they stand in look the same with the blank nodes masked (the first-degree hash). In
    a cluster of alike nodes that touch each other, each group of alike neighbours is tried in every order.
    """
    looks, touching = _looks(quads)
    often = Counter(looks.values())
    alike = {node for node, look in looks.items() if often[look] > 1}
    if len(alike) > MAX_ALIKE:
        raise TooIntricateError("too many parts of the document look alike")
    for cluster in _clusters(alike, touching):
        work = 1
        for node in cluster:
            for size in Counter(looks[other] for other in touching[node] if other in alike).values():
                work *= factorial(min(size, 20))
            if work > MAX_PERMUTATIONS:
                raise TooIntricateError("too many parts of the document look alike")
    return bool(alike)


def _looks(quads: Iterable[Quad]) -> tuple[dict[str, tuple[str, ...]], dict[str, set[str]]]:
    """Return how each blank node looks, and which blank nodes it stands in a quad with."""
    lines: dict[str, list[str]] = defaultdict(list)
    touching: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        places = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        blank = [place.value for place in places if isinstance(place, BlankNode)]
        for node in set(blank):
            masked = [_mask(place, node) for place in places]
            lines[node].append(" ".join(masked))
            touching[node].update(other for other in blank if other != node)
    return {node: tuple(sorted(found)) for node, found in lines.items()}, touching


def _mask(place: object, node: str) -> str:
    if isinstance(place, BlankNode):
        return "_:a" if place.value == node else "_:z"
    return str(place)


def _clusters(alike: set[str], touching: Mapping[str, set[str]]) -> Iterator[set[str]]:
    left = set(alike)
    while left:
        cluster, edge = set[str](), {left.pop()}
        while edge:
            cluster |= edge
            edge = {other for node in edge for other in touching[node] if other in left}
            left -= edge
        yield cluster

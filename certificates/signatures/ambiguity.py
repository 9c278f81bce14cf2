"""Blank nodes that look alike, and how long it could take to tell them apart (RDFC-1.0, sections 4.8 and 7.1).

They are told apart by trying every order of them: eight below each of two that are alike themselves take a second,
twelve take days. No honest credential is like that, but an upload can be.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from math import factorial

from pyoxigraph import BlankNode, Quad

from certificates.errors import UnsafeDocumentError

MAX_ORDERS = 1_000
"""Of the whole document. So many take pyld a quarter of a second."""
MAX_ALIKE = 200
MAX_QUADS = 1_500
"""Of a document with alike parts. Pyld, which then names them all, compares equal members one by one."""
_ENOUGH = 20
"""Of these the orders alone are too many, and the number is still small."""


def orders(quads: Collection[Quad]) -> int:
    """Say how many orders are tried to name blank nodes that look alike; 0 when none do.

    They look alike when their quads do with all blank nodes' names masked. Raises UnsafeDocumentError where naming
    them could take long.
    """
    looks, near = _read(quads)
    often = Counter(looks.values())
    alike = {node for node, look in looks.items() if often[look] > 1}
    if not alike:
        return 0
    if len(alike) > MAX_ALIKE or len(quads) > MAX_QUADS:
        raise UnsafeDocumentError("too many parts of the document are alike")
    tried = 0
    for cluster in _clusters(alike, near):
        tried += _orders(cluster, looks, near)
        if tried > MAX_ORDERS:
            raise UnsafeDocumentError("too many parts of the document are alike")
    return tried


def _read(quads: Iterable[Quad]) -> tuple[dict[BlankNode, str], dict[BlankNode, set[BlankNode]]]:
    """Return how each blank node looks, and which others it stands in a quad with (graph names count too)."""
    lines: dict[BlankNode, list[str]] = defaultdict(list)
    near: dict[BlankNode, set[BlankNode]] = defaultdict(set)
    for quad in quads:
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        blank = {term for term in terms if isinstance(term, BlankNode)}
        for node in blank:
            masked = [("_:a" if term == node else "_:z") if term in blank else str(term) for term in terms]
            lines[node].append(" ".join(masked))
            near[node] |= blank - {node}
    return {node: "\n".join(sorted(found)) for node, found in lines.items()}, near


def _clusters(nodes: set[BlankNode], near: dict[BlankNode, set[BlankNode]]) -> Iterator[set[BlankNode]]:
    """Give the groups of ``nodes`` that hang together."""
    left = set(nodes)
    while left:
        cluster, edge = set[BlankNode](), {left.pop()}
        while edge:
            cluster |= edge
            edge = {other for node in edge for other in near[node]} & left
            left -= edge
        yield cluster


def _orders(cluster: set[BlankNode], looks: dict[BlankNode, str], near: dict[BlankNode, set[BlankNode]]) -> int:
    """Count, from above, the orders of alike neighbours that are tried within a cluster."""
    tried = 1
    for node in cluster:
        for size in Counter(looks[other] for other in near[node] & cluster).values():
            tried *= factorial(min(size, _ENOUGH))
        if tried > MAX_ORDERS:
            break
    return tried

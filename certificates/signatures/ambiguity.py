"""Blank nodes that look alike, and how long it could take to tell them apart (RDFC-1.0, sections 4.8 and 7.1).

They are told apart by trying every order of them: eight below each of two that are alike themselves take a second,
twelve take days. No honest credential is like that, but an upload can be.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import factorial

from pyoxigraph import BlankNode, Quad

from certificates.errors import UnsafeDocumentError

MAX_ORDERS = 1_000
"""Six alike below each of two take pyld a quarter of a second."""
MAX_ALIKE = 200
_ENOUGH = 20
"""Of these the orders alone are too many, and the number is still small."""


def has_alike(quads: Iterable[Quad]) -> bool:
    """Say whether blank nodes look alike: whether their quads do when all blank nodes' names are masked.

    Raises UnsafeDocumentError where naming them could take long.
    """
    looks, near = _read(quads)
    often = Counter(looks.values())
    alike = {node for node, look in looks.items() if often[look] > 1}
    if len(alike) > MAX_ALIKE or any(_orders(c, looks, near) > MAX_ORDERS for c in _clusters(alike, near)):
        raise UnsafeDocumentError("too many parts of the document are alike")
    return bool(alike)


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
    orders = 1
    for node in cluster:
        for size in Counter(looks[other] for other in near[node] & cluster).values():
            orders *= factorial(min(size, _ENOUGH))
        if orders > MAX_ORDERS:
            break
    return orders

"""How long naming the blank nodes of a dataset could take (RDFC-1.0, section 4.8).

Blank nodes that look alike are told apart by trying every order of them: eight below each of two that are alike
themselves take a second, twelve take days. No honest credential is like that, but an upload can be.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from pyoxigraph import BlankNode, Quad

MAX_STEPS = 1_000_000
"""About a third of a second."""


def steps(quads: Iterable[Quad]) -> int:
    """Estimate from above the steps that naming the blank nodes takes. They must form trees, as JSON's do."""
    children, looks = _read(quads)
    counts = Counter(looks.values())
    alike = {node for node, look in looks.items() if counts[look] > 1}
    below = {child for node in alike for _, child in children[node]}
    return sum(_steps_in_tree(top, children, looks, alike) for top in alike - below)


Children = dict[BlankNode, list[tuple[str, BlankNode]]]


def _read(quads: Iterable[Quad]) -> tuple[Children, dict[BlankNode, str]]:
    """Return each node's blank children by predicate, and how it looks: what it says but for blank nodes' names."""
    said: dict[BlankNode, list[str]] = defaultdict(list)
    children: Children = defaultdict(list)
    for quad in quads:
        subject, target = quad.subject, quad.object
        if isinstance(target, BlankNode):
            said.setdefault(target, [])
        if isinstance(subject, BlankNode):
            said[subject].append(f"{quad.predicate} {'' if isinstance(target, BlankNode) else target}")
            if isinstance(target, BlankNode):
                children[subject].append((str(quad.predicate), target))
    return children, {node: "\n".join(sorted(lines)) for node, lines in said.items()}


def _steps_in_tree(top: BlankNode, children: Children, looks: dict[BlankNode, str], alike: set[BlankNode]) -> int:
    """Estimate a tree of nodes that are alike others: each may be explored from each, in every order of siblings."""
    order = [top]
    for node in order:  # grows as it goes: a chain may be longer than Python's stack
        order += [child for _, child in children[node] if child in alike]
    costs: dict[BlankNode, int] = {}
    for node in reversed(order):
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for predicate, child in children[node]:
            groups[predicate, looks[child]].append(costs.get(child, 1))
        costs[node] = 1 + sum(math.factorial(len(group)) * len(group) * max(group) for group in groups.values())
        if costs[node] > MAX_STEPS:
            return costs[node]
    return len(order) * costs[top]

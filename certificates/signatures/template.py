"""Canonical N-Quads (RDFC-1.0) of all documents with one skeleton, by filling in their texts.

Blank nodes are named by their first-degree hashes (RDFC-1.0, section 4.6), which differ from each other in nearly
every credential. Where two are alike the template gives up, and so it does for anything out of the ordinary.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from certificates.signatures.skeleton import SLOT

Term = BlankNode | Literal | NamedNode


class Template:
    """N-Quads with slots; ``iris`` are the numbers of those that stand where an IRI must."""

    def __init__(self, quads: Iterable[Quad], slots: int) -> None:
        """Take a document's quads with its ``slots`` slots. Raises ValueError when one is lost, or part of a text."""
        lines = [_terms(quad) for quad in quads]
        seen = {(number, type(term)) for terms in lines for term in terms if (number := _slot(term)) is not None}
        if {number for number, _ in seen} != set(range(slots)):
            raise ValueError("a slot is not in the quads")
        self.iris = tuple(number for number, kind in seen if kind is NamedNode)
        blanks = list(dict.fromkeys(term for terms in lines for term in terms if isinstance(term, BlankNode)))
        self._quads = _Pattern(lines, {blank: slots + number for number, blank in enumerate(blanks)})
        self._around = [
            _Pattern([terms for terms in lines if blank in terms], dict.fromkeys(blanks, "_:z") | {blank: "_:a"})
            for blank in blanks
        ]

    def fill(self, texts: Sequence[str]) -> str | None:
        """Return the canonical N-Quads with ``texts`` in the slots; None where naming the nodes takes more than this.

        Whoever asks has seen to it that no text holds control characters, and those of ``iris`` are IRIs.
        """
        escaped = [_escaped(text) for text in texts]
        hashes = [hashlib.sha256(sorted_text(around.lines(escaped)).encode()).hexdigest() for around in self._around]
        names = {found: f"_:c14n{number}" for number, found in enumerate(sorted(hashes))}
        lines = self._quads.lines(escaped + [names[found] for found in hashes])
        # Quads that became one count once, and so do nodes with one hash: both need the whole algorithm.
        if len(names) < len(hashes) or len(set(lines)) < len(lines):
            return None
        return sorted_text(lines)


class _Pattern:
    """Lines of N-Quads with places for texts and names, and which of them stands in each."""

    def __init__(self, quads: Sequence[Sequence[Term]], names: Mapping[BlankNode, int | str]) -> None:
        """Take terms of quads; a blank node becomes its name, or a place for the text of that number."""
        self._order: list[int] = []
        self._pattern = "\n".join(f"{' '.join([self._written(term, names) for term in terms])} ." for terms in quads)

    def _written(self, term: Term, names: Mapping[BlankNode, int | str]) -> str:
        number = names[term] if isinstance(term, BlankNode) else _slot(term)
        if isinstance(number, int):
            self._order.append(number)
        if isinstance(term, BlankNode):
            return "%s" if isinstance(number, int) else str(number)
        written = str(term).replace("%", "%%")
        if number is not None:
            written = written.replace(term.value, "%s", 1)
        if SLOT in written:
            raise ValueError("a slot is part of a text")
        return written

    def lines(self, texts: Sequence[str]) -> list[str]:
        """Return the lines with ``texts`` in their places, in no order."""
        # Not splitlines: it would split at U+2028 too, which stands unescaped in a literal.
        return (self._pattern % tuple([texts[number] for number in self._order])).split("\n")


def _escaped(text: str) -> str:
    """Escape all that canonical N-Quads do in a literal, of what a document may hold at all."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def sorted_text(lines: Iterable[str]) -> str:
    """Return the lines in order of code points, each ended."""
    return "".join([f"{line}\n" for line in sorted(lines)])


def _terms(quad: Quad) -> list[Term]:
    terms = [quad.subject, quad.predicate, quad.object]
    if not isinstance(quad.graph_name, DefaultGraph):
        terms.append(quad.graph_name)
    return [term for term in terms if isinstance(term, BlankNode | Literal | NamedNode)]


def _slot(term: Term) -> int | None:
    """Return the number of the slot that the term is, if it is one."""
    if isinstance(term, BlankNode) or not term.value.startswith(SLOT):
        return None
    number = term.value.removeprefix(SLOT).removesuffix("/")
    return int(number) if number.isdecimal() and number.isascii() and term.value == f"{SLOT}{number}/" else None

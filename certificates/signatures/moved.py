"""Statements about a credential that stand elsewhere in it: signed as well, but missed by who reads the JSON. Pure.

In RDF all objects with one id are one node, so a status entry moved into an inner object with the document's id gives
the same quads. Two lines against that: no such object, and as many quads of what is judged as its JSON has.
"""

from collections.abc import Mapping
from typing import Any

from certificates.errors import UnsafeDocumentError

BARE = frozenset({"id", "type"})
ENDORSED = BARE | {"endorsementComment", "digestMultibase"}
"""An endorsement's subject is the very document that it stands in."""
JUDGED = ("credentialStatus", "validUntil")
VOCABULARY = "https://www.w3.org/2018/credentials#"


def check_objects(document: Mapping[str, Any]) -> None:
    """Raise UnsafeDocumentError for an inner object that says something under the document's own id."""
    own = document.get("id")
    if isinstance(own, str):
        _check_inner([value for name, value in document.items() if name != "proof"], own, BARE)


def _check_inner(value: Any, own: str, allowed: frozenset[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _check_inner(item, own, allowed)
    elif isinstance(value, Mapping):
        if value.get("id") == own and not value.keys() <= allowed:
            raise UnsafeDocumentError("an object inside the document says something under the document's id")
        for name, item in value.items():
            _check_inner(item, own, ENDORSED if name == "credentialSubject" else BARE)


def check_quads(document: Mapping[str, Any], nquads: str) -> None:
    """Raise UnsafeDocumentError unless the document's node has as many of ``JUDGED`` as ``document`` says itself."""
    own = document.get("id")
    if not isinstance(own, str):
        return  # without an id, no other object can be the same node
    for name in JUDGED:
        start = f"<{own}> <{VOCABULARY}{name}> "
        if sum(line.startswith(start) for line in nquads.split("\n")) != _count(document.get(name)):
            raise UnsafeDocumentError("what is signed of the document stands elsewhere in it")


def _count(value: Any) -> int:
    """Count the nodes and texts: those of one id, and equal texts, are one."""
    items = [item for item in (value if isinstance(value, list) else [value]) if item is not None]
    named = [item.get("id") if isinstance(item, Mapping) else str(item) for item in items]
    return len({item for item in named if item is not None}) + named.count(None)

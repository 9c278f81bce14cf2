"""The skeleton of a JSON-LD document: all but the texts in it, which expansion hands through unread.

Two documents with one skeleton expand alike but for those texts, so pyld needs to expand only one of them. A text
that could steer the expansion (a type, a term, a context's address) belongs to the skeleton.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SLOT = "https://slot.invalid/"
"""What stands for a text in the document that is expanded: ``https://slot.invalid/17/``, an absolute IRI."""
MAX_DEPTH = 24
MAX_TOKENS = 4_000
MAX_TEXT = 64_000
_DICT, _LIST, _TEXT, _KEPT, _OTHER = range(5)


class Skeleton(NamedTuple):
    """``tokens`` say the shape, with what is kept; ``texts`` are those left out, in the order they stand in."""

    tokens: tuple[object, ...]
    texts: list[str]


class TooLargeError(Exception):
    """The document is too deep or too large to keep its skeleton."""


def of(document: Mapping[str, Any], terms: frozenset[str]) -> Skeleton:
    """Return the skeleton of ``document``; a text that is one of ``terms`` is kept. Raises TooLargeError."""
    tokens: list[object] = []
    texts: list[str] = []
    _take(document, tokens, texts, terms, 0)
    return Skeleton(tuple(tokens), texts)


def _take(value: Any, tokens: list[object], texts: list[str], terms: frozenset[str], depth: int) -> None:
    # Each token says how the next ones are to be read, so two shapes never give the same tokens.
    if isinstance(value, str):
        if value in terms:
            tokens += (_KEPT, value)
        else:
            tokens.append(_TEXT)
            texts.append(value)
    elif depth > MAX_DEPTH or len(tokens) > MAX_TOKENS:
        raise TooLargeError
    elif isinstance(value, Mapping):
        tokens += (_DICT, len(value))
        for key, item in value.items():
            tokens.append(key)
            if key in {"type", "@context"}:
                _keep(item, tokens)
            else:
                _take(item, tokens, texts, terms, depth + 1)
    elif isinstance(value, list):
        tokens += (_LIST, len(value))
        for item in value:
            _take(item, tokens, texts, terms, depth + 1)
    else:
        # Not the value itself: True and 1 are equal for Python.
        tokens += (_OTHER, repr(value))


def _keep(value: Any, tokens: list[object]) -> None:
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_TOKENS or not all(isinstance(item, str) for item in items):
        raise TooLargeError
    tokens += (_LIST if items is value else _KEPT, len(items), *items)


def with_slots(document: Mapping[str, Any], terms: frozenset[str]) -> dict[str, Any]:
    """Return ``document`` with a numbered slot for each text, in the order of ``Skeleton.texts``."""
    numbers = iter(range(MAX_TOKENS))
    return {key: _slotted(key, item, terms, numbers) for key, item in document.items()}


def _slotted(key: str, value: Any, terms: frozenset[str], numbers: Iterator[int]) -> Any:
    if key in {"type", "@context"}:
        return value
    if isinstance(value, str):
        return value if value in terms else f"{SLOT}{next(numbers)}/"
    if isinstance(value, Mapping):
        return {name: _slotted(name, item, terms, numbers) for name, item in value.items()}
    if isinstance(value, list):
        return [_slotted("", item, terms, numbers) for item in value]
    return value


def is_small(skeleton: Skeleton) -> bool:
    """Say whether the skeleton is worth keeping, and holds nothing that looks like a slot."""
    kept = [token for token in skeleton.tokens if isinstance(token, str)]
    return sum(map(len, kept)) <= MAX_TEXT and not any(SLOT in token for token in kept)

"""Values of JSON that others wrote, read one by one: what has the wrong shape is as good as absent. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import category
from urllib.parse import urlencode, urlsplit, urlunsplit

from lti_tool.launch.store import ID_LENGTH, URL_LENGTH

NAME_LENGTH = 200
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
"""Categories of characters without a shape: controls, directions, zero widths, private use."""


def texts(values: Any) -> tuple[str, ...]:
    """Return the strings of a list; of something else, none."""
    return tuple(text for text in map(text_of, values) if text) if isinstance(values, list) else ()


def object_of(value: Any) -> dict[str, Any]:
    """Return an object; an empty one for something else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str | None:
    """Return a string that any database can keep: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def optional_text(value: Any, length: int) -> str | None:
    """Return a text cut to ``length``; None for an empty one or something else."""
    text = (text_of(value) or "").strip()
    return text[:length] or None


def optional_id(value: Any) -> str | None:
    """Return an id or nothing: half an id would be somebody else's."""
    text = text_of(value)
    return text if text and len(text) <= ID_LENGTH else None


def name_of(body: Mapping[str, Any]) -> str | None:
    """Return the name to show; a platform may send its parts only."""
    parts = (_visible(body.get("given_name")), _visible(body.get("family_name")))
    return _visible(body.get("name")) or optional_text(" ".join(filter(None, parts)), NAME_LENGTH)


def _visible(value: Any) -> str | None:
    """Return a name without what nobody sees: it would hide, turn round or break the letters beside it."""
    text = " ".join((text_of(value) or "").split())
    return optional_text("".join(letter for letter in text if category(letter) not in INVISIBLE), NAME_LENGTH)


def web_address(value: Any) -> str | None:
    """Return a web address that fits its column, else None."""
    text = text_of(value)
    return text if text and len(text) <= URL_LENGTH and origin(text) else None


def origin(url: str) -> str | None:
    """Return scheme, host and port of a web address, lower-case; None for what isn't one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{port}"


def with_query(url: str, parameters: Mapping[str, str | int]) -> str:
    """Return ``url`` with ``parameters`` behind the query that it has, letter by letter; a fragment is nobody's."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def _strings(data: Any) -> Iterator[str]:
    """Give all strings in a value of JSON."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        parts = [*data, *data.values()] if isinstance(data, dict) else data
        for part in parts:
            yield from _strings(part)


def can_be_kept(data: Any, length: int) -> bool:
    """Say whether any database can keep a value of JSON and give it back as it was, in ``length`` characters."""
    try:
        size = len(json.dumps(data))
        return size <= length and all(text_of(text) is not None for text in _strings(data))
    except RecursionError:
        return False

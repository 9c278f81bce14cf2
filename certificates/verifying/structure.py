"""Which credentials we take for Open Badges 3.0. Rules of our own; a test compares them with the official schema."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from certificates.signatures.contexts import CREDENTIALS_V2
from certificates.verifying.shapes import SHAPES, VOCABULARIES, Shape

OPEN_BADGES_CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json\Z", re.ASCII)
DEEPEST = 40


def parse_instant(value: Any) -> datetime | None:
    """Return an XML Schema dateTimeStamp as an aware time; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo and "T" in value else None


def problems(credential: Mapping[str, Any]) -> list[str]:
    """Return a code for each rule of OB 3.0 that the credential breaks: ``structure.`` and the member's name."""
    return list(dict.fromkeys(f"structure.{name}" for name in _problems(credential)))


def _problems(credential: Mapping[str, Any]) -> Iterator[str]:
    contexts = credential.get("@context")
    if not _are_contexts(contexts):
        yield "context"
    types = credential.get("type")
    endorsing = isinstance(types, list) and "EndorsementCredential" in types
    kind = "EndorsementCredential" if endorsing else "AchievementCredential"
    yield from _wrong(credential, SHAPES[kind], "credential", 0)
    subject = credential.get("credentialSubject")
    if isinstance(subject, dict) and not (subject.get("id") or subject.get("identifier")):
        yield "subject_unidentified"
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    criteria = achievement.get("criteria") if isinstance(achievement, dict) else None
    if isinstance(criteria, dict) and not {"id", "narrative"} & criteria.keys():
        yield "criteria"


def _are_contexts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and value[0] == CREDENTIALS_V2
        and isinstance(value[1], str)
        and OPEN_BADGES_CONTEXT.match(value[1]) is not None
        and all(isinstance(item, str | dict) for item in value)
    )


def _wrong(value: Any, shape: Shape, name: str, depth: int) -> Iterator[str]:
    """Give the name of each member that is not as it should be, below ``value``, which stands in ``name``."""
    if not isinstance(value, dict) or depth > DEEPEST:
        yield name
        return
    if not _is_typed(value.get("type"), shape):
        yield "type" if name == "credential" else name
    for missing in sorted(shape.needed - value.keys()):
        yield _snake(missing) if name == "credential" else name
    if shape.closed and value.keys() - shape.members.keys() - {"type"}:
        yield name
    if name == "endorsement" and not _are_contexts(value.get("@context")):
        yield name
    for member, kind in shape.members.items():
        if member in value:
            yield from _wrong_member(value[member], kind, _snake(member), depth + 1)


def _wrong_member(value: Any, kind: str, name: str, depth: int) -> Iterator[str]:
    if kind.endswith("*"):
        if not isinstance(value, list):
            yield name
            return
        for item in value:
            yield from _wrong_member(item, kind[:-1], name, depth)
    elif kind.endswith("+"):
        yield from _wrong_member(value, f"{kind[:-1]}*" if isinstance(value, list) else kind[:-1], name, depth)
    elif kind == "profile_or_text":
        yield from () if isinstance(value, str) and value else _wrong(value, SHAPES["Profile"], name, depth)
    elif kind in SHAPES:
        yield from _wrong(value, SHAPES[kind], name, depth)
    elif not _is_plain(value, kind):
        yield name


def _is_plain(value: Any, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "instant":
            return parse_instant(value) is not None
        case _:
            return isinstance(value, str) and VOCABULARIES[kind].match(value) is not None


def _is_typed(types: Any, shape: Shape) -> bool:
    """Say whether ``type`` is as the shape wants it: one text, or a list of texts with one of each group."""
    if not shape.types:
        return True
    if shape.single:
        return isinstance(types, str) and types in shape.types[0]
    if not isinstance(types, list) or not all(isinstance(item, str) for item in types):
        return False
    return all(group & set(types) for group in shape.types)


def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()

"""Which credentials we take for Open Badges 3.0. Rules of our own; a test compares them with the official schema."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from certificates.contexts import CREDENTIALS_V2, OPEN_BADGES

REQUIRED_TEXTS = ("id", "name", "description")


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
    """Return a code for each rule of OB 3.0 that the credential breaks, in the order of the document."""
    return list(_problems(credential))


def _problems(credential: Mapping[str, Any]) -> Iterator[str]:
    contexts = credential.get("@context")
    if not isinstance(contexts, list) or contexts[:2] != [CREDENTIALS_V2, OPEN_BADGES]:
        yield "structure.context"
    if not _is_text(credential.get("id")):
        yield "structure.id"
    types = credential.get("type")
    if not _typed(credential, "VerifiableCredential") or not (
        isinstance(types, list) and {"OpenBadgeCredential", "AchievementCredential"} & set(map(str, types))
    ):
        yield "structure.type"
    issuer = credential.get("issuer")
    if not _is_text(issuer) and not _is_profile(issuer):
        yield "structure.issuer"
    if parse_instant(credential.get("validFrom")) is None:
        yield "structure.valid_from"
    if "validUntil" in credential and parse_instant(credential["validUntil"]) is None:
        yield "structure.valid_until"
    if not isinstance(credential.get("proof"), list):
        yield "structure.proof"
    if not all(_typed(item, "Evidence") for item in _items(credential, "evidence")):
        yield "structure.evidence"
    yield from _subject_problems(credential.get("credentialSubject"))


def _subject_problems(subject: Any) -> Iterator[str]:
    if not isinstance(subject, dict) or not _typed(subject, "AchievementSubject"):
        yield "structure.subject"
        return
    identities = _items(subject, "identifier")
    if not _is_text(subject.get("id")) and not identities:
        yield "structure.subject_unidentified"
    if any(not isinstance(item, dict) or item.get("type") != "IdentityObject" for item in identities):
        yield "structure.identifier"
    if not all(_typed(item, "Result") for item in _items(subject, "result")):
        yield "structure.result"
    if "source" in subject and not _is_profile(subject["source"]):
        yield "structure.source"
    yield from _achievement_problems(subject.get("achievement"))


def _achievement_problems(achievement: Any) -> Iterator[str]:
    if not isinstance(achievement, dict) or not _typed(achievement, "Achievement"):
        yield "structure.achievement"
        return
    if not all(_is_text(achievement.get(name)) for name in REQUIRED_TEXTS):
        yield "structure.achievement"
    criteria = achievement.get("criteria")
    if not isinstance(criteria, dict) or not ({"id", "narrative"} & criteria.keys()):
        yield "structure.criteria"
    for item in _items(achievement, "resultDescription"):
        if not _typed(item, "ResultDescription") or not _is_text(item.get("id")):
            yield "structure.result_description"
    if "creator" in achievement and not _is_profile(achievement["creator"]):
        yield "structure.creator"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _typed(value: Any, name: str) -> bool:
    """Say whether the object's ``type`` is a list that has ``name``."""
    types = value.get("type") if isinstance(value, dict) else None
    return isinstance(types, list) and name in types


def _is_profile(value: Any) -> bool:
    if not isinstance(value, dict) or not _typed(value, "Profile") or not _is_text(value.get("id")):
        return False
    return "parentOrg" not in value or _is_profile(value["parentOrg"])


def _items(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list-valued property; anything else counts as one wrong item."""
    value = holder.get(name, [])
    return value if isinstance(value, list) else [value]

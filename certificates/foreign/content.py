"""What a foreign credential says, in one shape for all forms: holder, issuer, what was achieved part by part. Pure.

Everything is a stranger's word: read leniently, cut to a length that pages can show, and never HTML. A transcript's
lines are parts of their own, since an administrator may count one and not another.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from certificates.verifying.report import Form, Report

Json = dict[str, Any]
LONGEST = 500
MAX_PARTS = 60
UNSHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, and marks that make a line read other than it is written."""
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read(report: Report) -> Json:
    """Return ``{"holder", "issuer", "issued", "known", "seal", "parts"}`` of a checked credential.

    ``holder`` has the name as it is stated there, maybe none. Each part has ``level`` (0, or more within another),
    ``title`` by language, ``issuer``, ``result``, ``credits``, ``hours``, ``eqf`` and ``date`` (ISO 8601) as texts;
    ``status`` is a word of the form's own, like "passed" (ELMO) or "completed" (Open Badges), in lower case.
    """
    found = _elmo(report.content) if report.form is Form.ELMO else _badge(report.content)
    parts = found["parts"][:MAX_PARTS]
    return {**found, "parts": parts, "known": report.known.value}


def same_name(stated: str, known: str | None) -> bool | None:
    """Say whether two names are one person's, whatever the order and the case; None when one of them is missing."""
    one, other = _words(stated), _words(known or "")
    return one == other if one and other else None


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return sorted(re.findall(r"\w+", plain))


def _badge(document: Mapping[str, Any]) -> Json:
    """Read an Open Badges 3.0 credential: the achievement, then each of its results that names what it is of."""
    subject = _object(document.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    issuer = document.get("issuer")
    profile = _object(issuer)
    named = _both(profile.get("name") or (issuer if isinstance(issuer, str) else ""))
    day = _day(subject.get("activityEndDate")) or _day(document.get("awardedDate")) or _day(document.get("validFrom"))
    results = [_object(one) for one in _items(subject.get("result"))]
    descriptions = {
        str(one.get("id")): one for one in map(_object, _items(achievement.get("resultDescription"))) if one.get("id")
    }
    lines = [
        _part(_both(_object(descriptions.get(str(one.get("resultDescription")))).get("name")), named, day, level=1)
        | _result(one)
        for one in results
    ]
    lines = [line for line in lines if line["title"]["de"]]
    whole = _part(_both(achievement.get("name")), named, day) | {
        **(_result(results[0]) if len(results) == 1 else {}),
        "credits": _aligned(achievement, "ECTS") or _text(subject.get("creditsEarned")),
        "eqf": _aligned(achievement, "EQF"),
        "description": _text(achievement.get("description")),
    }
    return {
        "holder": {"name": _holder(subject), "id": _text(subject.get("id"))},
        "issuer": {"name": named, "id": _text(profile.get("id")), "url": _text(profile.get("url"))},
        "issued": _text(document.get("validFrom") or document.get("issuanceDate")),
        "seal": "",
        "parts": [whole, *(lines if len(lines) > 1 else [])],
    }


def _part(title: dict[str, str], issuer: dict[str, str], day: str, *, level: int = 0) -> Json:
    nothing = dict.fromkeys(("result", "status", "credits", "hours", "eqf", "description"), "")
    return {"level": level, "title": title, "issuer": issuer, "date": day, **nothing}


def _holder(subject: Mapping[str, Any]) -> str:
    """Return the name that an IdentityObject says in the clear (OB 3.0, ``identityType`` "name")."""
    for one in map(_object, _items(subject.get("identifier"))):
        if one.get("identityType") == "name" and one.get("hashed") is False:
            return _text(one.get("identityHash"))
    return ""


def _result(result: Mapping[str, Any]) -> Json:
    return {"result": _text(result.get("value")), "status": _text(result.get("status")).lower()}


def _aligned(achievement: Mapping[str, Any], word: str) -> str:
    """Return the alignment to a framework of which the name has ``word``, as its own code or name."""
    for one in map(_object, _items(achievement.get("alignment"))):
        if word in _text(one.get("targetFramework")):
            return _text(one.get("targetCode")) or _text(one.get("targetName"))
    return ""


def _elmo(said: Mapping[str, Any]) -> Json:
    """Read what ``certificates.elmo.content`` made of an ELMO document."""
    reports = said.get("reports") or [{"issuer": {"name": {}, "url": "", "identifiers": []}, "items": [], "issued": ""}]
    first = reports[0]["issuer"]
    ids = [one["value"] for one in first["identifiers"]]
    return {
        "holder": {"name": _text(_object(said.get("learner")).get("name")), "id": ""},
        "issuer": {"name": _both(first["name"]), "id": _text(ids[0] if ids else ""), "url": _text(first["url"])},
        "issued": _text(reports[0]["issued"]),
        "seal": _text(_object(said.get("seal")).get("subject")),
        "parts": [
            part
            for one in reports
            for item in one["items"]
            for part in _items_of(item, _both(one["issuer"]["name"]), 0)
        ],
    }


def _items_of(item: Mapping[str, Any], issuer: dict[str, str], level: int) -> Iterator[Json]:
    yield _part(_both(item["title"]), issuer, _day(item.get("date")), level=level) | {
        "result": _text(item.get("result")),
        "status": _text(item.get("status")),
        "credits": ", ".join(
            f"{_text(one['value'])} {_text(one['scheme']).upper()}" for one in item.get("credits", ())
        ),
        "hours": _text(item.get("hours")),
        "eqf": ", ".join(_text(one["value"]) for one in item.get("levels", ()) if one["type"].upper() == "EQF"),
        "description": _both(item.get("description"))["de"],
    }
    for part in item["parts"]:
        yield from _items_of(part, issuer, level + 1)


def _both(value: Any) -> dict[str, str]:
    """Return a text by language as pages show it: ``de`` is always there, in whatever language it is."""
    if isinstance(value, Mapping):
        said = {str(key): _text(text) for key, text in value.items() if _text(text)}
        shown = said.get("de") or said.get("") or said.get("en") or next(iter(said.values()), "")
        return {"de": shown, "en": said.get("en") or shown}
    return {"de": _text(value), "en": _text(value)}


def _text(value: Any) -> str:
    """Return plain text of a length that can be shown; lines stay lines."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    plain = UNSHOWN.sub("", str(value))
    return plain.strip()[:LONGEST]


def _day(value: Any) -> str:
    text = _text(value)[:10]
    return text if DAY.fullmatch(text) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]

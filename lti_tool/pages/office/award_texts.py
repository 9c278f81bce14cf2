"""An award's facts in words, field by field: for the page of one, and for what a correction would change."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from certificates import correction, texts
from certificates.facts import AwardFacts, PartResult
from lti_tool import filters


def names() -> dict[str, str]:
    """Return what each field is called, in the order in which they are shown."""
    return {
        "recipient.name": _("Holder"),
        "achievement.code": _("Code"),
        "achievement.title": _("Title"),
        "achievement.description": _("Description"),
        "achievement.criteria": _("What it was given for"),
        "achievement.hours": _("Teaching hours"),
        "achievement.ects": "ECTS",
        "achievement.eqf_level": _("Level (EQF)"),
        "achievement.competencies": _("Competencies"),
        "issuer": _("Issued by"),
        "on_behalf_of": _("On behalf of"),
        "awarding_bodies": _("Awarded jointly with"),
        "delivered_by": _("Delivered by"),
        "achieved_on": _("Earned on"),
        "valid_until": _("Valid until"),
        "score": _("Short exam"),
        "pass_score": _("Needed to pass"),
        "grade": _("Grade"),
        "parts": _("Parts"),
        "ratings": _("Ratings"),
        "evidence": _("Evidence"),
        "rule": _("Rule"),
    }


def lines_of(facts: AwardFacts) -> list[tuple[str, list[str]]]:
    """Return (name, lines) of each field that says something."""
    values = correction.fields(facts)
    return [(label, said) for name, label in names().items() if (said := said_of(name, values[name]))]


def said_of(field: str, value: Any) -> list[str]:
    """Return a field's value (JSON) as lines for people; none for one that is empty."""
    if value is None or value in ("", [], {}):
        return []
    if isinstance(value, list):
        return [line for item in value for line in said_of(field, item)]
    return [_SAYERS.get(field, _plain)(value)]


def _plain(value: Any) -> str:
    return _both(value) if isinstance(value, Mapping) else str(value)


def _both(text: Mapping[str, str]) -> str:
    """Return German and English: either may be what a correction changes."""
    return " / ".join(dict.fromkeys(text[language] for language in ("de", "en") if text.get(language)))


def _day(value: str) -> str:
    return filters.calendar_day(date.fromisoformat(value))


def _last_day(value: str) -> str:
    """Return the last day on which it holds: it ends when the next one begins, as on the paper."""
    return filters.day(datetime.fromisoformat(value) - timedelta(seconds=1))


def _part(part: Mapping[str, Any]) -> str:
    words = {PartResult.ATTENDED: _("attended"), PartResult.ACHIEVED: _("achieved")}
    details = [
        words[PartResult(part["result"])],
        _day(part["achieved_on"]),
        filters.percent(part["score"]) if part["score"] is not None else "",
        _("%(number)s teaching hours", number=part["hours"]) if part["hours"] else "",
        f"{filters.number(part['ects'])} ECTS" if part["ects"] else "",
        filters.text(part["provider"]),
    ]
    return f"{part['code']} {_both(part['title'])}: " + ", ".join(filter(None, details))


def _body(body: Mapping[str, Any]) -> str:
    return f"{_both(body['name'])} ({body['did']})"


def _competency(competency: Mapping[str, Any]) -> str:
    title, url = _both(competency["title"]), competency["url"]
    return f"{title} ({url})" if url else title


def _evidence(evidence: Mapping[str, Any]) -> str:
    return f"{filters.text(texts.evidence_label(evidence['kind']))}, {evidence['source']}"


def _rating(rating: Mapping[str, Any]) -> str:
    what, level, highest = _both(rating["title"]), rating["level"], rating["highest"]
    return _("%(what)s: %(level)s of %(highest)s", what=what, level=level, highest=highest)


_SAYERS: Mapping[str, Callable[[Any], str]] = {
    "achievement.competencies": _competency,
    "achievement.ects": filters.number,
    "issuer": _body,
    "on_behalf_of": _body,
    "awarding_bodies": _body,
    "delivered_by": _body,
    "achieved_on": _day,
    "valid_until": _last_day,
    "score": filters.percent,
    "pass_score": filters.percent,
    "grade": lambda grade: f"{grade['value']} ({_both(grade['scheme'])})",
    "parts": _part,
    "ratings": _rating,
    "evidence": _evidence,
    "rule": lambda rule: f"{rule['name']}, {rule['version']}",
}

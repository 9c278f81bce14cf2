"""Template filters: texts of the domain, instants, percentages in the reader's language."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import MINYEAR, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from flask_babel import get_locale
from markupsafe import Markup, escape

_HEADING = re.compile(r"<h([1-6])\b")
_HEADING_TAG = re.compile(r"(</?)h([1-6])\b")
_TABLE_TAG = re.compile(r"<(tr|th|td)\b(?! colspan)")
DEFAULT_ZONE = "Europe/Berlin"


def _locale() -> str:
    locale = get_locale()
    return locale.language if locale else "de"


def text(value: Mapping[str, str] | None) -> str:
    """Return a domain text ``{"de": …, "en": …}`` in the current language, else in German."""
    if not value:
        return ""
    return value.get(_locale()) or value.get("de") or next(iter(value.values()))


def instant(value: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Return date and time on the wall clock of ``zone``, without seconds."""
    pattern = "dd.MM.y, HH:mm" if _locale() == "de" else "d MMM y, HH:mm"
    return format_datetime(_in(value, zone), pattern, tzinfo=ZoneInfo(zone), locale=_locale())


def day(value: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Return the date in ``zone``, written out."""
    return format_date(_in(value, zone).astimezone(ZoneInfo(zone)), "long", locale=_locale())


def calendar_day(value: date) -> str:
    """Return a day of the calendar, written out."""
    return format_date(value, "long", locale=_locale())


def month(value: date) -> str:
    """Return month and year, as short as in a figure."""
    return format_date(value, "MMM y", locale=_locale())


def _in(value: datetime, zone: str) -> datetime:
    """Return the time, or the nearest day that the zone can write: foreign data may hold the end of the year 9999."""
    try:
        value.astimezone(ZoneInfo(zone))
    except OverflowError:
        return value + timedelta(days=1 if value.year == MINYEAR else -1)
    return value


def clock_time(value: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Return hours and minutes in ``zone``."""
    return format_time(value, "HH:mm", tzinfo=ZoneInfo(zone), locale=_locale())


def number(value: float) -> str:
    """Return a number with at most two digits behind the point."""
    return format_decimal(value, "0.##", locale=_locale())


def percent(value: float | None) -> str:
    """Return a percentage (0 to 100) with at most two digits behind the point, as Moodle does; a dash for none."""
    return "–" if value is None else f"{format_decimal(value, '0.##', locale=_locale())}\u00a0%"


def imported(html: str, top: int = 2) -> Markup:
    """Show HTML that an importer sanitised; its headings begin at level ``top`` and skip none.

    Links open in a tab of their own: other sites don't open in a frame. This is the only place where stored text
    reaches a page unescaped; ``moodle_sync.html.sanitise`` made it safe.
    """
    levels = {old: min(top + place, 6) for place, old in enumerate(sorted(set(_HEADING.findall(html))))}
    stepped = _HEADING_TAG.sub(lambda tag: f"{tag[1]}h{levels[tag[2]]}", html)
    return Markup(stepped.replace("<a href=", '<a target="_blank" href='))  # noqa: S704 - sanitised at import


def stacked(rows: Markup, headings: Sequence[str]) -> Markup:
    """Give each cell of a table's rows its column's heading: on narrow screens a row is a card, and cells say it.

    The roles are those that tables have anyway; browsers forget them where CSS makes something else of a table.
    """
    column = 0

    def marked(tag: re.Match[str]) -> Markup:
        nonlocal column
        if tag[1] == "tr":
            column = 0
            return Markup('<tr role="row"')
        label = escape(headings[column]) if column < len(headings) else ""
        column += 1
        return Markup('<{} role="{}" data-label="{}"').format(tag[1], "rowheader" if tag[1] == "th" else "cell", label)

    return Markup(_TABLE_TAG.sub(marked, rows))  # noqa: S704 - the rows are a template's, the headings escaped


FILTERS: dict[str, Callable[..., Any]] = {
    "text": text,
    "instant": instant,
    "day": day,
    "date": calendar_day,
    "month": month,
    "clock_time": clock_time,
    "number": number,
    "percent": percent,
    "imported": imported,
    "stacked": stacked,
}

"""How much is in the record store: statements over time, by verb and by activity."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, request
from sqlalchemy.orm import Session

from lti_tool import web
from lti_tool.filters import DEFAULT_ZONE
from lti_tool.pages import figures
from lti_tool.pages.office import record_store_filter
from lti_tool.pages.office.record_store_choices import organisations
from lti_tool.pages.office.record_store_names import Names, Of, names_for
from lti_tool.pages.office.shared_desk import Desk
from lti_tool.wiring import Services
from xapi import reading
from xapi.clock import TICK
from xapi.reading import Counted

RANGES = {"7": 7, "30": 30, "365": 365}
"""Days by what the address says."""
USUAL = "30"
LONGEST_IN_DAYS = 31
"""A longer time is shown in weeks."""
SHOWN = 20
COUNTED = 200
"""Tenants have descriptions of their own, so more are counted than shown."""


@dataclass(frozen=True)
class Row:
    """How many statements have a verb or an activity."""

    iri: str
    label: str
    count: int
    share: float
    """Of all statements, in percent."""


class FigurePages(Desk):
    """Read-only; counted anew for each visit."""

    def statistics(self, provider: str | None = None) -> str:
        """Count the statements of the last days by day (or week), verb and activity."""
        days = RANGES.get(request.args.get("tage", USUAL), RANGES[USUAL])
        now = self.services.clock()
        with self.reading(provider) as visit:
            wanted = record_store_filter.read(visit, request.args, public_url=self.services.settings.public_url)
            first, length = _first(now, days)
            since = datetime.combine(first, time(), ZoneInfo(DEFAULT_ZONE)) - TICK
            found = reading.counts(visit.session, wanted.reader.tenant, since=since, most=COUNTED)
            periods = _periods(found.hours, first, now, length)
            total = sum(periods.values())
            names, examples = self._examples(visit.session, [*found.verbs, *found.activities])
            return self.show(
                visit,
                "office/record_store_figures.html",
                days=days,
                ranges=RANGES,
                weekly=length > 1,
                wanted=wanted,
                organisations=organisations(visit),
                total=total,
                first=first,
                through=found.through,
                since=_day(first),
                periods=[(_day(day), count) for day, count in periods.items()],
                figure=figures.columns([(_label(day), count) for day, count in periods.items()]),
                verbs=_rows(found.verbs, total, lambda one: _verb(names, examples[one.example])),
                activities=_rows(found.activities, total, lambda one: _activity(names, examples[one.example])),
            )

    def _examples(self, session: Session, counted: Sequence[Counted]) -> tuple[Names, Mapping[int, Of]]:
        """Read a statement for each: it says the address, and what things are called is looked up for all."""
        tenants = {one.example: one.tenant for one in counted}
        bodies = reading.bodies(session, tenants)
        examples = {number: Of(tenants[number], body) for number, body in bodies.items()}
        url = self.services.settings.public_url
        return names_for(session, examples.values(), public_url=url, language=web.language()), examples


def _first(now: datetime, days: int) -> tuple[date, int]:
    """Return the first day that is counted and the days of a column; weeks begin on Monday."""
    first = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date() - timedelta(days=days - 1)
    if days <= LONGEST_IN_DAYS:
        return first, 1
    return first - timedelta(days=first.weekday()), 7


def _periods(hours: Sequence[tuple[datetime, int]], first: date, now: datetime, length: int) -> dict[date, int]:
    """Add hours up to days or weeks of the wall clock; those without a statement count 0."""
    zone = ZoneInfo(DEFAULT_ZONE)
    last = max(now, *(begins for begins, _ in hours), now).astimezone(zone).date()
    sums = dict.fromkeys((first + timedelta(days=day) for day in range(0, (last - first).days + 1, length)), 0)
    for begins, count in hours:
        day = begins.astimezone(zone).date()
        sums[day - timedelta(days=(day - first).days % length)] += count
    return sums


def _day(day: date) -> str:
    return format_date(day, "medium", locale=web.language())


def _label(day: date) -> str:
    """Write a day where there is little room."""
    return format_date(day, "d. MMM" if web.language() == "de" else "d MMM", locale=web.language())


def _verb(names: Names, example: Of) -> tuple[str, str]:
    verb = example.statement["verb"]
    return verb["id"], names.verb(example.tenant, verb)


def _activity(names: Names, example: Of) -> tuple[str, str]:
    activity = example.statement["object"]
    return activity["id"], names.activity(example.tenant, activity)


def _rows(counted: Sequence[Counted], total: int, read: Callable[[Counted], tuple[str, str]]) -> list[Row]:
    """Add up what tenants count of the same address, the most frequent first."""
    sums: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for one in counted:
        iri, label = read(one)
        labels.setdefault(iri, label)
        sums[iri] += one.count
    return [Row(iri, labels[iri], count, 100 * count / total) for iri, count in sums.most_common(SHOWN)]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add this page to the office's or to a provider's."""
    handlers = FigurePages(services)
    pages.add_url_rule("/lernprotokoll/statistik", "record_store_statistics", handlers.statistics, methods=["GET"])

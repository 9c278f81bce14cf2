"""The filter of the record store's pages: what its form says, and the query that this means.

Who knows only a name or a title may write that: if it fits several, the page asks which one is meant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from campus.models.organisations import Organisation
from lti_tool.filters import DEFAULT_ZONE
from lti_tool.pages.forms import YEARS
from lti_tool.pages.office.record_store_finding import Choice, find_activities, find_actors
from lti_tool.pages.office.shared_desk import Visit
from xapi import parts
from xapi.clock import TICK
from xapi.errors import InvalidStatementError
from xapi.query import Query, Reader
from xapi.statements import agent_of_text, is_iri, is_uuid
from xapi.store import CAMPUS

EVERY, OF_CAMPUS = "alle", "campus"
YES = "yes"
LONGEST = {"wer": 1000, "konto": 2000, "verb": 2000, "objekt": 2000}
LONGEST_OTHER = 40
FIELDS = ("organisation", "wer", "konto", "verb", "objekt", "registrierung", "von", "bis", "bezug", "ungueltige")


@dataclass
class Wanted:
    """What the form says, what it means, and what is wrong with it."""

    given: dict[str, str]
    """The form's fields that aren't empty."""
    reader: Reader
    query: Query = field(default_factory=Query)
    errors: dict[str, str] = field(default_factory=dict)
    """By field, for people."""
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    """By field: what a name may mean, when it fits several."""

    @property
    def is_clear(self) -> bool:
        """Say whether there is exactly one meaning."""
        return not self.errors and not self.choices


def read(visit: Visit, arguments: Mapping[str, str], *, public_url: str) -> Wanted:
    """Read the filter of an address. Nothing is raised: what is wrong stands in the answer."""
    given = {name: text for name in FIELDS if (text := arguments.get(name, "").strip())}
    wanted = Wanted(given, Reader(visit.provider.id if visit.provider else _tenant(visit, given)))
    meant: dict[str, Any] = {}
    if given.get("organisation", EVERY) not in {EVERY, OF_CAMPUS} and wanted.reader.tenant is None:
        wanted.errors["organisation"] = _("There is no such organisation.")
    for name, (target, reader) in _READERS.items():
        if name not in given:
            continue
        if len(given[name]) > LONGEST.get(name, LONGEST_OTHER):
            wanted.errors[name] = _("That is too long.")
        elif (value := reader(visit, wanted, public_url)) is not None:
            meant[target] = value
    if "konto" in given and "wer" not in given:
        wanted.errors["wer"] = _("Write the account's name here.")
    if "since" in meant and "until" in meant and meant["until"] < meant["since"]:
        wanted.errors["bis"] = _("This day is before the first one.")
    related = given.get("bezug") == YES
    wanted.query = Query(
        **meant,
        related_agents=related and "agent" in meant,
        related_activities=related and "activity" in meant,
        with_voided=given.get("ungueltige") == YES,
    )
    return wanted


def _tenant(visit: Visit, given: Mapping[str, str]) -> int | None:
    organisation = given.get("organisation", EVERY)
    if organisation == OF_CAMPUS:
        return CAMPUS
    if organisation == EVERY:
        return None
    return visit.session.scalar(select(Organisation.id).where(Organisation.public_id == organisation[:LONGEST_OTHER]))


def _actor(visit: Visit, wanted: Wanted, public_url: str) -> str | None:
    """Read whom: an identifier in one of its forms, else a name."""
    text, home = wanted.given["wer"], wanted.given.get("konto")
    if home is not None and not is_iri(home):
        wanted.errors["konto"] = _("Write a whole address, such as https://lms.example.org.")
        return None
    if home is None and is_uuid(text):  # a person of ours
        text, home = text.lower(), public_url
    try:
        agent = agent_of_text(text, home)
    except InvalidStatementError:
        wanted.errors["wer"] = _("This is no e-mail address, address or account.")
        return None
    if agent is None:
        return _one_of(wanted, "wer", find_actors(visit, wanted.reader, text, public_url=public_url))
    return parts.agent_key(agent)


def _activity(visit: Visit, wanted: Wanted, _public_url: str) -> str | None:
    text = wanted.given["objekt"]
    return text if is_iri(text) else _one_of(wanted, "objekt", find_activities(visit, wanted.reader, text))


def _one_of(wanted: Wanted, name: str, found: list[Choice]) -> str | None:
    """Return the only meaning of a name; with several the reader has to choose."""
    if not found:
        wanted.errors[name] = _("Nothing of this name is known here.")
    elif len(found) > 1:
        wanted.choices[name] = found
    return found[0].key if len(found) == 1 else None


def _verb(_visit: Visit, wanted: Wanted, _public_url: str) -> str | None:
    if not is_iri(wanted.given["verb"]):
        wanted.errors["verb"] = _("A verb is a whole address.")
        return None
    return wanted.given["verb"]


def _registration(_visit: Visit, wanted: Wanted, _public_url: str) -> str | None:
    if not is_uuid(wanted.given["registrierung"]):
        wanted.errors["registrierung"] = _("An id looks like 1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11.")
        return None
    return wanted.given["registrierung"].lower()


def _since(_visit: Visit, wanted: Wanted, _public_url: str) -> datetime | None:
    begins = _midnight(wanted, "von", 0)
    return begins - TICK if begins else None


def _until(_visit: Visit, wanted: Wanted, _public_url: str) -> datetime | None:
    ends = _midnight(wanted, "bis", 1)
    return ends - TICK if ends else None


def _midnight(wanted: Wanted, name: str, days: int) -> datetime | None:
    try:
        day = date.fromisoformat(wanted.given[name])
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        wanted.errors[name] = _("Write the day as 2026-11-30.")
        return None
    return datetime.combine(day + timedelta(days=days), time(), ZoneInfo(DEFAULT_ZONE))


_READERS: Mapping[str, tuple[str, Callable[[Visit, Wanted, str], str | datetime | None]]] = {
    "wer": ("agent", _actor),
    "verb": ("verb", _verb),
    "objekt": ("activity", _activity),
    "registrierung": ("registration", _registration),
    "von": ("since", _since),
    "bis": ("until", _until),
}
"""By field: the query's field, and what reads it."""

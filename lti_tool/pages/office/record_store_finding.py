"""Finding actors and activities of statements by what people call them."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import exists, select

from campus.models.people import Person
from lti_tool.pages.office.record_store_names import short
from lti_tool.pages.office.shared_desk import Visit
from lti_tool.pages.search import contains
from xapi import descriptions, parts, reading
from xapi.query import Reader
from xapi.store import StatementRow

MOST = 20


@dataclass(frozen=True)
class Choice:
    """One thing that a name may mean. ``fields`` are what the filter's form says when it is meant."""

    key: str
    """An agent's key, or an activity's IRI."""
    label: str
    detail: str
    fields: dict[str, str]


def find_actors(visit: Visit, reader: Reader, name: str, *, public_url: str) -> list[Choice]:
    """Give our own people and the agents whose names hold this text, of those that statements speak of."""
    return [*_own_people(visit, reader, name, public_url), *_agents(visit, reader, name)][:MOST]


def _own_people(visit: Visit, reader: Reader, name: str, public_url: str) -> Iterator[Choice]:
    spoken_of = exists().where(StatementRow.person_id == Person.id)
    if reader.tenant is not None:
        spoken_of = spoken_of.where(StatementRow.tenant == reader.tenant)
    people = select(Person).where(contains(Person.name, name), spoken_of).order_by(Person.name, Person.id).limit(MOST)
    for person in visit.session.scalars(people):
        key = parts.agent_key(parts.account(public_url, person.public_id)) or ""
        yield Choice(key, person.name or "", person.public_id, {"wer": person.public_id})


def _agents(visit: Visit, reader: Reader, name: str) -> Iterator[Choice]:
    for found in reading.named(visit.session, descriptions.AGENT, reader.tenant, containing=name):
        names = [one for one in found.body if name.casefold() in one.casefold()]
        kind, _colon, value = found.name.partition(":")
        if kind == "account":
            home, _bar, account = value.partition("|")
            fields, detail = {"wer": account, "konto": home}, _("account %(name)s at %(home)s", name=account, home=home)
        else:
            detail = value.removeprefix("mailto:")
            fields = {"wer": detail}
        if names or name.casefold() in value.casefold():
            yield Choice(found.name, short((names or found.body)[-1]), short(detail), fields)


def find_activities(visit: Visit, reader: Reader, name: str) -> list[Choice]:
    """Give the activities whose names or addresses hold this text."""
    found = []
    for one in reading.named(visit.session, descriptions.ACTIVITY, reader.tenant, containing=name):
        titles = [title for title in one.body.get("name", {}).values() if name.casefold() in title.casefold()]
        if titles or name.casefold() in one.name.casefold():
            label = (titles or list(one.body.get("name", {}).values()) or [one.name])[0]
            found.append(Choice(one.name, short(label), short(one.name), {"objekt": one.name}))
    return found[:MOST]

"""Documents under several writers, on both databases: whoever's condition was checked has the document till the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.http import parse_etags

from campus.database import Database
from campus.errors import CampusError
from tests.factories import NOW
from tests.unit.xapi.samples import SOME_ID
from xapi import documents
from xapi.documents import NO_CONDITIONS, Address, Bare, Conditions, Content, Kind, Place
from xapi.store import Document
from xapi.strict_json import parse

ROUNDS = 10
WRITERS = 4
IF_NEW = Conditions(none_match=parse_etags("*"))
PLACE = Place(0, Kind.STATE, "x:activity", "mbox:mailto:a@example.org")


def content(text: str) -> Content:
    return Content("text/plain", text.encode())


def put(
    session: Session, address: Address, text: str, conditions: Conditions = NO_CONDITIONS, bare: Bare = Bare.OVERWRITES
) -> None:
    documents.put(session, address, content(text), conditions, bare, now=NOW)


def at_once(database: Database, *writes: Callable[[Session], None]) -> list[str]:
    """Run each in a transaction and a thread of its own; give "kept" or the code of the refusal for each."""
    start = Barrier(len(writes))

    def run(write: Callable[[Session], None]) -> str:
        start.wait(timeout=30)
        try:
            with database.write() as session:
                write(session)
        except CampusError as error:
            return error.code
        return "kept"

    with ThreadPoolExecutor(len(writes)) as pool:
        return list(pool.map(run, writes))


def kept(database: Database, address: Address) -> str:
    with database.read() as session:
        return documents.get(session, address).body.decode()


@pytest.mark.parametrize(
    ("conditions", "bare", "refusal"),
    [
        (IF_NEW, Bare.CREATES, "xapi.precondition"),
        (NO_CONDITIONS, Bare.CREATES, "xapi.document_conflict"),
        (NO_CONDITIONS, Bare.OVERWRITES, None),
    ],
    ids=["if none match", "bare", "overwriting"],
)
def test_of_writers_who_make_the_same_document_one_is_first(
    database: Database, conditions: Conditions, bare: Bare, refusal: str | None
) -> None:
    for number in range(ROUNDS):
        address = Address(PLACE, str(number))
        writes = [partial(put, address=address, text=str(n), conditions=conditions, bare=bare) for n in range(WRITERS)]
        said = at_once(database, *writes)
        assert sorted(said) == sorted(["kept"] + [refusal or "kept"] * (WRITERS - 1))
        assert said[int(kept(database, address))] == "kept"


@pytest.mark.parametrize("way", ["put", "merge", "remove"])
def test_of_writers_with_the_same_tag_one_wins(database: Database, way: str) -> None:
    def write(session: Session, text: str) -> None:
        match way:
            case "put":
                put(session, address, text, tag)
            case "merge":
                documents.merge(session, address, Content("application/json", text.encode()), tag, now=NOW)
            case _:
                documents.remove(session, address, tag)

    for number in range(ROUNDS):
        address = Address(PLACE, str(number))
        with database.write() as session:
            documents.merge(session, address, Content("application/json", b"{}"), IF_NEW, now=NOW)
            tag = Conditions(match=parse_etags(f'"{documents.get(session, address).etag}"'))
        texts = [f'{{"a":{n}}}' for n in range(WRITERS)]
        said = at_once(database, *(partial(write, text=text) for text in texts))
        assert sorted(said) == sorted(["kept"] + ["xapi.precondition"] * (WRITERS - 1))
        if way != "remove":
            assert said[texts.index(kept(database, address))] == "kept"


def test_merging_loses_nothing(database: Database) -> None:
    for number in range(ROUNDS):
        address = Address(PLACE, str(number))
        names = [f"m{n}" for n in range(WRITERS)]
        contents = [Content("application/json", f'{{"{name}":1}}'.encode()) for name in names]
        merge = partial(documents.merge, address=address, conditions=NO_CONDITIONS, now=NOW)
        assert at_once(database, *(partial(merge, content=one) for one in contents)) == ["kept"] * WRITERS
        assert sorted(parse(kept(database, address))) == names


def test_deleting_all_while_others_write_ends_without_a_deadlock(database: Database) -> None:
    addresses = [Address(PLACE, str(n)) for n in range(20)]

    def put_all(session: Session) -> None:
        for address in sorted(addresses, key=lambda one: one.digest):
            put(session, address, "x")

    for _ in range(ROUNDS):
        said = at_once(
            database,
            put_all,
            lambda session: documents.remove_all(session, PLACE),
            lambda session: documents.remove_all(session, PLACE),
        )
        assert said == ["kept"] * 3
    with database.write() as session:
        documents.remove_all(session, PLACE)
        assert session.scalar(select(func.count(Document.id))) == 0


def test_nothing_but_the_same_names_leads_to_a_document(database: Database) -> None:
    """Also when parts of one hold what separates parts of another."""
    places = [
        PLACE,
        Place(1, Kind.STATE, PLACE.activity, PLACE.agent),
        Place(0, Kind.AGENT_PROFILE, agent=PLACE.agent),
        Place(0, Kind.AGENT_PROFILE, agent=f"{PLACE.agent}\n\na"),
        Place(0, Kind.ACTIVITY_PROFILE, PLACE.activity),
        Place(0, Kind.STATE, PLACE.activity, PLACE.agent, SOME_ID),
    ]
    addresses = [Address(place, name) for place in places for name in ("a", "A", "a ", "\na", f"{SOME_ID}\na")]
    with database.write() as session:
        for number, address in enumerate(addresses):
            put(session, address, str(number), IF_NEW)
    assert [int(kept(database, address)) for address in addresses] == list(range(len(addresses)))


def test_names_stand_once_the_newest_last(database: Database) -> None:
    registered = Place(0, Kind.STATE, PLACE.activity, PLACE.agent, SOME_ID)
    with database.write() as session:
        for hours, (place, name) in enumerate([(PLACE, "b"), (PLACE, "a"), (registered, "b"), (registered, "ü\n")]):
            now = NOW + timedelta(hours=hours)
            documents.put(session, Address(place, name), content("x"), IF_NEW, Bare.CREATES, now=now)
        assert documents.names(session, PLACE) == ["a", "b", "ü\n"]
        assert documents.names(session, registered) == ["b", "ü\n"]
        assert documents.names(session, PLACE, since=NOW + timedelta(hours=2)) == ["ü\n"]

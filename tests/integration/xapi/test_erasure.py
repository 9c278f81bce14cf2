"""Taking somebody out of what clients told the store, on both databases: every place, every way to find them."""

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from campus import people
from campus.database import Database
from campus.models.access import AuditEntry
from campus.models.evidence import Evidence, RawAnswer
from campus.models.people import Identity
from tests.factories import NOW, Heard, learner, organisation, unit
from tests.integration.xapi.keeping import SENDER, bodies, found, keep, one
from tests.integration.xapi.test_rules import House, by
from tests.unit.xapi.samples import OTHER_ID, PUBLIC_URL, SOME_ID, agent, full, statement
from xapi import descriptions, documents, erasure, gather, parts, service, statements, terms
from xapi.batches import Origin, Sender, prepare
from xapi.documents import Address, Bare, Content, Kind, Place
from xapi.errors import StatementConflictError
from xapi.store import CAMPUS, Document, attachments
from xapi.store import terms as terms_table

ADDRESS = "mailto:erika@example.org"
SHA1 = hashlib.sha1(ADDRESS.encode(), usedforsecurity=False).hexdigest()
ERIKA = {"mbox": ADDRESS, "name": "Erika"}
KEY = str(parts.agent_key(ERIKA))
GROUP = {"objectType": "Group", "member": [ERIKA, agent("b")]}
ATTACHMENT: dict[str, Any] = {
    "usageType": "https://lms.example/essay",
    "display": {"de": "Aufsatz"},
    "contentType": "text/plain",
    "length": 5,
    "sha2": hashlib.sha256(b"essay").hexdigest(),
}
PLACES: dict[str, dict[str, Any]] = {
    "actor": {"actor": ERIKA},
    "actor by a digest of the address": {"actor": {"mbox_sha1sum": SHA1}},
    "member of the actor": {"actor": GROUP},
    "object": {"object": {"objectType": "Agent", **ERIKA}},
    "member of the object": {"object": GROUP},
    "instructor": {"context": {"instructor": ERIKA}},
    "member of the team": {"context": {"team": GROUP}},
    "contextAgents": {"context": {"contextAgents": [{"objectType": "contextAgent", "agent": ERIKA}]}},
    "contextGroups": {"context": {"contextGroups": [{"objectType": "contextGroup", "group": GROUP}]}},
    "substatement": {"object": statement(actor=ERIKA, objectType="SubStatement")},
    "in the substatement": {
        "object": statement(object={"objectType": "Agent", **ERIKA}, objectType="SubStatement", context={"team": GROUP})
    },
}


def erase(database: Database, *agents: dict[str, Any], tenant: int | None = None) -> erasure.Erased:
    with database.write() as session:
        return erasure.erase(session, agents or [ERIKA], public_url=PUBLIC_URL, now=NOW, tenant=tenant)


@pytest.mark.parametrize("place", PLACES)
def test_every_place(database: Database, place: str) -> None:
    (kept,) = keep(database, statement(**PLACES[place]))
    done = erase(database)
    (body,) = bodies(database)
    assert done.statements == 1
    assert (body["id"], body["verb"]) == (kept, statement()["verb"])
    text = json.dumps(body)
    assert not any(trace in text for trace in (ADDRESS, SHA1, "Erika"))
    assert done.pseudonym in text
    if "member" in text:
        assert '"name": "b"' in text, "others stay"
    for key in (KEY, f"mbox_sha1sum:{SHA1}"):
        assert found(database, agent=key, related_agents=True) == []
    assert found(database, agent=f"account:{PUBLIC_URL}|{done.pseudonym}", related_agents=True) == [kept]


def test_the_authority(database: Database) -> None:
    keep(database, statement(), sender=Sender(Origin.CLIENT, ERIKA, CAMPUS))
    erase(database)
    assert ADDRESS not in json.dumps(bodies(database))
    with database.read() as session:
        wanted = select(func.count()).where(terms_table.c.term == terms.authority(KEY))
        assert session.scalar(wanted) == 0


def test_what_is_only_theirs_goes_and_the_rest_stays(database: Database) -> None:
    theirs = full() | {"actor": ERIKA}
    mine = full() | {"id": str(uuid4()), "context": full()["context"] | {"instructor": ERIKA}}
    keep(database, theirs, mine)
    erase(database)
    first, second = bodies(database, ascending=True)
    assert first["result"] == {name: full()["result"][name] for name in ("score", "success", "completion", "duration")}
    assert {"registration", "extensions"}.isdisjoint(first["context"])
    assert first["object"] == theirs["object"]
    assert (second["result"], second["context"]["registration"]) == (mine["result"], mine["context"]["registration"])
    assert found(database, registration=OTHER_ID) == [mine["id"]]


def test_statements_about_theirs_are_no_longer_found_by_them(database: Database) -> None:
    comment = {"objectType": "StatementRef", "id": SOME_ID}
    keep(database, statement(id=SOME_ID, actor=ERIKA), statement(id=OTHER_ID, object=comment, actor=agent("b")))
    third = keep(database, statement(object=comment | {"id": OTHER_ID}))
    assert len(found(database, agent=KEY)) == 3
    done = erase(database)
    assert found(database, agent=KEY) == []
    through = found(database, agent=f"account:{PUBLIC_URL}|{done.pseudonym}")
    assert through == [*third, OTHER_ID, SOME_ID], "but by what stands there now"
    assert len(found(database, activity=statement()["object"]["id"])) == 3


def test_documents_names_and_contents(database: Database) -> None:
    shared = ATTACHMENT | {"sha2": hashlib.sha256(b"shared").hexdigest(), "length": 6}
    contents = {ATTACHMENT["sha2"]: b"essay", shared["sha2"]: b"shared"}
    given = [statement(actor=ERIKA, attachments=[ATTACHMENT, shared]), statement(attachments=[shared])]
    with database.write() as session:
        service.keep(session, [prepare(given, SENDER, version="2.0.0", contents=contents)], now=NOW)
        for who in (KEY, "mbox:mailto:other@example.org"):
            for place in (Place(CAMPUS, Kind.STATE, "x:1", who), Place(CAMPUS, Kind.AGENT_PROFILE, agent=who)):
                content = Content("text/plain", b"likes tea")
                documents.put(session, Address(place, "a"), content, documents.NO_CONDITIONS, Bare.OVERWRITES, now=NOW)
    done = erase(database)
    assert (done.statements, done.documents, done.contents) == (1, 2, 1)
    with database.read() as session:
        assert session.scalars(select(attachments.c.sha2)).all() == [shared["sha2"]]
        assert session.scalar(select(func.count(Document.id))) == 2
        key = descriptions.description_digest(CAMPUS, descriptions.AGENT, KEY)
        assert descriptions.known(session, [key]) == {}


def test_of_one_tenant_alone(database: Database) -> None:
    with database.write() as session:
        provider = organisation(session).id
    (theirs,) = keep(database, statement(actor=ERIKA), sender=Sender(Origin.CLIENT, agent("client"), provider))
    (ours,) = keep(database, statement(actor=ERIKA))
    assert erase(database, tenant=provider).statements == 1
    assert found(database, agent=KEY) == [ours]
    assert theirs in found(database, provider)


def test_the_old_words_do_not_come_back_unnoticed(database: Database) -> None:
    keep(database, statement(id=SOME_ID, actor=ERIKA))
    erase(database)
    with pytest.raises(StatementConflictError):
        keep(database, statement(id=SOME_ID, actor=ERIKA))
    assert ADDRESS not in one(database, SOME_ID).body


def test_the_record_says_how_much_and_never_whom(database: Database) -> None:
    keep(database, statement(actor=ERIKA), statement(actor=ERIKA))
    done = erase(database)
    assert erase(database).statements == 0, "nobody is left, and nothing is noted"
    with database.read() as session:
        (note,) = session.scalars(select(AuditEntry)).all()
    assert note.details == {
        "statements": 2,
        "documents": 0,
        "attachments": 0,
        "identities": 0,
        "pseudonym": done.pseudonym,
    }


def counted(database: Database, *actors: dict[str, Any]) -> House:
    """Let a rule count what each of the actors said."""
    with database.write() as session:
        provider = organisation(session)
        house = House(database, provider, unit(session, provider=provider), learner(session)[1])
    house.make()
    house.store(*(by("x", actor=actor) for actor in actors))
    house.run()
    return house


def identities(database: Database) -> dict[str, tuple[str | None, str | None, int]]:
    """Give name, address and raw answers of what rules made of actors, by subject."""
    raw = select(func.count(RawAnswer.id)).join(Evidence, Evidence.raw_id == RawAnswer.id)
    with database.read() as session:
        return {
            one.subject: (one.name, one.email, session.scalar(raw.where(Evidence.identity_id == one.id)) or 0)
            for one in session.scalars(select(Identity).where(Identity.kind == gather.IDENTITY_KIND))
        }


def test_what_rules_made_of_them_goes_and_the_evidence_stays(database: Database) -> None:
    ben = agent("ben")
    house = counted(database, ERIKA, ben, {"mbox_sha1sum": SHA1})
    subjects = [gather.subject_of(str(key)) for key in (KEY, parts.agent_key(ben), f"mbox_sha1sum:{SHA1}")]
    before = identities(database)
    assert before[subjects[0]] == ("Erika", "erika@example.org", 1)
    with database.write() as session:
        other = organisation(session).id
    for tenant in (CAMPUS, other):
        assert erase(database, tenant=tenant).identities == 0
    assert identities(database) == before
    assert erase(database, tenant=house.provider.id).identities == 2
    after = identities(database)
    assert after.pop(subjects[1]) == before[subjects[1]], "others stay"
    assert all(subject.startswith(erasure.PSEUDONYM) for subject in after)
    assert list(after.values()) == [(None, None, 0)] * 2
    with database.read() as session:
        assert session.scalar(select(func.count(Evidence.id))) == 3
        (note,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "xapi.erased"))
        assert note.details["identities"] == 2


def test_an_identity_that_is_somebody_elses_goes_with_its_key_and_not_with_another_person(database: Database) -> None:
    house = counted(database, ERIKA)
    with database.write() as session:
        identity = session.scalars(select(Identity).where(Identity.kind == gather.IDENTITY_KIND)).one()
        _, person = learner(session)
        people.link(session, identity, person, reason="hers", decided_by_id=None, now=NOW, publish=Heard())
        other = house.person.id
        done = erasure.erase(session, [ERIKA], public_url=PUBLIC_URL, now=NOW, person_id=other)
        assert (done.statements, done.identities) == (1, 0)
    assert erase(database).identities == 1


def test_an_address_is_the_same_in_any_case(database: Database) -> None:
    written = {"mbox": "mailto:Erika@Example.ORG", "name": "Frau Erika"}
    sha1 = hashlib.sha1(written["mbox"].encode(), usedforsecurity=False).hexdigest()
    assert parts.agent_key(written) == KEY
    first = statement(id=SOME_ID, actor=written)
    keep(database, first, statement(id=OTHER_ID, actor=ERIKA))
    assert json.loads(one(database, SOME_ID).body)["actor"] == written, "what was said stays as it was said"
    assert found(database, agent=parts.agent_key(written)) == found(database, agent=KEY) == [OTHER_ID, SOME_ID]
    in_small_letters = first | {"actor": written | {"mbox": "mailto:Erika@example.org"}}
    assert statements.same(first, in_small_letters)
    with database.write() as session:
        for name, who in (("a", written), ("b", ERIKA)):
            address = Address(Place(CAMPUS, Kind.AGENT_PROFILE, agent=str(parts.agent_key(who))), name)
            documents.put(
                session, address, Content("text/plain", b"x"), documents.NO_CONDITIONS, Bare.OVERWRITES, now=NOW
            )
        names = descriptions.description_digest(CAMPUS, descriptions.AGENT, KEY)
        assert descriptions.known(session, [names]) == {names: ["Frau Erika", "Erika"]}
    assert erasure.keys_of(written) == {KEY, f"mbox_sha1sum:{SHA1}", f"mbox_sha1sum:{sha1}"}
    done = erase(database, ERIKA)
    assert (done.statements, done.documents) == (2, 2)
    assert "erika" not in json.dumps(bodies(database)).lower()

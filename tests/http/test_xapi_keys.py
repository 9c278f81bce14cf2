"""Keys of the record store: what each scope opens, what a wrong secret costs, how quickly a key ends."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from campus.database import Database
from campus.errors import ConflictError, InvalidInputError, NotFoundError
from tests.databases import ON_SQLITE
from tests.factories import NOW, organisation
from tests.record_store import VERSION_HEADER, Lrs, open_store, refused
from tests.unit.xapi.samples import SOME_ID, statement
from xapi import keys
from xapi.errors import BadKeyError, TooManyRequestsError
from xapi.keys import Client, Scope
from xapi.store import Key

ACTIVITY, AGENT = "https://lms.example/course/1", '{"mbox":"mailto:anna@example.org"}'
STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "s"}
ACTIVITY_PROFILE, AGENT_PROFILE = {"activityId": ACTIVITY, "profileId": "p"}, {"agent": AGENT, "profileId": "p"}
OPEN: dict[tuple[str, str], set[Scope]] = {
    ("POST", "statements"): {Scope.STATEMENTS_WRITE, Scope.ALL},
    ("PUT", "statements"): {Scope.STATEMENTS_WRITE, Scope.ALL},
    ("GET", "statements"): {Scope.STATEMENTS_READ_MINE, Scope.STATEMENTS_READ, Scope.ALL_READ, Scope.ALL},
    ("GET", "agents"): {Scope.STATEMENTS_READ, Scope.PROFILE, Scope.ALL_READ, Scope.ALL},
    ("GET", "activities"): set(Scope) - {Scope.STATEMENTS_WRITE, Scope.STATE},
    **{
        (method, resource): {own, Scope.ALL} | ({Scope.ALL_READ} if method == "GET" else set())
        for resource, own in (
            ("activities/state", Scope.STATE),
            ("activities/profile", Scope.PROFILE),
            ("agents/profile", Scope.PROFILE),
        )
        for method in ("GET", "PUT", "POST", "DELETE")
    },
}
"""By method and resource: the scopes of which one is enough."""
PARAMETERS = {
    "agents": {"agent": AGENT},
    "activities": {"activityId": ACTIVITY},
    "activities/state": STATE,
    "activities/profile": ACTIVITY_PROFILE,
    "agents/profile": AGENT_PROFILE,
}


@pytest.fixture
def lrs(database: Database) -> Lrs:
    return open_store(database)


@pytest.fixture
def argon2(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the list of hashes that secrets were compared with by Argon2."""
    compared: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 - the library's name
            compared.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(keys, "_hasher", Counting())
    return compared


@ON_SQLITE
@pytest.mark.parametrize("scope", list(Scope))
def test_what_each_scope_opens(lrs: Lrs, scope: Scope) -> None:
    lrs.add_key("one", scope)
    wrong = []
    for (method, resource), enough in OPEN.items():
        parameters: dict[str, str] = PARAMETERS.get(resource, {})
        if (method, resource) == ("PUT", "statements"):
            parameters = {"statementId": SOME_ID}
        body = {"json": statement()} if method in {"PUT", "POST"} else {}
        headers = {"If-None-Match": "*"} if method == "PUT" and resource != "statements" else {}
        answer = lrs.ask(method, resource, key="one", query_string=parameters, headers=headers, **body)
        if (answer.status_code != 403) is not (scope in enough):
            wrong.append((method, resource, answer.status_code, answer.get_json(silent=True)))
    assert wrong == []


def test_mine_is_what_this_key_wrote(lrs: Lrs) -> None:
    lrs.add_key("one", Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE)
    lrs.post(statement(id=SOME_ID))
    (own,) = lrs.post(statement(), key="one").get_json()
    found = lrs.ask("GET", key="one").get_json()["statements"]
    assert [one["id"] for one in found] == [own]
    refused(lrs.ask("GET", key="one", query_string={"statementId": SOME_ID}), 404, "xapi.statement_not_found")
    assert set(lrs.ids()) == {SOME_ID, own}


def test_the_store_says_who_vouches_whatever_the_client_says(lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID, authority={"mbox": "mailto:boss@example.org"}))
    with lrs.services.database.read() as session:
        key = session.scalars(select(Key)).one()
    authority = lrs.get(statementId=SOME_ID).get_json()["authority"]
    assert authority == {
        "objectType": "Agent",
        "account": {"homePage": "https://campus.example", "name": f"key:{key.public_id}"},
    }


def test_a_revoked_key_works_for_a_second_at_most(lrs: Lrs) -> None:
    lrs.add_key("one", Scope.STATEMENTS_READ)
    assert lrs.ask("GET", key="one").status_code == 200
    with lrs.services.database.write() as session:
        keys.revoke(session, "one", now=lrs.services.now)
        keys.revoke(session, "one", now=lrs.services.now + timedelta(days=1))
        assert session.scalars(select(Key.revoked_at).where(Key.name == "one")).one() == NOW
        with pytest.raises(NotFoundError):
            keys.revoke(session, "two", now=lrs.services.now)
    lrs.services.now += keys.REMEMBERED
    refused(lrs.ask("GET", key="one"), 401, "xapi.bad_key")


@ON_SQLITE
def test_a_secret_is_verified_once_and_a_wrong_one_each_time(lrs: Lrs, argon2: list[str]) -> None:
    for _ in range(3):
        assert lrs.get().status_code == 200
        lrs.services.now += timedelta(seconds=5)
    assert len(argon2) == 1
    lrs.services.xapi_clients.admit(basic("all", "secret-of-all"))
    for wrong in (basic("all", "secret-of-al"), basic("all", "secret-of-al"), basic("nobody", "x"), basic("all", "")):
        before = len(argon2)
        with pytest.raises(BadKeyError):
            lrs.services.xapi_clients.admit(wrong)
        assert len(argon2) == before + 1
    assert len(argon2) == 5


@ON_SQLITE
def test_a_key_whose_secret_was_changed_is_verified_anew(lrs: Lrs, argon2: list[str]) -> None:
    assert lrs.get().status_code == 200
    with lrs.services.database.write() as session:
        session.scalars(select(Key)).one().secret_hash = PasswordHasher().hash("another")
    lrs.services.now += keys.REMEMBERED
    refused(lrs.get(), 401, "xapi.bad_key")
    assert len(argon2) == 2


@ON_SQLITE
def test_who_tries_secrets_is_held_back_and_nobody_else(
    lrs: Lrs, argon2: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "TRIES_PER_MINUTE", 2)
    clients = lrs.services.xapi_clients
    for address in ("2001:db8::1", "2001:db8::2"):
        with pytest.raises(BadKeyError):
            clients.admit(basic("all", "guess"), address)
    with pytest.raises(TooManyRequestsError) as held_back:
        clients.admit(basic("nobody", "guess"), "2001:db8::3")
    assert held_back.value.after == 30
    assert len(argon2) == 2
    assert clients.admit(basic("all", "secret-of-all"), "192.0.2.7").may(Scope.ALL)
    assert clients.admit(basic("all", "secret-of-all"), "2001:db8::1").may(Scope.ALL)  # known by now


@ON_SQLITE
def test_a_key_that_asks_too_often_is_told_when_to_come_again(lrs: Lrs) -> None:
    lrs.services.limit = 3
    lrs.add_key("other", Scope.ALL)
    assert [lrs.get().status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = lrs.get()
    refused(answer, 429, "xapi.flood")
    assert answer.headers["Retry-After"] == "20"
    assert lrs.ask("GET", key="other").status_code == 200
    lrs.services.now += timedelta(seconds=20)
    assert [lrs.get().status_code for _ in range(2)] == [200, 429]


def test_the_last_use_is_noted_once_an_hour(lrs: Lrs) -> None:
    def last_use() -> Any:
        with lrs.services.database.read() as session:
            return session.scalar(select(Key.last_used_at))

    assert last_use() is None
    lrs.get()
    assert last_use() == NOW
    lrs.services.now += timedelta(minutes=59)
    lrs.get()
    assert last_use() == NOW
    lrs.services.now += timedelta(minutes=1)
    lrs.get()
    assert last_use() == NOW + timedelta(hours=1)


@ON_SQLITE
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer x",
        "Bearer",
        "Bearer ä",
        "Basic",
        "Basic !",
        "Basic YWxsOg==",
        "Basic YWxsADp4",
        "Basic bm9ib2R5Ong=",
        "Digest all",
    ],
    ids=["none", "token", "no token", "no ASCII", "empty", "no base64", "no secret", "NUL", "nobody's", "Digest"],
)
def test_without_a_key_nothing_is_told(lrs: Lrs, authorization: str | None) -> None:
    headers = {VERSION_HEADER: "2.0.0"} | ({"Authorization": authorization} if authorization else {})
    answer = lrs.client.get("/xapi/statements", headers=headers)
    refused(answer, 401, "xapi.bad_key")
    scheme = "Bearer" if (authorization or "").startswith("Bearer ") else "Basic"
    assert answer.headers["WWW-Authenticate"].startswith(f'{scheme} realm="xAPI"')


@ON_SQLITE
def test_credentials_of_the_alternate_syntax_count(lrs: Lrs) -> None:
    form = {VERSION_HEADER: "1.0.3", "Authorization": basic("all", "secret-of-all")}
    answer = lrs.client.post("/xapi/statements?method=GET", data=form)
    assert answer.status_code == 200
    answer = lrs.client.post("/xapi/statements?method=GET", data=form | {"Authorization": basic("all", "x")})
    refused(answer, 401, "xapi.bad_key")


@ON_SQLITE
def test_keys_are_made_once_and_well_named(database: Database) -> None:
    with database.write() as session:
        secret = keys.create_key(session, "moodle", [Scope.STATEMENTS_WRITE], None, token=lambda: "geheim", now=NOW)
        assert secret == "geheim"
        assert secret not in str(session.scalars(select(Key.secret_hash)).one())
        with pytest.raises(ConflictError):
            keys.create_key(session, "moodle", [], None, token=lambda: "x", now=NOW)
        for name in ("a:b", "", "ä", "a" * 61, "a\n"):
            with pytest.raises(InvalidInputError):
                keys.create_key(session, name, [], None, token=lambda: "x", now=NOW)


@ON_SQLITE
def test_keys_are_listed_by_whose_they_are_those_that_work_first(lrs: Lrs) -> None:
    with lrs.services.database.write() as session:
        house, other = organisation(session), organisation(session)
    for name in ("old", "new"):
        lrs.add_key(name, Scope.STATE, of=house)
    lrs.add_key("foreign", Scope.STATE, of=other)
    with lrs.services.database.write() as session:
        keys.revoke(session, "new", now=NOW)
        assert [key.name for key, _ in keys.listed(session, house.id)] == ["old", "new"]
        found = [(key.name, owner and owner.id) for key, owner in keys.listed(session)]
    assert found == [("foreign", other.id), ("old", house.id), ("all", None), ("new", house.id)]


def test_all_holds_all_read_which_holds_reading_which_holds_reading_ones_own() -> None:
    def held(scope: Scope) -> set[Scope]:
        client = Client(1, sees_all=False, scopes=frozenset({scope}), authority={})
        return {other for other in Scope if client.may(other)}

    mine, read = Scope.STATEMENTS_READ_MINE, Scope.STATEMENTS_READ
    assert held(Scope.ALL) == set(Scope)
    assert held(Scope.ALL_READ) == {Scope.ALL_READ, read, mine}
    assert held(read) == {read, mine}
    for alone in (mine, Scope.STATEMENTS_WRITE, Scope.STATE, Scope.PROFILE):
        assert held(alone) == {alone}


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()

"""The record store's pages: who sees what, browsing, statistics."""

import json
from datetime import timedelta

import pytest

from campus.database import Database
from tests import pages
from tests.pages import World
from tests.records import STORE, keep, text, titled
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, statement, voiding
from xapi import parts


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def test_a_statement_reads_as_a_line_in_the_language_of_the_page(world: World) -> None:
    passed = {"id": "http://adlnet.gov/expapi/verbs/passed", "display": {"en-US": "passed", "de": "hat bestanden"}}
    score = {"score": {"scaled": 0.923}, "success": True}
    keep(
        world,
        statement(
            actor={"mbox": "mailto:anna@example.org", "name": "Anna Beispiel"},
            verb=passed,
            object={"id": "https://x.example/1", "definition": {"name": {"de": "Modul 1", "en": "Module 1"}}},
            result=score,
        ),
    )
    office = world.office()
    german = text(office, STORE)
    assert "Anna Beispiel</bdi> hat bestanden: <bdi>Modul 1</bdi>, 92,3\N{NO-BREAK SPACE}%" in german
    english = text(office, STORE, lang="en")
    assert "Anna Beispiel</bdi> passed: <bdi>Module 1</bdi>, 92.3\N{NO-BREAK SPACE}%" in english
    assert "&#34;scaled&#34;: 0.923" in german


def test_a_person_of_ours_is_called_by_name_and_found_by_it(world: World) -> None:
    world.earn("102", "B1")
    person = world.person("102")
    assert person.name
    office = world.office()
    assert person.name in text(office, STORE)
    for wanted in (person.name, person.public_id):
        assert person.name in text(office, STORE, wer=wanted)
    assert "Unter diesem Namen ist hier nichts bekannt." in text(office, STORE, 422, wer="Niemand Nirgends")


def test_a_provider_sees_its_own_statements_and_no_others(world: World) -> None:
    a, b = world.provider("A"), world.provider("B")
    keep(world, statement(id=SOME_ID, actor=agent("of-a")), tenant=a.id)
    keep(world, statement(id=OTHER_ID, actor=agent("of-b")), tenant=b.id)
    keep(world, statement(actor=agent("of-campus")))
    own = f"/anbieter/{a.public_id}/lernprotokoll"
    editor, office = world.editor(), world.office()
    page = text(editor, own, organisation=b.public_id)
    assert "of-a" in page
    assert "of-b" not in page
    assert "of-campus" not in page
    assert "of-a" in text(editor, f"{own}/aussagen/{SOME_ID}")
    text(editor, f"{own}/aussagen/{OTHER_ID}", 404, organisation=b.public_id)
    exported = text(editor, f"{own}/export", als="jsonl", organisation=b.public_id)
    assert [json.loads(line)["id"] for line in exported.splitlines()] == [SOME_ID]
    assert "1 Aussage seit" in text(editor, f"{own}/statistik", organisation=b.public_id)
    assert editor.get(STORE).status_code == 403
    assert editor.get(f"/anbieter/{b.public_id}/lernprotokoll").status_code == 403
    everything = text(office, STORE)
    assert all(name in everything for name in ("of-a", "of-b", "of-campus"))
    assert "of-a" not in text(office, STORE, organisation=b.public_id)
    assert "of-campus" in text(office, STORE, organisation="campus")
    text(office, STORE, 422, organisation="no-such")


def test_a_provider_learns_no_name_by_speaking_of_somebodys_id(world: World) -> None:
    a = world.provider("A")
    world.earn("102", "B1")
    world.earn("103", "A2")
    stranger, learner = world.person("102"), world.person("103")
    assert stranger.name
    assert learner.name
    for one in (stranger, learner):
        account = parts.account(world.services.settings.public_url, one.public_id)
        keep(world, statement(actor=account, object=account, context={"instructor": account}), tenant=a.id)
    editor, office = world.editor(), world.office()
    own = f"/anbieter/{a.public_id}/lernprotokoll"
    for page in (text(editor, own), text(editor, f"{own}/export", als="csv")):
        assert stranger.public_id in page
        assert stranger.name not in page
        assert learner.name in page, "our own words are about them"
    assert stranger.name not in text(editor, f"{own}/statistik")
    for page in (text(office, STORE), text(office, f"{STORE}/export", als="csv", organisation=a.public_id)):
        assert stranger.name in page, "the office knows everybody"


def test_only_who_may_see_them_is_led_to_the_records(world: World) -> None:
    a = world.provider("A").public_id
    assert f"/anbieter/{a}/lernprotokoll" in text(world.editor(), f"/anbieter/{a}/")


FOUND: list[tuple[dict[str, str], str | None]] = [
    ({}, "abcd"),
    ({"wer": "b@example.org"}, "b"),
    ({"wer": "b@example.org", "bezug": "yes"}, "bd"),
    ({"wer": "c", "konto": "https://lms.example"}, "c"),
    ({"wer": "Berta"}, "b"),
    ({"wer": "https://id.example/d"}, "d"),
    ({"verb": "https://x.example/verbs/read"}, "c"),
    ({"objekt": "https://x.example/1"}, "ab"),
    ({"objekt": "https://x.example/1", "bezug": "yes"}, "abc"),
    ({"objekt": "Zweites"}, "c"),
    ({"registrierung": OTHER_ID.upper()}, "d"),
    ({"objekt": "https://x.example/1", "wer": "b@example.org"}, "b"),
    ({"von": "2999-01-01"}, None),
    ({"von": "2099-01-01"}, ""),
    ({"bis": "2001-01-01"}, ""),
    ({"von": "2020-01-01", "bis": "2099-01-01"}, "abcd"),
    ({"bis": "2020-01-01", "von": "2021-01-01"}, None),
    ({"von": "gestern"}, None),
    ({"registrierung": "12"}, None),
    ({"verb": "gelesen"}, None),
    ({"konto": "https://lms.example"}, None),
    ({"wer": "c", "konto": "lms"}, None),
    ({"wer": "a" * 1001}, None),
    ({"kennung": "12"}, None),
    ({"vor": "nonsense"}, "abcd"),
]
"""What is asked for, and whose statements are found; None: it is refused."""


def test_the_filter_finds_what_it_says_or_says_what_is_wrong(world: World) -> None:
    first = titled("https://x.example/1", "Erstes")
    keep(
        world,
        statement(actor=agent("a"), object=first, result={"response": "found-a"}),
        statement(
            actor={"mbox": "mailto:b@example.org", "name": "Berta"}, object=first, result={"response": "found-b"}
        ),
        statement(
            actor=agent("c"),
            verb={"id": "https://x.example/verbs/read"},
            object=titled("https://x.example/2", "Zweites"),
            result={"response": "found-c"},
            context={"contextActivities": {"parent": [first]}},
        ),
        statement(
            actor={"openid": "https://id.example/d"},
            result={"response": "found-d"},
            context={"registration": OTHER_ID, "instructor": {"mbox": "mailto:b@example.org"}},
        ),
    )
    office = world.office()
    for query, found in FOUND:
        page = text(office, STORE, 422 if found is None else 200, **query)
        assert {name for name in "abcd" if f"found-{name}" in page} == set(found or ""), query
        assert ("Keine Aussage passt" in page) == (found == ""), query
        assert ("So geht der Filter nicht" in page) == (found is None), query


def test_a_name_that_fits_several_is_asked_about(world: World) -> None:
    first = {"account": {"homePage": "https://lms.example", "name": "7"}, "name": "Anna A"}
    keep(
        world,
        statement(actor=first, object=titled("https://x.example/1", "Kurs eins")),
        statement(
            actor={"mbox": "mailto:anna@example.org", "name": "Anna B"},
            object=titled("https://x.example/2", "Kurs zwei"),
        ),
    )
    office = world.office()
    page = text(office, STORE, wer="anna")
    assert "Wen meinen Sie?" in page
    assert "wer=anna@example.org" in page
    assert "wer=7&amp;konto=https://lms.example" in page
    assert "Welche Aktivität meinen Sie?" in text(office, STORE, objekt="kurs")
    assert office.get(f"{STORE}/export", query_string={"wer": "anna", "als": "csv"}).status_code == 422


def test_older_pages_follow_and_stay_right_while_statements_arrive(world: World) -> None:
    office = world.office()
    keep(world, *(statement(result={"response": f"nr-{number:02}."}) for number in range(30)))
    first = text(office, STORE)
    assert first.count('<li class="records-line">') == 25
    assert "nr-05." in first
    assert "nr-04." not in first
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    keep(world, statement(result={"response": "new"}))
    second = text(office, older)
    assert [number for number in range(30) if f"nr-{number:02}." in second] == [0, 1, 2, 3, 4]
    assert "Das sind die ältesten." in second
    assert "Ältere gibt es nicht" in text(office, STORE, vor="0")


def test_what_is_void_is_marked_and_reached_by_its_id(world: World) -> None:
    keep(world, statement(id=SOME_ID, actor=agent("taken-back")), voiding(SOME_ID, id=OTHER_ID))
    office = world.office()
    page = text(office, STORE)
    assert "taken-back" not in page
    assert "hat für ungültig erklärt: <bdi>Aussage" in page
    assert f"/aussagen/{SOME_ID}" in page
    assert "für ungültig erklärt</span>" in text(office, STORE, ungueltige="yes")
    answer = office.get(STORE, query_string={"kennung": SOME_ID.upper()})
    assert answer.status_code == 303
    alone = text(office, answer.headers["Location"])
    assert "Diese Aussage wurde für ungültig erklärt" in alone
    assert "taken-back" in alone
    text(office, f"{STORE}/aussagen/{SOME_ID[:-1]}0", 404)
    text(office, f"{STORE}/aussagen/nothing", 404)


def test_an_empty_store_says_so(world: World) -> None:
    office = world.office()
    assert "Noch keine Aussagen" in text(office, STORE)
    assert "In dieser Zeit wurde nichts gespeichert" in text(office, f"{STORE}/statistik")
    assert text(office, f"{STORE}/export", als="jsonl") == ""
    office.get(f"{STORE}/export").close()
    assert office.get(f"{STORE}/export").status_code == 422


def test_statistics_count_by_day_verb_and_activity(world: World) -> None:
    a = world.provider("A")
    read = {"id": "https://x.example/verbs/read"}
    start = world.clock()
    keep(world, statement(object=titled("https://x.example/1", "Erstes")))
    world.clock.now = start + timedelta(days=2)
    first = statement(object=titled("https://x.example/1", "Erstes"))
    keep(world, first, statement(verb=read), tenant=a.id)
    keep(world, statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID))
    office = world.office()
    page = text(office, f"{STORE}/statistik", tage="7")
    assert "4 Aussagen seit" in page
    numbers = [int(cell) for cell in cells(page, "Aussagen")]
    assert numbers[:7] == [3, 0, 1, 0, 0, 0, 0]
    assert sorted(numbers[7:]) == [1, 1, 1, 2, 2]
    assert "verb=https://x.example/verbs/read" in page
    assert "Erstes" in page
    assert "objekt=https://x.example/1" in page
    assert "Aussagen je Woche" in text(office, f"{STORE}/statistik", tage="365")
    assert "2 Aussagen seit" in text(office, f"{STORE}/statistik", tage="nonsense", organisation=a.public_id)
    world.clock.now = start + timedelta(days=40)
    office = world.office()
    assert "In dieser Zeit wurde nichts gespeichert" in text(office, f"{STORE}/statistik", tage="30")


def cells(page: str, heading: str) -> list[str]:
    """Give the cells of all columns of this heading, in order."""
    return [part.partition(">")[2].partition("<")[0] for part in page.split(f'data-label="{heading}"')[1:]]

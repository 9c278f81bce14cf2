"""The dialog in which content is chosen, and the page of one phase, as people see them."""

from typing import Any

import lxml.html
import pytest

from campus import courses, units
from campus.database import Database
from campus.models.catalogue import LearningUnit
from lti_tool.app import create_app
from lti_tool.launch.claims import DEEP_LINKING_REQUEST
from tests import factories, visits
from tests.factories import NOW
from tests.http.test_learner_pages import text_of
from tests.visits import Campus, Visitor

SETTINGS: dict[str, Any] = {
    "return_url": "https://lms.example/return",
    "accept_types": ["ltiResourceLink"],
    "accept_targets": [],
    "accept_multiple": None,
    "accept_lineitem": None,
    "has_data": False,
    "data": None,
}


@pytest.fixture
def campus(database: Database) -> Campus:
    made = visits.campus_of(database)
    made.app = create_app(made.services)
    return made


def dialog(campus: Campus, **settings: Any) -> Visitor:
    """Let a teacher open the dialog."""
    kind: dict[str, Any] = {
        "message_type": DEEP_LINKING_REQUEST,
        "resource_link_id": None,
        "deep_linking": {**SETTINGS, **settings},
    }
    return campus.visit("Clara Lehr", subject="2", is_teacher=True, page="auswahl/", **kind)


def catalogue_of(campus: Campus, count: int) -> list[LearningUnit]:
    """Announce more units, all of one provider."""
    with campus.database.write() as session:
        provider = factories.organisation(session, slug="verwaltungshochschule")
        return [
            units.announce(
                session,
                code=f"Z{number:02}",
                provider=provider,
                title={"de": f"Übung {number}", "en": f"Exercise {number}"},
                summary={"de": "Bürgernähe", "en": "Being close to citizens"},
                hours=4,
                now=NOW,
            )
            for number in range(count)
        ]


def page(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, text_of(answer)
    return lxml.html.fromstring(answer.get_data())


def codes(shown: Any) -> list[str]:
    """List the codes of the units in the list."""
    labels = shown.xpath("//div[@aria-labelledby='units']/ul/li/div[1]/label")
    return [label.text_content().split()[0] for label in labels]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("OZG", ["A1"]),
        ("ozg", ["A1"]),
        ("Access Act", ["A1"]),
        ("a1", ["A1"]),
        ("Reifegradmodell", ["A1"]),
        ("übung 1", ["Z01"]),
        ("hochschule z00", ["Z00"]),
        ("close citizens", ["Z00", "Z01"]),
        ("100%", []),
        ("' OR 1=1", []),
    ],
)
def test_catalogue_is_searched_by_title_code_provider_and_summary(
    campus: Campus, search: str, found: list[str]
) -> None:
    catalogue_of(campus, 2)
    shown = page(dialog(campus).get(query_string={"suche": search}))
    expected = [campus.unit.code if code == "A1" else code for code in found]
    assert codes(shown) == expected
    assert ("Nichts passt" in shown.text_content()) is (not found)


def test_what_was_ticked_stays_over_pages_and_can_be_unticked(campus: Campus) -> None:
    more, visitor = catalogue_of(campus, 12), dialog(campus)
    first = page(visitor.get())
    assert len(codes(first)) == 10
    chosen = [campus.unit.public_id, f"{campus.unit.public_id}:tutorial"]
    second = page(visitor.get(query_string={"item": chosen, "seite": "2"}))
    assert len(codes(second)) == 3
    assert second.xpath("//input[@name='item' and @checked]/@value") == chosen
    back = page(visitor.get(query_string={"item": [chosen[0], more[-1].public_id], "seite": "1"}))
    assert set(back.xpath("//input[@name='item' and @checked]/@value")) == {chosen[0], more[-1].public_id}


def test_preview_says_what_will_be_placed_and_lets_remove(campus: Campus) -> None:
    (other,), visitor = catalogue_of(campus, 1), dialog(campus)
    keys = [f"{campus.unit.public_id}:tutorial", other.public_id]
    shown = page(visitor.get("ansehen", query_string={"item": keys}))
    assert "Von diesen 2 Links hat 1 eine Spalte" in shown.text_content()
    (remove, _) = shown.xpath("//ol//a/@href")
    left = page(visitor.client.get(remove))
    assert left.xpath("//form//input[@name='item']/@value") == [other.public_id]
    assert left.xpath("//ol//a/@href") == [visitor.url], "without the last one there is nothing to preview"


def test_course_is_its_units_in_order(campus: Campus) -> None:
    made = catalogue_of(campus, 3)
    with campus.database.write() as session:
        parts = [(session.merge(unit), True) for unit in reversed(made)]
        provider = parts[0][0].provider
        title = {"de": "Bürgernah", "en": "Close"}
        course = courses.create(
            session, code="K9", title=title, summary={"de": ""}, provider=provider, units=parts, now=NOW
        )
        key = f"course:{course.public_id}"
    visitor = dialog(campus)
    assert key in page(visitor.get()).xpath("//input[@name='item']/@value")
    shown = page(visitor.get("ansehen", query_string={"item": [key, made[0].public_id]}))
    assert shown.xpath("//form//input[@name='item']/@value") == [unit.public_id for unit in reversed(made)]


@pytest.mark.parametrize("items", [[], ["nonsense"], ["course:x"], ["00000000-0000-4000-8000-000000000000:tutorial"]])
@pytest.mark.parametrize("path", ["ansehen", "senden"])
def test_choosing_nothing_or_what_is_not_there_is_said(campus: Campus, items: list[str], path: str) -> None:
    visitor = dialog(campus)
    sends = path == "senden"
    answer = visitor.post(path, {"item": items}) if sends else visitor.get(path, query_string={"item": items})
    assert "Wählen Sie mindestens eine Lerneinheit" in page(answer, 422).text_content()


def test_phase_that_the_unit_does_not_have_is_no_choice(campus: Campus) -> None:
    keys = [f"{campus.unit.public_id}:exam", campus.unit.public_id]
    shown = page(dialog(campus).get("ansehen", query_string={"item": keys}))
    assert shown.xpath("//form//input[@name='item']/@value") == [campus.unit.public_id]


def test_more_than_can_be_placed_is_cut_and_said(campus: Campus) -> None:
    keys = [unit.public_id for unit in catalogue_of(campus, 51)]
    shown = page(dialog(campus).get(query_string={"item": keys}))
    assert "Höchstens 50 Links" in shown.text_content()
    assert len(shown.xpath("//input[@name='item' and @checked]")) == 50


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("available_from", "morgen"),
        ("available_until", "2026-11-30T08:00"),
        ("due", "2027-02-01T08:00"),
        ("available_from", "0001-01-01T00:00"),
        ("due", "2026-12-24T18:00+05:00"),
    ],
)
def test_date_that_does_not_fit_is_marked_and_the_rest_stays(campus: Campus, name: str, value: str) -> None:
    dates = {"available_from": "2026-12-01T08:00", "available_until": "2027-01-31T08:00", name: value}
    shown = page(dialog(campus).post("senden", {"item": campus.unit.public_id, **dates}), 422)
    assert shown.xpath(f"//p[@id='{name}-error']")
    assert shown.xpath("//form//input[@name='item']/@value") == [campus.unit.public_id]
    assert not shown.xpath("//input[@name='JWT']")


def test_platform_that_takes_no_columns_is_told_in_words(campus: Campus) -> None:
    shown = page(dialog(campus, accept_lineitem=False).get("ansehen", query_string={"item": campus.unit.public_id}))
    assert "nimmt hier keine Spalten" in shown.text_content()


def test_dialog_is_there_in_english_and_keeps_the_choice(campus: Campus) -> None:
    visitor = dialog(campus)
    shown = page(visitor.get("ansehen", query_string={"item": campus.unit.public_id, "lang": "en"}))
    assert "1 link, with a gradebook column of 100 points" in shown.text_content()
    (other,) = shown.xpath("//a[@hreflang='de']/@href")
    assert campus.unit.public_id in other


def test_launch_that_asks_for_no_content_has_no_dialog_and_a_dialog_no_unit(campus: Campus) -> None:
    teacher = campus.visit("Clara Lehr", subject="2", is_teacher=True)
    assert teacher.get("auswahl/").status_code == 404
    assert teacher.post("auswahl/senden", {"item": campus.unit.public_id}).status_code == 404
    visitor = dialog(campus)
    whole = visitor.client.get(visitor.url.removesuffix("auswahl/"))
    assert (whole.status_code, "launch.no_unit" in text_of(whole)) == (404, True)


def test_form_of_another_site_sends_nothing(campus: Campus) -> None:
    visitor = dialog(campus)
    answer = visitor.post("senden", {"item": campus.unit.public_id}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "JWT" in text_of(answer)) == (403, False)


def test_link_to_one_phase_shows_it_and_the_way_to_the_whole_unit(campus: Campus) -> None:
    with campus.database.write() as session:
        link = visits.make_link(session, campus.registration, campus.unit, "link-phase")
        link.phase = "self_study_1"
    visitor = campus.visit(link=link)
    part = page(visitor.get())
    assert part.xpath("//section[starts-with(@id, 'phase-')]/@id") == ["phase-self_study_1"]
    assert part.xpath("//h1")[0].text_content() == "Selbststudium 1"
    whole = page(visitor.get("?ganz=1"))
    assert len(whole.xpath("//section[starts-with(@id, 'phase-')]")) > 1
    for title in ("Lernziele und Ablauf", "Grundbegriffe"):
        assert "Dieser Teil ist erledigt" not in text_of(visitor.get())
        assert visitor.post(f"{campus.address(title)}/complete").status_code == 303
    assert "Dieser Teil ist erledigt" in text_of(visitor.get())

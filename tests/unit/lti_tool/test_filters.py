"""Template filters in both languages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from markupsafe import Markup

from lti_tool import filters

MOMENT = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    app = Flask("lti_tool")
    Babel(app, default_locale="de")  # type: ignore[no-untyped-call]  # annotated in parts only
    with app.test_request_context():
        yield


def test_instants_are_shown_on_the_wall_clock_of_their_place() -> None:
    assert filters.instant(MOMENT) == "02.12.2026, 00:30"
    assert filters.instant(MOMENT, "UTC") == "01.12.2026, 23:30"
    assert filters.day(MOMENT) == "2. Dezember 2026"
    assert filters.clock_time(MOMENT) == "00:30"
    with force_locale("en"):
        assert filters.instant(MOMENT) == "2 Dec 2026, 00:30"


def test_numbers_follow_the_language() -> None:
    assert filters.percent(57.14286) == "57,14\u00a0%"
    assert filters.percent(60.0) == "60\u00a0%"
    assert filters.percent(None) == "–"
    assert filters.number(0.333) == "0,33"
    with force_locale("en"):
        assert filters.number(1.5) == "1.5"


def test_domain_text_falls_back_to_german() -> None:
    with force_locale("en"):
        assert filters.text({"de": "Kurs", "en": "Course"}) == "Course"
        assert filters.text({"de": "Kurs", "en": ""}) == "Kurs"
    assert filters.text(None) == ""


def test_imported_headings_begin_below_the_pages_and_skip_none() -> None:
    html = "<h3>Eins</h3><h5 title='x'>Zwei</h5><h3>Drei</h3>"
    assert filters.imported(html) == "<h2>Eins</h2><h3 title='x'>Zwei</h3><h2>Drei</h2>"
    assert filters.imported("<h2>a</h2>", 3) == "<h3>a</h3>"
    assert filters.imported('<a href="https://a.example" rel="noopener">b</a>').startswith('<a target="_blank" href=')


def test_cells_say_their_column_where_a_table_becomes_cards() -> None:
    rows = Markup('<tr class="r"><th scope="row">A1</th><td>12</td></tr><tr><td colspan="2">nichts</td></tr>')
    assert filters.stacked(rows, ["Kürzel", "Umfang & <Zeit>"]) == (
        '<tr role="row" class="r"><th role="rowheader" data-label="Kürzel" scope="row">A1</th>'
        '<td role="cell" data-label="Umfang &amp; &lt;Zeit&gt;">12</td></tr>'
        '<tr role="row"><td colspan="2">nichts</td></tr>'
    )


@pytest.mark.parametrize("far", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_time_at_the_end_of_the_calendar_can_be_written(far: datetime) -> None:
    for zone in ("Europe/Berlin", "America/New_York"):
        assert filters.instant(far, zone)
        assert filters.day(far, zone)

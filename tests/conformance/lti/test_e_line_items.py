"""Checklist E2, E3, E4, E10 and E11 of line items: a gradebook's column is found, bound, or made once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.launch.store import ResourceLink
from lti_tool.services import columns as gradebook_columns
from lti_tool.services.ags import RESULT_SCOPE, SCORE_SCOPE
from lti_tool.services.errors import ServiceUnavailableError
from lti_tool.services.lineitems import READONLY_SCOPE, TAG, LineItems
from lti_tool.services.scores import follow_credit
from lti_tool.services.store import LineItemLease, ScoreState
from tests.conformance.lti.grading import (
    LINK,
    cells,
    columns,
    container_of,
    credit_of,
    earn,
    follow,
    item_of,
    kept,
    launch_ungraded,
    link_of,
    ours,
)
from tests.lms.config import User
from tests.lms.live import BERND, World
from tests.lms.state import LineItem as Column


def test_E2_line_item_is_made_with_all_that_names_it(lti: World) -> None:
    launch_ungraded(lti)
    earn(lti)
    follow(lti)
    (made,) = lti.platform.state.line_items()
    assert (made.resource_link, made.resource_id, made.tag) == ours(lti)
    assert made.label.startswith(lti.unit.code)
    assert (made.maximum, cells(lti)) == (100, {"7": [80.0]})
    assert link_of(lti).lineitem_url == lti.platform.config.lineitem_url(made.id)


@pytest.mark.parametrize("page_size", [None, 1], ids=["in one", "paged as Moodle does"])
def test_E3_line_items_are_read_together_and_one_by_one(lti: World, page_size: int | None) -> None:
    lti.launch(lti.tool.test_client())
    for number in range(3):
        lti.platform.state.put_line_item(Column(f"c{number}", f"C {number}", 10, None, "other", f"t{number}"))
    lti.platform.page_size = page_size
    found = lti.services.line_items.find(container_of(lti))
    assert [column.url.rpartition("/")[2].split("?")[0] for column in found] == [LINK, "c0", "c1", "c2"]
    filtered = lti.services.line_items.find(container_of(lti), resource_id="other", tag="t1")
    assert [column.told["label"] for column in filtered] == ["C 1"]
    assert lti.services.line_items.get(container_of(lti), filtered[0].url) == filtered[0]


def test_E4_line_item_is_put_back_whole_when_it_is_bound(lti: World) -> None:
    """A teacher's column for the unit, bound to no link: label and maximum stay the teacher's."""
    launch_ungraded(lti)
    lti.platform.state.put_line_item(Column("hers", "Ergebnis B1", 20, None, lti.unit.public_id, TAG))
    earn(lti)
    follow(lti)
    (bound,) = lti.platform.state.line_items()
    assert bound == Column("hers", "Ergebnis B1", 20, *ours(lti))
    assert cells(lti) == {"7": [80.0]}
    assert lti.services.gradebooks.results(item_of(lti, "hers"))["7"].points == 16


def test_E4_line_item_of_the_link_learns_our_tag_and_stays_bound(lti: World) -> None:
    launch_ungraded(lti)
    lti.platform.state.put_line_item(Column("hers", "Ergebnis", 20, LINK, None, None))
    earn(lti)
    follow(lti)
    assert lti.platform.state.line_items() == [Column("hers", "Ergebnis", 20, *ours(lti))]


def test_E4_line_item_that_may_not_be_changed_is_used_as_it_is(lti: World) -> None:
    launch_ungraded(lti)
    lti.platform.may_create = False
    lti.platform.state.put_line_item(Column("hers", "Ergebnis", 20, LINK, None, None))
    earn(lti)
    follow(lti)
    assert (columns(lti), cells(lti)) == ([(LINK, None, None)], {"7": [80.0]})


def test_E4_the_client_has_no_way_to_delete_a_line_item() -> None:
    """docs/decisions/0012-line-items.md: a column may hold what teachers wrote."""
    assert {name for name in vars(LineItems) if not name.startswith("_")} == {"find", "get", "create", "bind"}


def test_E10_line_item_of_the_link_goes_before_one_of_the_unit(lti: World) -> None:
    launch_ungraded(lti)
    state = lti.platform.state
    state.put_line_item(Column("unit", "U", 100, None, lti.unit.public_id, TAG))
    state.put_line_item(Column("link", "L", 100, *ours(lti)))
    earn(lti)
    follow(lti)
    assert [(cell.link, cell.score) for cell in state.gradebook()] == [("link", 80.0)]


def test_E10_of_several_line_items_of_a_link_only_the_units_own_is_ours(lti: World) -> None:
    """Moodle names no line item at launch when a link has several."""
    launch_ungraded(lti)
    state = lti.platform.state
    for name in ("a", "b"):
        state.put_line_item(Column(name, name, 100, LINK, None, name))
    earn(lti)
    follow(lti)
    assert columns(lti)[2:] == [ours(lti)]
    assert {cell.link for cell in state.gradebook()} == {state.line_items()[2].id}


def test_E10_another_links_line_item_is_left_alone(lti: World) -> None:
    launch_ungraded(lti)
    theirs = Column("theirs", "U", 100, "link-2", lti.unit.public_id, TAG)
    lti.platform.state.put_line_item(theirs)
    earn(lti)
    follow(lti)
    assert lti.platform.state.line_items()[0] == theirs
    assert columns(lti)[1:] == [ours(lti)]


def test_E10_who_may_only_read_finds_and_never_makes(lti: World) -> None:
    lti.platform.may_create = False
    launch_ungraded(lti)
    assert set(link_of(lti).ags_scopes) == {READONLY_SCOPE, RESULT_SCOPE, SCORE_SCOPE}
    credit = earn(lti)
    follow(lti)
    assert (columns(lti), kept(lti).state, kept(lti).detail) == ([], ScoreState.REFUSED, "service.lineitem_missing")
    assert [asked["scope"] for asked in lti.platform.token_requests] == [READONLY_SCOPE]
    lti.platform.state.put_line_item(Column("hers", "Ergebnis", 100, LINK, None, None))
    earn(lti, 90.0)
    follow_credit(lti.services, credit)
    assert (cells(lti), columns(lti)) == ({"7": [90.0]}, [(LINK, None, None)])


def test_E10_two_workers_at_once_make_one_line_item(lti: World) -> None:
    launch_ungraded(lti)
    earn(lti)
    lti.launch(lti.tool.test_client(), User(**BERND))
    earn(lti, 70.0, "8")
    start, failures = threading.Barrier(2), []

    def work(credit: str) -> None:
        start.wait()
        try:
            follow_credit(lti.services, credit)
        except ServiceUnavailableError as error:
            failures.append(error.code)

    threads = [threading.Thread(target=work, args=(credit_of(lti, subject).public_id,)) for subject in ("7", "8")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(failures) <= {"service.unavailable"}  # the second one comes back later
    follow(lti)
    assert columns(lti) == [ours(lti)]
    assert cells(lti) == {"7": [80.0], "8": [70.0]}


def test_E10_while_another_holds_the_lease_the_job_waits(lti: World) -> None:
    launch_ungraded(lti)
    credit = earn(lti)
    with lti.services.database.write() as session:
        lease = LineItemLease(resource_link_id=link_of(lti).id, until=lti.clock() + timedelta(seconds=60))
        session.add(lease)
    with pytest.raises(ServiceUnavailableError) as caught:
        follow_credit(lti.services, credit)
    assert (caught.value.after, columns(lti)) == (timedelta(seconds=20), [])
    with lti.services.database.write() as session:
        session.scalars(select(LineItemLease)).one().until = lti.clock()
    follow_credit(lti.services, credit)
    assert columns(lti) == [ours(lti)]


def test_E10_line_item_that_was_made_before_a_crash_is_found(lti: World) -> None:
    """Made at the platform, not yet kept here: nothing but the launch's values is known."""
    launch_ungraded(lti)
    earn(lti)
    gradebook_columns.column_of(lti.services, link_of(lti).id)
    with lti.services.database.write() as session:
        session.scalars(select(ResourceLink)).one().lineitem_url = None
    follow(lti)
    assert (columns(lti), cells(lti)) == ([ours(lti)], {"7": [80.0]})


def test_E10_link_to_one_phase_makes_no_line_item(lti: World) -> None:
    launch_ungraded(lti)
    with lti.services.database.write() as session:
        session.scalars(select(ResourceLink)).one().phase = "self_study_1"
    earn(lti)
    follow(lti)
    assert columns(lti) == []


def test_E11_line_item_that_a_teacher_deleted_is_made_once_more(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    lti.platform.state.delete_line_item(LINK)
    earn(lti)
    follow(lti)
    assert (columns(lti), cells(lti), kept(lti).state) == ([ours(lti)], {"7": [80.0]}, ScoreState.SENT)


def test_E11_line_item_that_is_gone_for_good_is_a_final_refusal(lti: World) -> None:
    lti.platform.may_create = False
    lti.launch(lti.tool.test_client())
    lti.platform.state.delete_line_item(LINK)
    credit = earn(lti)
    follow(lti)
    calls = len(lti.lms_calls)
    follow_credit(lti.services, credit)
    assert (kept(lti).state, kept(lti).detail) == (ScoreState.REFUSED, "service.lineitem_gone")
    assert len(lti.lms_calls) == calls

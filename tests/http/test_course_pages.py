"""A provider's courses: making and changing them, for everybody or for one person, and who takes them."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.models.access import AuditEntry, Role, RoleGrant
from campus.models.catalogue import Course
from campus.models.learning import CourseParticipant
from campus.models.people import Person
from certificates.facts import AwardKind
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World

TEXTS = {"code": "NEU", "title_de": "Neuer Kurs", "summary_de": "Worum es geht.", "electives_needed": "0"}
EXTENT = {
    "ects": "2,5",
    "eqf_level": "6",
    "competency_1_de": "Register lesen",
    "competency_1_url": "http://esco.example/1",
}


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def house(world: World, letter: str = "A") -> str:
    return f"/anbieter/{world.provider(letter).public_id}"


def units(world: World, **codes: str) -> dict[str, str]:
    """Give the form's rows: ``A2="yes"`` means compulsory."""
    form: dict[str, str] = {}
    for number, (code, compulsory) in enumerate(codes.items(), start=1):
        form |= {f"unit_{number}": world.unit(code).public_id, f"compulsory_{number}": compulsory}
    return form


def make(world: World, **other: str) -> Any:
    form = TEXTS | EXTENT | units(world, A2="yes", B1="yes", C1="no") | other
    return world.editor().post(f"{house(world)}/kurse/neu", data=form)


def the(world: World, code: str = "NEU") -> Course:
    with world.database.read() as session:
        found = session.scalars(select(Course).where(Course.code == code)).one()
        assert [part.unit.code for part in found.units]
        assert found.awarding_bodies is not None
        return found


def count(world: World) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count(Course.id))) or 0


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def person(world: World, learner: str) -> str:
    return world.person(learner).public_id


def only_editor(world: World) -> Any:
    """Sign in as somebody who edits A's units and is no administrator."""
    world.account_of("112", "redaktion@example.invalid")
    with world.database.write() as session:
        grant = {"person_id": world.person("112").id, "organisation_id": world.provider("A").id}
        session.add(RoleGrant(**grant, role=Role.EDITOR, granted_at=world.clock()))
    return world.browser("redaktion@example.invalid")


def test_course_is_made_listed_and_changed(world: World) -> None:
    made = make(world)
    assert made.status_code == 303
    found = the(world)
    assert [(part.unit.code, part.compulsory) for part in found.units] == [("A2", True), ("B1", True), ("C1", False)]
    assert (found.ects, found.eqf_level) == (2.5, 6)
    assert found.competencies == [{"title": {"de": "Register lesen"}, "url": "http://esco.example/1"}]
    assert "NEU Neuer Kurs A2, B1, C1 (Wahlpflicht) 0, davon 0 mit Abschluss" in text_of(
        world.editor().get(f"{house(world)}/kurse")
    )
    page = world.editor().get(made.headers["Location"]).get_data(as_text=True)
    assert 'value="2,5"' in page
    changed = TEXTS | units(world, A3="yes", B1="yes", A2="yes") | {"title_de": "Geändert", "eqf_level": "", "ects": ""}
    assert world.editor().post(made.headers["Location"], data=changed).status_code == 303
    found = the(world)
    assert ([part.unit.code for part in found.units], found.title, found.ects) == (
        ["A3", "B1", "A2"],
        {"de": "Geändert"},
        None,
    )
    assert audited(world)[-2:] == ["course.made", "course.changed"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("code", {"code": ""}),
        ("title_de", {"title_de": "", "title_en": "Only English"}),
        ("units", {"unit_3": ""}),
        ("units", {"electives_needed": "2"}),
        ("units", {"unit_3": "00000000-0000-4000-8000-000000000000"}),
        ("electives_needed", {"electives_needed": "viele"}),
        ("ects", {"ects": "zwei"}),
        ("ects", {"ects": "61"}),
        ("competencies", {"competency_2_en": "Only English"}),
        ("competencies", {"competency_2_de": "X", "competency_2_url": "javascript:alert(1)"}),
    ],
)
def test_refused_entry_is_marked_and_keeps_what_was_typed(world: World, field: str, values: Mapping[str, str]) -> None:
    before = count(world)
    answer = make(world, **values)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, count(world)) == (422, before)
    assert f'id="{field}-error"' in page
    assert "Worum es geht." in page


@ON_SQLITE
@pytest.mark.parametrize("values", [{"unit_2": "same"}, {"eqf_level": "9"}])
def test_forms_that_no_page_sends_are_refused(world: World, values: dict[str, str]) -> None:
    if "unit_2" in values:
        values = {"unit_2": world.unit("A2").public_id}
    assert make(world, **values).status_code == 422


@ON_SQLITE
def test_code_of_another_course_is_taken(world: World) -> None:
    answer = make(world, code="OZG-KOMPAKT")
    assert (answer.status_code, "Ein anderer Kurs hat dieses Kürzel" in text_of(answer)) == (409, True)


def test_what_somebody_has_completed_keeps_its_units(world: World) -> None:
    make(world, **units(world, A2="yes", B1="yes", B2="yes"))
    address = f"{house(world)}/kurse/{the(world).public_id}"
    for code in ("A2", "B1", "B2"):
        world.earn("102", code)
    enrolled = world.editor().post(f"{address}/teilnehmende", data={"person": person(world, "102")})
    assert enrolled.status_code == 303
    world.queue.run(world.services)
    assert world.award("102").kind == AwardKind.COURSE
    page = world.editor().get(address)
    assert "Diesen Kurs hat schon jemand abgeschlossen" in text_of(page)
    assert 'name="unit_1"' not in page.get_data(as_text=True)
    other = TEXTS | EXTENT | units(world, A2="yes", B1="yes", A3="yes")
    assert world.editor().post(address, data=other).status_code == 409
    texts = TEXTS | EXTENT | {"title_de": "Neuer Name"}
    assert world.editor().post(address, data=texts).status_code == 303
    assert [part.unit.code for part in the(world).units] == ["A2", "B1", "B2"]
    assert "Anna Müller" in text_of(world.editor().get(f"{address}/teilnehmende"))
    assert "3 von 3 abgeschlossen" in text_of(world.editor().get(f"{address}/teilnehmende"))


def test_an_edit_that_completes_the_course_for_somebody_gives_their_certificate(world: World) -> None:
    make(world, **units(world, A2="yes", B1="yes", B2="yes", A3="yes"))
    address = f"{house(world)}/kurse/{the(world).public_id}"
    for code in ("A2", "B1", "B2"):
        world.earn("102", code)
    world.editor().post(f"{address}/teilnehmende", data={"person": person(world, "102")})
    form = TEXTS | EXTENT | units(world, A2="yes", B1="yes", B2="yes")
    assert world.editor().post(address, data=form).status_code == 303
    world.queue.run(world.services)
    assert (world.award("102").kind, world.award("102").course_id) == (AwardKind.COURSE, the(world).id)


def test_individual_course_is_found_put_together_and_taken_at_once(world: World) -> None:
    choose = world.editor().get(f"{house(world)}/kurse/lehrplan?suche=friedrich")
    assert f"person={person(world, '104')}" in choose.get_data(as_text=True)
    form = world.editor().get(f"{house(world)}/kurse/neu?person={person(world, '104')}")
    assert "Für eine Person: Kirsten Friedrich" in text_of(form)
    assert make(world, person=person(world, "104")).status_code == 303
    found = the(world)
    assert found.individual_for_id == world.person("104").id
    with world.database.read() as session:
        taking = session.scalars(select(CourseParticipant).where(CourseParticipant.course_id == found.id)).one()
        assert taking.person_id == found.individual_for_id
    address = f"{house(world)}/kurse/{found.public_id}"
    other = world.editor().post(f"{address}/teilnehmende", data={"person": person(world, "103")})
    assert other.status_code == 403
    assert "Kirsten Friedrich" in text_of(world.editor().get(f"{house(world)}/kurse"))


def test_editors_who_are_no_administrators_see_no_people(world: World) -> None:
    make(world, person=person(world, "104"))
    individual = f"{house(world)}/kurse/{the(world).public_id}"
    course = f"{house(world)}/kurse/{the(world, 'OZG-KOMPAKT').public_id}"
    editor = only_editor(world)
    listed = text_of(editor.get(f"{house(world)}/kurse"))
    assert "OZG-KOMPAKT" in listed
    assert "NEU" not in listed
    assert editor.get(course).status_code == 200
    closed = (individual, f"{course}/teilnehmende", f"{house(world)}/kurse/lehrplan")
    assert [editor.get(address).status_code for address in closed] == [403, 403, 403]
    named = TEXTS | {"person": person(world, "104")} | EXTENT | units(world, A2="yes", B1="yes", C1="no")
    assert editor.post(f"{house(world)}/kurse/neu", data=named).status_code == 403


def test_provider_names_only_people_who_learnt_with_it(world: World) -> None:
    with world.database.write() as session:
        stranger = Person(name="Fremde Person", email="fremd@example.invalid", created_at=world.clock())
        session.add(stranger)
    course = f"{house(world)}/kurse/{the(world, 'OZG-KOMPAKT').public_id}/teilnehmende"
    for search in ("fremd", stranger.public_id):
        assert "Fremde Person" not in text_of(world.editor().get(f"{course}?suche={search}"))
    assert world.editor().post(course, data={"person": stranger.public_id}).status_code == 404
    assert world.editor().get(f"{house(world)}/kurse/neu?person={stranger.public_id}").status_code == 404
    assert "Fremde Person" in text_of(world.office().get(f"{course}?suche=fremd"))
    assert world.office().post(course, data={"person": stranger.public_id}).status_code == 303
    assert "Fremde Person" in text_of(world.editor().get(f"{course}?suche=fremd"))


def test_only_the_office_says_who_awards_a_course_jointly(world: World) -> None:
    course = f"{house(world)}/kurse/{the(world, 'OZG-KOMPAKT').public_id}"
    bodies = {"bodies": [world.provider("B").public_id, world.provider("C").public_id]}
    assert world.editor().post(f"{course}/gemeinsam", data=bodies | {"agreed": "yes"}).status_code == 403
    assert world.office().post(f"{course}/gemeinsam", data=bodies).status_code == 422
    assert world.office().post(f"{course}/gemeinsam", data=bodies | {"agreed": "yes"}).status_code == 303
    assert "gemeinsam mit: Bildungsakademie Brückenstadt Universität Cronstein" in text_of(world.editor().get(course))
    with world.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.details["bodies"]) == ("course.awarded_jointly", bodies["bodies"])
    other = house(world, "B")
    assert "OZG-KOMPAKT" in text_of(world.office().get(f"{other}/kurse"))
    town = {"bodies": world.site().public_id, "agreed": "yes"}
    assert world.office().post(f"{course}/gemeinsam", data=town).status_code == 422


def test_who_offers_a_unit_says_its_level_and_competencies(world: World) -> None:
    unit = f"{house(world)}/einheiten/{world.unit('A2').public_id}"
    assert world.editor().post(f"{unit}/umfang", data=EXTENT).status_code == 303
    assert (world.unit("A2").ects, world.unit("A2").eqf_level) == (2.5, 6)
    assert "Register lesen" in text_of(world.editor().get(unit))
    refused = world.editor().post(f"{unit}/umfang", data=EXTENT | {"ects": "0"})
    assert (refused.status_code, 'id="ects-error"' in refused.get_data(as_text=True)) == (422, True)
    assert world.editor().post(f"{unit}/umfang").status_code == 422
    assert world.editor().post(f"{unit}/umfang", data={"ects": "", "eqf_level": ""}).status_code == 303
    assert (world.unit("A2").ects, world.unit("A2").competencies) == (None, [])

"""A provider's pages: importing a real backup in two steps, and granting who may teach."""

import io
from typing import Any

import pytest
from sqlalchemy import func, select, update

from campus import access
from campus.access import Instructorship
from campus.database import Database
from campus.models.access import AuditEntry, TeachingGrant
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation
from lti_tool.demo import world as demo
from lti_tool.launch.store import Registration
from lti_tool.pages.store import ImportDraft
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World

TEXTS = {"code": "A1", "title_de": "OZG", "title_en": "", "summary_de": "Ziele und Umsetzung.", "hours": "8"}


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def house(world: World, letter: str = "A") -> str:
    return f"/anbieter/{world.provider(letter).public_id}"


def upload(world: World, content: bytes | None = None) -> Any:
    body = io.BytesIO(pages.BACKUP.read_bytes() if content is None else content)
    return world.editor().post(f"{house(world)}/import", data={"backup": (body, "kurs.mbz")})


def count(world: World, table: type[Any]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_preview_shows_what_becomes_what_and_keeps_no_unit(world: World) -> None:
    before = count(world, LearningUnit)
    answer = upload(world)
    assert answer.status_code == 303
    page = text_of(world.editor().get(answer.headers["Location"]))
    for part in ("Selbststudium 1", "Tutorium", "Selbststudium 2", "6 Fragen, 3 Versuche, 45 Minuten, bestanden ab 60"):
        assert part in page
    for left_out in ("Selbsttest (interaktiv) (h5pactivity)", "Terminwahl Tutorium (choice)"):
        assert left_out in page
    assert "A1 steht schon im Katalog" in page
    assert count(world, LearningUnit) == before
    assert world_phases(world) == 0


def world_phases(world: World) -> int:
    with world.database.read() as session:
        return len(session.scalars(select(LearningUnit).where(LearningUnit.code == "A1")).one().phases)


def test_confirming_keeps_what_was_shown_and_forgets_the_draft(world: World) -> None:
    preview = upload(world).headers["Location"]
    answer = world.editor().post(preview, data=TEXTS)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"{house(world)}/einheiten/{world.unit('A1').public_id}",
    )
    assert (world_phases(world), count(world, ImportDraft)) == (4, 0)
    assert audited(world)[-1] == "unit.imported"
    assert "Abschlussprüfung A1" in text_of(world.editor().get(answer.headers["Location"]))


def test_second_import_does_not_replace_a_unit_with_content(world: World) -> None:
    assert world.editor().post(upload(world).headers["Location"], data=TEXTS).status_code == 303
    preview = upload(world).headers["Location"]
    assert "mit Inhalt" in text_of(world.editor().get(preview))
    answer = world.editor().post(preview, data=TEXTS)
    assert (answer.status_code, 'role="alert"' in answer.get_data(as_text=True)) == (409, True)
    assert world.editor().post(preview, data=TEXTS | {"code": "A1-neu"}).status_code == 303


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "value"), [("hours", "0"), ("hours", "acht"), ("code", ""), ("summary_de", "x" * 2001)]
)
def test_refused_entry_is_marked_and_keeps_what_was_typed(world: World, field: str, value: str) -> None:
    answer = world.editor().post(upload(world).headers["Location"], data=TEXTS | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert "Ziele und Umsetzung." in answer.get_data(as_text=True) or field == "summary_de"
    assert world_phases(world) == 0


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b" + b"\0" * 100])
def test_damaged_backup_is_refused_beside_the_form(world: World, content: bytes) -> None:
    answer = upload(world, content)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert count(world, ImportDraft) == 0


def test_upload_that_is_too_large_is_refused(world: World) -> None:
    body = b"x" * (world.services.settings.max_upload_bytes + 1)
    form = "multipart/form-data; boundary=x"
    answer = world.editor().post(f"{house(world)}/import", data=body, content_type=form)
    assert (answer.status_code, count(world, ImportDraft)) == (413, 0)


def test_drafts_are_forgotten_after_a_week(world: World) -> None:
    old = upload(world).headers["Location"]
    with world.database.write() as session:
        week = session.scalars(select(ImportDraft)).one().created_at.replace(year=2025)
        session.execute(update(ImportDraft).values(created_at=week))
    upload(world)
    assert world.editor().get(old).status_code == 404


def test_grant_to_a_platform_opens_the_unit_to_its_instructors_and_revoking_closes_it(world: World) -> None:
    unit, editor = world.unit("A2"), world.editor()
    with world.database.read() as session:
        platform = session.scalars(select(Registration)).one()
    address = f"{house(world)}/einheiten/{unit.public_id}"
    for _ in range(2):  # granting twice is granting once
        answer = editor.post(f"{address}/lehre/plattform", data={"platform": platform.public_id})
        assert answer.status_code == 303
    assert may_teach(world, platform)
    assert "Lernportal Musterhausen" in text_of(editor.get(address))
    with world.database.read() as session:
        grant = session.scalars(select(TeachingGrant.public_id)).one()
    assert editor.post(f"{address}/lehre/{grant}/entziehen").status_code == 303
    assert not may_teach(world, platform)
    assert audited(world)[-3:] == ["teaching.granted", "teaching.granted", "teaching.revoked"]


def may_teach(world: World, platform: Registration) -> bool:
    with world.database.read() as session:
        instructor = Instructorship(platform.issuer, platform.client_id)
        actor = access.launched(world.person("105").id, instructor)
        return access.may_teach(session, actor, world.unit("A2"))


def test_person_is_granted_by_the_login_of_their_account(world: World) -> None:
    address = f"{house(world)}/einheiten/{world.unit('A2').public_id}/lehre/person"
    login = world.account_of("105")
    unknown = world.editor().post(address, data={"login": "nobody@example.invalid"})
    assert (unknown.status_code, count(world, TeachingGrant)) == (422, 0)
    asked = world.editor().post(address, data={"login": login.upper()})
    page = asked.get_data(as_text=True)
    assert (asked.status_code, count(world, TeachingGrant)) == (200, 0)
    assert "nicht bestätigt" in page
    assert demo.LEARNERS["105"] in page
    somebody_else = {"login": login, "person": world.person("106").public_id}
    assert world.editor().post(address, data=somebody_else).status_code == 200
    confirmed = {"login": login, "person": world.person("105").public_id}
    assert world.editor().post(address, data=confirmed).status_code == 303
    with world.database.read() as session:
        assert session.scalars(select(TeachingGrant)).one().person_id == world.person("105").id


def test_provider_who_only_offers_a_unit_can_not_grant_it(world: World) -> None:
    with world.database.write() as session:
        other = session.scalars(select(Organisation).where(Organisation.slug == "anbieter-b")).one()
        session.execute(update(LearningUnit).where(LearningUnit.code == "A2").values(delivering_provider_id=other.id))
    address = f"{house(world)}/einheiten/{world.unit('A2').public_id}"
    assert "Ein anderer Anbieter führt diese Lerneinheit durch" in text_of(world.editor().get(address))
    answer = world.editor().post(f"{address}/lehre/person", data={"login": demo.PROVIDER_LOGIN})
    assert (answer.status_code, count(world, TeachingGrant)) == (403, 0)


@ON_SQLITE
def test_units_show_how_far_learners_are(world: World) -> None:
    world.earn("102", "A2")
    page = world.editor().get(f"{house(world)}/")
    assert "A2 E-Akte im Alltag Hochschule Ahrenfeld 0 0 1 0" in text_of(page)
    assert 'role="img"' in page.get_data(as_text=True)

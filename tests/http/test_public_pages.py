"""What everyone sees: the start page, the catalogue, and above all whether a certificate is genuine."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import certificates.erasure
from campus import courses, organisations
from campus.database import Database
from campus.models.base import new_public_id
from campus.models.catalogue import Course
from certificates import issue, shares, store
from certificates.issuers import profiles
from certificates.store import Award, IssuerKey
from lti_tool.demo.catalogue import COURSE_CODE
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World


@pytest.fixture
def world(database: Database) -> World:
    world = pages.world_of(database)
    world.earn("102", "A2", percent=72.5)
    return world


def check(world: World, award: str) -> tuple[int, str]:
    answer = world.browser().get(f"/nachweis/{award}")
    return answer.status_code, text_of(answer)


def change_credential(session: Session, award: Award, old: str, new: str) -> None:
    """Forge a stored credential."""
    assert award.credential is not None
    assert old in award.credential
    session.execute(update(Award).where(Award.id == award.id).values(credential=award.credential.replace(old, new)))


def test_genuine_certificate_is_valid_and_shows_all_it_says(world: World) -> None:
    award = world.award("102")
    status, page = check(world, award.public_id)
    assert (status, "Dieser Nachweis ist echt" in page) == (200, True)
    for part in (
        "Gültig",
        "Anna Müller",
        "Hochschule Ahrenfeld",
        "A2 E-Akte im Alltag",
        "72,5",
        "12 Unterrichtsstunden",
    ):
        assert part in page
    for code in ("structure.ok", "issuer.ok", "integrity.ok", "status.ok", "validity.ok"):
        assert code in page


def test_answer_is_kept_nowhere_and_sets_no_cookie(world: World) -> None:
    answer = world.browser().get(f"/nachweis/{world.award('102').public_id}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def test_revoked_certificate_says_since_when_and_why(world: World) -> None:
    award = world.award("102")
    assert check(world, award.public_id)[1].count("Gültig") > 0  # the signed list of before is there now
    world.clock.now += timedelta(hours=3)
    with world.database.write() as session:
        issue.revoke(session, store.award(session, award.public_id), reason="Irrtum", by=None, now=world.clock())
    page = check(world, award.public_id)[1]
    for part in ("Widerrufen am 02.11.2026, 13:00", "Irrtum", "status.revocation"):
        assert part in page
    assert "Nachweis als PDF" not in page


def test_suspended_certificate_says_since_when_and_why_and_is_valid_again_later(world: World) -> None:
    award = world.award("102")
    with world.database.write() as session:
        issue.suspend(session, store.award(session, award.public_id), reason="Rückfrage", by=None, now=world.clock())
    page = check(world, award.public_id)[1]
    for part in ("Ausgesetzt seit", "Rückfrage", "status.suspension", "gilt aber zurzeit nicht"):
        assert part in page
    with world.database.write() as session:
        issue.resume(session, store.award(session, award.public_id))
    assert "Gültig" in check(world, award.public_id)[1]


def test_corrected_certificate_leads_to_the_one_in_its_place(world: World) -> None:
    award = world.award("102")
    with world.database.write() as session:
        old = store.award(session, award.public_id)
        facts = replace(store.facts_of(old), award_id=new_public_id())
        newer = issue.supersede(session, old, facts, world.services.issuing(), by=None).public_id
    old_page = world.browser().get(f"/nachweis/{award.public_id}")
    said = text_of(old_page)
    assert "Widerrufen Dieser Nachweis ist echt, gilt aber nicht mehr." in said
    assert "Berichtigt am" in said
    assert f'href="/nachweis/{newer}"' in old_page.get_data(as_text=True)
    assert "Dieser Nachweis ist echt, unverändert" in check(world, newer)[1]


@pytest.mark.parametrize("revoked", [False, True])
def test_hidden_certificate_says_only_whether_it_is_genuine(world: World, revoked: bool) -> None:
    award = world.award("102")
    with world.database.write() as session:
        shares.show(session, world.person("102").id, award.public_id, shown=False)
        if revoked:
            reason = "Anna Müller hat nicht bestanden"
            issue.revoke(session, store.award(session, award.public_id), reason=reason, by=None, now=world.clock())
    page = world.browser().get(f"/nachweis/{award.public_id}").get_data(as_text=True)
    for part in ("Widerrufen" if revoked else "Gültig", "Teilnahmebescheinigung", "Hochschule Ahrenfeld", "2026"):
        assert part in page
    for personal in ("Anna", "Müller", "E-Akte", "72,5", "72.5", "A2"):
        assert personal not in page
    assert world.browser().get(f"/api/v1/verify/{award.public_id}").status_code == 403


def test_changed_certificate_is_not_valid(world: World) -> None:
    award = world.award("102")
    with world.database.write() as session:
        change_credential(session, award, "Anna Müller", "Bernd Fälscher")
    page = check(world, award.public_id)[1]
    assert "Ungültig" in page
    assert "integrity.changed" in page


def test_changed_and_revoked_certificate_is_not_called_genuine(world: World) -> None:
    award = world.award("102")
    with world.database.write() as session:
        issue.revoke(session, store.award(session, award.public_id), reason="Irrtum", by=None, now=world.clock())
        change_credential(session, award, "Anna Müller", "Bernd Fälscher")
    page = check(world, award.public_id)[1]
    assert "Dieser Nachweis ist echt" not in page
    assert "Ungültig" in page


def test_certificate_signed_with_a_key_that_the_issuer_does_not_list_is_not_valid(world: World) -> None:
    with world.database.write() as session:
        session.execute(update(IssuerKey).values(number=IssuerKey.number + 7))
    assert "issuer.key_not_listed" in check(world, world.award("102").public_id)[1]


def test_certificate_whose_list_is_nowhere_is_not_called_valid(world: World) -> None:
    award = world.award("102")
    address = json.loads(award.credential or "")["credentialStatus"]["statusListCredential"]
    with world.database.write() as session:
        change_credential(session, award, address, "https://elsewhere.example/status/1")
    page = check(world, award.public_id)[1]
    assert "status.unresolved" in page
    assert "Dieser Nachweis ist echt" not in page


@ON_SQLITE
@pytest.mark.parametrize(
    "stored",
    [
        *("{", "[]", "5", '"x"', "null", "{}", "9" * 5000, '{"name": "\\ud800"}'),
        *('{"a":' * 60 + "1" + "}" * 60, "[" * 100_000),
        '{"issuer": {"id": []}, "type": {}, "proof": [{"type": "DataIntegrityProof"}], "credentialSubject": [[]]}',
    ],
)
def test_damaged_certificate_is_not_valid(world: World, stored: str) -> None:
    award = world.award("102")
    with world.database.write() as session:
        session.execute(update(Award).where(Award.id == award.id).values(credential=stored))
    status, page = check(world, award.public_id)
    assert (status, "Ungültig" in page, "Dieser Nachweis ist echt" in page) == (200, True, False)


def test_genuine_certificate_under_another_number_is_not_valid_there(world: World) -> None:
    world.earn("102", "B1")
    newer = world.award("102")
    with world.database.write() as session:
        older = session.scalars(select(Award).where(Award.id != newer.id, Award.person_id == newer.person_id)).first()
        assert older is not None
        assert older.issuer_id != newer.issuer_id
        session.execute(update(Award).where(Award.id == newer.id).values(credential=older.credential))
    status, page = check(world, newer.public_id)
    assert (status, "Ungültig" in page, "Dieser Nachweis ist echt" in page) == (200, True, False)
    assert "structure.foreign_id" in page
    assert "issuer.foreign" in page


def test_joint_certificate_names_the_other_bodies_with_their_signatures(world: World) -> None:
    with world.database.write() as session:
        course = session.scalars(select(Course).where(Course.code == COURSE_CODE)).one()
        courses.award_with(session, course, [world.provider("B")])
        provider = session.merge(world.provider("A"), load=False)
        profiles.set_mandate(session, provider, by_mandate=True, by=world.person("102").id, now=world.clock())
    complete_course(world)
    award = world.award("102")
    page = check(world, award.public_id)[1]
    for part in (
        "Dieser Nachweis ist echt",
        "Im Auftrag von Hochschule Ahrenfeld",
        "Auch von anderen verliehen oder befürwortet Bildungsakademie Brückenstadt",
        "Signatur geprüft",
    ):
        assert part in page


def complete_course(world: World) -> None:
    """Earn the rest of the course; its first unit comes from the real backup."""
    for code in ("B1", "A3"):
        world.earn("102", code)
    with pages.BACKUP.open("rb") as backup:
        editor, provider = world.editor(), world.provider("A").public_id
        preview = editor.post(f"/anbieter/{provider}/import", data={"backup": (backup, "a.mbz")}).headers["Location"]
    texts = {"code": "A1", "title_de": "OZG", "summary_de": "OZG", "hours": "8"}
    assert editor.post(preview, data=texts).status_code == 303
    world.hold_tutorial("A1")
    world.earn("102", "A1")


def test_course_certificate_shows_each_part_with_its_result(world: World) -> None:
    complete_course(world)
    award = world.award("102")
    assert award.kind == "course"
    page = check(world, award.public_id)[1]
    for part in ("Zertifikat mit Leistungsnachweis", "A2 E-Akte im Alltag", "72,5", "B1 Prozesse", "85"):
        assert part in page
    assert "Dieser Nachweis ist echt" in page


def test_erased_holder_leaves_no_content(world: World) -> None:
    award = world.award("102")
    with world.database.write() as session:
        certificates.erasure.erase(session, world.person("102").id)
    status, page = check(world, award.public_id)
    assert status == 200
    assert "gelöscht" in page
    assert "Anna Müller" not in page


@ON_SQLITE
@pytest.mark.parametrize("number", ["nope", "00000000-0000-4000-8000-000000000000", "<script>alert(1)"])
def test_unknown_number_gets_a_page_that_warns(world: World, number: str) -> None:
    answer = world.browser().get(f"/nachweis/{number}")
    assert answer.status_code == 404
    assert "Verlassen Sie sich nicht darauf" in text_of(answer)
    assert "<script>" not in answer.get_data(as_text=True)


@ON_SQLITE
def test_number_can_be_typed_or_pasted_with_its_address(world: World) -> None:
    award, browser = world.award("102").public_id, world.browser()
    for typed in (award, award.upper(), f"  https://campus.example/nachweis/{award}?x=1 "):
        answer = browser.get("/nachweis", query_string={"nummer": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/nachweis/{award}")
    assert "Anna Müller" in text_of(browser.get(f"/nachweis/{award.upper()}"))
    wrong = browser.get("/nachweis", query_string={"nummer": "12"})
    assert (wrong.status_code, "36 Zeichen" in text_of(wrong)) == (422, True)
    assert browser.get("/nachweis").headers["Location"] == "/pruefen"


@ON_SQLITE
def test_the_campus_office_that_signs_by_mandate_has_an_issuers_page(world: World) -> None:
    with world.database.write() as session:
        slug = organisations.office(session, now=world.clock()).slug
    answer = world.browser().get(f"/issuers/{slug}")
    assert answer.status_code == 200
    assert "im Auftrag von Anbietern" in text_of(answer)
    assert f":issuers:{slug}" in text_of(answer)


@ON_SQLITE
def test_catalogue_tells_compulsory_from_elective_in_each_module(world: World) -> None:
    page = text_of(world.browser().get("/katalog")).replace(" ,", ",")
    assert "OZG A1, A2, B1 A3, B2, B3, C1" in page
    assert "IuK-Infrastruktur A2, A3, C1 D1, E1, C4, C5" in page


@ON_SQLITE
def test_address_that_a_certificate_gives_for_its_issuer_says_who_that_is(world: World) -> None:
    issuer = json.loads(world.award("102").credential or "")["issuer"]
    german = text_of(world.browser().get(issuer["url"]))
    for part in ("Hochschule Ahrenfeld", issuer["id"], "A2 E-Akte im Alltag"):
        assert part in german
    assert "B1 Prozesse" not in german  # another provider's
    assert "issues certificates" in text_of(world.browser().get(f"{issuer['url']}?lang=en"))


@ON_SQLITE
@pytest.mark.parametrize("slug", ["nobody", "musterhausen"])
def test_who_issues_nothing_has_no_issuer_page(world: World, slug: str) -> None:
    answer = world.browser().get(f"/issuers/{slug}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@ON_SQLITE
def test_pages_speak_english_when_asked(world: World) -> None:
    page = text_of(world.browser().get("/?lang=en"))
    assert "Further education for municipalities" in page

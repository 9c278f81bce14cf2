"""The pages of certificates: finding them, acting on one and on many, issuing by hand, a provider's own."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campus import evidence
from campus.database import Database
from campus.evidence import OWN_SOURCE, Fact
from campus.models.access import AuditEntry
from campus.models.evidence import Evidence
from campus.models.people import Person
from campus.rules.credit import Outcome
from certificates import issue, store
from certificates.store import Award, AwardState, Run
from tests import pages
from tests.http.test_learner_pages import text_of
from tests.pages import World

LIST, SELECTION = "/verwaltung/nachweise", "/verwaltung/nachweisauswahl"
ISSUE, RUNS = "/verwaltung/ausstellung", "/verwaltung/nachweislaeufe"


@pytest.fixture
def world(database: Database) -> World:
    """Anna Müller and Bernd Schmidt have B1 (of provider B), Bernd A2 (of provider A) too."""
    made = pages.world_of(database)
    for learner, code in (("102", "B1"), ("103", "B1"), ("103", "A2")):
        made.earn(learner, code)
    return made


def award(world: World, learner: str, code: str = "B1") -> Award:
    with world.database.read() as session:
        person, unit = world.person(learner), world.unit(code)
        found = select(Award).where(Award.person_id == person.id, Award.unit_id == unit.id).order_by(Award.id.desc())
        return session.scalars(found).first() or pytest.fail("no award")


def state(world: World, public_id: str) -> AwardState:
    with world.database.read() as session:
        return store.award(session, public_id).state


def rename(world: World, learner: str, name: str) -> None:
    with world.database.write() as session:
        session.get_one(Person, world.person(learner).id).name = name


def listed(page: Any) -> int:
    return len(re.findall(r'role="rowheader"', page.get_data(as_text=True)))


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def run_of(world: World) -> Run:
    with world.database.read() as session:
        return session.scalars(select(Run).order_by(Run.id.desc())).first() or pytest.fail("no run")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 3),
        ("art=attendance", 3),
        ("art=course", 0),
        ("stand=valid", 2),
        ("stand=suspended", 1),
        ("suche=müller", 1),
        ("suche=a2", 1),
        ("suche=nobody", 0),
        ("art=nonsense&stand=nonsense&anbieter=nonsense", 3),
    ],
)
def test_the_list_is_filtered(world: World, asked: str, found: int) -> None:
    with world.database.write() as session:
        suspended = store.award(session, award(world, "102").public_id)
        issue.suspend(session, suspended, reason="x", by=None, now=world.clock())
    assert listed(world.office().get(f"{LIST}?{asked}")) == found


def test_the_list_is_filtered_by_provider_and_a_provider_sees_its_own_alone(world: World) -> None:
    house = world.provider("A").public_id
    assert listed(world.office().get(f"{LIST}?anbieter={house}")) == 1
    editor, own = world.editor(), f"/anbieter/{house}/nachweise"
    page = editor.get(own)
    assert listed(page) == 1
    assert "Auswählen" not in text_of(page)
    mine, foreign = award(world, "103", "A2").public_id, award(world, "103").public_id
    assert "Was Sie tun können" not in text_of(editor.get(f"{own}/{mine}"))
    assert json.loads(editor.get(f"{own}/{mine}/datei.json").get_data())["id"].endswith(mine)
    for address in (f"{own}/{foreign}", f"{own}/{foreign}/datei.json", f"{own}/{mine}/datei.exe"):
        assert editor.get(address).status_code == 404


def test_one_is_suspended_and_holds_again(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    assert office.post(f"{LIST}/{one}/aussetzung", data={"reason": " "}).status_code == 422
    assert office.post(f"{LIST}/{one}/fortsetzung").status_code == 409
    assert office.post(f"{LIST}/{one}/aussetzung", data={"reason": "Wird geprüft"}).status_code == 303
    assert state(world, one) is AwardState.SUSPENDED
    assert office.post(f"{LIST}/{one}/aussetzung", data={"reason": "Noch einmal"}).status_code == 409
    page = text_of(office.get(f"{LIST}/{one}"))
    assert page.count("Wird geprüft") == 2
    assert office.post(f"{LIST}/{one}/neuausstellung").status_code == 409
    assert office.post(f"{LIST}/{one}/fortsetzung").status_code == 303
    assert state(world, one) is AwardState.VALID
    assert audited(world)[-2:] == ["award.suspended", "award.resumed"]
    page = text_of(office.get(f"{LIST}/{one}"))
    for words in ("ausgesetzt", "Aussetzung beendet", "Verwaltung Campus"):
        assert words in page


def test_a_correction_shows_what_changes_and_both_name_each_other(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    assert "Er würde dasselbe sagen" in text_of(office.get(f"{LIST}/{one}/neuausstellung"))
    rename(world, "102", "Anna Müller-Ünlü")
    page = text_of(office.get(f"{LIST}/{one}/neuausstellung"))
    assert "Inhaberin oder Inhaber Anna Müller Anna Müller-Ünlü" in page
    answer = office.post(f"{LIST}/{one}/neuausstellung")
    assert answer.status_code == 303
    new = award(world, "102").public_id
    assert answer.headers["Location"].endswith(new)
    assert one in office.get(f"{LIST}/{new}").get_data(as_text=True)
    old = office.get(f"{LIST}/{one}").get_data(as_text=True)
    assert new in old
    assert "neuausstellung" not in old
    assert office.post(f"{LIST}/{one}/neuausstellung").status_code == 409
    assert audited(world)[-1] == "award.reissued"


def test_one_that_was_revoked_is_issued_again(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    office.post(f"{LIST}/{one}/widerruf", data={"reason": "Irrtum"})
    assert office.post(f"{LIST}/{one}/neuausstellung").status_code == 303
    assert award(world, "102").state is AwardState.VALID
    assert state(world, one) is AwardState.SUPERSEDED


def test_what_is_not_earned_any_more_can_not_be_issued_anew(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    withdraw(world, "102")
    page = office.get(f"{LIST}/{one}/neuausstellung")
    assert page.status_code == 409
    assert "nicht oder nicht mehr erworben" in text_of(page)


def withdraw(world: World, learner: str) -> None:
    """Take back everything that was told of the learner."""
    with world.database.write() as session:
        told = session.scalars(select(Evidence)).all()
        person = world.person(learner)
        mine = [one for one in told if one.identity.name == person.name]
        facts = [
            Fact(one.identity_id, OWN_SOURCE, one.object.reference, Outcome.RETRACTED, occurred_at=world.clock())
            for one in mine
        ]
        evidence.record(session, facts, now=world.clock(), publish=world.services.publish(session))
    world.queue.run(world.services)


def test_a_task_leads_to_the_certificate_that_stands(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    rename(world, "102", "Anna Meier")
    office.post(f"{LIST}/{one}/neuausstellung")
    rename(world, "102", "Anna Müller")
    withdraw(world, "102")
    page = office.get("/verwaltung/aufgaben").get_data(as_text=True)
    assert award(world, "102").public_id in page
    assert one not in page


def test_the_chosen_ones_are_shown_and_revoked_with_one_reason(world: World) -> None:
    office = world.office()
    ticked = [award(world, "102").public_id, award(world, "103").public_id]
    query = {"act": "revoke", "award": ticked}
    page = text_of(office.get(SELECTION, query_string=query))
    for words in ("2 Nachweise werden widerrufen", "Anna Müller", "Bernd Schmidt"):
        assert words in page
    form = query | {"count": "2", "reason": "Falsch zugeordnet"}
    assert office.post(SELECTION, data=form | {"reason": ""}).status_code == 422
    answer = office.post(SELECTION, data=form)
    assert answer.status_code == 303
    waiting = office.get(answer.headers["Location"])
    assert waiting.headers["Refresh"] == "3"
    assert "0 von 2" in text_of(waiting)
    assert "Refresh" not in office.get(answer.headers["Location"] + "?still=yes").headers
    world.queue.run(world.services)
    done = office.get(answer.headers["Location"])
    assert "Refresh" not in done.headers
    assert "2 Nachweise wurden widerrufen" in text_of(done)
    assert [state(world, one) for one in ticked] == [AwardState.REVOKED] * 2
    assert award(world, "103", "A2").state is AwardState.VALID
    assert audited(world)[-1] == "awards.revoke_begun"
    assert "2" in text_of(office.get(RUNS))


def test_all_that_were_found_are_issued_anew_where_something_changed(world: World) -> None:
    office = world.office()
    rename(world, "103", "Bernd Schmidt-Öz")
    form = {"act": "reissue", "alle": "yes", "suche": "b1", "count": "2", "only_changed": "yes"}
    assert "2 Nachweise werden neu ausgestellt" in text_of(office.get(SELECTION, query_string=form))
    answer = office.post(SELECTION, data=form)
    world.queue.run(world.services)
    page = text_of(office.get(answer.headers["Location"]))
    assert "1 Nachweis wurde neu ausgestellt" in page
    assert "Nichts zu tun 1" in page
    run = run_of(world)
    assert (run.done, run.changed, run.problems) == (2, 1, [])


def test_a_selection_that_changed_meanwhile_is_looked_at_again(world: World) -> None:
    form = {"act": "revoke", "alle": "yes", "count": "2", "reason": "x"}
    assert world.office().post(SELECTION, data=form).status_code == 409
    assert world.queue.jobs == {}


@pytest.mark.parametrize("wrong", [{"act": "delete"}, {"count": "x"}, {"award": ["x"] * 101, "alle": ""}])
def test_a_selection_that_no_page_of_ours_sends_is_refused(world: World, wrong: dict[str, Any]) -> None:
    form = {"act": "revoke", "alle": "yes", "count": "3", "reason": "x"} | wrong
    assert world.office().post(SELECTION, data=form).status_code == 422


def test_a_run_about_nobody_is_refused(world: World) -> None:
    form = {"act": "revoke", "count": "0", "reason": "x"}
    answer = world.office().post(SELECTION, data=form)
    assert answer.status_code == 422
    assert "niemand ausgewählt" in text_of(answer)


def test_a_run_names_those_who_could_not_be_done(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    answer = office.post(SELECTION, data={"act": "reissue", "award": one, "count": "1"})
    withdraw(world, "102")
    page = text_of(office.get(answer.headers["Location"]))
    assert "Anna Müller" in page
    assert "Das ist nicht oder nicht mehr erworben" in page


def without_awards(world: World) -> None:
    """Let it be as if nobody had been given a certificate yet."""
    with world.database.write() as session:
        session.execute(Award.__table__.delete())  # type: ignore[attr-defined] # a mapped class has one


def test_certificates_are_issued_by_hand_to_those_who_lack_them(world: World) -> None:
    office = world.office()
    without_awards(world)
    named = {"fuer": f"unit:{world.unit('B1').public_id}"}
    page = text_of(office.get(ISSUE, query_string=named))
    assert "Für alle 2 Personen ausstellen" in page
    assert office.post(ISSUE, data=named | {"wer": "gewaehlt"}).status_code == 422
    one = office.post(ISSUE, data=named | {"wer": "gewaehlt", "person": world.person("102").public_id})
    assert one.status_code == 303
    world.queue.run(world.services)
    assert "1 Nachweis wurde ausgestellt" in text_of(office.get(one.headers["Location"]))
    office.post(ISSUE, data=named | {"wer": "alle"})
    world.queue.run(world.services)
    assert run_of(world).subjects == [world.person("103").public_id]
    assert "Niemandem fehlt ein Nachweis" in text_of(office.get(ISSUE, query_string=named))
    assert audited(world)[-1] == "awards.issue_begun"


def test_whose_certificate_was_revoked_gets_another_only_when_ticked(world: World) -> None:
    office = world.office()
    office.post(f"{LIST}/{award(world, '102').public_id}/widerruf", data={"reason": "Irrtum"})
    named = {"fuer": f"unit:{world.unit('B1').public_id}"}
    assert "Irrtum" in text_of(office.get(ISSUE, query_string=named))
    assert office.post(ISSUE, data=named | {"wer": "alle"}).status_code == 422
    office.post(ISSUE, data=named | {"wer": "gewaehlt", "person": world.person("102").public_id})
    world.clock.now += timedelta(minutes=1)
    world.queue.run(world.services)
    assert award(world, "102").state is AwardState.VALID


def test_a_provider_issues_for_its_own_units_and_no_others(world: World) -> None:
    without_awards(world)
    editor, house = world.editor(), f"/anbieter/{world.provider('A').public_id}"
    own, foreign = (f"unit:{world.unit(code).public_id}" for code in ("A2", "B1"))
    assert editor.get(f"{house}/ausstellung?fuer={foreign}").status_code == 404
    assert editor.post(f"{house}/ausstellung", data={"fuer": foreign, "wer": "alle"}).status_code == 404
    for nonsense in ("course:x", "x", "unit:"):
        assert editor.get(f"{house}/ausstellung?fuer={nonsense}").status_code == 404
    answer = editor.post(f"{house}/ausstellung", data={"fuer": own, "wer": "alle"})
    assert answer.status_code == 303
    world.queue.run(world.services)
    assert "1 Nachweis wurde ausgestellt" in text_of(editor.get(answer.headers["Location"]))
    assert award(world, "103", "A2").state is AwardState.VALID
    assert listed(editor.get(f"{house}/nachweislaeufe")) == 1


def test_a_provider_does_not_undo_the_office_s_revocation(world: World) -> None:
    old = award(world, "103", "A2").public_id
    world.office().post(f"{LIST}/{old}/widerruf", data={"reason": "Täuschung"})
    editor, house = world.editor(), f"/anbieter/{world.provider('A').public_id}"
    named = {"fuer": f"unit:{world.unit('A2').public_id}"}
    page = text_of(editor.get(f"{house}/ausstellung", query_string=named))
    assert "Täuschung" not in page
    assert "haben oder hatten einen Nachweis" in page
    ticked = named | {"wer": "gewaehlt", "person": world.person("103").public_id}
    assert editor.post(f"{house}/ausstellung", data=ticked).status_code == 422
    world.queue.run(world.services)
    assert award(world, "103", "A2").public_id == old


def test_a_provider_does_not_see_the_office_s_runs(world: World) -> None:
    office, one = world.office(), award(world, "102").public_id
    answer = office.post(SELECTION, data={"act": "revoke", "award": one, "count": "1", "reason": "x"})
    run = answer.headers["Location"].rpartition("/")[2]
    house = f"/anbieter/{world.provider('A').public_id}"
    assert world.editor().get(f"{house}/nachweislaeufe/{run}").status_code == 404

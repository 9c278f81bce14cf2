"""The learner's pages inside a launch, on the real backup of A1."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from campus import credits, sessions
from campus.database import Database
from campus.models.access import Account
from campus.models.evidence import Evidence
from campus.models.learning import EvaluationBox, ExamAttempt
from campus.rules.credit import Outcome
from tests import factories, visits
from tests.visits import RIGHT, Campus, finish, take_exam

EXAM, EVALUATION, PAGE, LINK = (
    "Abschlussprüfung A1",
    "Evaluation der Lerneinheit",
    "Grundbegriffe",
    "Videokonferenz Tutorium",
)


@pytest.fixture
def campus(database: Database) -> Campus:
    return visits.campus_of(database)


def text_of(answer: Any) -> str:
    """Return a page's text as people read it."""
    body = re.sub(r"(?s)<head>.*?</head>|<script.*?</script>", "", answer.get_data(as_text=True))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def count(campus: Campus, table: Any) -> int:
    with campus.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_unit_shows_introduction_and_phases_in_order_and_what_is_next(campus: Campus) -> None:
    page = campus.visit().get()
    assert page.status_code == 200
    text = text_of(page)
    places = [text.index(f"{name} ") for name in ("Einführung", "Selbststudium 1 0 von 2", "Tutorium 0 von 2")]
    assert places == sorted(places)
    assert "Selbststudium 2 0 von 3 erledigt" in text
    assert "Wie es weitergeht Selbststudium 1: Lernziele und Ablauf" in text
    assert "Selbsttest (interaktiv) Hier noch nicht unterstützt; für den Abschluss nicht nötig." in text
    assert "Ausgelassen, weil hier noch nicht unterstützt: Selbsttest (interaktiv), Terminwahl Tutorium" in text
    assert "unit-credit/1" in text


def test_language_is_german_by_default_the_launchs_if_known_and_the_readers_choice_above_all(campus: Campus) -> None:
    assert '<html lang="de"' in campus.visit(locale="fr-FR").get().get_data(as_text=True)
    english = campus.visit(locale="en_GB")
    assert "What is next" in text_of(english.get())
    chosen = english.get("?lang=de")
    assert "kc_lang=de" in chosen.headers["Set-Cookie"]
    assert "Basics of the Online Access Act" not in text_of(chosen)


def test_page_is_read_ticked_off_once_and_then_done(campus: Campus) -> None:
    visitor = campus.visit()
    page = visitor.get(campus.address(PAGE))
    assert "Die Verwaltung erbringt ihre Leistungen" in text_of(page)
    for _ in range(2):
        answer = visitor.post(f"{campus.address(PAGE)}/complete")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{visitor.url}#next")
    assert count(campus, Evidence) == 1
    assert "Als erledigt markieren" not in text_of(visitor.get(campus.address(PAGE)))
    assert "Selbststudium 1 1 von 2 erledigt" in text_of(visitor.get())


def test_link_opens_in_a_tab_of_its_own(campus: Campus) -> None:
    body = campus.visit().get(campus.address(LINK)).get_data(as_text=True)
    assert 'href="https://video.example.invalid/raum/A1" target="_blank" rel="noopener noreferrer"' in body


def test_unsupported_activity_has_no_page_and_an_exam_is_not_ticked_off(campus: Campus) -> None:
    visitor = campus.visit()
    assert visitor.get(campus.address("Terminwahl Tutorium")).status_code == 404
    refused = visitor.post(f"{campus.address(EXAM)}/complete")
    assert refused.status_code == 422
    assert "input.invalid" in text_of(refused)
    assert count(campus, Evidence) == 0


def test_exam_tells_its_rules_is_marked_on_the_server_and_shows_the_result(campus: Campus) -> None:
    visitor = campus.visit()
    rules = text_of(visitor.get(campus.address(EXAM)))
    for rule in ("Fragen 6", "45 Minuten", "Bestanden ab 60 %", "Versuche 3", "Noch 3 Versuche."):
        assert rule in rules, rule
    address = take_exam(campus, visitor, {**RIGHT, "q6": "Verbund"})
    result = text_of(visitor.client.get(address))
    assert "Bestanden mit 71,43 %" in result
    assert "5 von 7 Punkten" in result
    assert "Ihre Antwort: Verbund" in result
    assert "Ihre Antwort: Ende 2022" in result


def test_options_keep_their_order_within_an_attempt_and_the_form_the_right_answer_to_itself(campus: Campus) -> None:
    visitor = campus.visit()
    address = visitor.post(f"{campus.address(EXAM)}/attempts").headers["Location"]
    first, again = (visitor.client.get(address).get_data(as_text=True) for _ in range(2))
    order = re.findall(r'value="(a\d)"', first)
    assert sorted(order) == sorted(["a1", "a2", "a3", "a4"] * 3)
    assert order == re.findall(r'value="(a\d)"', again)
    assert "fraction" not in first
    assert "Portalverbund" not in first


def test_attempt_goes_on_where_it_was_and_is_handed_in_once(campus: Campus) -> None:
    visitor = campus.visit()
    first = visitor.post(f"{campus.address(EXAM)}/attempts").headers["Location"]
    campus.clock.now += timedelta(minutes=5)
    assert visitor.post(f"{campus.address(EXAM)}/attempts").headers["Location"] == first
    assert 'data-seconds="2400"' in visitor.client.get(first).get_data(as_text=True)
    assert visitor.client.post(first, data=RIGHT).status_code == 303
    again = visitor.client.post(first, data=RIGHT)
    assert (again.status_code, "exam.attempt_over" in text_of(again)) == (409, True)


def test_late_attempt_gives_nothing_and_the_fourth_is_refused(campus: Campus) -> None:
    visitor = campus.visit()
    late = visitor.post(f"{campus.address(EXAM)}/attempts").headers["Location"]
    campus.clock.now += timedelta(minutes=47)
    assert visitor.client.post(late, data=RIGHT).status_code == 409
    assert "Nicht rechtzeitig abgegeben" in text_of(visitor.client.get(late))
    for _ in range(2):
        take_exam(campus, visitor, {})
    page = text_of(visitor.get(campus.address(EXAM)))
    assert "Alle Versuche sind verbraucht" in page
    refused = visitor.post(f"{campus.address(EXAM)}/attempts")
    assert (refused.status_code, "exam.attempts_used_up" in text_of(refused)) == (409, True)
    assert count(campus, ExamAttempt) == 3


@pytest.mark.parametrize(("grading", "passed"), [("best", True), ("last", False)])
def test_result_goes_on_only_if_the_attempt_that_counts_is_passed(campus: Campus, grading: str, passed: bool) -> None:
    with campus.database.write() as session:
        activity = session.merge(campus.activities[EXAM])
        activity.config = {**activity.config, "grading": grading}
    visitor = campus.visit()
    take_exam(campus, visitor, RIGHT)
    result = text_of(visitor.client.get(take_exam(campus, visitor, {})))
    assert ("Versuche ansehen und wiederholen" in result) is not passed


@pytest.mark.parametrize(
    "wrong",
    [{"q1": "a9"}, {"q1": ["a1", "a2"]}, {"q3": "maybe"}, {"q99": "a1"}, {"q6": "x" * 1001}],
    ids=["no such option", "two for one", "neither true nor false", "no such question", "too long"],
)
def test_wrong_exam_post_is_refused_with_a_stable_code_and_nothing_is_written(
    campus: Campus, wrong: dict[str, Any]
) -> None:
    visitor = campus.visit()
    address = visitor.post(f"{campus.address(EXAM)}/attempts").headers["Location"]
    refused = visitor.client.post(address, data={**RIGHT, **wrong})
    assert refused.status_code == 422
    assert "exam.bad_answer" in text_of(refused)
    assert "Ihr Versuch läuft noch" in text_of(refused)
    assert count(campus, Evidence) == 0
    assert visitor.client.post(address, data=RIGHT).status_code == 303


def test_attempt_of_somebody_else_is_not_found(campus: Campus) -> None:
    address = campus.visit().post(f"{campus.address(EXAM)}/attempts").headers["Location"]
    other = campus.visit("Bernd Ohm", subject="8")
    attempt = address.rsplit("/", 1)[1]
    assert other.get(f"attempts/{attempt}").status_code == 404
    assert other.post(f"attempts/{attempt}", RIGHT).status_code == 404


def test_evaluation_says_what_is_kept_and_keeps_the_answers_without_a_person(campus: Campus) -> None:
    visitor = campus.visit()
    assert "Diese Evaluation ist anonym" in text_of(visitor.get(campus.address(EVALUATION)))
    address = f"{campus.address(EVALUATION)}/evaluation"
    assert visitor.post(address, {"q1": "zufrieden"}).status_code == 303
    with campus.database.read() as session:
        kept = session.scalars(select(EvaluationBox)).one()
        evidence = session.scalars(select(Evidence)).one()
    assert kept.answers == [{"q1": "zufrieden"}]
    assert evidence.outcome == Outcome.DONE
    assert "Vielen Dank" in text_of(visitor.get(campus.address(EVALUATION)))
    again = visitor.post(address, {"q1": "weniger zufrieden"})
    assert (again.status_code, "evaluation.handed_in" in text_of(again)) == (409, True)
    with campus.database.read() as session:
        assert len(session.scalars(select(EvaluationBox)).one().answers) == 1


def test_evaluation_marks_what_does_not_fit_and_refuses_what_it_did_not_ask(campus: Campus) -> None:
    visitor = campus.visit()
    address = f"{campus.address(EVALUATION)}/evaluation"
    marked = visitor.post(address, {"q1": "erfunden"})
    assert marked.status_code == 422
    assert 'id="q1-error"' in marked.get_data(as_text=True)
    assert "input.invalid" in text_of(visitor.post(address, {"q7": "x"}))
    assert count(campus, Evidence) == count(campus, EvaluationBox) == 0


def test_exam_failed_leaves_attended_and_passing_it_achieves(campus: Campus) -> None:
    visitor = campus.visit()
    finish(campus, visitor, {"q1": "a2"})
    with campus.database.write() as session:
        held = factories.tutorial(session, session.merge(campus.unit))
        sessions.expect(session, held, visitor.person, now=campus.clock())
        marks = {visitor.person.public_id: Outcome.EXCUSED}
        _, teacher = factories.learner(session)
        sessions.mark(session, held, marks, teacher_id=teacher.id, now=campus.clock(), publish=factories.Heard())
    page = text_of(visitor.get())
    assert "teilgenommen" in page
    assert "entschuldigt" in page
    assert "Prüfung: Versuche ansehen und wiederholen" in page
    take_exam(campus, visitor, RIGHT)
    page = text_of(visitor.get())
    assert "erfolgreich: Prüfung bestanden" in page
    assert "Prüfungsergebnis 100 %" in page
    assert "Ihr Nachweis wird gerade ausgestellt" in page


def test_contradiction_is_shown_as_being_clarified(campus: Campus) -> None:
    visitor = campus.visit()
    take_exam(campus, visitor, RIGHT)
    with campus.database.write() as session:
        unit = session.merge(campus.unit)
        factories.moodle_exam(session, unit, "6", 57.14, person=session.merge(visitor.person), hear=factories.Heard())
        assert credits.contested(session)
    page = text_of(visitor.get())
    assert "Zwei Quellen sagen Unterschiedliches" in page
    assert "Abschlussprüfung A1 in Klärung" in page


def test_account_is_claimed_from_the_launch_once(campus: Campus) -> None:
    visitor = campus.visit()
    short = visitor.post("account", {"login": "kaya@example.org", "password": "kurz"})
    assert (short.status_code, 'id="password-error"' in short.get_data(as_text=True)) == (422, True)
    assert "kurz" not in short.get_data(as_text=True)
    odd = visitor.post("account", {"login": "kaya", "password": "langes Passwort"})
    assert 'value="kaya"' in odd.get_data(as_text=True)
    assert visitor.post("account", {"login": "kaya@example.org", "password": "langes Passwort"}).status_code == 303
    assert "Ihr Konto ist eingerichtet" in text_of(visitor.get("account"))
    other = campus.visit("Bernd Ohm", subject="8")
    taken = other.post("account", {"login": "Kaya@example.org", "password": "ganz anderes"})
    assert (taken.status_code, 'id="login-error"' in taken.get_data(as_text=True)) == (409, True)
    assert count(campus, Account) == 1


def test_launch_that_is_over_gives_back_what_was_written(campus: Campus) -> None:
    visitor = campus.visit()
    campus.clock.now += timedelta(hours=9)
    written = "Das Tutorium war <b>sehr</b> hilfreich."
    typed = {"q1": written, "password": "so geheim wie sonst nichts"}
    ended = visitor.post(f"{campus.address(EVALUATION)}/evaluation", typed)
    body = ended.get_data(as_text=True)
    assert "launch.ended" in body
    assert "Das Tutorium war &lt;b&gt;sehr&lt;/b&gt; hilfreich." in body
    assert "so geheim" not in body


def test_link_without_unit_says_so(campus: Campus) -> None:
    with campus.database.write() as session:
        link = visits.make_link(session, session.merge(campus.registration), None, "link-9")
    page = campus.visit(link=link).get()
    assert (page.status_code, "launch.no_unit" in text_of(page)) == (404, True)

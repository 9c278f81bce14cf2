"""The steps of the journey, in order, each with what it saw."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from requests.auth import HTTPBasicAuth

from tests.journey import proof
from tests.journey.browser import Browser, Page, UnexpectedError
from tests.journey.forms import Forms
from tests.journey.learner import Learner
from tests.journey.offices import Office, Provider
from tests.stack import Stack
from tests.waiting import wait_for

MERYEM, ANNA, BERND, KIRSTEN = "101", "102", "103", "104"
NAMES = {MERYEM: "Meryem Aydın", ANNA: "Anna Müller", BERND: "Bernd Schmidt", KIRSTEN: "Kirsten Friedrich"}
TEACHER = "201"
MOODLE_COURSE, VIDEO_CONFERENCE = 2, 7
OWN_ACCOUNT = ("meryem@privat.example.invalid", "drei zufaellige woerter")
VALID, REVOKED = 0, 2
REQUIREMENTS = 7
"""3 pages, 1 link, tutorial, exam, evaluation."""
EARNED = "http://id.tincanapi.com/verb/earned"
"""What is said of credits, beside their steps."""
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Before:
    """What the database holds already, of other people than those of the journey."""

    statements: int = 0
    awards: int = 0


class Journey:
    """Walks once through everything, against a running stack; raises UnexpectedError at the first wrong thing."""

    def __init__(self, stack: Stack, *, kill: bool, before: Before | None = None) -> None:
        self.stack = stack
        self.kill = kill
        self.before = before or Before()
        self.anyone = Browser(stack)
        config = json.loads((stack.folder / "lms.json").read_text(encoding="utf-8"))
        self.unit = {link["id"]: link["custom"]["unit"] for link in config["links"]}["link-a1"]
        self.award = ""
        self.forms: Forms
        self.session_url = ""

    def walk(self) -> None:
        """Take all steps; with ``kill``, SIGKILL server and worker between them."""
        steps: list[Callable[[], str]] = [
            self.provider_imports_the_backup,
            self.learner_launches_and_studies,
            self.teacher_marks_the_learner_present,
            self.learner_passes_the_exam_and_evaluates,
            self.credit_score_and_certificate_follow,
            self.learner_downloads_every_form,
            self.learner_shows_it_by_a_link,
            self.statements_can_be_read,
            self.course_is_completed,
            self.learner_claims_an_account,
            self.anyone_checks_the_certificate,
            self.administrator_revokes_it,
            self.every_form_is_revoked,
            self.another_learner_passes_too,
            self.moodle_says_otherwise,
            self.administrator_decides,
            self.nothing_was_lost_or_doubled,
        ]
        for number, step in enumerate(steps, 1):
            if self.kill and number > 1:
                self.stack.kill_tool()
                self.stack.start_tool()
            seen = step()
            print(f"  {number:2}. {step.__name__.replace('_', ' ')}: {seen}", flush=True)
        if self.kill:
            print(f"      {self.stack.kills} processes were killed on the way and started again")

    def provider_imports_the_backup(self) -> str:
        """Import KC-OZG-A1 and grant the LMS's teachers the unit."""
        provider = Provider(self.stack)
        preview, unit = provider.import_backup()
        for words in ("Selbststudium 1", "Tutorium", "Selbststudium 2", "Abschlussprüfung A1", "45", "60"):
            expect(words in preview.text, f"the preview lacks {words!r}")
        expect("H5P" in preview.text, "the preview hides what is not supported")
        provider.grant_platform(unit)
        return "5 sections became 3 phases and an introduction; unit granted to Lernportal Musterhausen"

    def learner_launches_and_studies(self) -> str:
        """Launch from the LMS and work through self-study 1."""
        learner = Learner(Browser(self.stack), MERYEM)
        expect("OZG-Grundlagen" in learner.unit().text, "the launch doesn't lead to the unit")
        expect(
            "Nicht unterstützt" in learner.unit().text or "nicht unterstützt" in learner.unit().text,
            "unsupported activities aren't named",
        )
        read = learner.work_through("self_study_1")
        expect(read == 2, f"self-study 1 has 2 pages to read, not {read}")
        return f"{NAMES[MERYEM]} is in the unit and has read {read} pages"

    def teacher_marks_the_learner_present(self) -> str:
        """Announce the tutorial and keep its attendance list."""
        self._attend(MERYEM)
        return f"{NAMES[MERYEM]} was at the tutorial"

    def learner_passes_the_exam_and_evaluates(self) -> str:
        """Do the rest of the unit."""
        learner = Learner(Browser(self.stack), MERYEM)
        return self._finish(learner)

    def credit_score_and_certificate_follow(self) -> str:
        """Wait for what follows: the score in the gradebook, the certificate on the page, and check both."""
        learner = Learner(Browser(self.stack), MERYEM)
        self._wait(lambda: self._cell(MERYEM), "the score is in the gradebook")
        expect(self._cell(MERYEM)["score"] == 100.0, f"the gradebook shows {self._cell(MERYEM)}")
        self._wait(lambda: learner.unit().links("/nachweis/"), "the certificate is on the page")
        self.award = learner.unit().link("/nachweis/").rstrip("/").rpartition("/")[2]
        credential = self._credential(self.award)
        verdict, said = proof.foreign_verdict(self.anyone, credential)
        expect(verdict == VALID, f"the foreign verifier says {said}")
        home = learner.unit().link("/nachweise").partition("#")[0]
        self.forms = Forms(learner.browser, self.anyone, home, self.award)
        return f"100 % in the gradebook; {credential['name']}: foreign verifier answers {verdict}"

    def learner_downloads_every_form(self) -> str:
        """Save the certificate in every form, inside the LMS; foreign programs and the check page look at each."""
        return self.forms.download()

    def learner_shows_it_by_a_link(self) -> str:
        """Make a link for others, and end it."""
        return self.forms.share()

    def statements_can_be_read(self) -> str:
        """Read the statements of the steps from the Learning Record Store."""
        secret = self.stack.command("admin", "xapi-key", "--name", "journey").strip()
        expected = {"read": 0}

        def statements() -> list[dict[str, Any]]:
            answer = self.anyone.request(
                "GET",
                f"{self.stack.tool_url}/xapi/statements?limit=100",
                auth=HTTPBasicAuth("journey", secret),
                headers={"X-Experience-API-Version": "2.0.0"},
            )
            expect(answer.status_code == requests.codes.ok, f"the store answers {answer.status_code}")
            told: list[dict[str, Any]] = answer.json()["statements"]
            found = [one for one in told if one["verb"]["id"] != EARNED]
            expected["read"] = len(found)
            return found

        wanted = 7 + self.before.statements
        self._wait(lambda: len(statements()) >= wanted, "7 steps are statements")
        verbs = Counter(statement["verb"]["id"].rpartition("/")[2] for statement in statements())
        expect(expected["read"] == wanted, f"{expected['read']} statements: {verbs}")
        return ", ".join(f"{count} {verb}" for verb, count in sorted(verbs.items()))

    def course_is_completed(self) -> str:
        """Earn A2 and B1 by seeded evidence: the course's certificate follows."""
        for code in ("A2", "B1"):
            self.stack.command("demo", "earn", "--learner", MERYEM, "--unit", code)
        learner = Learner(Browser(self.stack), MERYEM)
        self._wait(lambda: len(learner.unit().links("/nachweis/")) == 2, "the course's certificate is on the page")
        for address in learner.unit().links("/nachweis/"):
            public_id = address.rpartition("/")[2]
            if public_id != self.award:
                credential = self._credential(public_id)
                verdict, said = proof.foreign_verdict(self.anyone, credential)
                expect(verdict == VALID, f"the foreign verifier says {said}")
                expect("Zertifikat mit Leistungsnachweis" in credential["name"], credential["name"])
                return f"{credential['name']}: foreign verifier answers {verdict}"
        raise UnexpectedError("no certificate of the course")

    def learner_claims_an_account(self) -> str:
        """Make an account from the launch and see all certificates without any LMS."""
        browser = Browser(self.stack)
        unit = Learner(browser, MERYEM).unit()
        form = browser.get(unit.link("/account"))
        login, password = OWN_ACCOUNT
        browser.submit(form, "/account", {"login": login, "password": password})
        own = Browser.signed_in(self.stack, login, password).get(f"{self.stack.tool_url}/konto")
        found = own.links("/nachweis/")
        expect(len(found) == 4, f"the account shows {len(found)} certificates, not 4")
        return f"{len(found)} certificates without the LMS"

    def anyone_checks_the_certificate(self) -> str:
        """Open the QR code's address without an account."""
        page = self._public_page()
        expect(page.text.startswith("Gültig"), f"the page says {page.text[:80]}")
        for words in (NAMES[MERYEM], "OZG-Grundlagen", "Hochschule Ahrenfeld", "100"):
            expect(words in page.text, f"the page lacks {words!r}")
        return page.text[:60]

    def administrator_revokes_it(self) -> str:
        """Revoke it: the page says so, and the foreign verifier too."""
        reason = "Falsche Person geprüft"
        Office(self.stack).revoke(self.award, reason)
        page = self._public_page()
        expect(page.text.startswith("Widerrufen"), f"the page says {page.text[:80]}")
        expect(reason in page.text, "the page doesn't say why")
        expect(str(datetime.now(BERLIN).year) in page.text, "the page doesn't say since when")
        verdict, said = proof.foreign_verdict(self.anyone, self._credential(self.award))
        expect(verdict == REVOKED, f"the foreign verifier says {said}")
        return f"the page says why and since when; foreign verifier answers {verdict}"

    def every_form_is_revoked(self) -> str:
        """Hand in again what was downloaded before."""
        return self.forms.after_revocation()

    def another_learner_passes_too(self) -> str:
        """Let Anna, who failed in Moodle, pass the same unit here."""
        learner = Learner(Browser(self.stack), ANNA)
        learner.work_through("self_study_1")
        self._attend(ANNA)
        seen = self._finish(learner)
        self._wait(lambda: self._cell(ANNA), "Anna's score is in the gradebook")
        return seen

    def moodle_says_otherwise(self) -> str:
        """Read Moodle's completions: Anna failed there, Bernd lacks the evaluation, Kirsten has nothing."""
        office = Office(self.stack)
        course = office.link_moodle_course(self.unit, MOODLE_COURSE, VIDEO_CONFERENCE)
        office.synchronise(course)
        page = office.contradictions()
        for words in (NAMES[ANNA], "57,14", "100", "Moodle der Hochschule Ahrenfeld", "KommunalCampus"):
            expect(words in page.text, f"the contradictions lack {words!r}: {page.text[:1500]}")
        expect(NAMES[BERND] not in page.text, "Bernd contradicts nobody")
        bernd = office.reconciliation(NAMES[BERND], self.unit)
        missing = lacking(bernd)
        expect(len(missing) == 1 and "Evaluation" in missing[0], f"Bernd lacks {missing}")
        kirsten = office.reconciliation(NAMES[KIRSTEN], self.unit)
        expect(len(lacking(kirsten)) == REQUIREMENTS, f"Kirsten lacks {lacking(kirsten)}")
        return "Anna: 57,14 % there, 100 % here; Bernd lacks the evaluation, Kirsten everything"

    def administrator_decides(self) -> str:
        """Decide the contradiction with a reason; the credit follows."""
        office = Office(self.stack)
        page = office.contradictions()
        (passed,) = page.document.xpath("//input[@name='outcome'][@value='passed']")
        reason = "Der spätere Versuch hier zählt"
        office.browser.submit(page, "/entscheidung", {"outcome": passed.get("value"), "reason": reason})
        expect(NAMES[ANNA] not in office.contradictions().text, "the contradiction is still open")
        found = office.reconciliation(NAMES[ANNA], self.unit)
        for words in ("bestanden", reason, "Verwaltung Campus"):
            expect(words in found.text, f"the record lacks {words!r}")
        return f"decided, recorded with reason; {NAMES[ANNA]}'s credit is achieved again"

    def nothing_was_lost_or_doubled(self) -> str:
        """Count: one award and one value in the gradebook per learner and unit."""
        office = Office(self.stack)
        awards = office.browser.get(f"{office.home}/nachweise").links("/verwaltung/nachweise/")
        made = len(awards) - self.before.awards
        expect(made == 5, f"{made} awards: 3 of units and 1 of the course for Meryem, 1 for Anna")
        cells = self._gradebook()
        expect(sorted(cell["user"] for cell in cells) == [MERYEM, ANNA], f"the gradebook shows {cells}")
        expect(all(len(set(cell["values"])) == 1 for cell in cells), f"different values were sent: {cells}")
        repeats = sum(cell["identical"] for cell in cells)
        return f"{made} awards, {len(cells)} gradebook values, {repeats} identical repeats of a post"

    def _attend(self, user: str) -> None:
        """Let the teacher mark a learner present in the one session."""
        browser = Browser(self.stack)
        unit = browser.launch(TEACHER, "link-a1")
        overview = browser.get(unit.link("/tutorial"))
        if not self.session_url:
            ended = datetime.now(BERLIN) - timedelta(minutes=5)
            given = {
                "starts_at": (ended - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
                "ends_at": ended.strftime("%Y-%m-%dT%H:%M"),
                "place": "Innovationslabor Musterhausen",
            }
            self.session_url = browser.submit(overview, "/tutorial", given).url
        page = browser.get(browser.get(overview.url).link(self.session_url.rstrip("/").rpartition("/")[2]))
        (person,) = page.document.xpath(f"//label[contains(., '{NAMES[user]}')]/@for")
        (public_id,) = page.document.xpath(f"//input[@id='{person}']/@value")
        listed = browser.submit(page, page.form_with("person").get("action"), {"person": public_id})
        marked = browser.submit(
            listed, listed.form_with(f"attendance-{public_id}").get("action"), {f"attendance-{public_id}": "present"}
        )
        expect("gespeichert" in marked.text, "the attendance list wasn't saved")

    def _finish(self, learner: Learner) -> str:
        """Prepare and deepen, take the exam, hand the evaluation in."""
        ticked = learner.work_through("tutorial") + learner.work_through("self_study_2")
        result = learner.take_exam()
        expect("100" in result.text, f"all answers are right, and the result is {result.text[:200]}")
        learner.hand_evaluation_in()
        return f"{ticked} more ticked off, exam 100 %, evaluation handed in"

    def _public_page(self) -> Page:
        return self.anyone.get(f"{self.stack.tool_url}/nachweis/{self.award}")

    def _credential(self, award: str) -> dict[str, Any]:
        return proof.fetch_json(self.anyone, f"{self.stack.tool_url}/credentials/{award}")

    def _gradebook(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.stack.lms_url}/api/gradebook", timeout=10).json()
        return [cell for cell in found if cell["posts"]]

    def _cell(self, user: str) -> dict[str, Any]:
        return next((cell for cell in self._gradebook() if cell["user"] == user), {})

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait for what the worker does; the tool is started again whenever it was killed, as a supervisor would."""

        def holds() -> object:
            if not self.stack.is_whole():
                self.stack.start_tool()
            return condition()

        wait_for(holds, what, seconds=90, every=0.2)


def lacking(reconciliation: Page) -> list[str]:
    """Name the requirements that the page shows as missing."""
    return [row.xpath("string(./th)") for row in reconciliation.document.xpath("//tr[.//*[text()='fehlt']]")]


def expect(condition: object, otherwise: str) -> None:
    """Go on, or end the journey with what is wrong."""
    if not condition:
        raise UnexpectedError(otherwise)

"""A learner who works through the unit A1 in the LMS."""

from tests.journey.browser import Browser, Page, UnexpectedError

KINDS_WITH_OWN_WAY = ("/attempts", "/evaluation")
CHOICES = ("Ende 2022", "Stufe 3", "Online-Ausweis (eID)")
"""The right options of A1's exam, by their text: their order differs from attempt to attempt."""
TRUE = "Wahr"
TYPED = {"Wie viele OZG-Leistungsbündel": "575", "Wie heißt der Zusammenschluss": "der Portalverbund"}


class Learner:
    """One person in one launch of the unit."""

    def __init__(self, browser: Browser, user: str, link: str = "link-a1") -> None:
        self.browser = browser
        self._start = browser.launch(user, link).url

    def unit(self) -> Page:
        """Load the unit's page."""
        return self.browser.get(self._start)

    def work_through(self, phase: str) -> int:
        """Read all that is open in a phase and tick it off; return how many activities that were."""
        done = 0
        for address in self._activities(phase):
            page = self.browser.get(address)
            if page.has_form("/complete"):
                self.browser.submit(page, "/complete")
                done += 1
        return done

    def take_exam(self) -> Page:
        """Take the exam and answer everything right."""
        start = self._activity_with("/attempts")
        exam = self.browser.submit(start, "/attempts")
        return self.browser.submit(exam, "/attempts/", answers(exam))

    def hand_evaluation_in(self) -> Page:
        """Answer the evaluation."""
        form = self._activity_with("/evaluation")
        (options,) = {name for name, _ in form.form("/evaluation").fields.items() if name != "form_token"}
        return self.browser.submit(form, "/evaluation", {options: "sehr zufrieden"})

    def _activities(self, phase: str) -> list[str]:
        page = self.unit()
        links = page.document.xpath(f"//*[@id='phase-{phase}']//a[contains(@href, '/activities/')]/@href")
        return [page.link(str(link)) for link in links]

    def _activity_with(self, form: str) -> Page:
        for address in self._activities("self_study_2"):
            page = self.browser.get(address)
            if page.has_form(form):
                return page
        raise UnexpectedError(f"no activity with a form {form}")


def answers(exam: Page) -> dict[str, str]:
    """Give the right answers to the exam as it was shown."""
    given: dict[str, str] = {}
    for question in exam.form("/attempts/").xpath(".//fieldset"):
        for label in question.xpath(".//label"):
            words = " ".join(label.text_content().split())
            (field,) = question.xpath(f".//input[@id='{label.get('for')}']")
            if words in CHOICES or words == TRUE:
                given[field.get("name")] = field.get("value")
            for asked, typed in TYPED.items():
                if asked in question.text_content():
                    given[field.get("name")] = typed
    return given

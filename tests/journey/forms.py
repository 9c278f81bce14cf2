"""A certificate in every form: had by its learner, shown by a link, and checked by foreign programs and on our page."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests

from certificates.forms import Form
from tests.journey import proof
from tests.journey.browser import Browser, Page, UnexpectedError


@dataclass
class Forms:
    """One certificate of a learner, whose browser is at ``home``: "Meine Nachweise" inside a launch."""

    learner: Browser
    anyone: Browser
    home: str
    award: str
    files: dict[str, bytes] = field(default_factory=dict)
    """What was downloaded, by suffix."""

    def download(self) -> str:
        """Save the certificate in every form that the page offers, and let foreign programs look at each."""
        offered = self.learner.get(self.home).links(f"/nachweise/{self.award}/")
        self.files = {address.rpartition("/")[2]: self._file(self.learner, address) for address in offered}
        if set(self.files) != {form.value for form in Form}:
            raise UnexpectedError(f"the page offers {sorted(self.files)}")
        seen = proof.foreign_verdicts(self.anyone, self.files)
        self._all_say("Gültig")
        return f"{', '.join(sorted(self.files))}: all valid on the check page; {seen}"

    def share(self) -> str:
        """Make a link, have it followed without an account, and end it."""
        page = self.learner.get(self.home)
        made = self.learner.submit(page, "/freigaben", {"awards": [self.award], "note": "Personalamt"})
        (link,) = made.document.xpath("//input[starts-with(@id, 'share-')]/@value")
        shown = self.anyone.get(link)
        if "Gültig" not in shown.text or "Personalamt" in shown.text:
            raise UnexpectedError(f"the link shows {shown.text[:200]}")
        given = self._file(self.anyone, shown.link(f"/{self.award}/json"))
        if given != self.files["json"]:
            raise UnexpectedError("the link gives another file than the learner has")
        self.learner.submit(made, "/ende")
        over = self.anyone.request("GET", link).status_code
        if over != requests.codes.gone:
            raise UnexpectedError(f"the link that was ended answers {over}")
        return "opened and downloaded from without an account; ended, it answers 410"

    def after_revocation(self) -> str:
        """See that each file that was given away is called revoked, and that no new one is made."""
        self._all_say("Widerrufen")
        refused = self.learner.request("GET", f"{self.home}/{self.award}/pdf").status_code
        if refused != requests.codes.gone:
            raise UnexpectedError(f"the revoked certificate's paper answers {refused}")
        return f"the check page calls all {len(self.files)} files revoked; no paper is printed any more"

    def _all_say(self, verdict: str) -> None:
        for suffix, content in self.files.items():
            said = self._check(suffix, content).text
            if not said.startswith(verdict):
                raise UnexpectedError(f"of the {suffix} file the check page says {said[:200]}, not {verdict}")

    def _check(self, suffix: str, content: bytes) -> Page:
        form = self.anyone.get(urljoin(self.home, "/pruefen"))
        return self.anyone.submit(form, "/pruefen", datei=(f"nachweis.{suffix}", content))

    @staticmethod
    def _file(browser: Browser, address: str) -> bytes:
        answer = browser.request("GET", address)
        if answer.status_code != requests.codes.ok:
            raise UnexpectedError(f"{address} answers {answer.status_code}")
        return answer.content

"""Whether a certificate is genuine, for everyone: by its number, or by whatever file somebody was given.

No account, no cookie; nothing that is handed in is kept.
"""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from campus.flood import Flood
from certificates import reading, store
from certificates.credential import Addresses
from certificates.errors import (
    AwardNotFoundError,
    EmptyFileError,
    UnreadableFileError,
)
from certificates.reading import Container, Presented
from certificates.verify_routes import MARGIN, PER_MINUTE, Verifier
from certificates.verifying import Verdict, papers, uploads
from certificates.verifying.papers import PaperCheck
from lti_tool.pages import award_check, checks, forms
from lti_tool.pages.checks import Answer
from lti_tool.wiring import Services

LONGEST_NUMBER = 200


class CheckPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.verifier = Verifier(services, Flood(PER_MINUTE))

    def form(self) -> str:
        """Ask for a file, a text or a number."""
        return render_template("public/check.html", typed="", error=None)

    def find(self) -> BaseResponse:
        """Take a certificate's number or its whole address, typed in."""
        typed = request.args.get("nummer")
        if typed is None:
            return redirect(url_for("public.check"), 303)
        found = reading.AWARD_ID.search(typed)
        if found is None:
            page = render_template("public/check.html", typed=typed[:LONGEST_NUMBER], error=None, wrong_number=True)
            return Response(page, 422)
        return redirect(url_for("public.certificate", award=found.group().lower()), 303)

    def check(self) -> BaseResponse:
        """Check what was handed in, part by part, and show all that it says."""
        self.verifier.hold_back()
        request.max_content_length = request.max_form_memory_size = reading.MAX_BYTES + MARGIN
        try:
            content = _handed_in()
            presented = reading.read(content, public_url=self.services.settings.public_url)
            if presented.container is Container.ADDRESS:
                return redirect(url_for("public.certificate", award=presented.award_id), 303)
            return private(self._result(presented, content), 200)
        except UnreadableFileError as error:
            typed = request.form.get("text", "")
            page = render_template("public/check.html", typed=typed, error=forms.shown(error))
            return private(page, error.status)

    def certificate(self, award: str) -> Response:
        """Check a certificate of ours now, part by part, and show what its holder lets be shown."""
        try:
            return private(self._page(award.lower()), 200)
        except AwardNotFoundError as error:
            return private(render_template("public/unknown.html", number=award[:100]), error.status)

    def _result(self, presented: Presented, content: bytes) -> str:
        found = uploads.of(presented, self.verifier.sources(), now=self.services.clock())
        credentials = [checks.checked(report) for report in found]
        looked = papers.check(self.services, content, presented, found)
        return render_template(
            "public/checked.html",
            presented=presented,
            credentials=credentials,
            seal=looked.seal if looked else None,
            paper=looked.printed if looked else None,
            answer=checks.worst([one.answer for one in credentials] + _answers(looked)),
            checked_at=self.services.clock(),
        )

    def _page(self, public_id: str) -> str:
        now, public_url = self.services.clock(), self.services.settings.public_url
        with self.services.database.read() as session:
            found = award_check.read(store.award(session, public_id), public_url=public_url)
        award = found.award
        if award.credential is None:
            return render_template("public/erased.html", award=award)
        report = award_check.check(found, self.verifier.sources(), public_url=public_url, now=now)
        shown: dict[str, Any] = {
            "award": award,
            "kind": award.kind,
            "standing": found.standing(now=now),
            "checked_at": now,
        }
        if not award.shown:
            return render_template("public/hidden.html", answer=checks.answer(report), **shown)
        addresses = Addresses(public_url)
        return render_template("public/certificate.html", checked=checks.checked(report), addresses=addresses, **shown)


def _answers(looked: PaperCheck | None) -> list[Answer]:
    """Return what the paper adds to the verdict: a paper that nobody can judge leaves a doubt."""
    words = {Verdict.OK: Answer.VALID, Verdict.FAILED: Answer.INVALID, Verdict.UNKNOWN: Answer.UNSURE}
    return [words[verdict] for verdict in (looked.verdicts if looked else ()) if verdict is not Verdict.OK]


def _handed_in() -> bytes:
    """Return the file, else the text. Raises EmptyFileError for neither."""
    sent = request.files.get("datei")
    content = b""
    if sent is not None:
        content = sent.read()
        sent.close()
    typed = request.form.get("text", "").strip()
    if not content and not typed:
        raise EmptyFileError("neither a file nor a text was sent")
    return content or typed.encode("utf-8", "surrogatepass")


def private(page: str, status: int) -> Response:
    """Answer with a page that names a person: kept nowhere, found by no search engine, told to no other site."""
    response = Response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to everyone's."""
    handlers = CheckPages(services)
    pages.add_url_rule("/pruefen", "check", handlers.form, methods=["GET"])
    pages.add_url_rule("/pruefen", "check_file", handlers.check, methods=["POST"])
    pages.add_url_rule("/nachweis", "find_certificate", handlers.find, methods=["GET"])
    pages.add_url_rule("/nachweis/<award>", "certificate", handlers.certificate, methods=["GET"])

"""A PDF that somebody handed in, as a paper: whose seal it has, and what it prints beside what is signed in it.

The page and the API ask here, so that they say the same of one file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from certificates import routes, store
from certificates.credential import Addresses
from certificates.errors import AwardErasedError, AwardNotFoundError, UnprintableError, UnreadableFileError
from certificates.forms import branding_of
from certificates.papers import pades, pdf
from certificates.reading import Container, Presented, sandbox
from certificates.verifying import content, paper, paper_seal
from certificates.verifying.paper import Paper
from certificates.verifying.paper_seal import SealLine
from certificates.verifying.report import Form, Part, Report, Verdict


@dataclass(frozen=True, slots=True)
class PaperCheck:
    """What was found on the paper. ``printed`` is None when nothing signed is in it, to compare with."""

    seal: SealLine
    printed: Paper | None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The answers: a certificate in a PDF is only as good as each of them."""
        return (self.seal.verdict, *([self.printed.verdict] if self.printed else ()))


def check(services: routes.Services, file: bytes, presented: Presented, reports: Sequence[Report]) -> PaperCheck | None:
    """Check a file that was read as ``presented``, with the reports on what is in it; None if it is no PDF.

    Raises TooManyError when too many files are being read. Not to be called in a transaction: it takes seconds.
    """
    if presented.container is not Container.PDF:
        return None
    one = reports[0] if len(reports) == 1 else None
    seal = _seal(services, file, one)
    printed = presented.printed or ""
    if one is None:
        return PaperCheck(seal, paper.of_several(printed) if reports else None)
    if seal.verdict is Verdict.OK:
        return PaperCheck(seal, paper.sealed(printed))
    return PaperCheck(seal, paper.compare(printed, content.of(one), _expected(services, one)))


def _seal(services: routes.Services, file: bytes, report: Report | None) -> SealLine:
    try:
        signatures = pades.check(file)
    except UnreadableFileError:
        return paper_seal.UNREADABLE
    issuer = content.of(report).issuer_id if report else None
    with services.database.read() as session:
        return paper_seal.judge(session, signatures, issuer, public_url=services.settings.public_url)


def _expected(services: routes.Services, report: Report) -> str | None:
    """Return what our own paper of a credential says, set again from the facts; None for others' credentials."""
    addresses = Addresses(services.settings.public_url)
    base, identifier = addresses.credential(""), report.content.get("id")
    if (
        report.form is Form.ELMO
        or report.of(Part.INTEGRITY).verdict is not Verdict.OK
        or not isinstance(identifier, str)
    ):
        return None
    try:
        with services.database.read() as session:
            award = store.award(session, identifier.removeprefix(base))
            if award.credential is None or json.loads(award.credential) != report.content:
                return None
            facts, look = store.facts_of(award), branding_of(award)
        printed = sandbox.run("pdf", pdf.render(facts, award.credential, addresses, look))["printed"]
    except (AwardNotFoundError, AwardErasedError, UnprintableError, UnreadableFileError):
        return None
    return str(printed)

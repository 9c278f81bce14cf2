"""The seal of a PDF that somebody handed in: whether it holds, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from campus.models.organisations import Organisation
from certificates.issuers import seal
from certificates.papers.pades import Signature
from certificates.signatures import did
from certificates.verifying.report import Verdict

Text = Mapping[str, str]
TEXTS: Mapping[str, Text] = {
    "seal.ok": {
        "de": "Das Siegel des Ausstellers ist unverletzt: Am Papier wurde seitdem nichts geändert.",
        "en": "The issuer's seal is intact: nothing on the paper was changed since.",
    },
    "seal.none": {
        "de": "Das Papier hat kein Siegel. Unsere haben eines, außer sehr alten.",
        "en": "The paper has no seal. Ours have one, except very old ones.",
    },
    "seal.unreadable": {
        "de": "Ob das Papier ein Siegel hat, ist nicht zu lesen.",
        "en": "Whether the paper has a seal can't be read.",
    },
    "seal.foreign": {
        "de": "Es ist versiegelt und seitdem unverändert, aber wessen Siegel das ist, ist hier nicht bekannt.",
        "en": "It is sealed and unchanged since, but whose seal it is isn't known here.",
    },
    "seal.other_issuer": {
        "de": "Versiegelt hat es ein anderer als der Aussteller des Nachweises.",
        "en": "Somebody else than the certificate's issuer has sealed it.",
    },
    "seal.broken": {
        "de": "Das Siegel ist gebrochen: Das Papier wurde nach dem Versiegeln verändert.",
        "en": "The seal is broken: the paper was changed after it was sealed.",
    },
    "seal.added": {
        "de": "Nach dem Versiegeln wurde etwas hinzugefügt.",
        "en": "Something was added after it was sealed.",
    },
}
OPEN = frozenset({"seal.none", "seal.unreadable", "seal.foreign"})
"""What leaves the question open; all others but ``seal.ok`` are failures."""


@dataclass(frozen=True)
class SealLine:
    """The answer for the seal; ``stamped`` says that its time is confirmed by a time stamp."""

    verdict: Verdict
    code: str
    stamped: bool = False

    @property
    def why(self) -> Text:
        """The reason in both languages."""
        return TEXTS[self.code]


UNREADABLE = SealLine(Verdict.UNKNOWN, "seal.unreadable")


def judge(session: Session, signatures: tuple[Signature, ...], issuer: str | None, *, public_url: str) -> SealLine:
    """Judge the seals of a PDF in which ``issuer`` (a DID; None: nobody) has issued the one credential.

    One signature must be both: the issuer's, and over the whole file. Else a stranger's, put over a change that came
    after the issuer's, would lend it the wholeness that it lacks.
    """
    if not signatures:
        return _line("seal.none")
    if not all(signature.intact for signature in signatures):
        return _line("seal.broken")
    owners = [_owner(session, signature, public_url) for signature in signatures]
    own = [one for one, owner in zip(signatures, owners, strict=True) if owner is not None and owner == issuer]
    whole = next((one for one in own if one.whole), None)
    if whole is not None:
        return SealLine(Verdict.OK, "seal.ok", whole.stamp is not None and whole.stamp.intact)
    if own or not any(signature.whole for signature in signatures):
        return _line("seal.added")
    return _line("seal.foreign" if set(owners) == {None} else "seal.other_issuer")


def _owner(session: Session, signature: Signature, public_url: str) -> str | None:
    found = seal.owner(session, signature.certificate)
    return did.issuer_did(public_url, session.get_one(Organisation, found.organisation_id).slug) if found else None


def _line(code: str) -> SealLine:
    return SealLine(Verdict.UNKNOWN if code in OPEN else Verdict.FAILED, code)

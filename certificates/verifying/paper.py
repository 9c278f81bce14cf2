"""A paper beside what is signed inside it: which words were changed, added or left out. Pure.

A PDF shows people one text and carries another, the signed one. Of our own papers we know every word, for we can set
them again; of others' only the signed values can be looked for.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from certificates import texts
from certificates.verifying.content import Content
from certificates.verifying.report import Verdict

TOKEN = re.compile(r"\s+|[^\s]+")
MAX_WORDS = 4000
"""Ours have some hundreds. What follows in a longer paper counts as added."""
DIGIT = re.compile(r"\d")

Text = Mapping[str, str]
TEXTS: Mapping[str, Text] = {
    "paper.sealed": {
        "de": "Was es druckt, ist so, wie der Aussteller es versiegelt hat.",
        "en": "What it prints is as its issuer has sealed it.",
    },
    "paper.same": {
        "de": "Jedes Wort, das ein Programm auf dem Papier liest, ist so, wie es ausgestellt wurde. Ohne das Siegel "
        "des Ausstellers kann aber anderes zu sehen sein, als ein Programm liest: Vergleichen Sie, was Sie sehen, mit "
        "dem, was unten steht.",
        "en": "Every word that a program reads on the paper is as it was issued. But without its issuer's seal, what "
        "you see may be other than what a program reads: compare it with what is shown below.",
    },
    "paper.changed": {
        "de": "Das Papier sagt etwas anderes als der signierte Nachweis darin: Jemand hat es verändert.",
        "en": "The paper says something else than the signed certificate in it: somebody has changed it.",
    },
    "paper.differs": {
        "de": "Manche Wörter auf dem Papier sind andere als im Nachweis, wie wir ihn heute drucken. Vergleichen Sie "
        "beides.",
        "en": "Some words on the paper are others than in the certificate as we print it today. Compare them.",
    },
    "paper.values_missing": {
        "de": "Manches, was signiert ist, steht nicht auf dem Papier oder ist anders geschrieben. Vergleichen Sie "
        "beides.",
        "en": "Some of what is signed is not on the paper, or is written in another way. Compare them.",
    },
    "paper.not_ours": {
        "de": "Es ist kein Papier von uns: Was es außer dem signierten Nachweis druckt, hat niemand bestätigt.",
        "en": "It is not a paper of ours: what it prints besides the signed certificate, nobody has confirmed.",
    },
    "paper.several": {
        "de": "Es enthält mehrere Nachweise: Welchen davon der gedruckte Text meint, kann niemand sagen.",
        "en": "It holds several certificates: which of them the printed text means, nobody can say.",
    },
}


class Kind(StrEnum):
    """What a piece of the printed text is."""

    SAME = "same"
    ADDED = "added"
    """It is not in the signed certificate."""
    MISSING = "missing"
    """It is in the signed certificate and not on the paper."""


@dataclass(frozen=True)
class Piece:
    """A run of text of one kind."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Paper:
    """The comparison. ``code`` is ``paper.`` and why; ``pieces`` is the printed text with its differences."""

    verdict: Verdict
    code: str
    pieces: tuple[Piece, ...]
    missing: tuple[str, ...] = ()
    """Signed values that are nowhere on the paper."""

    @property
    def why(self) -> Text:
        """The reason in both languages."""
        return TEXTS[self.code]


def sealed(printed: str) -> Paper:
    """Return that the issuer's seal on the paper holds: what it prints is the issuer's word, in whatever layout."""
    return Paper(Verdict.OK, "paper.sealed", (Piece(Kind.SAME, printed),))


def of_several(printed: str) -> Paper:
    """Return that there is more than one credential in the paper."""
    return Paper(Verdict.UNKNOWN, "paper.several", (Piece(Kind.SAME, printed),))


def compare(printed: str, content: Content, expected: str | None) -> Paper:
    """Compare what a paper without its issuer's seal says to programs with what is signed in it.

    ``expected`` is what the paper says if it is ours and as we set it; None for others' papers. A
    difference that touches a signed value or a number is a forgery; other words may be those of an older layout. Even
    with no difference it is never ok: shapes, pictures or notes drawn over the words show people something else.
    """
    missing = tuple(value for value in signed_values(content) if not _is_on(value, printed))
    if expected is None:
        verdict, code = Verdict.UNKNOWN, "paper.values_missing" if missing else "paper.not_ours"
        return Paper(verdict, code, (Piece(Kind.SAME, printed),), missing)
    pieces = tuple(_pieces(printed, expected))
    known = set(_words(expected))
    numbers = [word for word in _words(printed) if DIGIT.search(word) and word not in known]
    if missing or numbers:
        return Paper(Verdict.FAILED, "paper.changed", pieces, missing)
    if any(piece.kind is not Kind.SAME for piece in pieces):
        return Paper(Verdict.UNKNOWN, "paper.differs", pieces)
    return Paper(Verdict.UNKNOWN, "paper.same", pieces)


def signed_values(content: Content) -> list[str]:
    """List what a paper must show: holder, achievement, days, results."""
    values = [content.holder, content.code, content.achievement]
    values += [texts.day(texts.day_of(moment), "de") for moment in (content.issued,) if moment]
    values += [line.value for line in content.results if line.is_percent]
    return list(dict.fromkeys(value for value in values if value))


def _is_on(value: str, printed: str) -> bool:
    """Say whether a value is printed, however lines were broken; a number as either language writes it."""
    squeezed = _squeeze(printed)
    return any(_squeeze(written) in squeezed for written in {value, value.replace(".", ",")})


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("\u00ad", "").casefold()


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFKC", text).split()


def _pieces(printed: str, expected: str) -> Iterable[Piece]:
    """Give the printed text in runs: what both say, what only the paper says, and what it lacks."""
    tokens = TOKEN.findall(printed)
    places = [place for place, token in enumerate(tokens) if not token.isspace()]
    rest = "".join(tokens[places[MAX_WORDS] :]) if len(places) > MAX_WORDS else ""
    places = places[:MAX_WORDS]
    wanted = expected.split()[:MAX_WORDS]
    said = [unicodedata.normalize("NFKC", tokens[place]) for place in places]
    matcher = SequenceMatcher(None, said, [unicodedata.normalize("NFKC", word) for word in wanted], autojunk=False)
    for tag, first, last, from_wanted, to_wanted in matcher.get_opcodes():
        if last > first:
            run = "".join(tokens[places[first] : places[last - 1] + 1])
            yield Piece(Kind.SAME if tag == "equal" else Kind.ADDED, run)
        if tag != "equal" and to_wanted > from_wanted:
            yield Piece(Kind.MISSING, " ".join(wanted[from_wanted:to_wanted]))
        yield Piece(Kind.SAME, _space_after(tokens, places, last))
    if rest:
        yield Piece(Kind.ADDED, rest)


def _space_after(tokens: list[str], places: list[int], end: int) -> str:
    """Return the blanks or line ends that follow the run before the word number ``end``."""
    following = places[end] if end < len(places) else len(tokens)
    before = places[end - 1] + 1 if end else 0
    return "".join(tokens[before:following]) or " "

"""How Moodle compares a typed answer with an expected one: words with wildcards, numbers with tolerance. Pure.

Behaviour of question/type/shortanswer/question.php (compare_string_with_wildcard), question/type/numerical/
questiontype.php (apply_units, without units) and numerical/question.php (get_tolerance_interval).
"""

import re
import unicodedata

PHP_TRIM = " \t\n\r\0\x0b"
EPSILON = 1e-14
"""10 to the power of minus PHP's ``precision``, 14 by default: what Moodle adds to each tolerance (MDL-3225)."""

_WILDCARD = re.compile(r"(?<!\\)\*+")
_POWER = re.compile(r"(?:e|E|(?:x|\*|×)10(?:\^|\*\*))([+-]?[0-9]+)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?")


def matches_pattern(answer: str, pattern: str, *, case_sensitive: bool) -> bool:
    r"""Say whether ``answer`` is what ``pattern`` describes: ``*`` any characters of one line, ``\*`` an asterisk.

    Found from the left, piece by piece, so that no pattern can be made to take long.
    """
    text = unicodedata.normalize("NFC", answer).strip(PHP_TRIM)
    pieces = [piece.replace(r"\*", "*") for piece in _WILDCARD.split(unicodedata.normalize("NFC", pattern))]
    if not case_sensitive:
        text = _fold(text)
        pieces = [_fold(piece) for piece in pieces]
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if "\n" in text or len(text) < len(first) + len(last):
        return False
    if not (text.startswith(first) and text.endswith(last)):
        return False
    return _holds_in_order(text[len(first) : len(text) - len(last)], middle)


def _holds_in_order(text: str, pieces: list[str]) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _fold(text: str) -> str:
    """Fold letter by letter, as a regular expression does that ignores case: "ß" stays one letter, not "ss"."""
    return "".join(_fold_letter(letter) for letter in text)


def _fold_letter(letter: str) -> str:
    folded = letter.casefold()
    if len(folded) == 1:
        return folded
    lowered = letter.lower()
    return lowered if len(lowered) == 1 else letter


def parse_number(answer: str) -> float | None:
    """Read a typed number leniently, None if there is none: ``575``, ``1 000``, ``5,75``, ``1,234.5``, ``6x10^2``.

    German reading, as Moodle's with that language: a single comma is the decimal point. With a point present, or
    with several commas, commas group thousands. What follows the number is ignored, as Moodle does without units.
    """
    text = _POWER.sub(r"e\1", answer.replace(" ", ""))
    text = text.replace(",", "") if "." in text or text.count(",") > 1 else text.replace(",", ".")
    found = _NUMBER.match(text)
    return float(found.group()) if found else None


def within_tolerance(number: float, expected: float, tolerance: float) -> bool:
    """Say whether ``number`` lies within the nominal tolerance of ``expected``, borders included."""
    margin = abs(tolerance) + EPSILON * max(abs(tolerance), abs(expected), EPSILON)
    return expected - margin <= number <= expected + margin

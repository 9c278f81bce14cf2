"""Every text has its German, with the same placeholders; every refusal has words for people."""

import importlib
import pkgutil
import re
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import campus
import certificates
import lti_tool
import moodle_sync
import xapi
from campus.errors import CampusError
from lti_tool import error_texts

ROOT = Path(__file__).parents[3]
TRANSLATIONS = ROOT / "lti_tool" / "translations"
PLACEHOLDER = re.compile(r"%\(\w+\)s")
INTERNAL = {"campus.refused", "demo", "exam.bad_definition", "jobs", "settings", "xapi"}
"""Codes and families that nobody meets on a page: xAPI answers programs, the others stay inside."""


def used_texts() -> set[str | tuple[str, ...]]:
    """Extract the msgids from code and templates as ``pybabel extract`` does."""
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel leaves it bare
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
    found = extract_from_dir(ROOT / "lti_tool", methods, options, keywords, strip_comment_tags=False)
    return {text for _, _, text, _, _ in found if text}


def german() -> dict[str | tuple[str, ...], tuple[str, ...]]:
    """Read the catalogue; a text that nobody has looked at after a change counts as none."""
    with (TRANSLATIONS / "de" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id and not message.fuzzy]
    return {_key(message.id): as_tuple(message.string or ()) for message in messages}


def _key(text: str | tuple[str, ...] | list[str]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def as_tuple(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_no_text_lacks_its_german() -> None:
    translated = {text for text, forms in german().items() if forms and all(forms)}
    assert used_texts() - translated == set()


def test_no_german_waits_for_a_text_that_nobody_says() -> None:
    assert german().keys() - used_texts() == set()


def test_translations_have_the_placeholders_of_their_text() -> None:
    for text, forms in german().items():
        allowed = set(PLACEHOLDER.findall(" ".join(as_tuple(text))))
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) == allowed, text


def codes() -> list[str]:
    for package in (campus, certificates, lti_tool, moodle_sync, xapi):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", ".env")) and ".migrations" not in module.name:
                importlib.import_module(module.name)
    found, waiting = set(), [CampusError]
    while waiting:
        one = waiting.pop()
        if not one.__module__.startswith("tests"):
            found.add(one.code)
        waiting += one.__subclasses__()
    return sorted(found)


def test_no_words_wait_for_a_refusal_that_nobody_makes() -> None:
    from_elsewhere = {"http.404", "http.405", "http.413", "server.busy", "server.error"}
    assert error_texts.TEXTS.keys() - set(codes()) == from_elsewhere
    assert {code.partition(".")[0] for code in codes()} >= error_texts.FAMILIES.keys()


def test_every_refusal_has_words_for_people() -> None:
    met = [code for code in codes() if not {code, code.partition(".")[0]} & INTERNAL]
    families = {code for code in met if code.partition(".")[0] in error_texts.FAMILIES}
    assert set(met) - families - error_texts.TEXTS.keys() == set()

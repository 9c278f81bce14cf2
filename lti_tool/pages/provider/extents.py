"""The fields of a unit's or a course's extent, in forms and out of them: ECTS, level, competencies."""

from collections.abc import Mapping
from typing import Any

from campus.errors import InvalidInputError
from campus.extent import EQF_LEVELS, LONGEST_ADDRESS, LONGEST_COMPETENCY, MOST_COMPETENCIES, Competency, Extent
from campus.models.catalogue import Course, LearningUnit
from lti_tool import filters
from lti_tool.pages import forms

LEVELS = frozenset({"", *map(str, EQF_LEVELS)})
SPARE = 2
"""Empty rows that a form offers beside those that are filled in."""


def read(form: Mapping[str, str]) -> Extent:
    """Return the extent that a form says. Raises InvalidInputError; what is wrong in a row is "competencies"."""
    if "eqf_level" not in form:
        raise InvalidInputError("the form was not sent whole", field="eqf_level")  # else it would empty everything
    level = forms.choice(form, "eqf_level", LEVELS)
    found = []
    for number in range(1, MOST_COMPETENCIES + 1):
        name, longest = f"competency_{number}", LONGEST_COMPETENCY
        title = forms.both_languages(form, name, longest=longest, required=False, at="competencies")
        url = form.get(f"{name}_url", "").strip()[: LONGEST_ADDRESS + 1]
        if title or url:
            found.append(Competency(title, url))
    return Extent(forms.decimal(form, "ects"), int(level) if level else None, tuple(found))


def fields(of: LearningUnit | Course) -> dict[str, Any]:
    """Return the values of a form's fields as things are now."""
    values: dict[str, Any] = {
        "ects": "" if of.ects is None else filters.number(of.ects),
        "eqf_level": str(of.eqf_level or ""),
    }
    for number, one in enumerate(of.competencies, start=1):
        named = {"de": one["title"].get("de"), "en": one["title"].get("en"), "url": one.get("url")}
        values |= {f"competency_{number}_{key}": value or "" for key, value in named.items()}
    return values


def rows(given: Mapping[str, Any]) -> int:
    """Say how many rows a form with these values shows."""
    filled = [n for n in range(1, MOST_COMPETENCIES + 1) if any(given.get(f"competency_{n}_{k}") for k in _KEYS)]
    return min(max(filled, default=0) + SPARE, MOST_COMPETENCIES)


_KEYS = ("de", "en", "url")

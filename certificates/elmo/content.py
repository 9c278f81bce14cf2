"""What an ELMO document says, as plain values for a page to show and for an administrator to judge."""

from typing import Any

from lxml import etree

from certificates.elmo.names import LANG, tag
from certificates.elmo.shape import text_of

Json = dict[str, Any]
DEEPEST = 12
"""Levels of parts that are read; the schema's authors know of four."""


def read(root: etree._Element) -> Json:
    """Return learner, reports and, in each, what was studied with its parts.

    Nothing in here is HTML: ``descriptionHtml`` is left out, attachments are named but not unpacked.
    """
    learner = root.find(tag("learner"))
    return {
        "generated": _text(root, "generatedDate"),
        "learner": _learner(learner) if learner is not None else {"name": ""},
        "reports": [_report(one) for one in root.findall(tag("report"))],
        "attachments": _attachments(root),
    }


def _learner(learner: etree._Element) -> Json:
    names = (_text(learner, "givenNames"), _text(learner, "familyName"))
    return {"name": " ".join(filter(None, names)), "born": _text(learner, "bday")}


def _report(report: etree._Element) -> Json:
    issuer = report.find(tag("issuer"))
    return {
        "issuer": _issuer(issuer) if issuer is not None else {"name": {}, "url": "", "identifiers": []},
        "issued": _text(report, "issueDate"),
        "items": [_item(one, 0) for one in report.findall(tag("learningOpportunitySpecification"))],
        "schemes": {one.get("localId", ""): _texts(one, "description") for one in report.findall(tag("gradingScheme"))},
        "attachments": _attachments(report),
    }


def _issuer(issuer: etree._Element) -> Json:
    return {
        "name": _texts(issuer, "title"),
        "url": _text(issuer, "url"),
        "country": _text(issuer, "country"),
        "identifiers": _identifiers(issuer),
    }


def _item(specification: etree._Element, depth: int) -> Json:
    wrapper = specification.find(tag("specifies"))
    instance = wrapper.find(tag("learningOpportunityInstance")) if wrapper is not None else None
    parts = [
        part
        for wrapped in specification.findall(tag("hasPart"))
        for part in wrapped.findall(tag("learningOpportunitySpecification"))
    ]
    return {
        "title": _texts(specification, "title"),
        "type": _text(specification, "type"),
        "identifiers": _identifiers(specification),
        "description": _texts(specification, "description"),
        **(_instance(instance) if instance is not None else {}),
        "parts": [_item(part, depth + 1) for part in parts] if depth < DEEPEST else [],
    }


def _instance(instance: etree._Element) -> Json:
    return {
        "awards": _identifiers(instance),
        "start": _text(instance, "start"),
        "date": _text(instance, "date"),
        "status": _text(instance, "status") or "passed",  # what a reader has to assume, says the schema
        "result": _text(instance, "resultLabel"),
        "scheme": _text(instance, "gradingSchemeLocalId"),
        "credits": [
            {"scheme": _text(one, "scheme"), "value": _text(one, "value")} for one in instance.findall(tag("credit"))
        ],
        "levels": [
            {"type": _text(one, "type"), "value": _text(one, "value")} for one in instance.findall(tag("level"))
        ],
        "hours": _text(instance, "engagementHours"),
    }


def _attachments(parent: etree._Element) -> list[Json]:
    return [
        {"title": _texts(one, "title"), "type": _text(one, "type"), "media_type": _media_type(_text(one, "content"))}
        for one in parent.findall(tag("attachment"))
    ]


def _media_type(address: str) -> str:
    return address[5:60].split(";", 1)[0].split(",", 1)[0] if address.startswith("data:") else ""


def _identifiers(parent: etree._Element) -> list[Json]:
    return [{"type": one.get("type", ""), "value": _tidy(one)} for one in parent.findall(tag("identifier"))]


def _texts(parent: etree._Element, name: str) -> dict[str, str]:
    """Return the texts by language; those without one stand under an empty name. The first of a language counts."""
    found: dict[str, str] = {}
    for element in parent.findall(tag(name)):
        found.setdefault(element.get(LANG, ""), text_of(element).strip())
    return found


def _text(parent: etree._Element, name: str) -> str:
    found = parent.find(tag(name))
    return "" if found is None else _tidy(found)


def _tidy(element: etree._Element) -> str:
    return " ".join(text_of(element).split())

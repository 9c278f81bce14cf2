"""Facts of an award -> ELMO 1.7.0 XML, unsigned. Pure: the same facts give the same bytes.

A unit is a ``Course`` (ELMO: the smallest thing that ECTS credits are given for), a course of ours is a ``Module``
with its units in ``hasPart``. ELMO has no place for a joint award, a mandate or a rule: these are in words in the
description, German and English, and as data in the attached Open Badges credential.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from certificates import texts
from certificates.credential import Addresses
from certificates.elmo.names import AWARD, CREDENTIAL, DID, LANG, NAMESPACE, SUPERSEDES, tag
from certificates.errors import NoElmoError
from certificates.facts import AwardFacts, AwardKind, Part, PartResult, Text

LANGUAGES = ("de", "en")
MINUTES = 45
"""Of a teaching hour; ELMO's ``engagementHours`` are hours."""
HOUR = 60
UNGRADED, PERCENT, GRADE = "ungraded", "percent", "grade"
"""Local ids of the grading schemes."""
UNGRADED_SCHEME = {
    "de": "Ohne Note: bestanden, oder nur teilgenommen.",
    "en": "Ungraded: achieved, or attended only.",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the report; ``kind`` is one of ELMO's attachment types."""

    title: Text
    kind: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was reached: the label, on which scheme, and whether ECTS credits are earned by it."""

    label: str
    scheme: str
    achieved: bool


def build(
    facts: AwardFacts, addresses: Addresses, *, generated_at: datetime, attachments: Sequence[Attachment] = ()
) -> bytes:
    """Return the ELMO document (UTF-8) of a person's award, as of ``generated_at``: when it is sealed.

    We know names only as one text; it stands in ``familyName``, with ``givenNames`` empty as the schema asks for what
    can't be told: a guess where to part it would be a false statement about somebody. Raises NoElmoError for a
    municipality's certificate: ELMO describes what one learner has studied.
    """
    if facts.kind is AwardKind.MUNICIPALITY:
        raise NoElmoError("ELMO describes a person's studies, not an organisation's certificate")
    root = etree.fromstring(f'<elmo xmlns="{NAMESPACE}"/>')
    _put(root, "generatedDate", _instant(generated_at))
    learner = _put(root, "learner")
    _put(learner, "givenNames", "")
    _put(learner, "familyName", texts.line(facts.recipient.name))
    report = _put(root, "report")
    _issuer(report, facts)
    _achievement(report, facts, addresses)
    _put(report, "issueDate", _instant(facts.issued_at))
    _grading_schemes(report, facts)
    for attachment in attachments:
        _attach(report, attachment)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _put(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, tag(name), dict(attributes))
    element.text = text
    return element


def _put_texts(parent: etree._Element, name: str, text: Text) -> None:
    """Put one element for each language there is."""
    for language in LANGUAGES:
        if said := texts.plain(text.get(language, "")):
            _put(parent, name, said).set(LANG, language)


def _title(parent: etree._Element, text: Text) -> None:
    _put_texts(parent, "title", {language: texts.line(text.get(language, "")) for language in LANGUAGES})


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _issuer(report: etree._Element, facts: AwardFacts) -> None:
    """Name who signs: it is the same organisation in each form of an award."""
    issuer = _put(report, "issuer")
    _put(issuer, "identifier", texts.line(facts.issuer.did), type=DID)
    _title(issuer, facts.issuer.name)
    _put(issuer, "url", texts.line(facts.issuer.url))


def _achievement(report: etree._Element, facts: AwardFacts, addresses: Addresses) -> None:
    about = facts.achievement
    specification = _put(report, "learningOpportunitySpecification")
    _put(specification, "identifier", about.public_id, type="local")
    _put(specification, "identifier", texts.line(about.code), type="code")
    _title(specification, about.title)
    _put(specification, "type", "Course" if facts.kind is AwardKind.ATTENDANCE else "Module")
    _put_texts(specification, "description", {one: _description(facts, one) for one in LANGUAGES})
    instance = _put(_put(specification, "specifies"), "learningOpportunityInstance")
    _put(instance, "identifier", facts.award_id, type=AWARD)
    _put(instance, "identifier", addresses.credential(facts.award_id), type=CREDENTIAL)
    if facts.supersedes:
        _put(instance, "identifier", facts.supersedes, type=SUPERSEDES)
    outcome = _outcome(facts)
    _reached(instance, facts.achieved_on.isoformat(), outcome)
    if about.ects is not None and outcome.achieved:
        _credit(instance, about.ects)
    if about.eqf_level is not None:
        _level(instance, facts)
    _hours(instance, about.hours)
    for part in facts.parts:
        _part(_put(_put(specification, "hasPart"), "learningOpportunitySpecification"), facts, part)


def _part(specification: etree._Element, facts: AwardFacts, part: Part) -> None:
    """Put a unit of a course. ECTS credits are said once: by the course if it has a number, else by its units."""
    _put(specification, "identifier", texts.line(part.code), type="code")
    _title(specification, part.title)
    _put(specification, "type", "Course")
    _put_texts(specification, "description", {one: _part_description(part, one) for one in LANGUAGES})
    instance = _put(_put(specification, "specifies"), "learningOpportunityInstance")
    outcome = _outcome_of(part.result, part.score)
    _reached(instance, part.achieved_on.isoformat(), outcome)
    if facts.achievement.ects is None and part.ects is not None and outcome.achieved:
        _credit(instance, part.ects)
    _hours(instance, part.hours)


def _reached(instance: etree._Element, day: str, outcome: _Outcome) -> None:
    """Put day, status and result. What is certified was completed, so the status is always "passed"."""
    _put(instance, "date", day)
    _put(instance, "status", "passed")
    _put(instance, "gradingSchemeLocalId", outcome.scheme)
    _put(instance, "resultLabel", outcome.label)


def _outcome(facts: AwardFacts) -> _Outcome:
    """Say what the whole award came to. Attending a unit is no achievement: its exam has to be passed for credits."""
    if facts.grade is not None:
        return _Outcome(texts.line(facts.grade.value), GRADE, achieved=True)
    if facts.kind is not AwardKind.ATTENDANCE:
        return _outcome_of(PartResult.ACHIEVED, facts.score)
    passed = facts.score is not None and facts.pass_score is not None and facts.score >= facts.pass_score
    return _outcome_of(PartResult.ACHIEVED if passed else PartResult.ATTENDED, facts.score)


def _outcome_of(result: PartResult, score: float | None) -> _Outcome:
    if result is PartResult.ACHIEVED and score is not None:
        return _Outcome(texts.percent(score, "en"), PERCENT, achieved=True)
    return _Outcome(texts.both(texts.RESULTS[result]), UNGRADED, achieved=result is PartResult.ACHIEVED)


def _credit(instance: etree._Element, points: float) -> None:
    credit = _put(instance, "credit")
    _put(credit, "scheme", "ects")
    _put(credit, "value", texts.number(points, "en"))


def _level(instance: etree._Element, facts: AwardFacts) -> None:
    level = _put(instance, "level")
    _put(level, "type", "EQF")
    _put(level, "description", texts.eqf(facts, "de")).set(LANG, "de")
    _put(level, "value", str(facts.achievement.eqf_level))


def _hours(instance: etree._Element, hours: int | None) -> None:
    if hours is not None:
        _put(instance, "engagementHours", texts.number(hours * MINUTES / HOUR, "en"))


def _grading_schemes(report: etree._Element, facts: AwardFacts) -> None:
    """Describe each scheme that is used, once."""
    used = {_outcome(facts).scheme} | {_outcome_of(part.result, part.score).scheme for part in facts.parts}
    schemes = {UNGRADED: UNGRADED_SCHEME, PERCENT: _percent_scheme(facts), GRADE: facts.grade and facts.grade.scheme}
    for name, description in schemes.items():
        if name in used and description:
            _put_texts(_put(report, "gradingScheme", localId=name), "description", description)


def _percent_scheme(facts: AwardFacts) -> Text:
    needed = facts.pass_score
    german, english = "Prozent, 0 bis 100", "Per cent, 0 to 100"
    if needed is None:
        return {"de": f"{german}.", "en": f"{english}."}
    return {
        "de": f"{german}; bestanden ab {texts.percent(needed, 'de')}.",
        "en": f"{english}; passed from {texts.percent(needed, 'en')}.",
    }


def _description(facts: AwardFacts, language: str) -> str:
    about, is_german = facts.achievement, language == "de"
    competencies = "; ".join(texts.line(texts.pick(one.title, language)) for one in about.competencies)
    rule = f"{texts.line(facts.rule.name)}, {texts.line(facts.rule.version)}"
    return _lines(
        f"{texts.KINDS[facts.kind][language]}.",
        texts.pick(about.description, language),
        _labelled("Kriterien" if is_german else "Criteria", texts.pick(about.criteria, language)),
        _labelled("Kompetenzen" if is_german else "Competencies", competencies),
        _labelled("Umfang" if is_german else "Extent", _extent(facts, language)),
        _labelled("Kurzprüfung" if is_german else "Short exam", texts.percent(facts.score, language)),
        *texts.awarded_by(facts, language),
        _labelled("Durchgeführt von" if is_german else "Delivered by", _delivered_by(facts, language)),
        _labelled("Regel" if is_german else "Rule", rule),
        _labelled("Belegt durch" if is_german else "Evidence", _evidence(facts, language)),
        _labelled("Gültig bis" if is_german else "Valid until", _valid_until(facts, language)),
    )


def _extent(facts: AwardFacts, language: str) -> str:
    extents = (texts.hours(facts, language), texts.ects(facts, language), texts.eqf(facts, language))
    return ", ".join(filter(None, extents))


def _delivered_by(facts: AwardFacts, language: str) -> str:
    return texts.line(texts.pick(facts.delivered_by.name, language)) if facts.delivered_by else ""


def _evidence(facts: AwardFacts, language: str) -> str:
    said = (
        f"{texts.line(texts.evidence_label(item.kind)[language])} ({texts.line(item.source)})"
        for item in facts.evidence
    )
    return "; ".join(dict.fromkeys(said))


def _valid_until(facts: AwardFacts, language: str) -> str:
    return texts.day(texts.day_of(facts.valid_until), language) if facts.valid_until else ""


def _part_description(part: Part, language: str) -> str:
    provider = texts.line(texts.pick(part.provider, language)) if part.provider else ""
    return _lines(
        _labelled("Ergebnis" if language == "de" else "Result", texts.RESULTS[part.result][language]),
        _labelled("Umfang" if language == "de" else "Extent", texts.extent(part, language)),
        _labelled("Anbieter" if language == "de" else "Provider", provider),
    )


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _attach(report: etree._Element, attachment: Attachment) -> None:
    element = _put(report, "attachment")
    _title(element, attachment.title)
    _put(element, "type", attachment.kind)
    encoded = base64.b64encode(attachment.content).decode()
    _put(element, "content", f"data:{attachment.media_type};base64,{encoded}")


def attachments_of(pdf: bytes, credential: str, kind: AwardKind) -> Iterable[Attachment]:
    """Return what goes with an award: the paper for people (ELMO demands it), and the Open Badges credential."""
    yield Attachment(texts.KINDS[kind], "Transcript of Records", "application/pdf", pdf)
    title = {"de": "Open-Badges-3.0-Nachweis", "en": "Open Badges 3.0 credential"}
    yield Attachment(title, "Micro Credential", "application/vc+json", credential.encode())

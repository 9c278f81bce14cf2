"""What was achieved and with which results, as Open Badges 3.0 says it: a part of ``certificates.credential``. Pure."""

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from certificates import texts
from certificates.facts import Achievement, AwardFacts, AwardKind, Issuer, Provider, Rating

ACHIEVEMENT_TYPES = {
    AwardKind.ATTENDANCE: "CertificateOfCompletion",
    AwardKind.COURSE: "Certificate",
    AwardKind.INDIVIDUAL: "Certificate",
    AwardKind.MUNICIPALITY: "QualityAssuranceCredential",
}
EQF_LEVEL = "http://data.europa.eu/snb/eqf/{level}"
"""The European Union's own address of a level (authority table "EQF")."""
ECTS_GUIDE = (
    "https://education.ec.europa.eu/education-levels/higher-education/inclusive-and-connected-higher-education/"
    "european-credit-transfer-and-accumulation-system"
)

Json = dict[str, Any]


def profile(body: Issuer | Provider) -> Json:
    """Return an organisation as an Open Badges ``Profile``."""
    return {"id": body.did, "type": ["Profile"], "name": texts.both(body.name), "url": body.url}


def two_paragraphs(german: str, english: str) -> str:
    """Return a long text in both languages: German, an empty line, English."""
    return texts.plain(f"{german}\n\nEnglish: {english}")


def achievement(facts: AwardFacts) -> Json:
    """Describe what was learnt, or what a municipality was rated by.

    The ``creator`` stands there only if somebody else signs for it: else it is the issuer, and said twice, either copy
    could go unnoticed.
    """
    about = facts.achievement
    described: Json = {
        "id": f"urn:uuid:{about.public_id}",
        "type": ["Achievement"],
        "achievementType": ACHIEVEMENT_TYPES[facts.kind],
        "inLanguage": "de",
        "humanCode": texts.line(about.code),
        "name": texts.line(about.title["de"]),
        "description": two_paragraphs(
            _lines(about.description["de"], *_extent(facts, "de")),
            _lines(texts.pick(about.title, "en"), texts.pick(about.description, "en"), *_extent(facts, "en")),
        ),
        "criteria": {"narrative": two_paragraphs(about.criteria["de"], texts.pick(about.criteria, "en"))},
    }
    if descriptions := _result_descriptions(facts):
        described["resultDescription"] = descriptions
    if facts.on_behalf_of:
        described["creator"] = profile(facts.on_behalf_of)
    if alignments := list(_alignments(about)):
        described["alignment"] = alignments
    if tags := [texts.both(competency.title) for competency in about.competencies if competency.url is None]:
        described["tag"] = tags
    return described


def _alignments(about: Achievement) -> Iterator[Json]:
    """Say ECTS, level and competencies by the frameworks' own addresses."""
    if about.ects is not None:
        points = texts.number(about.ects, "en")
        framework = "European Credit Transfer and Accumulation System (ECTS)"
        yield _alignment(f"{points} ECTS", points, framework, ECTS_GUIDE)
    if about.eqf_level is not None:
        level = str(about.eqf_level)
        framework = "European Qualifications Framework (EQF)"
        yield _alignment(f"EQF {level}", level, framework, EQF_LEVEL.format(level=level))
    for competency in about.competencies:
        if competency.url is not None:
            yield {"type": ["Alignment"], "targetName": texts.both(competency.title), "targetUrl": competency.url}


def _alignment(name: str, code: str, framework: str, url: str) -> Json:
    return {
        "type": ["Alignment"],
        "targetName": name,
        "targetCode": code,
        "targetFramework": framework,
        "targetUrl": url,
    }


def _extent(facts: AwardFacts, language: str) -> list[str]:
    competencies = [texts.line(texts.pick(one.title, language)) for one in facts.achievement.competencies]
    label = "Kompetenzen" if language == "de" else "Competencies"
    return [
        texts.hours(facts, language),
        texts.ects(facts, language),
        texts.eqf(facts, language),
        f"{label}: {'; '.join(competencies)}" if competencies else "",
    ]


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _result_id(facts: AwardFacts, name: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:uuid:{facts.achievement.public_id}#{name}").urn


def _percent_description(identifier: str, name: str, required: float | None) -> Json:
    description: Json = {
        "id": identifier,
        "type": ["ResultDescription"],
        "name": name,
        "resultType": "Percent",
        "valueMin": "0",
        "valueMax": "100",
    }
    if required is not None:
        description["requiredValue"] = texts.number(required, "en")
    return description


def _result_descriptions(facts: AwardFacts) -> list[Json]:
    descriptions = []
    if facts.score is not None:
        exam = texts.both(texts.EVIDENCE["exam"])
        descriptions.append(_percent_description(_result_id(facts, "exam"), exam, facts.pass_score))
    if facts.grade is not None:
        descriptions.append(
            {
                "id": _result_id(facts, "grade"),
                "type": ["ResultDescription"],
                "name": texts.line(f"Note / grade ({texts.both(facts.grade.scheme)})"),
                "resultType": "LetterGrade",
            }
        )
    descriptions += [_rating_description(facts, position, one) for position, one in enumerate(facts.ratings, start=1)]
    for position, part in enumerate(facts.parts, start=1):
        name = f"{texts.line(part.code)} {texts.both(part.title)}"
        identifier = _result_id(facts, f"part/{position}")
        if part.score is None:
            descriptions.append({"id": identifier, "type": ["ResultDescription"], "name": name, "resultType": "Status"})
        else:
            descriptions.append(_percent_description(identifier, name, None))
    return descriptions


def _rating_description(facts: AwardFacts, position: int, rating: Rating) -> Json:
    return {
        "id": _result_id(facts, f"rating/{position}"),
        "type": ["ResultDescription"],
        "name": texts.both(rating.title),
        "resultType": "PerformanceLevel",
        "valueMin": "1",
        "valueMax": str(rating.highest),
    }


def results(facts: AwardFacts) -> list[Json]:
    """Return what the holder reached, each by the description of the same id."""
    results: list[Json] = []
    if facts.score is not None:
        results.append(_result(_result_id(facts, "exam"), texts.number(facts.score, "en")))
    if facts.grade is not None:
        results.append(_result(_result_id(facts, "grade"), texts.line(facts.grade.value)))
    results += [
        _result(_result_id(facts, f"rating/{position}"), str(rating.level))
        for position, rating in enumerate(facts.ratings, start=1)
    ]
    for position, part in enumerate(facts.parts, start=1):
        result: Json = {"type": ["Result"], "resultDescription": _result_id(facts, f"part/{position}")}
        if part.score is not None:
            result["value"] = texts.number(part.score, "en")
        else:
            result["status"] = "Completed"
        results.append(result)
    return results


def _result(description: str, value: str) -> Json:
    return {"type": ["Result"], "resultDescription": description, "value": value}

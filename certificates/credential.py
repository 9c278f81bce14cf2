"""Facts of an award -> an Open Badges 3.0 credential on VC Data Model 2.0, unsigned. Pure.

All of an award's content is in here, so all of it is signed. There are no JSON numbers: libraries canonicalize
them differently. Why which ``achievementType`` is used: docs/decisions/0010-achievement-types.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from certificates import texts
from certificates.contexts import CREDENTIALS_V2, OPEN_BADGES
from certificates.facts import AwardFacts, AwardKind, Issuer, Part, PartResult, Provider
from certificates.proof import instant

ACHIEVEMENT_TYPES = {AwardKind.ATTENDANCE: "CertificateOfCompletion", AwardKind.COURSE: "Certificate"}
ECTS_GUIDE = (
    "https://education.ec.europa.eu/education-levels/higher-education/inclusive-and-connected-higher-education/"
    "european-credit-transfer-and-accumulation-system"
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The public addresses of one installation. They stand on paper, so they never change."""

    public_url: str

    def credential(self, award_id: str) -> str:
        """Return where the signed credential is served; this is its id too."""
        return f"{self.public_url.rstrip('/')}/credentials/{award_id}"

    def check(self, award_id: str) -> str:
        """Return the page that the QR code opens."""
        return f"{self.public_url.rstrip('/')}/nachweis/{award_id}"

    def issuer(self, slug: str) -> str:
        """Return the page about an organisation that issues or teaches; every credential names it."""
        return f"{self.public_url.rstrip('/')}/issuers/{slug}"

    def status_list(self, public_id: str) -> str:
        """Return where a status list is served; this is its id too."""
        return f"{self.public_url.rstrip('/')}/status/{public_id}"


def status_entry(status_list: str, index: int) -> Json:
    """Return the credential's place in a status list (W3C Bitstring Status List 1.0, section 2.1)."""
    return {
        "id": f"{status_list}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": status_list,
    }


def build(facts: AwardFacts, addresses: Addresses, status: Mapping[str, str]) -> Json:
    """Return the unsigned credential of ``facts``; ``status`` is its ``status_entry``."""
    identifier = addresses.credential(facts.award_id)
    title = facts.achievement.title
    credential: Json = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": identifier,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": texts.line(f"{texts.KINDS[facts.kind]['de']}: {title['de']}"),
        "description": texts.line(f"{texts.KINDS[facts.kind]['en']}: {texts.pick(title, 'en')}"),
        "issuer": _profile(facts.issuer),
        "validFrom": instant(facts.issued_at),
        "awardedDate": instant(facts.issued_at),
        "credentialSubject": _subject(facts, identifier),
        "credentialStatus": dict(status),
    }
    if evidence := _evidence(facts):
        credential["evidence"] = evidence
    return credential


def _profile(body: Issuer | Provider) -> Json:
    return {"id": body.did, "type": ["Profile"], "name": texts.both(body.name), "url": body.url}


def _subject(facts: AwardFacts, identifier: str) -> Json:
    """Name the holder; the id is this award's alone, so that two awards can't be joined by it."""
    subject: Json = {
        "id": uuid5(NAMESPACE_URL, f"{identifier}#subject").urn,
        "type": ["AchievementSubject"],
        "activityEndDate": f"{facts.achieved_on.isoformat()}T00:00:00Z",
        "narrative": narrative(facts),
        "achievement": _achievement(facts),
    }
    if name := texts.line(facts.recipient.name):
        subject["identifier"] = [
            {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}
        ]
    if facts.delivered_by:
        subject["source"] = _profile(facts.delivered_by)
    if results := _results(facts):
        subject["result"] = results
    return subject


def _achievement(facts: AwardFacts) -> Json:
    """Describe what was learnt. No ``creator``: it is the issuer, and said twice, either copy could go unnoticed."""
    about = facts.achievement
    achievement: Json = {
        "id": f"urn:uuid:{about.public_id}",
        "type": ["Achievement"],
        "achievementType": ACHIEVEMENT_TYPES[facts.kind],
        "inLanguage": "de",
        "humanCode": texts.line(about.code),
        "name": texts.line(about.title["de"]),
        "description": _two_paragraphs(
            "\n".join(filter(None, [about.description["de"], texts.hours(facts, "de"), texts.ects(facts, "de")])),
            "\n".join(
                filter(
                    None,
                    [
                        texts.pick(about.title, "en"),
                        texts.pick(about.description, "en"),
                        texts.hours(facts, "en"),
                        texts.ects(facts, "en"),
                    ],
                )
            ),
        ),
        "criteria": {"narrative": _two_paragraphs(about.criteria["de"], texts.pick(about.criteria, "en"))},
    }
    if descriptions := _result_descriptions(facts):
        achievement["resultDescription"] = descriptions
    if about.ects is not None:
        points = texts.number(about.ects, "en")
        achievement["alignment"] = [
            {
                "type": ["Alignment"],
                "targetName": f"{points} ECTS",
                "targetCode": points,
                "targetFramework": "European Credit Transfer and Accumulation System (ECTS)",
                "targetUrl": ECTS_GUIDE,
            }
        ]
    return achievement


def _two_paragraphs(german: str, english: str) -> str:
    return texts.plain(f"{german}\n\nEnglish: {english}")


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
    for position, part in enumerate(facts.parts, start=1):
        name = f"{texts.line(part.code)} {texts.both(part.title)}"
        identifier = _result_id(facts, f"part/{position}")
        if part.score is None:
            descriptions.append({"id": identifier, "type": ["ResultDescription"], "name": name, "resultType": "Status"})
        else:
            descriptions.append(_percent_description(identifier, name, None))
    return descriptions


def _results(facts: AwardFacts) -> list[Json]:
    results: list[Json] = []
    if facts.score is not None:
        results.append(
            {
                "type": ["Result"],
                "resultDescription": _result_id(facts, "exam"),
                "value": texts.number(facts.score, "en"),
            }
        )
    for position, part in enumerate(facts.parts, start=1):
        result: Json = {"type": ["Result"], "resultDescription": _result_id(facts, f"part/{position}")}
        if part.score is not None:
            result["value"] = texts.number(part.score, "en")
        else:
            result["status"] = "Completed"
        results.append(result)
    return results


def _evidence(facts: AwardFacts) -> list[Json]:
    return [
        {
            "type": ["Evidence"],
            "name": texts.both(texts.evidence_label(kind)),
            "genre": texts.line(kind),
            "description": texts.line(f"Quelle / source: {source}"),
        }
        for kind, source in dict.fromkeys((item.kind, item.source) for item in facts.evidence)
    ]


def narrative(facts: AwardFacts) -> str:
    """Return when what was achieved, the transcript, and the rule that found it so (Markdown; it is signed)."""
    rule, version = facts.rule.name, facts.rule.version
    german = [f"Erworben am {texts.day(facts.achieved_on, 'de')} nach der Regel {rule}, Version {version}."]
    english = [f"Earned on {texts.day(facts.achieved_on, 'en')} by the rule {rule}, version {version}."]
    if facts.parts:
        german += ["Leistungsnachweis:", *(f"- {_transcript_line(part, 'de')}" for part in facts.parts)]
        english += ["Transcript of records:", *(f"- {_transcript_line(part, 'en')}" for part in facts.parts)]
    return _two_paragraphs("\n".join(german), "\n".join(english))


def _transcript_line(part: Part, language: str) -> str:
    outcome = texts.RESULTS[PartResult(part.result)][language]
    score = texts.percent(part.score, language)
    title = f"{texts.line(part.code)} {texts.line(texts.pick(part.title, language))}"
    return ", ".join(filter(None, [f"{title}: {outcome}", texts.day(part.achieved_on, language), score]))

"""Facts of an award -> an Open Badges 3.0 credential on VC Data Model 2.0, unsigned. Pure.

All of an award's content is in here, so all of it is signed. There are no JSON numbers: libraries canonicalize
them differently. Why which ``achievementType`` is used: docs/decisions/0010-achievement-types.md.
"""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from certificates import texts
from certificates.achievement import achievement, profile, results, two_paragraphs
from certificates.facts import AwardFacts, Part, PartResult
from certificates.signatures.contexts import CREDENTIALS_V2, OPEN_BADGES
from certificates.signatures.proof import instant
from certificates.status import StatusPurpose

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
    """Return the credential's place in a list of revocations (W3C Bitstring Status List 1.0, section 2.1).

    It is the only one: Open Badges 3.0 allows a credential one status.
    """
    return {
        "id": f"{status_list}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": StatusPurpose.REVOCATION.value,
        "statusListIndex": str(index),
        "statusListCredential": status_list,
    }


def build(facts: AwardFacts, addresses: Addresses, status: Json) -> Json:
    """Return the unsigned credential of ``facts``; ``status`` is its ``status_entry``.

    Facts without what came later (bodies, competencies, …) give the same credential as ever: papers of old awards
    are printed only if the facts still give what was signed then.
    """
    identifier = addresses.credential(facts.award_id)
    title = facts.achievement.title
    credential: Json = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": identifier,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": texts.line(f"{texts.KINDS[facts.kind]['de']}: {title['de']}"),
        "description": texts.line(f"{texts.KINDS[facts.kind]['en']}: {texts.pick(title, 'en')}"),
        "issuer": profile(facts.issuer),
        "validFrom": instant(facts.issued_at),
        "awardedDate": instant(facts.issued_at),
        "credentialSubject": _subject(facts, identifier),
        "credentialStatus": status,
    }
    if facts.valid_until:
        credential["validUntil"] = instant(facts.valid_until)
    if evidence := _evidence(facts):
        credential["evidence"] = evidence
    return credential


def _subject(facts: AwardFacts, identifier: str) -> Json:
    """Name the holder; the id is this award's alone, so that two awards can't be joined by it."""
    subject: Json = {
        "id": uuid5(NAMESPACE_URL, f"{identifier}#subject").urn,
        "type": ["AchievementSubject"],
        "activityEndDate": f"{facts.achieved_on.isoformat()}T00:00:00Z",
        "narrative": narrative(facts),
        "achievement": achievement(facts),
    }
    if name := texts.line(facts.recipient.name):
        subject["identifier"] = [
            {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}
        ]
    if facts.delivered_by:
        subject["source"] = profile(facts.delivered_by)
    if reached := results(facts):
        subject["result"] = reached
    return subject


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
    german += texts.awarded_by(facts, "de")
    english += texts.awarded_by(facts, "en")
    if facts.grade:
        german.append(f"Note: {texts.grade(facts.grade, 'de')}.")
        english.append(f"Grade: {texts.grade(facts.grade, 'en')}.")
    if facts.parts:
        german += ["Leistungsnachweis:", *(f"- {_transcript_line(part, 'de')}" for part in facts.parts)]
        english += ["Transcript of records:", *(f"- {_transcript_line(part, 'en')}" for part in facts.parts)]
    german += [f"- {texts.rating(rating, 'de')}" for rating in facts.ratings]
    english += [f"- {texts.rating(rating, 'en')}" for rating in facts.ratings]
    if facts.supersedes:
        german.append(f"Ersetzt den Nachweis {facts.supersedes}.")
        english.append(f"Supersedes the certificate {facts.supersedes}.")
    return two_paragraphs("\n".join(german), "\n".join(english))


def _transcript_line(part: Part, language: str) -> str:
    outcome = texts.RESULTS[PartResult(part.result)][language]
    score = texts.percent(part.score, language)
    title = f"{texts.line(part.code)} {texts.line(texts.pick(part.title, language))}"
    provider = texts.line(texts.pick(part.provider, language)) if part.provider else ""
    extent = texts.extent(part, language)
    return ", ".join(
        filter(None, [f"{title}: {outcome}", texts.day(part.achieved_on, language), score, extent, provider])
    )

"""What an object of Open Badges 3.0 consists of: our own table of the data model (OB 3.0, appendix B). Pure data.

Tests compare what it refuses with what the official JSON schema refuses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

EXTENSION = r"(ext:)[a-zA-Z0-9.\-_|]+"
"""The official schema's own pattern, which isn't anchored; ours is, at its beginning."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its types (all of a group must be there, one is enough of each), what it must have, what it may have.

    ``members`` name a kind: a shape, ``text``, ``number``, ``flag``, ``instant`` or a vocabulary. ``*`` behind it means
    a list of such, ``+`` one or a list: VCDM 2.0, 4.10 lets a credential have several statuses (revocation and
    suspension), the official schema of Open Badges knows one. ``single`` types are one text instead of a list.
    ``closed`` objects have nothing else.
    """

    types: tuple[frozenset[str], ...] = ()
    needed: frozenset[str] = frozenset()
    members: Mapping[str, str] = field(default_factory=dict)
    single: bool = False
    closed: bool = False


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "text")


def _one(name: str) -> tuple[frozenset[str], ...]:
    return (frozenset({name}),)


_VERIFIABLE = frozenset({"VerifiableCredential"})
_SIGNED = {
    "id": "text",
    "name": "text",
    "description": "text",
    "awardedDate": "instant",
    "issuer": "profile_or_text",
    "validFrom": "instant",
    "validUntil": "instant",
    "credentialSchema": "Typed*",
    "credentialStatus": "Typed+",
    "refreshService": "Typed",
    "termsOfUse": "TermsOfUse*",
    "proof": "Proof*",
}
_ENDORSED = {"endorsement": "EndorsementCredential*", "endorsementJwt": "token*"}

SHAPES: Mapping[str, Shape] = {
    "AchievementCredential": Shape(
        (_VERIFIABLE, frozenset({"AchievementCredential", "OpenBadgeCredential"})),
        frozenset({"id", "credentialSubject", "issuer", "validFrom"}),
        {"credentialSubject": "AchievementSubject", "evidence": "Evidence*", "image": "Image", **_ENDORSED, **_SIGNED},
    ),
    "EndorsementCredential": Shape(
        (_VERIFIABLE, frozenset({"EndorsementCredential"})),
        frozenset({"id", "name", "credentialSubject", "issuer", "validFrom"}),
        {"credentialSubject": "EndorsementSubject", **_SIGNED},
    ),
    "AchievementSubject": Shape(
        _one("AchievementSubject"),
        frozenset({"achievement"}),
        {
            **_texts("id", "licenseNumber", "narrative", "role", "term"),
            "activityEndDate": "instant",
            "activityStartDate": "instant",
            "creditsEarned": "number",
            "achievement": "Achievement",
            "identifier": "IdentityObject*",
            "image": "Image",
            "result": "Result*",
            "source": "Profile",
        },
    ),
    "EndorsementSubject": Shape(_one("EndorsementSubject"), frozenset({"id"}), _texts("id", "endorsementComment")),
    "IdentityObject": Shape(
        _one("IdentityObject"),
        frozenset({"hashed", "identityHash", "identityType"}),
        {**_texts("identityHash", "salt"), "hashed": "flag", "identityType": "identifier_type"},
        single=True,
        closed=True,
    ),
    "IdentifierEntry": Shape(
        _one("IdentifierEntry"),
        frozenset({"identifier", "identifierType"}),
        {"identifier": "text", "identifierType": "identifier_type"},
        single=True,
        closed=True,
    ),
    "Evidence": Shape(_one("Evidence"), members=_texts("id", "narrative", "name", "description", "genre", "audience")),
    "Achievement": Shape(
        _one("Achievement"),
        frozenset({"id", "criteria", "description", "name"}),
        {
            **_texts("id", "description", "fieldOfStudy", "humanCode", "name", "specialization", "version"),
            **_ENDORSED,
            "alignment": "Alignment*",
            "achievementType": "achievement_type",
            "creator": "Profile",
            "creditsAvailable": "number",
            "criteria": "Criteria",
            "image": "Image",
            "inLanguage": "language",
            "otherIdentifier": "IdentifierEntry*",
            "related": "Related*",
            "resultDescription": "ResultDescription*",
            "tag": "text*",
        },
    ),
    "Criteria": Shape(members=_texts("id", "narrative")),
    "Alignment": Shape(
        _one("Alignment"),
        frozenset({"targetName", "targetUrl"}),
        {
            **_texts("targetCode", "targetDescription", "targetName", "targetFramework", "targetUrl"),
            "targetType": "alignment_type",
        },
    ),
    "Result": Shape(
        _one("Result"),
        members={
            **_texts("achievedLevel", "resultDescription", "value"),
            "alignment": "Alignment*",
            "status": "result_status",
        },
    ),
    "ResultDescription": Shape(
        _one("ResultDescription"),
        frozenset({"id", "name", "resultType"}),
        {
            **_texts("id", "name", "requiredLevel", "requiredValue", "valueMax", "valueMin"),
            "alignment": "Alignment*",
            "allowedValue": "text*",
            "resultType": "result_type",
            "rubricCriterionLevel": "RubricCriterionLevel*",
        },
    ),
    "RubricCriterionLevel": Shape(
        _one("RubricCriterionLevel"),
        frozenset({"id", "name"}),
        {**_texts("id", "description", "level", "name", "points"), "alignment": "Alignment*"},
    ),
    "Related": Shape(_one("Related"), frozenset({"id"}), {**_texts("id", "version"), "inLanguage": "language"}),
    "Profile": Shape(
        _one("Profile"),
        frozenset({"id"}),
        {
            **_texts("id", "name", "url", "phone", "description", "email", "official", "familyName", "givenName"),
            **_texts("additionalName", "patronymicName", "honorificPrefix", "honorificSuffix", "familyNamePrefix"),
            **_ENDORSED,
            "dateOfBirth": "text",
            "image": "Image",
            "address": "Address",
            "otherIdentifier": "IdentifierEntry*",
            "parentOrg": "Profile",
        },
    ),
    "Address": Shape(
        _one("Address"),
        members={
            **_texts("addressCountry", "addressCountryCode", "addressRegion", "addressLocality", "streetAddress"),
            **_texts("postOfficeBoxNumber", "postalCode"),
            "geo": "GeoCoordinates",
        },
    ),
    "GeoCoordinates": Shape(
        _one("GeoCoordinates"),
        frozenset({"latitude", "longitude"}),
        {"latitude": "number", "longitude": "number"},
        single=True,
    ),
    "Image": Shape(_one("Image"), frozenset({"id"}), _texts("id", "caption"), single=True, closed=True),
    "Proof": Shape(
        needed=frozenset({"type"}),
        members={
            **_texts("type", "cryptosuite", "challenge", "domain", "nonce", "proofPurpose", "proofValue"),
            "created": "instant",
            "verificationMethod": "text",
        },
    ),
    "Typed": Shape(needed=frozenset({"id", "type"}), members=_texts("id", "type")),
    "TermsOfUse": Shape(needed=frozenset({"type"}), members=_texts("id", "type")),
}

VOCABULARIES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?:{'|'.join(words.split())})\Z|{EXTENSION}" if words else EXTENSION)
    for name, words in {
        "achievement_type": """Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge
            BachelorDegree Certificate CertificateOfCompletion Certification CommunityService Competency Course
            CoCurricular Degree Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment JourneymanCertificate
            LearningProgram License Membership ProfessionalDoctorate QualityAssuranceCredential MasterCertificate
            MasterDegree MicroCredential ResearchDoctorate SecondarySchoolDiploma""",
        "identifier_type": """name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber
            isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId
            ltiUserId identifier""",
        "alignment_type": """ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion
            CFRubricCriterionLevel CTDL""",
        "result_type": """GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result
            RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status""",
    }.items()
} | {
    "result_status": re.compile(r"(?:Completed|Enrolled|Failed|InProgress|OnHold|Provisional|Withdrew)\Z"),
    "language": re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z"),
    "token": re.compile(r"[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+\Z"),
}

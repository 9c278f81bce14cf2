"""Our xAPI profile: what our statements look like, as a document that machines read (xAPI Profiles 1.0). Pure.

Only the terms that are ours are defined in it; verbs and types of others are named by their IRIs. The document is
served where its id says; ``docs/xapi-profile.jsonld`` shows it for ``EXAMPLE``.
"""

from typing import Any

from campus.rules.credit import Outcome
from xapi.parts import Json
from xapi.recipes import verb_iri
from xapi.vocabulary import (
    EVIDENCE_EXTENSION_PATH,
    MISSED_PATH,
    PLATFORM,
    PROFILE_PATH,
    VERB_NAMES,
    ActivityType,
    Verb,
)

EXAMPLE = "https://campus.example"
VERSION_PATH = f"{PROFILE_PATH}/v1"
GENERATED = "2026-11-22T00:00:00Z"
PATHS = (PROFILE_PATH, VERSION_PATH, MISSED_PATH, EVIDENCE_EXTENSION_PATH)
"""Where the document is served: its own address and those of the terms that it defines."""
_CATEGORY = "$.context.contextActivities.category[*].id"
_GROUPING = "$.context.contextActivities.grouping[*].id"
_EVIDENCE = "$.context.extensions['{0}']"
_DEFINITIONS: dict[Outcome, dict[str, str]] = {
    Outcome.DONE: {"de": "Ein Schritt einer Lerneinheit ist getan.", "en": "A step of a learning unit was done."},
    Outcome.PASSED: {"de": "Die Kurzprüfung wurde bestanden.", "en": "The short exam was passed."},
    Outcome.FAILED: {"de": "Die Kurzprüfung wurde nicht bestanden.", "en": "The short exam was not passed."},
    Outcome.PRESENT: {"de": "Am Tutorium wurde teilgenommen.", "en": "The tutorial was attended."},
    Outcome.EXCUSED: {"de": "Das Fehlen im Tutorium ist entschuldigt.", "en": "Missing the tutorial was excused."},
    Outcome.ABSENT: {"de": "Das Tutorium wurde versäumt.", "en": "The tutorial was missed."},
}
_RESULTS: dict[Outcome, list[Json]] = {
    Outcome.PASSED: [{"location": "$.result.success", "all": [True]}],
    Outcome.FAILED: [{"location": "$.result.success", "all": [False]}],
}


def document(public_url: str) -> Json:
    """Return the profile of the installation at this address."""
    steps = [_step_template(public_url, outcome, words) for outcome, words in _DEFINITIONS.items()]
    return {
        "@context": "https://w3id.org/xapi/profiles/context",
        "id": public_url + PROFILE_PATH,
        "type": "Profile",
        "conformsTo": "https://w3id.org/xapi/profiles#1.0",
        "prefLabel": {"de": PLATFORM, "en": PLATFORM},
        "definition": {
            "de": "Was Lernende in Lerneinheiten des KommunalCampus getan und erworben haben.",
            "en": "What learners did in learning units of KommunalCampus, and what they earned.",
        },
        "versions": [{"id": public_url + VERSION_PATH, "generatedAtTime": GENERATED}],
        "author": {"type": "Organization", "name": PLATFORM, "url": public_url},
        "concepts": [_missed(public_url), _evidence(public_url)],
        "templates": [*steps, _handed_in(public_url), _earned(public_url), _taken_back(public_url)],
        "patterns": [],
    }


def _missed(public_url: str) -> Json:
    return {
        "id": public_url + MISSED_PATH,
        "type": "Verb",
        "inScheme": public_url + VERSION_PATH,
        "prefLabel": dict(VERB_NAMES[MISSED_PATH]),
        "definition": {
            "de": "War erwartet und ist nicht gekommen. Das Objekt ist der Termin.",
            "en": "Was expected and did not come. The object is the meeting.",
        },
        "relatedMatch": [Verb.ATTENDED.value],
    }


def _evidence(public_url: str) -> Json:
    return {
        "id": public_url + EVIDENCE_EXTENSION_PATH,
        "type": "ContextExtension",
        "inScheme": public_url + VERSION_PATH,
        "prefLabel": {"de": "Nachweis", "en": "evidence"},
        "definition": {
            "de": "Die Nummer des Nachweises, von dem das Statement spricht.",
            "en": "The number of the piece of evidence that the statement speaks of.",
        },
        "inlineSchema": '{"type": "string", "format": "uuid"}',
    }


def _template(public_url: str, name: str, words: dict[str, str], **more: Any) -> Json:
    rules = [{"location": _CATEGORY, "any": [public_url + PROFILE_PATH]}, *more.pop("rules", [])]
    return {
        "id": f"{public_url}{PROFILE_PATH}/templates/{name}",
        "type": "StatementTemplate",
        "inScheme": public_url + VERSION_PATH,
        "prefLabel": {"en": name.replace("-", " ")},
        "definition": dict(words),
        **more,
        "rules": rules,
    }


def _step_template(public_url: str, outcome: Outcome, words: dict[str, str]) -> Json:
    rules = [
        {"location": _EVIDENCE.format(public_url + EVIDENCE_EXTENSION_PATH), "presence": "included"},
        {"location": _GROUPING, "presence": "recommended"},
        *_RESULTS.get(outcome, []),
    ]
    return _template(public_url, outcome.value, words, verb=verb_iri(outcome, public_url), rules=rules)


def _handed_in(public_url: str) -> Json:
    words = {
        "de": "Eine Evaluation wurde abgegeben; was geantwortet wurde, steht nicht dabei.",
        "en": "An evaluation was handed in; what was answered isn't told.",
    }
    return _template(
        public_url,
        "handed-in",
        words,
        verb=Verb.SUBMITTED.value,
        objectActivityType=ActivityType.SURVEY.value,
        rules=[{"location": "$.result.response", "presence": "excluded"}],
    )


def _earned(public_url: str) -> Json:
    words = {
        "de": "Eine Lerneinheit ist erworben: teilgenommen, mit success auch die Kurzprüfung bestanden.",
        "en": "A learning unit was earned: attended, and with success the short exam passed too.",
    }
    return _template(
        public_url,
        "earned",
        words,
        verb=Verb.EARNED.value,
        objectActivityType=ActivityType.MODULE.value,
        rules=[
            {"location": "$.result.success", "presence": "included"},
            {"location": "$.context.registration", "presence": "included"},
        ],
    )


def _taken_back(public_url: str) -> Json:
    words = {
        "de": "Was gesagt wurde, gilt nicht mehr.",
        "en": "What was said holds no more.",
    }
    rules = [{"location": "$.object.objectType", "all": ["StatementRef"]}]
    return _template(public_url, "taken-back", words, verb=Verb.VOIDED.value, rules=rules)

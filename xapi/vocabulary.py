"""The addresses (IRIs) of verbs, activity types and our own terms, each named once."""

from enum import StrEnum


class Edition(StrEnum):
    """The two editions of the standard spoken here, the preferred one first; the value is what answers name."""

    V2 = "2.0.0"
    V1 = "1.0.3"


PLATFORM = "KommunalCampus"
LANGUAGE = "de"
"""Of titles that came without one: the campus's first language."""


class Verb(StrEnum):
    """Verbs of ADL, cmi5 (satisfied, waived), TinCan (earned, submit) and Moodle's logstore_xapi (uncompleted)."""

    ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
    ATTENDED = "http://adlnet.gov/expapi/verbs/attended"
    COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
    EARNED = "http://id.tincanapi.com/verb/earned"
    FAILED = "http://adlnet.gov/expapi/verbs/failed"
    MASTERED = "http://adlnet.gov/expapi/verbs/mastered"
    PASSED = "http://adlnet.gov/expapi/verbs/passed"
    SATISFIED = "https://w3id.org/xapi/adl/verbs/satisfied"
    SUBMITTED = "http://activitystrea.ms/schema/1.0/submit"
    UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
    VOIDED = "http://adlnet.gov/expapi/verbs/voided"
    WAIVED = "https://w3id.org/xapi/adl/verbs/waived"


MISSED_PATH = "/xapi/verbs/missed"
"""Below PUBLIC_URL: no vocabulary has a verb for "was expected and did not come"."""

VERB_NAMES: dict[str, dict[str, str]] = {  # of the verbs that we say ourselves
    Verb.ATTENDED: {"de": "hat teilgenommen an", "en": "attended"},
    Verb.COMPLETED: {"de": "hat abgeschlossen", "en": "completed"},
    Verb.EARNED: {"de": "hat erworben", "en": "earned"},
    Verb.FAILED: {"de": "hat nicht bestanden", "en": "failed"},
    Verb.PASSED: {"de": "hat bestanden", "en": "passed"},
    Verb.SUBMITTED: {"de": "hat abgegeben", "en": "submitted"},
    Verb.VOIDED: {"de": "hat für ungültig erklärt", "en": "voided"},
    Verb.WAIVED: {"de": "war entschuldigt bei", "en": "was excused from"},
    MISSED_PATH: {"de": "hat gefehlt bei", "en": "missed"},
}


class ActivityType(StrEnum):
    """Types of ADL's and TinCan's registries."""

    ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
    LESSON = "http://adlnet.gov/expapi/activities/lesson"
    LINK = "http://adlnet.gov/expapi/activities/link"
    MEETING = "http://adlnet.gov/expapi/activities/meeting"
    MODULE = "http://adlnet.gov/expapi/activities/module"
    SURVEY = "http://id.tincanapi.com/activitytype/survey"


CMI5_CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
"""Statements that cmi5 itself defines have it; others by the same program may use the same verbs as they like."""

FULL_PERCENT = 100
ENDPOINT_PATH = "/xapi/"
"""What clients are told, and below which nobody looks at a cookie; the base of 1.0.3 lies there too."""
ACTIVITIES_PATH = "/xapi/activities/"
EVIDENCE_EXTENSION_PATH = "/xapi/extensions/evidence"
PROFILE_PATH = "/xapi/profile"
"""All below PUBLIC_URL."""

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
    """Verbs of ADL, of the ADL profile of cmi5 (waived) and of Activity Streams as TinCan uses them (submit)."""

    ATTENDED = "http://adlnet.gov/expapi/verbs/attended"
    COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
    FAILED = "http://adlnet.gov/expapi/verbs/failed"
    PASSED = "http://adlnet.gov/expapi/verbs/passed"
    SUBMITTED = "http://activitystrea.ms/schema/1.0/submit"
    VOIDED = "http://adlnet.gov/expapi/verbs/voided"
    WAIVED = "https://w3id.org/xapi/adl/verbs/waived"


MISSED_PATH = "/xapi/verbs/missed"
"""Below PUBLIC_URL: no vocabulary has a verb for "was expected and did not come"."""

VERB_NAMES: dict[str, dict[str, str]] = {
    Verb.ATTENDED: {"de": "hat teilgenommen an", "en": "attended"},
    Verb.COMPLETED: {"de": "hat abgeschlossen", "en": "completed"},
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


ACTIVITIES_PATH = "/xapi/activities/"
EVIDENCE_EXTENSION_PATH = "/xapi/extensions/evidence"
PROFILE_PATH = "/xapi/profile"
"""All below PUBLIC_URL."""

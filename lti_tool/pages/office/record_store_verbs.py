"""What common verbs of other programs are called in a line: most programs name them only in English."""

from collections.abc import Mapping

from xapi.vocabulary import VERB_NAMES, Verb

_ADL, _W3ID, _TINCAN = "http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/", "http://id.tincanapi.com/verb/"
NAMES: Mapping[str, Mapping[str, str]] = {
    Verb.ANSWERED: {"de": "hat beantwortet", "en": "answered"},
    Verb.MASTERED: {"de": "beherrscht", "en": "mastered"},
    Verb.SATISFIED: {"de": "hat alles Nötige erledigt", "en": "satisfied"},
    Verb.UNCOMPLETED: {"de": "hat doch nicht abgeschlossen", "en": "uncompleted"},
    f"{_ADL}attempted": {"de": "hat begonnen", "en": "attempted"},
    f"{_ADL}commented": {"de": "hat kommentiert", "en": "commented on"},
    f"{_ADL}exited": {"de": "hat verlassen", "en": "exited"},
    f"{_ADL}experienced": {"de": "hat angesehen", "en": "experienced"},
    f"{_ADL}initialized": {"de": "hat geöffnet", "en": "opened"},
    f"{_ADL}interacted": {"de": "hat bedient", "en": "interacted with"},
    f"{_ADL}launched": {"de": "hat gestartet", "en": "launched"},
    f"{_ADL}progressed": {"de": "ist vorangekommen", "en": "progressed in"},
    f"{_ADL}registered": {"de": "hat sich angemeldet", "en": "registered for"},
    f"{_ADL}resumed": {"de": "hat fortgesetzt", "en": "resumed"},
    f"{_ADL}scored": {"de": "hat Punkte erreicht", "en": "scored"},
    f"{_ADL}suspended": {"de": "hat unterbrochen", "en": "suspended"},
    f"{_ADL}terminated": {"de": "hat beendet", "en": "terminated"},
    f"{_W3ID}adl/verbs/abandoned": {"de": "hat abgebrochen", "en": "abandoned"},
    f"{_W3ID}adl/verbs/logged-in": {"de": "hat sich angemeldet", "en": "logged in to"},
    f"{_W3ID}adl/verbs/logged-out": {"de": "hat sich abgemeldet", "en": "logged out of"},
    f"{_W3ID}video/verbs/paused": {"de": "hat angehalten", "en": "paused"},
    f"{_W3ID}video/verbs/played": {"de": "hat abgespielt", "en": "played"},
    f"{_W3ID}video/verbs/seeked": {"de": "ist gesprungen", "en": "skipped in"},
    f"{_TINCAN}downloaded": {"de": "hat heruntergeladen", "en": "downloaded"},
    f"{_TINCAN}viewed": {"de": "hat angesehen", "en": "viewed"},
    **VERB_NAMES,
}
"""By IRI, and by language; our own too (one of them by its path below PUBLIC_URL)."""

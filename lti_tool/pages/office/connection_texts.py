"""The connection test in words: what was asked, what came of it, what to do."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from lti_tool.launch.connection import Finding, Step

NAMES = {Step.KEYS: _("Key set"), Step.LOGIN: _("Login address"), Step.TOKEN: _("Access token")}

FINE: dict[Step, LazyString] = {
    Step.KEYS: _("Your LMS publishes its keys (%(number)s usable)."),
    Step.LOGIN: _("Your LMS answers at its login address."),
    Step.TOKEN: _("Your LMS knows us and gives an access token: scores and rosters can be exchanged."),
}

PROBLEMS: dict[Step, dict[str, LazyString]] = {
    Step.KEYS: {
        "status": _("Your LMS answers %(status)s at its key set. Check the address of the public key set."),
        "unreachable": _("Your LMS could not be reached at its key set, or answers too slowly."),
        "too_large": _("What your LMS answers at its key set is far too large for one. Check the address."),
        "refused_address": _(
            "The key set's address is not called from here: it isn't https, or lies in a private network."
        ),
        "not_json": _(
            "What your LMS answers at its key set is not JSON with keys, perhaps a web page. Check the address."
        ),
        "no_keys": _("Your LMS's key set has no key that can be used: RSA with 2048 bits or more, with a key ID."),
    },
    Step.LOGIN: {
        "status": _("Your LMS answers %(status)s at its login address: something is wrong there."),
        "unreachable": _("Your LMS could not be reached at its login address, or answers too slowly."),
        "too_large": _("What your LMS answers at its login address is far too large. Check the address."),
        "refused_address": _(
            "The login address is not called from here: it isn't https, or lies in a private network."
        ),
    },
    Step.TOKEN: {
        "status": _("Your LMS answers %(status)s at its token address. Check the address."),
        "unreachable": _("Your LMS could not be reached at its token address, or answers too slowly."),
        "too_large": _("What your LMS answers at its token address is far too large. Check the address."),
        "refused_address": _(
            "The token address is not called from here: it isn't https, or lies in a private network."
        ),
        "no_token": _(
            "What your LMS answers at its token address is no access token, perhaps a web page. Check the address."
        ),
        "oauth": _("The token address says “%(error)s”. Check the client ID there and here."),
    },
}

OAUTH: dict[str, LazyString] = {
    "invalid_client": _(
        "The token address says “%(error)s”: your LMS could not confirm our signature. Is our key set address entered "
        "there, can your LMS reach it, and is the client ID right?"
    ),
    "invalid_scope": _(
        "The token address says “%(error)s”: your LMS knows us, but grants none of the services. Switch on grades and "
        "membership for this tool there."
    ),
}


def of(finding: Finding) -> tuple[str, str]:
    """Return the step's name and one sentence about it, in the reader's language."""
    if not finding.problem:
        text = FINE[finding.step]
    else:
        text = OAUTH.get(finding.error) or PROBLEMS[finding.step][finding.problem]
    values = {"status": finding.status, "error": finding.error, "number": finding.number}
    return str(NAMES[finding.step]), str(text) % values

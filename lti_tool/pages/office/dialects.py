"""What each kind of LMS calls our addresses, what it shows in return, and which of its addresses follow from its own.

Labels are the LMS's own words, for people to find them in its forms; they are not translated. Where they come from
stands beside each.
"""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from lti_tool.launch.addresses import ToolAddresses

Label = str | LazyString


@dataclass(frozen=True)
class Copied:
    """One field of the LMS's form: its label there, and which value of ours belongs into it.

    ``key`` is one of `ours`' keys; else ``value`` is what to type or choose.
    """

    label: Label
    key: str = ""
    value: Label = ""


@dataclass(frozen=True)
class Dialect:
    """One kind of LMS. ``shown`` are its labels for the values that we need, by our field."""

    key: str
    name: Label
    where: Label
    """Where in the LMS the form is."""
    fields: tuple[Copied, ...]
    shown: dict[str, str]
    derived: dict[str, str] = field(default_factory=dict)
    """Our field -> an address in which ``{base}`` is the LMS's own."""
    dynamic: bool = False
    """It can register by itself, with a link."""
    note: Label = ""

    def prefilled(self, base: str) -> dict[str, str]:
        """Return what follows from the LMS's own address; nothing without one that is needed."""
        base = base.strip().rstrip("/")
        return {name: text.format(base=base) for name, text in self.derived.items() if base or "{base}" not in text}


MOODLE = Dialect(
    # mod/lti/lang/en/lti.php and the form of mod/lti/edit_form.php; addresses: mod/lti/openid-configuration.php
    key="moodle",
    name="Moodle",
    where=_(
        "Site administration → Plugins → Activity modules → External tool → Manage tools → configure a tool manually"
    ),
    fields=(
        Copied("Tool name", value="KommunalCampus"),
        Copied("Tool URL", "launch"),
        Copied("LTI version", value="LTI 1.3"),
        Copied("Public key type", value="Keyset URL"),
        Copied("Public keyset", "keys"),
        Copied("Initiate login URL", "login"),
        Copied("Redirection URI(s)", "launch"),
        Copied("Tool configuration usage", value="Show in activity chooser and as a preconfigured tool"),
        Copied("Supports Deep Linking (Content-Item Message)", value=_("yes, tick it")),
        Copied("Content Selection URL", "launch"),
        Copied("IMS LTI Assignment and Grade Services", value="Use this service for grade sync and column management"),
        Copied(
            "IMS LTI Names and Role Provisioning",
            value="Use this service to retrieve members' information as per privacy settings",
        ),
        Copied("Share launcher's name with tool", value="Always"),
        Copied("Share launcher's email with tool", value="Always"),
    ),
    shown={
        "issuer": "Platform ID",
        "client_id": "Client ID",
        "deployment_ids": "Deployment ID",
        "key_set_url": "Public keyset URL",
        "auth_token_url": "Access token URL",
        "auth_login_url": "Authentication request URL",
    },
    derived={
        "issuer": "{base}",
        "auth_login_url": "{base}/mod/lti/auth.php",
        "auth_token_url": "{base}/mod/lti/token.php",
        "key_set_url": "{base}/mod/lti/certs.php",
    },
    dynamic=True,
    note=_("Save the tool, then open “View configuration details” (the list icon on its card)."),
)

ILIAS = Dialect(
    # The form and the addresses of the LTI consumer's providers in ILIAS (ltiauth.php, ltitoken.php, lticerts.php)
    key="ilias",
    name="ILIAS",
    where=_("Administration → Extending ILIAS → LTI → Consumer → Global providers → create a provider"),
    fields=(
        Copied("Title", value="KommunalCampus"),
        Copied("LTI version", value="LTI 1.3"),
        Copied("Tool URL", "launch"),
        Copied("Initiate login URL", "login"),
        Copied("Redirection URIs", "launch"),
        Copied("Key type", value="JWK keyset URL"),
        Copied("JWK keyset URL", "keys"),
        Copied("Content item (Deep Linking) URL", "launch"),
        Copied("Grade synchronization", value=_("yes, tick it")),
    ),
    shown={
        "issuer": "Platform ID",
        "client_id": "Client ID",
        "deployment_ids": "Deployment ID",
        "key_set_url": "Keyset URL",
        "auth_token_url": "Access token URL",
        "auth_login_url": "Authentication URL",
    },
    derived={
        "issuer": "{base}",
        "auth_login_url": "{base}/ltiauth.php",
        "auth_token_url": "{base}/ltitoken.php",
        "key_set_url": "{base}/lticerts.php",
    },
    note=_("The values that ILIAS shows appear in the same form after it was saved."),
)

OPENOLAT = Dialect(
    # docs.openolat.org, Administration, "LTI - External tools"
    key="openolat",
    name="OpenOlat",
    where=_("Administration → External tools → LTI 1.3 → External tools → Add new tool"),
    fields=(
        Copied("Tool name", value="KommunalCampus"),
        Copied("Tool URL", "launch"),
        Copied("Public key type", value=_("the one that takes an address (URL)")),
        Copied("Public key", "keys"),
        Copied("Initiate login URI", "login"),
        Copied("Redirection URL(s)", "launch"),
    ),
    shown={
        "issuer": "Platform ID / Issuer",
        "client_id": "Client ID",
        "deployment_ids": "Deployment ID",
        "key_set_url": "Public keyset URL",
        "auth_token_url": "Access token URL",
        "auth_login_url": "Authentication request URL",
    },
    note=_("OpenOlat shows a deployment ID there if it is shared; else each course has one, to be added here later."),
)

CANVAS = Dialect(
    # developerdocs.instructure.com, External tools, LTI: "Configuring", "Launch Overview"; hosted Canvas has one issuer
    key="canvas",
    name="Canvas",
    where=_("Admin → Developer Keys → + Developer Key → + LTI Key"),
    fields=(
        Copied("Key Name", value="KommunalCampus"),
        Copied("Redirect URIs", "launch"),
        Copied("Method", value="Manual Entry"),
        Copied("Title", value="KommunalCampus"),
        Copied("Target Link URI", "launch"),
        Copied("OpenID Connect Initiation Url", "login"),
        Copied("JWK Method", value="Public JWK URL"),
        Copied("Public JWK URL", "keys"),
        Copied("LTI Advantage Services", value=_("switch on all about line items, results, scores and memberships")),
        Copied("Placements", value="Link Selection, Assignment Selection (LtiDeepLinkingRequest)"),
    ),
    shown={
        "client_id": "Details (number above “Show Key”)",
        "deployment_ids": "Settings → Apps → Deployment Id",
    },
    derived={
        "issuer": "https://canvas.instructure.com",
        "auth_login_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
        "auth_token_url": "https://canvas.instructure.com/login/oauth2/token",
        "key_set_url": "https://sso.canvaslms.com/api/lti/security/jwks",
    },
    dynamic=True,
    note=_(
        "These are the addresses of the Canvas that Instructure runs; a Canvas of your own has its own host everywhere."
    ),
)

OPENEDX = Dialect(
    # lti-consumer-xblock: field names of lti_consumer/lti_xblock.py, addresses of lti_consumer/utils.py
    key="openedx",
    name="Open edX",
    where=_("Studio → the unit → Advanced → LTI Consumer → Edit"),
    fields=(
        Copied("LTI Version", value="LTI 1.3"),
        Copied("Launch URL", "launch"),
        Copied("Tool Initiate Login URL (OIDC)", "login"),
        Copied("Registered Redirect URIs", "redirects"),
        Copied("Tool Public Key Mode", value="Keyset URL"),
        Copied("Tool Keyset URL", "keys"),
        Copied("Names & Roles (NRPS)", value="True"),
        Copied("Deep linking", value="True"),
        Copied("Deep Linking Launch URL", "launch"),
        Copied("Assignment and Grades", value="Allow tools to submit grades only (declarative)"),
    ),
    shown={
        "client_id": "Client ID",
        "deployment_ids": "Deployment ID",
        "key_set_url": "Keyset URL",
        "auth_token_url": "Access Token URL",
        "auth_login_url": "Login URL",
    },
    derived={"issuer": "{base}", "auth_login_url": "{base}/api/lti_consumer/v1/launch/"},
    note=_(
        "Open edX makes a client for each place where the tool stands. Its issuer is the LMS's address, not Studio's."
    ),
)

OTHER = Dialect(
    key="other",
    name=_("Another LMS"),
    where=_("Where the LMS takes external tools for LTI 1.3"),
    fields=(
        Copied(_("Launch URL, target link URI, tool URL"), "launch"),
        Copied(_("Redirect URI"), "launch"),
        Copied(_("Login initiation URL (OIDC)"), "login"),
        Copied(_("Public key set URL (JWKS)"), "keys"),
        Copied(_("Deep linking URL"), "launch"),
        Copied(_("Domain"), "domain"),
    ),
    shown={},
)

DIALECTS = {dialect.key: dialect for dialect in (MOODLE, ILIAS, OPENOLAT, CANVAS, OPENEDX, OTHER)}


def ours(addresses: ToolAddresses) -> dict[str, Any]:
    """Give our own addresses, as platforms' forms ask for them."""
    return {
        "login": addresses.login,
        "launch": addresses.launch,
        "keys": addresses.keys,
        "domain": addresses.domain,
        "redirects": f'["{addresses.launch}"]',
    }

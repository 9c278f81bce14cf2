"""Why a launch is refused. Each refusal has a stable code; messages hold nothing of token or person."""

from campus.errors import CampusError, TooManyError


class LaunchError(CampusError):
    """A login or launch that is refused; nothing was written."""

    code = "launch.refused"
    status = 400


class LoginIncompleteError(LaunchError):
    """The platform's login request lacks ``iss``, ``login_hint`` or ``target_link_uri``."""

    code = "launch.login_incomplete"


class RegistrationUnknownError(LaunchError):
    """No platform is registered under this issuer and client, or several are and the request names none."""

    code = "launch.registration_unknown"


class RegistrationDisabledError(LaunchError):
    """An administrator has switched the platform off."""

    code = "launch.registration_disabled"
    status = 403


class RegistrationPendingError(LaunchError):
    """An administrator hasn't approved the platform yet."""

    code = "launch.registration_pending"
    status = 403


class TargetError(LaunchError):
    """``target_link_uri`` is not an address of ours, or not the one that the login named."""

    code = "launch.target"


class BrowserError(LaunchError):
    """The launch comes from a browser that began no login: another one, or one that blocks our cookie."""

    code = "launch.browser"


class StateUnknownError(LaunchError):
    """The login is unknown, used already (a replay) or too long ago."""

    code = "launch.state_unknown"


class FloodError(TooManyError, LaunchError):
    """More logins or launches came from one address than a whole class makes."""

    code = "launch.flood"


class PlatformRefusedError(LaunchError):
    """The platform answered with an error instead of a token (OpenID Connect Core, 3.1.2.6).

    ``description`` is the platform's text, for the page alone: it may hold personal data.
    """

    code = "launch.platform_error"

    def __init__(self, message: str, *, description: str = "") -> None:
        """Keep what the platform said, for the page to show escaped."""
        super().__init__(message)
        self.description = description


class TokenTooLargeError(LaunchError):
    """What was posted is larger than any launch."""

    code = "launch.too_large"
    status = 413


class TokenFormatError(LaunchError):
    """There is no token, or it isn't a JSON Web Token that a launch may use."""

    code = "launch.token_format"


class SignatureError(LaunchError):
    """The token isn't signed by a key of the platform."""

    code = "launch.signature"


class KeysUnavailableError(LaunchError):
    """The platform's key set can't be read now, and none is remembered."""

    code = "launch.keys_unavailable"
    status = 424


class NotLtiError(LaunchError):
    """The token is genuine, but no LTI 1.3 message."""

    code = "launch.not_lti"


class IssuerError(LaunchError):
    """The token's issuer is not the platform whose login it ends."""

    code = "launch.issuer"


class AudienceError(LaunchError):
    """The token is meant for another tool."""

    code = "launch.audience"


class ExpiredError(LaunchError):
    """The token has expired or was made too long ago."""

    code = "launch.expired"


class NotYetValidError(LaunchError):
    """The token comes from the future: one of the two clocks is wrong."""

    code = "launch.not_yet_valid"


class NonceError(LaunchError):
    """The token doesn't carry the nonce of this login."""

    code = "launch.nonce"


class MessageTypeError(LaunchError):
    """An LTI message that isn't served here."""

    code = "launch.message_type"


class ClaimsError(LaunchError):
    """A required claim is missing or has the wrong shape; the message names the claim."""

    code = "launch.claims"


class DeploymentUnknownError(LaunchError):
    """The platform's deployment isn't registered.

    ``missing`` is issuer, client and deployment: what an administrator needs to register it; None when the
    deployment went while the launch was under way.
    """

    code = "launch.deployment_unknown"

    def __init__(self, message: str, missing: tuple[str, str, str] | None = None) -> None:
        """Keep what the page passes on to the administrator; it was signed by the platform."""
        super().__init__(message)
        self.missing = missing


class NotATeacherError(LaunchError):
    """Choosing content, or looking at somebody's work, is for who teaches the course."""

    code = "launch.not_a_teacher"
    status = 403


class AnonymousError(LaunchError):
    """Who launched without saying who they are may read, and do nothing else."""

    code = "launch.anonymous"
    status = 403


class LaunchEndedError(LaunchError):
    """This browser has no such launch, or it is over: launch again from the course."""

    code = "launch.ended"
    status = 401

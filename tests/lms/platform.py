"""The LTI platform: `lti1p3platform` with the glue that makes it an LMS, and what hostile tests forge with.

The library speaks OIDC, signs messages, gives access tokens and serves grades and rosters. It doesn't look at an
assertion's audience, issuer or reuse; that is added here.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from lti1p3platform.deep_linking import LtiDeepLinking
from lti1p3platform.exceptions import LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request, TRequest

from tests.lms.config import Config, Link, User
from tests.lms.enrolments import Enrolments
from tests.lms.state import LineItem, State, private_key, public_pem

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
CHOICE, REVIEW = "choice:", "review:"
"""How the ids begin of what is launched without being a link: a choice of content, a look at somebody's work."""
GROUPS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupservice"


class LmsRequest(Request):
    """A request in the library's words."""

    def build_metadata(self, request: TRequest) -> TRequest:
        return request


class LmsConf(LTI1P3PlatformConfAbstract):
    """The one tool of the LMS, and what the library leaves unchecked."""

    def __init__(self, config: Config, state: State) -> None:
        self._config = config
        self._state = state
        super().__init__()

    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = registration_of(self._config, self._state.private_pem())

    def get_registration_by_params(self, **kwargs: Any) -> Registration:
        return registration_of(self._config, self._state.private_pem())

    def tool_validate_and_decode(self, jwt_token_string: str) -> dict[str, Any]:
        """Check the assertion's signature, then whose it is, for whom, how long, and that it is new (RFC 7523, 3)."""
        body = super().tool_validate_and_decode(jwt_token_string)
        client = self._config.client_id
        if body.get("iss") != client or body.get("sub") != client or body.get("aud") != self._config.token_url:
            raise LtiException("not this client's assertion for this address")
        if not isinstance(body.get("exp"), int) or body["exp"] > time.time() + 600:
            raise LtiException("the assertion lives too long")
        if not self._state.is_new_assertion(str(body["jti"])):
            raise LtiException("the assertion was used before")
        return body

    def validate_token(self, token: str, allowed_scopes: list[str] | None = None, audience: str | None = None) -> bool:
        try:
            return super().validate_token(token, allowed_scopes, audience)
        except (jwt.InvalidTokenError, LtiException):
            return False


class LmsLogin(OIDCLoginAbstract):
    """The request by which a login begins."""

    def set_lti_message_hint(self, **kwargs: Any) -> None:
        self._lti_message_hint = kwargs["hint"]

    def get_redirect(self, url: str) -> dict[str, str]:
        """Give the fields to post instead of an address: platforms post them."""
        return dict(parse_qsl(urlsplit(url).query))


class LmsLaunch(LTIAdvantageMessageLaunchAbstract):
    """A resource link launch of one user."""

    def __init__(self, request: Request, platform: "Platform", user: User, link: Link) -> None:
        conf = platform.conf()
        super().__init__(request, conf)
        self._registration = conf.get_registration()
        self._platform = platform
        self._config = platform.config
        self._user = user
        self._link = link

    def prepare_launch(self, preflight_response: dict[str, Any]) -> None:
        config, user, link = self._config, self._user, self._link
        self._prepare_person_and_course()
        self.set_resource_link_claim(link.id, title=link.title)
        self.set_custom_parameters_claim(dict(link.custom))
        items = [item.id for item in self._platform.state.line_items() if item.resource_link == link.id]
        self.set_ags(
            f"{config.url}/lti/lineitems?type_id=1",
            config.lineitem_url(items[0]) if len(items) == 1 else None,
            allow_creating_lineitems=self._platform.may_create,
        )
        self.set_nrps(f"{config.url}/lti/memberships")
        if config.groups:
            self.set_extra_claims({GROUPS_CLAIM: groups_claim(config)})
        if user.sourced_id:
            self.set_extra_claims({f"{CLAIM}lis": {"person_sourcedid": user.sourced_id}})

    def _prepare_person_and_course(self) -> None:
        config, user = self._config, self._user
        self.set_user_data(user.id, [user.lti_role], user.name, user.email)
        self.set_launch_context_claim(config.course_id, ["CourseSection"], config.course_title)
        self.set_launch_presentation_claim("iframe", f"{config.url}/")

    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return launch_data


class LmsChoice(LmsLaunch):
    """A request for content; the link's id says which choice it is."""

    def prepare_launch(self, preflight_response: dict[str, Any]) -> None:
        self._prepare_person_and_course()
        url, choice = f"{self._config.url}/lti/deep-linking", self._link.id.removeprefix(CHOICE)
        claim = LtiDeepLinking(url).get_lti_deep_linking_launch_claim(accept_types={"ltiResourceLink"})
        for settings in claim.values():
            settings |= {"auto_create": False, "data": choice}
        self.set_extra_claims({f"{CLAIM}message_type": "LtiDeepLinkingRequest", **claim})


class LmsReview(LmsLaunch):
    """A look at a learner's work, from the gradebook; the link's id says whose: ``review:<learner>:<link>``."""

    def prepare_launch(self, preflight_response: dict[str, Any]) -> None:
        learner, _separator, link_id = self._link.id.removeprefix(REVIEW).partition(":")
        self._link = self._platform.link(link_id) or self._link
        super().prepare_launch(preflight_response)
        kind = {f"{CLAIM}message_type": "LtiSubmissionReviewRequest", f"{CLAIM}for_user": {"user_id": learner}}
        self.set_extra_claims(kind)


def groups_claim(config: Config) -> dict[str, Any]:
    """Say where the course's groups are (Course Groups 1.0, 3.1)."""
    return {
        "scope": ["https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"],
        "context_groups_url": f"{config.url}/lti/groups",
        "context_group_sets_url": f"{config.url}/lti/group-sets",
        "service_versions": ["1.0"],
    }


def registration_of(config: Config, private_pem: str) -> Registration:
    """Return the tool's registration at this LMS."""
    registration = Registration()
    registration.set_iss(config.url).set_client_id(config.client_id).set_deployment_id(config.deployment_id)
    registration.set_oidc_login_url(config.login_url).set_launch_url(config.launch_url)
    registration.set_platform_private_key(private_pem).set_platform_public_key(public_pem(private_pem))
    registration.set_tool_key_set_url(f"{config.tool_url}/lti/keys")
    return registration


class Platform:
    """The LMS without its web pages: begins logins, answers authorisations, and signs whatever a test wants."""

    def __init__(self, config: Config, state: State) -> None:
        self.config = config
        self.state = state
        self.enrolments = Enrolments(config)
        self.may_create = True
        """Whether tools may make and change line items."""
        self.page_size: int | None = None
        """How many line items or results one answer holds."""
        self.moods: list[tuple[int, dict[str, str]]] = []
        """What the next requests to the gradebook are answered with: status and headers."""
        self.token_requests: list[dict[str, str]] = []
        """The forms by which tools asked for tokens."""
        for link in config.links:
            state.seed_line_item(LineItem(link.id, link.title, 100, link.id, None, None))

    def conf(self) -> LmsConf:
        """Return the library's view, new for each request: it remembers the tool's keys for ever."""
        return LmsConf(self.config, self.state)

    @property
    def links(self) -> list[Link]:
        """The course's links: those it began with, and those placed since."""
        return [*self.config.links, *self.state.placed()]

    def link(self, link_id: str) -> Link | None:
        """Return what can be launched under this id."""
        if link_id.startswith((CHOICE, REVIEW)):
            return Link(link_id, "", {})
        return next((link for link in self.links if link.id == link_id), None)

    def choice(self) -> Link:
        """Begin a choice of content; launch what is returned."""
        return Link(f"{CHOICE}{self.state.begin_choice()}", "Inhalt auswählen", {})

    def review(self, link: Link, learner: User) -> Link:
        """Return what is launched to look at a learner's work."""
        return Link(f"{REVIEW}{learner.id}:{link.id}", link.title, dict(link.custom))

    def _message(self, request: Request, user: User, link: Link) -> LmsLaunch:
        kinds = {CHOICE: LmsChoice, REVIEW: LmsReview}
        kind = next((made for prefix, made in kinds.items() if link.id.startswith(prefix)), LmsLaunch)
        return kind(request, self, user, link)

    def key_set(self) -> dict[str, Any]:
        return dict(self.conf().get_jwks())

    def login_fields(self, user: User, link: Link) -> dict[str, str]:
        """Return what is posted to the tool's login address."""
        login = LmsLogin(None, self.conf())
        login.set_lti_message_hint(hint=self.state.begin_launch(user.id, link.id))
        fields: dict[str, str] = login.initiate_login(user.id)
        return fields

    def claims(self, user: User, link: Link, nonce: str, *, at: int | None = None) -> dict[str, Any]:
        """Return the body of an id_token, for a test to change before it is signed."""
        launch = self._message(LmsRequest({}), user, link)
        launch.prepare_launch({})
        issued = int(time.time()) if at is None else at
        return {**launch.get_launch_message(), "nonce": nonce, "iat": issued, "exp": issued + 60}

    def sign(self, body: Mapping[str, Any], *, pem: str | None = None, **header: Any) -> str:
        """Sign with our key, or with ``pem``; the header says our key's id unless it is given."""
        registration = self.conf().get_registration()
        headers = {"kid": registration.get_kid(), **header}
        return jwt.encode(
            dict(body),
            private_key(pem or self.state.private_pem()),
            algorithm="RS256",
            headers={name: value for name, value in headers.items() if value is not None},
        )

    def authorise(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Answer an authorisation request: the form to post to the tool.

        Raises ValueError for a request that a platform must not answer (LTI Security Framework, 5.1.1.2).
        """
        expected = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.config.client_id,
            "redirect_uri": self.config.launch_url,
        }
        wrong = [name for name, value in expected.items() if parameters.get(name) != value]
        taken = self.state.take_launch(parameters.get("lti_message_hint", ""))
        if wrong or taken is None:
            message = f"wrong: {', '.join(wrong) or 'lti_message_hint (used or unknown)'}"
            raise ValueError(message)
        user, link = self.config.user(taken[0]), self.link(taken[1])
        if user is None or link is None or parameters.get("login_hint") != user.id:
            message = "wrong: login_hint"
            raise ValueError(message)
        request = LmsRequest({"get_data": dict(parameters), "form_data": {}})
        form: dict[str, Any] = self._message(request, user, link).lti_launch()
        return form

"""Dynamic registration as Moodle does it (mod/lti, 4.5): answers 200, knows its token once, wants a matching domain.

`RegistrationDesk` stands alone or is mounted on the LMS; tests bend what it says.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Flask, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

RECORDED = Path(__file__).parents[1] / "data/moodle/recorded/lti"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


def recorded_configuration(url: str) -> dict[str, Any]:
    """Return what a real Moodle says of itself, as if it stood at ``url``."""
    text = (RECORDED / "openid_configuration.json").read_text()
    configuration: dict[str, Any] = json.loads(text.replace("http://127.0.0.1:8090", url))
    return configuration


@dataclass
class RegistrationDesk:
    """Where a tool registers itself. ``received`` are the registrations that came, ``tokens`` those not used yet."""

    url: str
    configuration: dict[str, Any]
    client_id: str = ""
    """Empty: a new one for each registration."""
    deployment_id: str | None = "1"
    status: int = 200
    answers: Callable[[dict[str, Any]], Any] = lambda answer: answer
    """Bends the answer to a registration."""
    tokens: set[str] = field(default_factory=set)
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def invitation(self) -> dict[str, str]:
        """Return what the LMS adds to the tool's registration address."""
        token = uuid4().hex
        self.tokens.add(token)
        return {"openid_configuration": f"{self.url}/lti/openid-configuration", "registration_token": token}

    def register(self, token: str, wish: dict[str, Any]) -> tuple[Any, int]:
        """Answer a registration (openid-registration.php, registration_helper.php)."""
        if token not in self.tokens:
            return {"error": "token_already_used"}, 401
        tool = wish[TOOL]
        if tool["domain"] != urlsplit(tool["target_link_uri"]).netloc:
            return {"error": "invalid_target_link_uri"}, 400
        if self.status not in {200, 201}:
            return {"error": "invalid_client_metadata"}, self.status
        self.tokens.discard(token)
        self.received.append(wish)
        told = {"deployment_id": self.deployment_id} if self.deployment_id else {}
        choose = [item for item in tool["messages"] if item["type"] == "LtiDeepLinkingRequest"]
        answer = {**wish, "client_id": self.client_id or uuid4().hex, TOOL: {**tool, "messages": choose, **told}}
        return self.answers(answer), self.status


def add_routes(app: Flask, desk: RegistrationDesk) -> None:
    """Mount the desk."""

    @app.before_request
    def note() -> None:
        desk.paths.append(request.path)

    @app.get("/lti/openid-configuration")
    def configuration() -> AnyResponse:
        return jsonify(desk.configuration)

    @app.post("/lti/registration")
    def register() -> AnyResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        answer, status = desk.register(token, request.get_json())
        return make_response(answer if isinstance(answer, str) else jsonify(answer), status)

    @app.get("/lti/registration/start")
    def start() -> AnyResponse:
        """Send the administrator's browser to the tool."""
        return redirect(f"{request.args['url']}?{urlencode(desk.invitation())}")


def desk_of(url: str, **options: Any) -> RegistrationDesk:
    """Return the desk of an LMS whose endpoints are those of the demo LMS."""
    own = {
        "issuer": url,
        "authorization_endpoint": f"{url}/lti/auth",
        "token_endpoint": f"{url}/lti/token",
        "jwks_uri": f"{url}/lti/keys",
        "registration_endpoint": f"{url}/lti/registration",
    }
    return RegistrationDesk(url, recorded_configuration(url) | own, **options)

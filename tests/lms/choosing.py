"""Choosing content in the tool's own dialog (LTI Deep Linking 2.0), and looking at a learner's work there.

The library makes the request's claim. It looks at neither audience nor nonce nor time of the answer, so the answer is
read here, by PyJWT and the standard's text (4.5; Security Framework 1.0, 5.2.2 and 5.2.3).
"""

from typing import Any

import jwt
import requests
from flask import Flask, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tests.lms.config import Config, Link
from tests.lms.platform import CLAIM, Platform
from tests.lms.state import LineItem

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
TIMEOUT = 10


class BadAnswerError(Exception):
    """The answer isn't one that a platform may take; the text says why."""


def read_answer(platform: Platform, token: str) -> dict[str, Any]:
    """Return the body of the tool's answer. Raises BadAnswerError unless it is genuine, ours, in time and new."""
    config = platform.config
    try:
        body: dict[str, Any] = jwt.decode(
            token,
            _key(config, token),
            algorithms=["RS256"],
            audience=config.url,
            issuer=config.client_id,
            options={"require": ["iss", "aud", "exp", "iat", "nonce"]},
        )
    except (jwt.InvalidTokenError, jwt.PyJWKError, KeyError, requests.RequestException) as error:
        message = f"not the tool's answer: {type(error).__name__}"
        raise BadAnswerError(message) from error
    expected = {
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": config.deployment_id,
    }
    wrong = [name for name, value in expected.items() if body.get(name) != value]
    if wrong or body["exp"] - body["iat"] > 600:
        message = f"wrong: {', '.join(wrong) or 'exp'}"
        raise BadAnswerError(message)
    _check_items(config, body.get(f"{DL}content_items", []))
    choice = body.get(f"{DL}data")
    if not isinstance(choice, str) or not platform.state.is_choice(choice):
        message = "data isn't what was sent"
        raise BadAnswerError(message)
    if not platform.state.is_new_assertion(f"answer/{body['nonce']}"):
        message = "this choice has arrived already"
        raise BadAnswerError(message)
    return body


def _key(config: Config, token: str) -> jwt.PyJWK:
    """Fetch the tool's key set and return the key that the answer names."""
    with requests.Session() as session:
        session.trust_env = False
        keys = jwt.PyJWKSet.from_dict(session.get(f"{config.tool_url}/lti/keys", timeout=TIMEOUT).json())
    return keys[jwt.get_unverified_header(token)["kid"]]


def _check_items(config: Config, items: Any) -> None:
    fits = isinstance(items, list) and all(
        isinstance(item, dict)
        and item.get("type") == "ltiResourceLink"
        and str(item.get("url", config.launch_url)).startswith(f"{config.tool_url}/")
        for item in items
    )
    if not fits:
        message = "content_items isn't what was asked for"
        raise BadAnswerError(message)


def place(platform: Platform, choice: str) -> list[Link]:
    """Add the chosen links to the course, each with its column; doing it again adds nothing."""
    links = []
    for item in platform.state.take_choice(choice):
        link = platform.state.add_link(item)
        links.append(link)
        asked = item.get("lineItem")
        if asked:
            label = asked.get("label") or link.title
            column = LineItem(link.id, label, asked["scoreMaximum"], link.id, asked.get("resourceId"), asked.get("tag"))
            platform.state.put_line_item(column)
    return links


def add_routes(app: Flask, platform: Platform) -> None:
    """Serve the address that answers come to, and the button that takes them into the course."""
    config = platform.config

    @app.post("/lti/deep-linking")
    def answer() -> str | tuple[str, int]:
        try:
            body = read_answer(platform, request.form.get("JWT", ""))
        except BadAnswerError as error:
            return render_template("error.html", config=config, message=str(error)), 400
        items, choice = body.get(f"{DL}content_items", []), body[f"{DL}data"]
        platform.state.keep_choice(choice, items)
        said = body.get(f"{DL}errormsg") or body.get(f"{DL}msg", "")
        return render_template("chosen.html", config=config, items=items, choice=choice, said=said)

    @app.post("/auswahl/<choice>")
    def take(choice: str) -> AnyResponse:
        if not platform.state.is_choice(choice):
            abort(404)
        place(platform, choice)
        return redirect("/")

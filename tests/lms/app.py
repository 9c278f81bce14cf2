"""The LMS's web application: course, roster, gradebook, and the endpoints of an LTI 1.3 platform.

Run it with ``python -m tests.lms.app``; the README of this folder says how.
"""

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jwt
from flask import Flask, Response, abort, jsonify, make_response, redirect, render_template, request
from lti1p3platform.exceptions import LtiException, MissingRequiredClaim, UnsupportedGrantType
from werkzeug.serving import run_simple
from werkzeug.wrappers import Response as AnyResponse

from tests.lms import choosing, registration, rosters, services
from tests.lms.config import Config, Link, User
from tests.lms.platform import Platform
from tests.lms.registration import RegistrationDesk
from tests.lms.state import State

USER_COOKIE = "lernportal_user"


def create_lms(platform: Platform, *, kill_file: Path | None = None, desk: RegistrationDesk | None = None) -> Flask:
    """Return the application of an LMS; it registers tools at a desk of its own, or at ``desk``."""
    app = Flask(__name__)
    _pages(app, platform)
    _launches(app, platform)
    _protocol(app, platform)
    services.add_routes(app, platform, kill_file)
    rosters.add_routes(app, platform)
    choosing.add_routes(app, platform)
    registration.add_routes(app, desk or _desk(platform.config))
    _api(app, platform)
    return app


def _desk(config: Config) -> RegistrationDesk:
    return registration.desk_of(config.url, client_id=config.client_id, deployment_id=config.deployment_id)


def _current_user(config: Config) -> User:
    return config.user(request.cookies.get(USER_COOKIE, "")) or config.users[0]


def _page(platform: Platform, template: str, **values: Any) -> str:
    return render_template(template, config=platform.config, user=_current_user(platform.config), **values)


def _pages(app: Flask, platform: Platform) -> None:
    config = platform.config

    @app.get("/")
    def course() -> str:
        return _page(platform, "course.html", links=platform.links)

    @app.post("/benutzer")
    def switch_user() -> AnyResponse:
        chosen = config.user(request.form["user"]) or abort(404)
        answer = make_response(redirect("/"))
        answer.set_cookie(USER_COOKIE, chosen.id, httponly=True, samesite="Lax")
        return answer

    @app.get("/teilnehmende")
    def roster() -> str:
        return _page(platform, "roster.html", enrolments=platform.enrolments)

    @app.get("/bewertungen")
    def gradebook() -> str:
        cells = {(cell.user, cell.link): cell for cell in platform.state.gradebook()}
        return _page(platform, "gradebook.html", cells=cells, columns=platform.state.line_items())


def _launches(app: Flask, platform: Platform) -> None:
    """Serve the pages that open the tool: a link, the choice of content, a learner's work."""

    def launched(link: Link, *, new_window: bool = False) -> str:
        fields = platform.login_fields(_current_user(platform.config), link)
        return _page(platform, "link.html", link=link, fields=fields, new_window=new_window)

    @app.get("/link/<link_id>")
    def link(link_id: str) -> str:
        return launched(platform.link(link_id) or abort(404), new_window="fenster" in request.args)

    @app.get("/auswahl")
    def choose() -> str:
        return launched(platform.choice())

    @app.get("/arbeit/<link_id>/<user_id>")
    def review(link_id: str, user_id: str) -> str:
        learner = platform.config.user(user_id) or abort(404)
        return launched(platform.review(platform.link(link_id) or abort(404), learner))


def _protocol(app: Flask, platform: Platform) -> None:
    @app.route("/lti/auth", methods=["GET", "POST"])
    def authorise() -> str | tuple[str, int]:
        try:
            form = platform.authorise(request.values.to_dict())
        except ValueError as error:
            return render_template("error.html", config=platform.config, message=str(error)), 400
        return render_template("authorised.html", form=form)

    @app.get("/lti/keys")
    def keys() -> Response:
        return jsonify(platform.key_set())

    @app.post("/lti/token")
    def token() -> tuple[Response, int]:
        platform.token_requests.append(request.form.to_dict())
        try:
            return jsonify(platform.conf().get_access_token(request.form.to_dict())), 200
        except (LtiException, MissingRequiredClaim, UnsupportedGrantType, jwt.InvalidTokenError, KeyError) as error:
            return jsonify({"error": "invalid_client", "error_description": type(error).__name__}), 400


def _api(app: Flask, platform: Platform) -> None:
    config = platform.config

    @app.get("/api/registration")
    def registration() -> dict[str, str]:
        return registration_values(config)

    @app.get("/api/gradebook")
    def gradebook_values() -> list[dict[str, Any]]:
        return [asdict(cell) for cell in platform.state.gradebook()]

    @app.post("/api/gradebook")
    def change_grade() -> tuple[str, int]:
        item, user, score = request.form["line_item"], request.form["user"], float(request.form["score"])
        platform.state.set_grade(item, user, score, 100)
        return "", 204

    @app.post("/api/launch")
    def launch() -> dict[str, Any]:
        user = config.user(request.args.get("user", "")) or abort(404)
        link = platform.link(request.args.get("link", "")) or abort(404)
        return {"url": config.login_url, "fields": platform.login_fields(user, link)}


def registration_values(config: Config) -> dict[str, str]:
    """Return what an administrator copies into the tool."""
    return {
        "issuer": config.url,
        "client_id": config.client_id,
        "deployment_id": config.deployment_id,
        "auth_login_url": config.auth_url,
        "auth_token_url": config.token_url,
        "key_set_url": config.key_set_url,
    }


def main() -> None:
    """Serve the LMS until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.lms.app")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tool-url", required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--state", type=Path, help="SQLite file; a new temporary one if not given")
    parser.add_argument("--on-score-kill", type=Path, metavar="PIDFILE")
    given = parser.parse_args()
    config = Config.read(given.config, url=f"http://127.0.0.1:{given.port}", tool_url=given.tool_url)
    state = State(given.state or Path(tempfile.mkdtemp(prefix="lernportal-")) / "state.sqlite")
    app = create_lms(Platform(config, state), kill_file=given.on_score_kill)
    print(f"{config.course_title}: {config.url}", flush=True)
    run_simple("127.0.0.1", given.port, app, threaded=True)


if __name__ == "__main__":
    main()

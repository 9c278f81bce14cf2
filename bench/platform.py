"""An LMS as a benchmark needs it: keys that are served by another process, logins, and signed answers to them."""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from lti_tool.launch import claims
from lti_tool.launch.known import UNIT_PARAMETER

ISSUER, CLIENT, DEPLOYMENT, KID = "https://lms.example", "bench", "1", "bench-key"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = PRIVATE.public_key()


def key_set() -> dict[str, Any]:
    """Return the platform's key set."""
    key = json.loads(RSAAlgorithm.to_jwk(PUBLIC))
    return {"keys": [{**key, "kid": KID, "alg": "RS256", "use": "sig"}]}


def public_pem() -> str:
    """Return the platform's public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return PUBLIC.public_bytes(serialization.Encoding.PEM, form).decode()


def _serve(body: bytes, port: Any) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


@contextmanager
def served_keys() -> Iterator[str]:
    """Serve the key set from another process, whose CPU is then nobody's; give its address."""
    context = multiprocessing.get_context("spawn")
    port: Any = context.Queue()
    process = context.Process(target=_serve, args=(json.dumps(key_set()).encode(), port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=20)}/keys"
    finally:
        process.terminate()
        process.join()


def login_fields(target: str) -> dict[str, str]:
    """Return what the platform posts to begin a login."""
    return {"iss": ISSUER, "client_id": CLIENT, "login_hint": "7", "target_link_uri": target}


def answer(location: str, *, target: str, unit: str, now: datetime) -> dict[str, str]:
    """Return the form that answers the authorisation request of a redirect, as Moodle would fill it."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    issued = int(now.timestamp())
    body = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "7",
        "iat": issued,
        "exp": issued + 60,
        "nonce": asked["nonce"],
        "name": "Aylin Kaya",
        "given_name": "Aylin",
        "family_name": "Kaya",
        "email": "kaya@example.org",
        claims.VERSION: "1.3.0",
        claims.MESSAGE_TYPE: claims.RESOURCE_LINK_REQUEST,
        claims.DEPLOYMENT_ID: DEPLOYMENT,
        claims.TARGET_LINK_URI: target,
        claims.RESOURCE_LINK: {"id": "4711", "title": "OZG Grundlagen"},
        claims.ROLES: [f"{claims.CONTEXT_ROLE}#Learner"],
        claims.CONTEXT: {"id": "kurs-1", "label": "DV1", "title": "Digitale Verwaltung", "type": ["CourseSection"]},
        claims.CUSTOM: {UNIT_PARAMETER: unit},
        claims.LAUNCH_PRESENTATION: {"locale": "de", "document_target": "iframe", "return_url": f"{ISSUER}/course/1"},
        claims.AGS_ENDPOINT: {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitems": f"{ISSUER}/lineitems?type_id=1",
            "lineitem": f"{ISSUER}/lineitems/1?type_id=1",
        },
    }
    token = jwt.encode(body, PRIVATE, algorithm="RS256", headers={"kid": KID})
    return {"state": asked["state"], "id_token": token}

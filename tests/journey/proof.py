"""What the journey asks of others: the foreign verifier about a credential, Poppler about a paper."""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from tests.journey.browser import Browser, UnexpectedError
from tests.oracles import node


def fetch_json(browser: Browser, url: str) -> dict[str, Any]:
    """Load a JSON document, as anybody can."""
    answer = browser.request("GET", url, headers={"Accept": "application/json, application/vc, */*"})
    if answer.status_code != requests.codes.ok:
        raise UnexpectedError(f"{url} answers {answer.status_code}")
    document: dict[str, Any] = answer.json()
    return document


def foreign_verdict(browser: Browser, credential: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Ask Digital Bazaar's verifier: 0 valid, 1 invalid, 2 revoked; it reads what our server publishes."""
    did_url = did_document_url(credential["issuer"]["id"])
    places = credential["credentialStatus"]
    lists = {place["statusListCredential"] for place in (places if isinstance(places, list) else [places])}
    with TemporaryDirectory() as made:
        folder = Path(made)
        published = [
            argument
            for number, url in enumerate(sorted(lists))
            for argument in ("--status", node.write(folder, f"list-{number}.json", fetch_json(browser, url)))
        ]
        return node.ask(
            "verify.mjs",
            node.write(folder, "credential.json", credential),
            "--did",
            node.write(folder, "did.json", fetch_json(browser, did_url)),
            *published,
        )


def did_document_url(did: str) -> str:
    """Resolve a did:web on loopback: https in the wild, http here (W3C CCG did:web, 3.2)."""
    host, *path = did.removeprefix("did:web:").split(":")
    return "http://" + "/".join([host.replace("%3A", ":"), *path, "did.json"])


def attached_credential(pdf: bytes) -> dict[str, Any] | None:
    """Return the credential that is attached to a paper, taken out by Poppler; None without Poppler."""
    program = shutil.which("pdfdetach")
    if program is None:
        return None
    with TemporaryDirectory() as made:
        paper, out = Path(made) / "paper.pdf", Path(made) / "credential.json"
        paper.write_bytes(pdf)
        subprocess.run([program, "-save", "1", "-o", str(out), str(paper)], check=True, timeout=60)
        attached: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return attached

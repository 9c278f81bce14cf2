"""What the journey asks of others: foreign verifiers about credentials, papers and transcripts."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from lxml import etree

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


def foreign_verdicts(browser: Browser, files: Mapping[str, bytes]) -> str:
    """Ask a foreign program about each file that has one: jose, xmlsec1 and Poppler, the last two where they are."""
    credential = json.loads(files["json"])
    did = fetch_json(browser, did_document_url(credential["issuer"]["id"]))
    asked = {
        "Digital Bazaar": foreign_verdict(browser, credential)[0] == 0,
        "jose": node.verify_jwt(files["jwt"].decode(), did=did)[0] == 0,
        "pdfsig": _pdfsig_agrees(files["pdf"]),
        "xmlsec1": _xmlsec_agrees(files["xml"]),
    }
    if attached_credential(files["pdf"]) not in (None, credential):
        raise UnexpectedError("the paper has another credential attached")
    if refused := [name for name, verdict in asked.items() if verdict is False]:
        raise UnexpectedError(f"refused by {refused}")
    return f"{', '.join(name for name, verdict in asked.items() if verdict)} agree"


def _pdfsig_agrees(paper: bytes) -> bool | None:
    if shutil.which("pdfsig") is None:
        return None
    with TemporaryDirectory() as made:
        file = Path(made) / "paper.pdf"
        file.write_bytes(paper)
        done = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, check=False, timeout=60)
    return b"Signature is Valid" in done.stdout and b"Total document signed" in done.stdout


def _xmlsec_agrees(transcript: bytes) -> bool | None:
    """Ask xmlsec1 whether the seal holds, by the certificate in the file: whose it is, our check page says."""
    if shutil.which("xmlsec1") is None:
        return None
    certificate = etree.fromstring(transcript).findtext(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    pem = f"-----BEGIN CERTIFICATE-----\n{(certificate or '').strip()}\n-----END CERTIFICATE-----\n"
    with TemporaryDirectory() as made:
        file, seal = Path(made) / "transcript.xml", Path(made) / "seal.pem"
        file.write_bytes(transcript)
        seal.write_text(pem, encoding="ascii")
        command = ["xmlsec1", "--verify", "--trusted-pem", str(seal), str(file)]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


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

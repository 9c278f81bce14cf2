"""A time stamp authority on loopback (RFC 3161), which can be told to answer badly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from tests.seals import named

AT = datetime(2026, 5, 14, 9, 30, 2, tzinfo=UTC)


@dataclass
class Answers:
    """How it answers: ``status`` and ``media`` of HTTP; ``refuse``, ``garble``, ``replay`` what it has said before."""

    url: str = ""
    status: int = 200
    media: str = "application/timestamp-reply"
    refuse: bool = False
    garble: bytes = b""
    replay: bool = False
    said: list[bytes] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Answers]:
    """Serve until the block ends."""
    answers = Answers()
    key = rsa.generate_private_key(65537, 2048)
    name = named("Zeitstempeldienst")
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, AT - timedelta(1), AT + timedelta(9))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    stamper = DummyTimeStamper(
        translate_pyca_cryptography_cert_to_asn1(certificate),
        translate_pyca_cryptography_key_to_asn1(key),
        fixed_dt=AT,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            body = stamper.request_tsa_response(question).dump()
            if answers.refuse:
                body = tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
            if answers.replay:
                body = answers.said[0]
            answers.said.append(body)
            self.send_response(answers.status)
            self.send_header("Content-Type", answers.media)
            self.end_headers()
            self.wfile.write(answers.garble or body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()

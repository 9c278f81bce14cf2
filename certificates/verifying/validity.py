"""From when until when a credential is valid (VCDM 2.0, 4.9). Pure."""

from datetime import datetime
from typing import Any

from certificates.verifying.report import Finding, Json, Part, failed, ok
from certificates.verifying.structure import parse_instant

NAMES = (("validFrom", "validUntil"), ("issuanceDate", "expirationDate"))
"""Of VCDM 2.0, and of VCDM 1.1: what has expired has expired, in whatever form."""


def check(document: Json, *, now: datetime, old: bool = False) -> Finding:
    """Say whether ``now`` lies in the time of the credential; ``old`` reads the names of VCDM 1.1."""
    first, last = NAMES[old]
    start, end = document.get(first), document.get(last)
    begins, ends = parse_instant(start), parse_instant(end)
    if begins is None or (last in document and ends is None):
        return failed(Part.VALIDITY, "unreadable")
    if now < begins:
        return failed(Part.VALIDITY, "not_yet")
    if ends is not None and now >= ends:
        return failed(Part.VALIDITY, "expired")
    return ok(Part.VALIDITY)


def is_current(document: Any, *, now: datetime) -> bool:
    """Say whether a status list may be used at ``now``."""
    return check(document, now=now).code == "validity.ok"

"""Whether a credential was revoked or suspended (W3C Bitstring Status List 1.0, 3.2).

A list counts only if it proves to be this issuer's, current and for the same purpose; else nothing is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certificates import status_list
from certificates.errors import UnsafeDocumentError
from certificates.verifying import forms, proofs, tokens, validity
from certificates.verifying.forms import Presented
from certificates.verifying.graphs import Effort, TooIntricateError
from certificates.verifying.issuers import Resolve, issuer_id
from certificates.verifying.report import Finding, Json, Part, Verdict, failed, gravity, ok, unknown

ENTRY = "BitstringStatusListEntry"
PURPOSES = ("revocation", "suspension")
REVOKED = "status.revocation"
MAX_ENTRIES = 4
LIST_EFFORT = 100
"""For unpacking a list, of up to a megabyte."""

FetchList = Callable[[str], bytes | str | None]
"""From a list's address to what is there: JSON with a proof or a JWT; None when it can't be had."""


def check(credential: Json, resolve: Resolve, fetch: FetchList, effort: Effort, *, now: datetime) -> Finding:
    """Look at every entry; the worst is said: revoked, else suspended, else unknown."""
    written = credential.get("credentialStatus")
    entries = written if isinstance(written, list) else [written]
    if written in (None, []):
        return ok(Part.STATUS, "none")
    if len(entries) > MAX_ENTRIES:
        return unknown(Part.STATUS, "too_many")
    return min((_entry(item, credential, _Lists(resolve, fetch, effort), now) for item in entries), key=_rank)


def _rank(finding: Finding) -> tuple[int, bool]:
    return gravity(finding), finding.code != REVOKED


@dataclass(frozen=True, slots=True)
class _Lists:
    """Where lists and their keys come from, and what may be computed."""

    resolve: Resolve
    fetch: FetchList
    effort: Effort


def _entry(entry: Any, credential: Json, lists: _Lists, now: datetime) -> Finding:
    if not isinstance(entry, dict) or entry.get("type") != ENTRY or entry.get("statusSize", 1) != 1:
        return unknown(Part.STATUS, "unsupported_form")
    if entry.get("statusPurpose") not in PURPOSES:
        return unknown(Part.STATUS, "unsupported_purpose")
    address = entry.get("statusListCredential")
    text = lists.fetch(address) if isinstance(address, str) else None
    if text is None:
        return unknown(Part.STATUS, "unresolved")
    try:
        lists.effort.spend(LIST_EFFORT)
        return _look_up(entry, credential, forms.read(text), lists, now)
    except TooIntricateError:
        return unknown(Part.STATUS, "too_many")
    except UnsafeDocumentError:
        return unknown(Part.STATUS, "list_damaged")


def _look_up(entry: Json, credential: Json, presented: Presented, lists: _Lists, now: datetime) -> Finding:
    listed = presented.content
    subject = listed.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("type") not in ("BitstringStatusList", ["BitstringStatusList"]):
        raise UnsafeDocumentError("no status list")
    if issuer_id(listed) != issuer_id(credential) or listed.get("id") != entry["statusListCredential"]:
        return unknown(Part.STATUS, "foreign_list")
    purposes = subject.get("statusPurpose")
    if entry["statusPurpose"] not in (purposes if isinstance(purposes, list) else [purposes]):
        return unknown(Part.STATUS, "other_purpose")
    if not _is_genuine(presented, lists, now):
        return unknown(Part.STATUS, "list_not_genuine")
    if not validity.is_current(listed, now=now):
        return unknown(Part.STATUS, "list_outdated")
    return _bit(entry, str(subject.get("encodedList")))


def _bit(entry: Json, encoded: str) -> Finding:
    if status_list.is_set(status_list.decode(encoded), status_list.place(entry)):
        return failed(Part.STATUS, entry["statusPurpose"])
    return ok(Part.STATUS)


def _is_genuine(presented: Presented, lists: _Lists, now: datetime) -> bool:
    token, listed = presented.token, presented.content
    found = (
        tokens.check(token, listed, lists.resolve, now=now)
        if token
        else proofs.check(listed, lists.resolve, lists.effort, now=now)
    )
    # A did:key's list is signed by the very key that signed the credential: that suffices here.
    return found.integrity.verdict is Verdict.OK and found.issuer.verdict is not Verdict.FAILED

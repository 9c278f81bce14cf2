"""Is a credential genuine, current and whole? Part by part, with a reason code for each answer.

Pure but for what the sources do: they turn an issuer's id into its document, and a status list's address into the
list. A part that could not be looked at is "unknown", never "ok". Nothing here raises for a bad credential.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from certificates.verifying import endorsements, forms, proofs, status, structure, tokens, validity
from certificates.verifying.endorsements import Endorsed
from certificates.verifying.forms import Presented
from certificates.verifying.graphs import Effort
from certificates.verifying.issuers import Resolve, issuer_id
from certificates.verifying.proofs import Secured
from certificates.verifying.report import Finding, Form, Json, Known, Part, Report, Verdict, failed, ok, unknown
from certificates.verifying.status import REVOKED, FetchList

VCDM_1 = "https://www.w3.org/2018/credentials/v1"
MAX_NESTING = 2
"""Endorsements of endorsements of a credential; deeper ones are not looked at."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where documents come from while one credential is checked."""

    issuer: Resolve
    status_list: FetchList
    elmo: Callable[[bytes], Report] = lambda _document: unreadable(Form.ELMO, "unsupported_form")
    """Checks an ELMO document, with what is known of our own seals and awards."""
    is_suspended: Callable[[str], bool] = lambda _identifier: False
    """Says of a credential of ours, by its id, that it was suspended, not revoked: its one list can't tell."""
    lies_with_us: Callable[[str], bool] = lambda _identifier: False
    """Says of an address or a DID that only this installation can have given it."""
    effort: Effort = field(default_factory=Effort)
    """What may be computed; ``verify`` and ``verify_all`` begin anew."""


def verify(presented: bytes | str | Mapping[str, Any], sources: Sources, *, now: datetime) -> Report:
    """Look at each part of a credential as it is at ``now``: its JSON or JWT as text, or its JSON object."""
    (report,) = verify_all([presented], sources, now=now)
    return report


def verify_all(
    presented: Iterable[bytes | str | Mapping[str, Any]], sources: Sources, *, now: datetime
) -> tuple[Report, ...]:
    """Verify what was handed in together: it shares what may be computed."""
    sources = replace(sources, effort=Effort())
    return tuple(_report(_read(one), sources, now, nesting=0) for one in presented)


def _read(presented: bytes | str | Mapping[str, Any]) -> Presented:
    if isinstance(presented, bytes | str):
        return forms.read(presented)
    content = dict(presented)
    problem = None if forms.within_limits(content) else "too_large"
    return Presented(Form.JSON, {} if problem else content, problem=problem)


def unreadable(form: Form, reason: str) -> Report:
    """Return the report on what could not even be read."""
    others = tuple(unknown(part, "not_looked_at") for part in Part if part is not Part.STRUCTURE)
    return Report((failed(Part.STRUCTURE, reason), *others), form)


def _report(presented: Presented, sources: Sources, now: datetime, *, nesting: int) -> Report:
    if presented.problem:
        return unreadable(presented.form, presented.problem)
    content, token = presented.content, presented.token
    if is_old(presented):
        return _old(presented, now)
    secured = (
        tokens.check(token, content, sources.issuer, now=now)
        if token
        else proofs.check(content, sources.issuer, sources.effort, now=now)
    )
    return Report(
        (
            _structure(content),
            _issuer(content, secured, sources),
            secured.integrity,
            _status(content, sources, now),
            validity.check(content, now=now),
        ),
        presented.form,
        content,
        secured.known,
        _endorsements(content, sources, now, nesting),
    )


def _issuer(content: Json, secured: Secured, sources: Sources) -> Finding:
    """Refuse a stranger's credential under an address of ours: whoever reads the address would take it for ours."""
    found, identifier = secured.issuer, content.get("id")
    if found.verdict is Verdict.FAILED or not isinstance(identifier, str) or not sources.lies_with_us(identifier):
        return found
    may_be_ours = secured.known is Known.NOT and sources.lies_with_us(issuer_id(content) or "")
    return found if secured.known is Known.OURS or may_be_ours else failed(Part.ISSUER, "borrowed_address")


def _status(content: Json, sources: Sources, now: datetime) -> Finding:
    found = status.check(content, sources.issuer, sources.status_list, sources.effort, now=now)
    if found.code == REVOKED and sources.is_suspended(str(content.get("id"))):
        return failed(Part.STATUS, "suspension")
    return found


def _structure(content: Json) -> Finding:
    found = structure.problems(content)
    return Finding(Part.STRUCTURE, Verdict.FAILED, found[0]) if found else ok(Part.STRUCTURE)


def is_old(presented: Presented) -> bool:
    """Say whether this is VCDM 1.1, whose proofs are not supported here: never valid, but read."""
    contexts = presented.content.get("@context")
    names_it = contexts == VCDM_1 or (isinstance(contexts, list) and VCDM_1 in contexts)
    return names_it or (presented.token is not None and "vc" in presented.token.payload)


def _old(presented: Presented, now: datetime) -> Report:
    """Say only when it was valid; and that it is not signed at all, if so."""
    signed = presented.token is not None or presented.content.get("proof") not in (None, [])
    integrity = unknown(Part.INTEGRITY, "unsupported_form") if signed else failed(Part.INTEGRITY, "no_proof")
    return Report(
        (
            unknown(Part.STRUCTURE, "unsupported_form"),
            unknown(Part.ISSUER, "unsupported_form"),
            integrity,
            unknown(Part.STATUS, "unsupported_form")
            if "credentialStatus" in presented.content
            else ok(Part.STATUS, "none"),
            validity.check(presented.content, now=now, old=True),
        ),
        presented.form,
        presented.content,
    )


def _endorsements(content: Json, sources: Sources, now: datetime, nesting: int) -> tuple[Report, ...]:
    found = list(endorsements.found_in(content))
    if not found or nesting >= MAX_NESTING:
        return ()
    about = Endorsed(content, sources.effort)
    return tuple(
        _endorsement(item, about, sources, now, nesting + 1) for item in found[: endorsements.MAX_ENDORSEMENTS]
    )


def _endorsement(item: Any, about: Endorsed, sources: Sources, now: datetime, nesting: int) -> Report:
    if isinstance(item, dict):
        report = _report(Presented(Form.JSON, item), sources, now, nesting=nesting)
    elif isinstance(item, str):
        report = _report(forms.read(item), sources, now, nesting=nesting)
    else:
        return unreadable(Form.NONE, "unreadable")
    if report.of(Part.STRUCTURE).code != "structure.ok":
        return report
    if "EndorsementCredential" not in report.content["type"]:
        return _with_structure(report, "no_endorsement")
    problem = about.problem(report.content, by_ours=report.known is Known.OURS)
    return _with_structure(report, problem) if problem else report


def _with_structure(report: Report, reason: str) -> Report:
    others = tuple(finding for finding in report.findings if finding.part is not Part.STRUCTURE)
    return replace(report, findings=(failed(Part.STRUCTURE, reason), *others))

"""Verifying credentials, ours and others': forms read, and findings part by part."""

from certificates.verifying.check import Sources, unreadable, verify
from certificates.verifying.issuers import Found, issuer_id
from certificates.verifying.report import Finding, Form, Known, Part, Report, Verdict

__all__ = [
    "Finding",
    "Form",
    "Found",
    "Known",
    "Part",
    "Report",
    "Sources",
    "Verdict",
    "issuer_id",
    "unreadable",
    "verify",
]

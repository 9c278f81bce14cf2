"""Whether a document is the award under whose number it lies here. Pure.

A genuine credential in the wrong place says nothing about the certificate whose number was asked for.
"""

from dataclasses import replace

from certificates.verifying.issuers import issuer_id
from certificates.verifying.report import Part, Report, failed


def bound(report: Report, *, identifier: str, issuer: str) -> Report:
    """Add whether the document is the one of the address ``identifier`` and of the award's ``issuer`` (its DID)."""
    wrong = []
    document = report.content
    if not document:
        wrong.append(failed(Part.STRUCTURE, "damaged"))
    elif document.get("id") != identifier:
        wrong.append(failed(Part.STRUCTURE, "foreign_id"))
    if document and issuer_id(document) != issuer:
        wrong.append(failed(Part.ISSUER, "foreign"))
    replaced = {finding.part: finding for finding in wrong}
    return replace(report, findings=tuple(replaced.get(finding.part, finding) for finding in report.findings))

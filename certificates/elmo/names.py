"""Names that writing and reading ELMO share."""

NAMESPACE = "https://github.com/emrex-eu/elmo-schemas/tree/v1"
"""Of all versions 1.x of the schema."""
SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SIGNATURE = f"{{{SIGNATURES}}}Signature"

DID = "did"
"""Type of an issuer's identifier: its DID. Types beyond the schema's own are free (``identifier/@type``)."""
AWARD = "award"
"""Type of an instance's identifier: the public id of our award."""
CREDENTIAL = "openbadges-credential"
"""Type of an instance's identifier: the address of the same award as Open Badges 3.0 credential."""
SUPERSEDES = "supersedes"
"""Type of an instance's identifier: the public id of the award that this one corrects."""


def tag(name: str) -> str:
    """Return the element's name with its namespace, as lxml writes it."""
    return f"{{{NAMESPACE}}}{name}"

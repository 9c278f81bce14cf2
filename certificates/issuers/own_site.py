"""A provider's keys on its own web site: a DID document of its own did:web that lists the keys used here. Pure.

Awards name the identifier here; the document at the provider's own domain says that these keys are the provider's
(``alsoKnownAs``, DID Core 1.0, section 5.1.3), to whoever knows the provider by its domain.
"""

import re
from collections.abc import Mapping
from typing import Any

from campus.errors import InvalidInputError

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.ASCII)


def document(served: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return the document served here as that of ``did:web:<host>``. Raises InvalidInputError for no domain's name."""
    if not HOST.fullmatch(host):
        raise InvalidInputError("no name of a domain", field="host")
    ours, own = served["id"], f"did:web:{host}"
    methods = [
        {**method, "id": f"{own}#{method['id'].partition('#')[2]}", "controller": own}
        for method in served["verificationMethod"]
    ]
    return {
        **served,
        "id": own,
        "alsoKnownAs": [ours],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }

"""Our xAPI profile, served where its id and the terms that it defines say: whoever meets one can look it up."""

from flask import Response

from xapi import profile
from xapi.strict_json import dump


def get(public_url: str) -> Response:
    """Answer with the profile document; it needs neither key nor version."""
    return Response(dump(profile.document(public_url)), content_type="application/ld+json")

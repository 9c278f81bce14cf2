"""What this store is: the About resource."""

from flask import Response

from xapi.protocol import json_response
from xapi.strict_json import dump
from xapi.vocabulary import Edition


def get() -> Response:
    """Answer with the versions spoken here; it needs neither key nor version."""
    return json_response(dump({"version": [edition.value for edition in Edition]}))

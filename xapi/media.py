"""Media types (RFC 9110, section 8.3.1)."""

JSON_TYPE = "application/json"


def media_type(header: str) -> str:
    """Return what a header Content-Type names, without its parameters, in lower case."""
    return header.partition(";")[0].strip().lower()

"""Refusals of the record store; each has a stable code."""

from campus.errors import (
    CampusError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    SignInRequiredError,
    TooManyError,
)


class BadRequestError(CampusError):
    """The request can't be used: version, parameters, content type or body."""

    code = "xapi.bad_request"


class TooManyTermsError(BadRequestError):
    """A statement speaks of more agents and activities than it can be found by."""

    code = "xapi.too_many_terms"


class TooManyStatementsError(BadRequestError):
    """A request holds more statements than are stored in one transaction."""

    code = "xapi.too_many_statements"
    status = 413


class BadVersionError(BadRequestError):
    """The header X-Experience-API-Version is missing or names a version that is not spoken here."""

    code = "xapi.bad_version"


class BadJsonError(BadRequestError):
    """The body is no JSON, or JSON that readers understand differently (repeated names, NaN, lone surrogates)."""

    code = "xapi.bad_json"


class BadParameterError(InvalidInputError):
    """A parameter of the address is missing or can't be used; ``field`` names it."""

    code = "xapi.bad_parameter"
    status = 400


class MethodError(CampusError):
    """The resource doesn't know the method, in this edition of the standard."""

    code = "xapi.method"
    status = 405


class InvalidStatementError(InvalidInputError):
    """A statement breaks the standard; ``field`` is a JSON pointer (RFC 6901) that says where."""

    code = "xapi.invalid_statement"
    status = 400

    def __init__(self, pointer: str, rule: str) -> None:
        """Say where, and which rule of the schema or of ours. The value itself stays out: it may be a person's."""
        super().__init__(f"the statement breaks the rule {rule!r}", field=pointer)
        self.rule = rule


class StatementConflictError(ConflictError):
    """Another statement has this id already."""

    code = "xapi.statement_conflict"


class StatementNotFoundError(NotFoundError):
    """There is no such statement, or it isn't this client's to see, or it is void."""

    code = "xapi.statement_not_found"


class PreconditionError(CampusError):
    """The document is not the one that If-Match or If-None-Match speaks of."""

    code = "xapi.precondition"
    status = 412


class DocumentConflictError(ConflictError):
    """The document is there already, and the request doesn't say that it knows it (If-Match)."""

    code = "xapi.document_conflict"


class DocumentNotFoundError(NotFoundError):
    """There is no such document of this client's tenant."""

    code = "xapi.document_not_found"


class BadKeyError(SignInRequiredError):
    """No key was given, or name and secret don't belong together."""

    code = "xapi.bad_key"


class ScopeError(ForbiddenError):
    """The key may not do this."""

    code = "xapi.scope"


class WrongActorError(ForbiddenError):
    """A token of a launch speaks for one person on one way through a unit, and the request for somebody else."""

    code = "xapi.actor"


class TooManyRequestsError(TooManyError):
    """More requests, or tries of secrets, came than are allowed in a minute."""

    code = "xapi.flood"


class KeyNameError(ConflictError):
    """There is a key of this name already, perhaps one that was revoked."""

    code = "xapi.key_name"

"""The Statement resource: storing, reading, asking."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import Response

from xapi import attachments, formats, parameters, query, statements
from xapi.batches import Origin, Sender, prepare
from xapi.clock import caught_up, iso
from xapi.errors import BadRequestError, StatementNotFoundError, TooManyStatementsError
from xapi.keys import Scope
from xapi.parts import Json
from xapi.protocol import Call, Services, json_response
from xapi.query import Row
from xapi.strict_json import dump

CONSISTENT_HEADER = "X-Experience-API-Consistent-Through"
MOST_STATEMENTS = 10_000
"""In one request. They are stored in one transaction, for which all others wait."""
ONE_OF = ("statementId", "voidedStatementId")


def put(call: Call) -> Response:
    """Store the one statement that has the id of the address."""
    call.client.require(Scope.STATEMENTS_WRITE)
    call.only("statementId")
    written_id = call.required("statementId")
    statement_id = parameters.uuid(written_id, "statementId")
    given, contents = attachments.read(call.mimetype, call.headers, call.body)
    if isinstance(given, list):
        raise BadRequestError("PUT sends one statement, not a list")
    statement = statements.check(given, edition=call.edition)
    if statement.setdefault("id", written_id).lower() != statement_id:
        raise BadRequestError("the statement has another id than the parameter statementId")
    _keep(call, {"": statement}, contents)
    return Response(status=204)


def post(call: Call) -> Response:
    """Store one statement or a list; answer with the ids in order."""
    call.client.require(Scope.STATEMENTS_WRITE)
    call.only()
    given, contents = attachments.read(call.mimetype, call.headers, call.body)
    if isinstance(given, list) and len(given) > MOST_STATEMENTS:
        raise TooManyStatementsError(f"a request holds at most {MOST_STATEMENTS} statements")
    places = {f"/{index}": one for index, one in enumerate(given)} if isinstance(given, list) else {"": given}
    checked = {place: statements.check(one, place, edition=call.edition) for place, one in places.items()}
    return json_response(dump(_keep(call, checked, contents)))


def _keep(call: Call, checked: Mapping[str, Json], contents: dict[str, bytes]) -> list[str]:
    """Store statements, which are given by where they stand in the body, and return their ids."""
    for statement in checked.values():
        call.client.require_own_statement(statement)
    attachments.check(checked, contents, edition=call.edition)
    origin = Origin.CLIENT if call.client.actor is None else Origin.LAUNCH
    sender = Sender(origin, call.client.authority, call.client.tenant)
    batch = prepare(list(checked.values()), sender, version=call.edition, contents=contents)
    if batch.prepared:
        call.services.xapi_writer.keep(batch)
    return batch.ids


def get(call: Call) -> Response:
    """Answer with one statement, or with a page of what is asked for."""
    if any(name in call.parameters for name in ONE_OF):
        return _one(call)
    return _several(call)


def tell_consistency(services: Services, response: Response) -> None:
    """Say how far answers go, in a refusal too (1.0.3, communication, 2.1.3)."""
    if CONSISTENT_HEADER not in response.headers:
        with services.database.read(by_index=True) as session:
            through = caught_up(session, services.database, now=services.clock())
        response.headers[CONSISTENT_HEADER] = iso(through)


def _one(call: Call) -> Response:
    """Answer with one statement; beside its id only the form may be asked for."""
    reader = call.client.reader()
    name = next(name for name in ONE_OF if name in call.parameters)
    call.only(name, "format", "attachments")
    statement_id = parameters.uuid(call.parameters[name], name)
    wanted = query.read({key: value for key, value in call.parameters.items() if key != name})
    with call.services.database.read(by_index=True) as session:
        through = caught_up(session, call.services.database, now=call.services.clock())
        found = query.one(session, statement_id, reader, voided=name == "voidedStatementId")
        if found is None:
            raise StatementNotFoundError("there is no such statement")
        rows = [Row(found.id, found.tenant, found.body)]
        (body,) = formats.write(session, rows, wanted.form, call.headers.get("Accept-Language"))
        stored = attachments.of_rows(session, rows) if wanted.attachments else None
    response = json_response(body) if stored is None else attachments.multipart(call.services.database, body, stored)
    response.headers[CONSISTENT_HEADER] = iso(through)
    response.last_modified = found.stored
    return response


def _several(call: Call) -> Response:
    reader = call.client.reader()
    wanted = query.read(call.parameters)
    with call.services.database.read(by_index=True) as session:
        through = caught_up(session, call.services.database, now=call.services.clock())
        found = query.rows(session, wanted, reader)
        shown = found[: wanted.limit]
        bodies = formats.write(session, shown, wanted.form, call.headers.get("Accept-Language"))
        stored = attachments.of_rows(session, shown) if wanted.attachments else None
    more = _more(call, shown[-1]) if len(found) > len(shown) else ""
    body = f'{{"statements":[{",".join(bodies)}],"more":{dump(more)}}}'
    response = json_response(body) if stored is None else attachments.multipart(call.services.database, body, stored)
    response.headers[CONSISTENT_HEADER] = iso(through)
    return response


def _more(call: Call, last: Row) -> str:
    """Return where the next page is: it goes on from a number, so it stays right while statements arrive."""
    base = urlsplit(call.services.settings.public_url).path
    following = dict(call.parameters) | {query.CURSOR: str(last.id)}
    return f"{base}{call.base}/statements?" + urlencode(following)

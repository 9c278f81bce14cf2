"""Where the time goes: requests to the record store in this process, under Python's profiler."""

import argparse
import cProfile
import io
import pstats
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench.lrs_floor import BATCH
from bench.lrs_load import LIMIT, STATEMENTS
from bench.lrs_statements import KINDS, Generator, Held, compact
from lti_tool.app import create_app
from tests.serving import AUTHORIZATION, environment, prepare

STORED = 5000
"""Statements in the store before."""
WARM_UP = 20
SHOWN = 45
"""Functions."""
Environs = Iterable[dict[str, Any]]


def add_command(parser: argparse.ArgumentParser) -> None:
    """Let the command line know of ``profile``."""
    commands = parser.add_subparsers(dest="command")
    command = commands.add_parser("profile", help="show which functions the time goes into")
    command.add_argument("what", choices=sorted(WORK))


def profile(database_url: str, what: str) -> None:
    """Profile requests on a new store and print the functions by cumulative time."""
    environ = environment(database_url, 80)
    services = prepare(environ)
    app = create_app(services)
    now = datetime.now(tz=UTC)
    generator, held = Generator(1, now), Held(now)
    headers = Headers({"Authorization": AUTHORIZATION, "X-Experience-API-Version": "2.0.0"})

    def request(target: str, body: bytes | None = None) -> dict[str, Any]:
        method, kind = ("GET", None) if body is None else ("POST", "application/json")
        builder = EnvironBuilder(target, method=method, data=body, content_type=kind, headers=headers)
        return builder.get_environ()

    def post(count: int, size: int) -> Iterator[dict[str, Any]]:
        for _ in range(count):
            made = [generator.one() for _ in range(size)]
            for one in made:
                held.add(one)
            yield request(STATEMENTS, compact(made if size > 1 else made[0]).encode())

    _answer(app, post(STORED // BATCH, BATCH), None)
    work = list(WORK[what](post, request, held))
    _answer(app, work[:WARM_UP], None)
    profiler = cProfile.Profile()
    _answer(app, work[WARM_UP:], profiler)
    services.database.dispose()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("cumulative").print_stats(SHOWN)
    print(f"{len(work) - WARM_UP} requests\n{text.getvalue()}")


def _answer(app: Any, environs: Environs, profiler: cProfile.Profile | None) -> None:
    for environ in environs:
        told: list[str] = []
        run = profiler.runcall if profiler else _call
        body = run(app, environ, lambda status, *_, told=told: told.append(status))
        for _part in body:
            pass
        body.close()
        if told != ["200 OK"]:
            raise RuntimeError(f"a request was answered with {told}")


def _call(app: Any, *arguments: Any) -> Any:
    return app(*arguments)


def _queries(request: Callable[[str], dict[str, Any]], held: Held) -> Iterator[dict[str, Any]]:
    now = datetime.now(tz=UTC)
    for kind in KINDS:
        for question in held.questions(kind, 20, now):
            limit = {} if kind == "statementId" else {"limit": str(LIMIT)}
            yield request(f"{STATEMENTS}?{urlencode(question.parameters | limit)}")


WORK: dict[str, Callable[[Any, Any, Held], Environs]] = {
    "single": lambda post, _request, _held: post(500, 1),
    "batch": lambda post, _request, _held: post(70, BATCH),
    "query": lambda _post, request, held: _queries(request, held),
}

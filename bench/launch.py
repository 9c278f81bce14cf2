"""What a login and its launch cost: ``python -m bench.launch``.

The floor is what no tool can do without: one RS256 verification and one committed write to the same database. Ours
and stock pylti1p3 are measured beside it in the same run, in turns, as CPU time of the process (in process) or of the
server's process (over HTTP). Signing the platform's answers is not counted. Figures compare within a run only.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from tempfile import TemporaryDirectory
from typing import Any

import jwt
import requests
from cryptography.fernet import Fernet
from sqlalchemy import insert
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench import platform, tools
from bench.servers import cpu_seconds
from lti_tool.app import create_app
from lti_tool.launch.states import digest
from lti_tool.launch.store import EndedLogin
from lti_tool.migrations.upgrade import migrate
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for
from tests.databases import postgresql_server
from tests.serving import served
from tests.stack import Ports

TOOL = "http://localhost"
ROUNDS = 7
LOGIN, LAUNCH = "/lti/login", "/lti/launch"


@dataclass
class Wsgi:
    """An application that is called directly; cookies are kept as a browser does. ``spent``: CPU seconds by path."""

    app: Any
    spent: dict[str, float] = field(default_factory=lambda: {LOGIN: 0.0, LAUNCH: 0.0})
    cookies: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, form: dict[str, str]) -> str:
        """Post a form; return where the answer leads."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = Headers({"Cookie": cookie})
        environ = EnvironBuilder(path, TOOL, method="POST", data=dict(form), headers=headers).get_environ()
        told: list[tuple[str, str]] = []
        before = time.process_time()
        body = self.app(environ, lambda _status, headers, *_: told.extend(headers))
        for _part in body:
            pass
        body.close()
        self.spent[path] += time.process_time() - before
        for name, value in told:
            if name == "Set-Cookie":
                self._keep(value)
        return next(value for name, value in told if name == "Location")

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header.replace("; Partitioned", "")).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            elif not name.startswith("kc_launch_"):  # those belong to the launch's own pages
                self.cookies[name] = morsel.value


def pair(tool: Wsgi, unit: str) -> None:
    """Begin a login and end it with a launch."""
    target = f"{TOOL}{LAUNCH}"
    location = tool.post(LOGIN, platform.login_fields(target))
    tool.post(LAUNCH, platform.answer(location, target=target, unit=unit, now=datetime.now(tz=UTC)))


def floor(services: Services, token: str) -> float:
    """Verify a token and commit a row; return the CPU seconds."""
    before = time.process_time()
    jwt.decode(token, platform.PUBLIC, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False})
    with services.database.write() as session:
        session.execute(
            insert(EndedLogin), {"state_hash": digest(str(time.perf_counter_ns())), "ended_at": datetime.now(tz=UTC)}
        )
    return time.process_time() - before


def in_process(services: Services, unit: str, keys_url: str, pairs: int) -> dict[str, list[float]]:
    """Return for each contender the CPU milliseconds of a pair, one figure per round."""
    ours, stock = Wsgi(create_app(services)), Wsgi(tools.stock(keys_url))
    form = platform.answer("?state=s&nonce=n", target=TOOL, unit=unit, now=datetime.now(tz=UTC))
    told: dict[str, list[float]] = {}

    def measured(tool: Wsgi, name: str) -> dict[str, float]:
        tool.spent = {LOGIN: 0.0, LAUNCH: 0.0}
        for _ in range(pairs):
            tool.cookies.clear()
            pair(tool, unit)
        return {f"{name}, launch": tool.spent[LAUNCH], f"{name}, both": sum(tool.spent.values())}

    for number in range(ROUNDS + 1):  # the first warms up
        figures = {
            "floor": sum(floor(services, form["id_token"]) for _ in range(pairs)),
            **measured(ours, "ours"),
            **measured(stock, "stock"),
        }
        if number:
            for name, seconds in figures.items():
                told.setdefault(name, []).append(seconds / pairs * 1000)
    return told


def over_http(command: list[str], environ: dict[str, str], port: int, unit: str, pairs: int) -> list[float]:
    """Return CPU milliseconds of a server and wall milliseconds of its client, per pair."""
    with served(command, environ, port) as pid, requests.Session() as browser:
        browser.trust_env = False
        address, target = f"http://127.0.0.1:{port}", f"{TOOL}{LAUNCH}"

        def one() -> None:
            begun = browser.post(address + LOGIN, data=platform.login_fields(target), allow_redirects=False, timeout=30)
            form = platform.answer(begun.headers["Location"], target=target, unit=unit, now=datetime.now(tz=UTC))
            cookie = "; ".join(f"{name}={value}" for name, value in begun.cookies.items())
            ended = browser.post(
                address + LAUNCH, data=form, headers={"Cookie": cookie}, allow_redirects=False, timeout=30
            )
            browser.cookies.clear()
            if ended.status_code != requests.codes.see_other:
                message = f"the launch was answered with {ended.status_code}"
                raise RuntimeError(message)

        for _ in range(20):
            one()
        cpu, wall = cpu_seconds(pid), time.perf_counter()
        for _ in range(pairs):
            one()
        return [(cpu_seconds(pid) - cpu) / pairs * 1000, (time.perf_counter() - wall) / pairs * 1000]


def measure(name: str, database_url: str, keys_url: str, pairs: int) -> None:
    """Measure on one database and print."""
    migrate(database_url)
    environ = {
        "DATABASE_URL": database_url,
        "PUBLIC_URL": TOOL,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOW_LOOPBACK_HTTP": "true",
        "LOG_LEVEL": "WARNING",
        "LOGINS_PER_MINUTE": str(10**9),
    }
    services = services_for(Settings.from_env(environ))
    unit = tools.register(services, keys_url)
    told = in_process(services, unit, keys_url, pairs)
    base = statistics.median(told["floor"])
    _table(f"{name}, in process: CPU of a login and its launch", told, base)
    server = [sys.executable, "-m", "lti_tool", "serve", "--workers", "1", "--port"]
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--log-level", "warning"]
    free = Ports.free()
    ours, stock = free.tool, free.lms
    figures = {
        "ours": over_http([*server, str(ours)], environ, ours, unit, pairs),
        "stock": over_http(
            [*granian, "--port", str(stock), "bench.tools:stock"], {tools.STOCK_KEYS: keys_url}, stock, unit, pairs
        ),
    }
    print(f"\n{name}, over HTTP: a login and its launch")
    for tool, (cpu, wall) in figures.items():
        print(f"  {tool:6} CPU of the server {cpu:6.2f} ms = {cpu / base:5.2f} floors   time {wall:6.2f} ms")
    print(f"  stock / ours: CPU {figures['stock'][0] / figures['ours'][0]:.2f}")
    services.database.dispose()


def _table(title: str, told: dict[str, list[float]], base: float) -> None:
    print(f"\n{title}")
    middles = {name: statistics.median(rounds) for name, rounds in told.items()}
    for name, middle in middles.items():
        least, most = min(told[name]), max(told[name])
        print(f"  {name:13} {middle:6.3f} ms = {middle / base:5.2f} floors   ({least:.3f} to {most:.3f})")
    for part in ("launch", "both"):
        print(f"  stock / ours, {part}: {middles[f'stock, {part}'] / middles[f'ours, {part}']:.2f}")


def main() -> None:
    """Measure on SQLite and PostgreSQL."""
    parser = argparse.ArgumentParser(prog="python -m bench.launch", description=__doc__)
    parser.add_argument("--pairs", type=int, default=150, help="logins with launches in each round")
    pairs = parser.parse_args().pairs
    with TemporaryDirectory() as folder, platform.served_keys() as keys_url:
        measure("SQLite", f"sqlite:///{folder}/bench.sqlite", keys_url, pairs)
        with postgresql_server() as server, server.database("bench") as url:
            measure("PostgreSQL", url, keys_url, pairs)


if __name__ == "__main__":
    main()

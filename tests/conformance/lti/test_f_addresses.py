"""Section F of the checklist, 2: addresses that must not be called, and answers that nobody waits for."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect

from campus.database import Database
from campus.outbound import Outbound
from tests import pages
from tests.conformance.lti.connecting import (
    changed,
    code_of,
    desk,
    invite,
    is_open,
    platforms,
    register,
    served,
    to_address,
)
from tests.databases import ON_SQLITE
from tests.pages import World

SOON = 10.0
"""Seconds within which everything hostile is refused."""


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@ON_SQLITE
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/c",
        "http://127.0.0.1/c",
        "https://localhost/c",
        "https://[::1]/c",
        "https://[::ffff:127.0.0.1]/c",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/c",
        "https://192.168.0.1/c",
        "https://0.0.0.0/c",
        "https://intern.example/c",
        "https://meta.example/c",
        "http://lms.example/c",
        "file:///etc/passwd",
        "gopher://lms.example/c",
        "//lms.example/c",
        "https://lms.example:99999/c",
        "https://user:password@lms.example/c",
    ],
)
def test_F2_address_that_must_not_be_called_is_refused(world: World, url: str) -> None:
    token = invite(world)
    closed = changed(
        world, outbound=Outbound(allow_loopback_http=False, resolve=lambda host, _port: [to_address(host)])
    )
    begun = time.monotonic()
    page = register(closed, token, {"openid_configuration": url, "registration_token": "t"})
    assert time.monotonic() - begun < SOON
    assert (page.status_code, code_of(page)) == (422, "connect.address")
    assert (platforms(world), is_open(world)) == ([], True)


@ON_SQLITE
@pytest.mark.parametrize("looks", range(7))
def test_F2_name_that_points_inside_at_a_later_look_is_refused(world: World, looks: int) -> None:
    """DNS rebinding: each request goes to the address that was checked for it, and each is checked."""
    seen: list[str] = []

    def rebinding(_host: str, _port: int) -> list[str]:
        seen.append("10.0.0.7" if len(seen) >= looks else "127.0.0.1")
        return [seen[-1]]

    token = invite(world)
    hostile = changed(world, outbound=Outbound(allow_loopback_http=True, resolve=rebinding))
    with desk() as platform:
        page = register(hostile, token, platform.invitation())
        assert (page.status_code, code_of(page)) == (422, "connect.address")
        assert platform.received == []
    assert seen[-1] == "10.0.0.7"
    assert (platforms(world), is_open(world)) == ([], True)


@ON_SQLITE
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd", ""])
def test_F2_redirect_is_not_followed(world: World, target: str) -> None:
    hits: list[str] = []

    def elsewhere(app: Flask, _url: str) -> None:
        @app.get("/secret")
        def secret() -> str:
            hits.append("read")
            return "{}"

    def redirecting(app: Flask, _url: str) -> None:
        @app.get("/c")
        def configuration() -> Any:
            return redirect(target or f"{other}/secret")

    token = invite(world)
    with served(elsewhere) as other, served(redirecting) as url:
        page = register(world, token, {"openid_configuration": f"{url}/c"})
    assert (page.status_code, code_of(page), hits) == (424, "connect.unreachable", [])


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Give what ends a server that would go on answering for ever."""
    event = threading.Event()
    yield event
    event.set()


@ON_SQLITE
@pytest.mark.parametrize("case", ["5 MB", "5 MB unannounced", "slow body", "hang"])
def test_F2_answer_that_is_too_large_or_too_slow_is_refused_soon(
    world: World, case: str, over: threading.Event
) -> None:
    def trickle() -> Iterator[bytes]:
        while not over.wait(0.2):
            yield b" "

    def flood() -> Iterator[bytes]:
        for _ in range(5 * 1024):
            yield b" " * 1024

    def make(app: Flask, _url: str) -> None:
        @app.get("/c")
        def configuration() -> Response:
            if case == "hang":
                over.wait(30)
            bodies: dict[str, Iterable[bytes]] = {
                "5 MB": [b" " * 5 * 1024 * 1024],
                "5 MB unannounced": flood(),
                "slow body": trickle(),
            }
            return Response(bodies.get(case, ()), mimetype="application/json")

    token = invite(world)
    with served(make) as url:
        begun = time.monotonic()
        page = register(world, token, {"openid_configuration": f"{url}/c"})
        assert time.monotonic() - begun < SOON
        over.set()
    assert (page.status_code, code_of(page)) == (424, "connect.unreachable")
    assert (platforms(world), is_open(world)) == ([], True)


@ON_SQLITE
def test_F2_registration_endpoint_that_hangs_is_given_up_soon(world: World, over: threading.Event) -> None:
    token = invite(world)

    def wait(answer: Any) -> Any:
        over.wait(30)
        return answer

    with desk(answers=wait) as platform:
        begun = time.monotonic()
        page = register(world, token, platform.invitation())
        assert time.monotonic() - begun < SOON
        over.set()
    assert (page.status_code, code_of(page)) == (424, "connect.unreachable")
    assert (platforms(world), is_open(world)) == ([], True)


@ON_SQLITE
def test_F2_own_network_is_not_asked_when_loopback_is_not_allowed(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        closed = changed(world, outbound=Outbound(allow_loopback_http=False))
        assert code_of(register(closed, token, platform.invitation())) == "connect.address"
        assert platform.paths == []

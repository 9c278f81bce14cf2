"""Which addresses are called, and that nobody's answer is waited for too long."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from campus.outbound import (
    AddressRefusedError,
    AnswerTooLargeError,
    AnswerTooSlowError,
    Outbound,
    OutboundError,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"


def outbound(*addresses: str, allow_loopback_http: bool = False) -> Outbound:
    """Make a client for which every host has these addresses."""
    return Outbound(allow_loopback_http=allow_loopback_http, resolve=lambda _host, _port: list(addresses))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_address_is_called(address: str) -> None:
    assert outbound(address).check("https://lms.example/keys") == address


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fd00::1", "fe80::1"),  # noqa: S104 - nobody listens
        *("224.0.0.1", "239.1.2.3", "ff02::1", "ff0e::1"),  # multicast
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::e000:1"),  # NAT64
        *("2002:7f00:1::", "2002:a00:1::1"),  # 6to4
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "::127.0.0.1"),  # mapped, compatible
        "2001:0:7f00:1::",  # Teredo
    ],
)
@pytest.mark.parametrize("allow_loopback_http", [False, True])
def test_address_inside_a_network_is_refused_however_it_is_written(address: str, *, allow_loopback_http: bool) -> None:
    if allow_loopback_http and address in {"127.0.0.1", "::1", "::ffff:127.0.0.1"}:
        return
    with pytest.raises(AddressRefusedError):
        outbound(address, allow_loopback_http=allow_loopback_http).check("https://lms.example/keys")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressRefusedError):
        outbound("93.184.216.34", "10.0.0.1").check("https://lms.example/keys")


@contextmanager
def server(*parts: bytes, then_every: float | None = None, asked: list[bytes] | None = None) -> Iterator[str]:
    """Serve one answer: ``parts``, then, if asked, one byte every so many seconds until the reader is gone."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                request = connection.recv(65536)
                if asked is not None:
                    asked.append(request)
                for part in parts:
                    connection.sendall(part)
                with suppress(OSError):  # the reader has gone
                    while then_every is not None and not over.wait(then_every):
                        connection.sendall(b"x")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


def test_answer_that_trickles_in_is_given_up() -> None:
    client = Outbound(allow_loopback_http=True, whole_seconds=0.2)
    with server(HEAD + b"\r\n", then_every=0.05) as url, pytest.raises(AnswerTooSlowError):
        client.request("GET", url)


@pytest.mark.parametrize(
    "begun", [b"HTTP/1.1 200 O", HEAD, HEAD + b"X-Long: "], ids=["status", "headers", "one header"]
)
def test_answer_whose_headers_trickle_in_is_given_up(begun: bytes) -> None:
    client = Outbound(allow_loopback_http=True, whole_seconds=0.2)
    with server(begun, then_every=0.05) as url, pytest.raises(AnswerTooSlowError):
        client.request("GET", url)


def test_a_handshake_that_trickles_in_is_given_up() -> None:
    client = Outbound(allow_loopback_http=True, whole_seconds=0.2)
    with server(b"\x16\x03\x03\x40\x00", then_every=0.05) as url, pytest.raises(AnswerTooSlowError):
        client.request("GET", url.replace("http:", "https:"))


def test_a_name_with_umlauts_is_sent_in_its_ascii_form() -> None:
    asked: list[bytes] = []
    with server(HEAD + b"Content-Length: 0\r\n\r\n", asked=asked) as url:
        port = url.rsplit(":", 1)[1]
        client = Outbound(allow_loopback_http=True, resolve=lambda _host, _port: ["127.0.0.1"])
        assert client.request("GET", f"http://moodle.köln.example:{port}").status == 200
    assert f"Host: moodle.xn--kln-sna.example:{port.rstrip('/')}\r\n".encode() in asked[0]


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example", "łódź..example"])
def test_a_name_that_nobody_can_resolve_is_unreachable(host: str) -> None:
    with pytest.raises((OutboundError, AddressRefusedError)):
        Outbound(allow_loopback_http=False).request("GET", f"https://{host}/x")


def test_answer_may_be_given_up_sooner_than_usual() -> None:
    client = Outbound(allow_loopback_http=True)
    with server(HEAD + b"\r\n", then_every=0.05) as url, pytest.raises(AnswerTooSlowError):
        client.request("GET", url, seconds=0.2)
    with server(then_every=60) as url, pytest.raises(OutboundError):  # not a word of an answer
        client.request("GET", url, seconds=0.2)


@pytest.mark.parametrize(
    "answer",
    [
        (b"\r\n", b"hello"),
        (b"Content-Length: 5\r\n\r\n", b"he", b"llo"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nhe\r\n", b"3\r\nllo\r\n0\r\n\r\n"),
    ],
)
def test_answer_is_read_whole(answer: tuple[bytes, ...]) -> None:
    with server(HEAD + answer[0], *answer[1:]) as url:
        assert Outbound(allow_loopback_http=True).request("GET", url).body == b"hello"


def test_answer_that_is_too_large_or_ends_early_is_refused() -> None:
    client = Outbound(allow_loopback_http=True)
    with server(HEAD + b"\r\n", b"x" * 101) as url, pytest.raises(AnswerTooLargeError):
        client.request("GET", url, max_bytes=100)
    with server(HEAD + b"Content-Length: 9\r\n\r\n", b"half") as url, pytest.raises(OutboundError):
        client.request("GET", url)

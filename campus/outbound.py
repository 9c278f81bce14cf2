"""The one file that makes HTTP requests: time-outs, size caps, no redirects, private addresses refused.

Addresses of platforms and Moodle sites are typed in by people, so each is looked at before it is called: https
only, and no address inside this network (SSRF), unless loopback is allowed by setting, as in the demo and in tests.
"""

import ipaddress
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from campus.errors import CampusError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
WHOLE_SECONDS = 20.0
"""For the whole answer: one byte every nine seconds would meet the other two limits for days."""
MAX_BYTES = 4 * 1024 * 1024
IPV4_AT_THE_END = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""NAT64 (RFC 6052) and IPv4-compatible addresses (RFC 4291, 2.5.5.1)."""
USER_AGENT = "KommunalCampus"
"""Some Moodles answer 403 to a request without one."""


class OutboundError(CampusError):
    """The other side could not be reached or answered nonsense; worth another try later."""

    code = "outbound.unreachable"
    status = 502


class AddressRefusedError(CampusError):
    """The address must not be called: not https, or inside a private network."""

    code = "outbound.address_refused"
    status = 422


class AnswerTooSlowError(OutboundError):
    """The answer trickles in so slowly, its headers or its body, that it isn't waited for."""

    code = "outbound.too_slow"


class AnswerTooLargeError(OutboundError):
    """The answer is larger than anything the protocol needs."""

    code = "outbound.too_large"


@dataclass(frozen=True)
class Response:
    """An answer, read whole. ``headers`` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_json(body: bytes) -> Any:
    """Return an answer's JSON; None for what is none, however it fails, and for ``null``."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


class Outbound:
    """A client for other people's servers. Safe to share between threads."""

    def __init__(
        self, *, allow_loopback_http: bool, resolve: Resolve | None = None, whole_seconds: float = WHOLE_SECONDS
    ) -> None:
        """Take whether ``http`` to a loopback address is allowed (demo and tests).

        ``resolve`` turns host and port into IP addresses (by default the system does), ``whole_seconds`` is how
        long one answer may take from the first to the last byte.
        """
        self._allow_loopback = allow_loopback_http
        self._resolve = resolve or _resolve
        self._whole_seconds = whole_seconds

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | bytes | str | None = None,
        json: Any | None = None,
        max_bytes: int = MAX_BYTES,
        seconds: float | None = None,
    ) -> Response:
        """Send one request and read at most ``max_bytes`` of its answer; redirects are not followed.

        ``seconds`` is how long the answer may take, where somebody waits for it and can't wait as long as usual.
        Raises AddressRefusedError before anything is sent, OutboundError when there is no usable answer. Any HTTP
        status is an answer: the caller knows what its protocol means by it.
        """
        address = self.check(url)
        whole = self._whole_seconds if seconds is None else min(seconds, self._whole_seconds)
        deadline = _Deadline(whole)
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", _PinnedAdapter(address, deadline))
        session.mount("http://", _PinnedAdapter(address, deadline))
        try:
            with (
                deadline,
                session,
                session.request(
                    method,
                    url,
                    headers={"User-Agent": USER_AGENT, "Host": _host_header(url), **(headers or {})},
                    data=data,
                    json=json,
                    timeout=(min(CONNECT_SECONDS, whole), min(READ_SECONDS, whole)),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                body = _read_capped(answer, max_bytes)
                if deadline.is_over:  # what was read is the beginning only
                    raise AnswerTooSlowError("the answer comes too slowly")
                return Response(
                    status=answer.status_code,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=body,
                )
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            if deadline.is_over:
                raise AnswerTooSlowError("the answer comes too slowly") from error
            raise OutboundError(f"{urlsplit(url).hostname} could not be reached ({type(error).__name__})") from error

    def check(self, url: str) -> str:
        """Return the IP address to call for ``url``, or raise AddressRefusedError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressRefusedError("not a web address") from error
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
            raise AddressRefusedError("not a web address")
        addresses = self._resolve(parts.hostname, port or (443 if parts.scheme == "https" else 80))
        loopback = all(ipaddress.ip_address(address).is_loopback for address in addresses)
        if loopback and self._allow_loopback:
            return addresses[0]
        if parts.scheme != "https":
            raise AddressRefusedError("only https is called")
        if not all(_is_public(ipaddress.ip_address(address)) for address in addresses):
            raise AddressRefusedError("the address lies in a private network")
        return addresses[0]


def _is_public(address: Address) -> bool:
    """Say whether the address lies in the public Internet, and so does an IPv4 address that it stands for."""
    if not address.is_global or address.is_multicast:
        return False
    return isinstance(address, ipaddress.IPv4Address) or all(map(_is_public, _embedded(address)))


def _embedded(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Give the IPv4 addresses that the network would turn this IPv6 address into, or find inside it."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in IPV4_AT_THE_END):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _resolve(host: str, port: int) -> list[str]:
    """Return the host's IP addresses."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a label that is empty or too long can't even be asked for
        raise OutboundError(f"{host} has no address") from error
    return [str(entry[4][0]) for entry in found]


def _host_header(url: str) -> str:
    """Return host and port as they are sent: a name with umlauts in its ASCII form (RFC 9110, 7.2; RFC 5890)."""
    return urlsplit(requests.Request("GET", url).prepare().url or "").netloc


def _read_capped(answer: requests.Response, max_bytes: int) -> bytes:
    """Read the body, but never more than ``max_bytes``."""
    body = bytearray()
    while chunk := answer.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise AnswerTooLargeError(f"the answer is larger than {max_bytes} bytes")
    return bytes(body)


class _Deadline:
    """Ends an exchange that takes too long, from the handshake to the last byte, however busily bytes trickle in.

    Time-outs of a socket hold for each read alone: a byte every few seconds would meet them for days.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_raised: object) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    def watch(self, connected: socket.socket) -> None:
        """Shut this connection down when time is over; a copy, for TLS takes the original over."""
        with self._lock:
            self._sockets.append(connected.dup())

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for watched in self._sockets:
                with suppress(OSError):  # the other side was quicker
                    watched.shutdown(socket.SHUT_RDWR)


class _PinnedAdapter(HTTPAdapter):
    """Connects to the address that was checked, so that a second DNS answer can't lead elsewhere."""

    def __init__(self, address: str, deadline: _Deadline) -> None:
        self._address = address
        self._deadline = deadline
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - requests' own signature
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> Any:
        """Swap the host for the checked address; the certificate is still checked against the name."""
        host_params, pool_kwargs = self.build_connection_pool_key_attributes(request, verify is None or verify, cert)
        names: dict[str, Any] = dict(pool_kwargs)
        if host_params["scheme"] == "https":
            names |= {"server_hostname": host_params["host"], "assert_hostname": host_params["host"]}
        pool = self.poolmanager.connection_from_host(
            self._address, host_params["port"], host_params["scheme"], pool_kwargs=names
        )
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._deadline)
        return pool


def _watched(connection: Any, deadline: _Deadline) -> Any:
    """Return a class of connections that tell the deadline of their socket before anything is said on it."""

    class Watched(connection):  # type: ignore[misc] # of urllib3, with TLS or without
        def _new_conn(self) -> socket.socket:
            connected: socket.socket = super()._new_conn()
            deadline.watch(connected)
            return connected

    return Watched

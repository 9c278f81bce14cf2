"""The one file that makes HTTP requests: time-outs, size caps, no redirects, private addresses refused.

Addresses of platforms and Moodle sites are typed in by people, so each is looked at before it is called: https
only, and no address inside this network (SSRF), unless loopback is allowed by setting, as in the demo and in tests.
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from campus.errors import CampusError

CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
MAX_BYTES = 4 * 1024 * 1024
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


class AnswerTooLargeError(OutboundError):
    """The answer is larger than anything the protocol needs."""

    code = "outbound.too_large"


@dataclass(frozen=True)
class Response:
    """An answer, read whole. ``headers`` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """A client for other people's servers. Safe to share between threads."""

    def __init__(self, *, allow_loopback_http: bool) -> None:
        """Take the one setting: whether ``http`` to a loopback address is allowed (demo and tests)."""
        self._allow_loopback = allow_loopback_http

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | bytes | str | None = None,
        json: Any | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Response:
        """Send one request and read at most ``max_bytes`` of its answer; redirects are not followed.

        Raises AddressRefusedError before anything is sent, OutboundError when there is no usable answer. Any HTTP
        status is an answer: the caller knows what its protocol means by it.
        """
        address = self.check(url)
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", _PinnedAdapter(address))
        session.mount("http://", _PinnedAdapter(address))
        try:
            with (
                session,
                session.request(
                    method,
                    url,
                    headers={"User-Agent": USER_AGENT, "Host": urlsplit(url).netloc, **(headers or {})},
                    data=data,
                    json=json,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                return Response(
                    status=answer.status_code,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=_read_capped(answer, max_bytes),
                )
        except requests.RequestException as error:
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
        addresses = _resolve(parts.hostname, port or (443 if parts.scheme == "https" else 80))
        loopback = all(ipaddress.ip_address(address).is_loopback for address in addresses)
        if loopback and self._allow_loopback:
            return addresses[0]
        if parts.scheme != "https":
            raise AddressRefusedError("only https is called")
        if not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise AddressRefusedError("the address lies in a private network")
        return addresses[0]


def _resolve(host: str, port: int) -> list[str]:
    """Return the host's IP addresses."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutboundError(f"{host} has no address") from error
    return [str(entry[4][0]) for entry in found]


def _read_capped(answer: requests.Response, max_bytes: int) -> bytes:
    """Read the body, but never more than ``max_bytes``."""
    body = bytearray()
    for chunk in answer.iter_content(64 * 1024):
        body += chunk
        if len(body) > max_bytes:
            raise AnswerTooLargeError(f"the answer is larger than {max_bytes} bytes")
    return bytes(body)


class _PinnedAdapter(HTTPAdapter):
    """Connects to the address that was checked, so that a second DNS answer can't lead elsewhere."""

    def __init__(self, address: str) -> None:
        self._address = address
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
        return self.poolmanager.connection_from_host(
            self._address, host_params["port"], host_params["scheme"], pool_kwargs=names
        )

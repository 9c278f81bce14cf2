"""Whose site an address belongs to: where a platform may lead people, and from where it may frame us.

A platform's pages often stand on other hosts than its issuer: Canvas signs as ``canvas.instructure.com`` and shows us
on ``school.instructure.com``. What it signed says where; the list of public suffixes says what belongs together.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import Registration
from lti_tool.launch.values import origin

SUFFIXES = PublicSuffixList()
PLAIN_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
"""What may stand in a header: ``*`` or a semicolon would change the policy around it."""


def same_site(url: str, *others: str) -> bool:
    """Say whether ``url`` leads to the site of one of ``others``.

    That is the same origin, or https to the same registrable domain. IP addresses and names without one, like
    ``localhost``, are the same only in host and port.
    """
    found = origin(url)
    known = {place for place in map(origin, others) if place is not None}
    if found is None or found in known:
        return found is not None
    domain = _registrable(found)
    return found.startswith("https://") and domain is not None and domain in {_registrable(place) for place in known}


def framing_places(platform: Platform | Registration) -> tuple[str, str]:
    """Return the addresses that say on which origins a platform's pages stand: of those that it is registered with."""
    return platform.issuer, platform.auth_login_url


def own_places(platform: Platform | Registration) -> tuple[str, ...]:
    """Return the addresses whose sites are a platform's own: its pages', and that of its keys, which vouch for it."""
    return *framing_places(platform), platform.key_set_url


def frame_sources(own: Iterable[str], signed: Iterable[str | None] = ()) -> tuple[str, ...]:
    """Return the origins that may frame a platform's launch, as a Content-Security-Policy names them.

    ``own`` are the addresses that it is registered with. What it has ``signed`` counts too, wherever it leads, for
    the platform vouches for it; but only https, unless it is one of its own.
    """
    ours = [place for place in map(plain_origin, own) if place]
    told = [place for place in (plain_origin(url) for url in signed if url) if place and place.startswith("https://")]
    return tuple(dict.fromkeys([*ours, *told]))


def _registrable(place: str) -> str | None:
    """Return the domain that somebody has registered, like ``uni.example`` of ``moodle.uni.example``."""
    host = _ascii(urlsplit(place).hostname or "")
    if host is None or _is_ip(host):
        return None
    domain: str | None = SUFFIXES.privatesuffix(host.rstrip("."))
    return domain


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str | None:
    """Return a host as it stands in DNS; None for what can't."""
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return None


def plain_origin(url: str) -> str | None:
    """Return the origin as browsers write it, if it may stand in a header; else None."""
    found = origin(url)
    scheme, _separator, place = (found or "").partition("://")
    host, _colon, port = place.rpartition(":") if re.search(r":\d+$", place) else (place, "", "")
    host = _ascii(host) or ""
    if not PLAIN_HOST.fullmatch(host):
        return None
    return f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"

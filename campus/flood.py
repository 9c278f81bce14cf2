"""How much of one kind comes from one source: a flood costs whoever sends it, and nobody else.

Counted in this process, without a store and without a thread: what is let through must cost next to nothing.
Each source has one time, up to which it has used its share (the generic cell rate algorithm): a whole minute's
share may come at once, as when a class begins, and then as much as a minute spreads.

The library ``limits`` reads the time itself, starts a timer thread in each process, and took 77 to 270 microseconds
for each hit; time is an argument here, as everywhere.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

MINUTE = timedelta(minutes=1)
MAX_SOURCES = 10_000
"""So many are remembered, those of the last minute at that."""
IPV6_PREFIX = 64
"""The smallest network that a provider gives to one household; within it, addresses cost nothing."""


@dataclass
class Flood:
    """Lets ``limit`` a minute and source through; 0 lets all through."""

    limit: int
    _used_until: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds_to_wait(self, source: str | None, *, now: datetime) -> int:
        """Count one from ``source`` and return 0, or don't and return after how many seconds it may come again.

        A source is whatever is counted: a key's name, or an address as :func:`network_of` gives it.
        """
        if not self.limit or source is None:
            return 0
        share = MINUTE / self.limit
        with self._lock:
            until = max(self._used_until.get(source, now), now)
            early = until + share - now - MINUTE
            if early > timedelta(0):
                return ceil(early.total_seconds())
            self._used_until[source] = until + share
            if len(self._used_until) > MAX_SOURCES:
                self._forget(now)
            return 0

    def _forget(self, now: datetime) -> None:
        """Forget who has not used anything up; of more than fits, those that came first."""
        kept = [(source, until) for source, until in self._used_until.items() if until > now]
        self._used_until = dict(kept[-MAX_SOURCES // 2 :])


def network_of(address: str | None) -> str | None:
    """Return what an address is counted as: an IPv4 address, or the network of an IPv6 one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, IPV6_PREFIX), strict=False))

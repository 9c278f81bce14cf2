"""How much one source may send: a class at once, then as much as a minute spreads."""

from datetime import UTC, datetime, timedelta

import pytest

from campus import flood
from campus.flood import Flood, network_of

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def let_through(gate: Flood, address: str, times: int, now: datetime) -> int:
    return sum(gate.seconds_to_wait(address, now=now) == 0 for _ in range(times))


def test_a_whole_minutes_share_may_come_at_once_and_no_more() -> None:
    gate = Flood(60)
    assert let_through(gate, "192.0.2.1", 100, NOW) == 60
    assert gate.seconds_to_wait("192.0.2.1", now=NOW) == 1
    assert let_through(gate, "192.0.2.2", 100, NOW) == 60


def test_share_comes_back_bit_by_bit() -> None:
    gate = Flood(60)
    let_through(gate, "192.0.2.1", 60, NOW)
    assert let_through(gate, "192.0.2.1", 100, NOW + timedelta(seconds=10)) == 10
    assert let_through(gate, "192.0.2.1", 100, NOW + timedelta(minutes=5)) == 60


def test_who_comes_too_early_is_told_when_to_come_again() -> None:
    gate = Flood(2)
    let_through(gate, "192.0.2.1", 2, NOW)
    seconds = gate.seconds_to_wait("192.0.2.1", now=NOW)
    assert seconds == 30
    assert gate.seconds_to_wait("192.0.2.1", now=NOW + timedelta(seconds=seconds)) == 0


@pytest.mark.parametrize(("address", "same"), [("2001:db8::2", True), ("2001:db8:0:1::1", False), ("::1", False)])
def test_addresses_of_one_ipv6_network_share(address: str, same: bool) -> None:
    assert (network_of(address) == network_of("2001:db8::1")) is same


def test_ipv4_written_as_ipv6_is_the_same_address() -> None:
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize("address", [None, "unix:", "not an address"])
def test_what_is_no_address_is_counted_as_it_is(address: str | None) -> None:
    assert network_of(address) == address


def test_no_limit_and_no_source_hold_nobody_back() -> None:
    assert let_through(Flood(0), "192.0.2.1", 1000, NOW) == 1000
    gate = Flood(1)
    assert [gate.seconds_to_wait(None, now=NOW) for _ in range(3)] == [0, 0, 0]


def test_many_sources_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "MAX_SOURCES", 10)
    gate = Flood(1)
    for number in range(1000):
        gate.seconds_to_wait(f"192.0.2.{number}", now=NOW + timedelta(seconds=number / 1000))
    assert len(gate._used_until) <= 10
    assert gate.seconds_to_wait("192.0.2.999", now=NOW + timedelta(seconds=1)) > 0

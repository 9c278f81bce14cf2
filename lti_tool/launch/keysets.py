"""The platforms' public keys, remembered: fetched rarely, again when a key is new, never in a storm."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from campus.errors import CampusError
from campus.outbound import Outbound, read_json
from lti_tool.launch.errors import KeysUnavailableError, SignatureError
from lti_tool.launch.registrations import Platform

FRESH = timedelta(hours=1)
"""A key that the platform has withdrawn is believed no longer than this while the platform answers."""
STALE = timedelta(hours=24)
"""… and no longer than this when it doesn't."""
PAUSE = timedelta(seconds=10)
"""Between two fetches of one key set, whatever tokens come in."""
FETCH_SECONDS = 5.0
"""Somebody waits for their launch meanwhile."""
MAX_BYTES = 256 * 1024
MIN_BITS, MAX_BITS = 2048, 8192
HTTP_OK = 200

Keys = dict[str, list[RSAPublicKey]]


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: Keys = field(default_factory=dict)
    fetched_at: datetime | None = None
    asked_at: datetime | None = None


class KeySets:
    """Key sets by registration, for all threads of a process."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._entries: dict[tuple[int, str], _Entry] = {}
        self._lock = threading.Lock()

    def find(self, platform: Platform, kid: str, *, now: datetime) -> Sequence[RSAPublicKey]:
        """Return the platform's keys with this id (a careless platform may have several).

        An unknown id leads to one new fetch. A platform that is down is bridged with what is remembered.
        Raises SignatureError for an id the platform doesn't have, KeysUnavailableError when nobody can know.
        """
        with self._lock:
            entry = self._entries.setdefault((platform.id, platform.key_set_url), _Entry())
        if keys := _known(entry, kid, now, FRESH):
            return keys
        with entry.lock:  # of many launches at once, one fetches
            if keys := _known(entry, kid, now, FRESH):
                return keys
            if entry.asked_at is None or now - entry.asked_at >= PAUSE:
                self._fetch(entry, platform.key_set_url, now)
        if keys := _known(entry, kid, now, STALE):
            return keys
        if entry.fetched_at is None or entry.fetched_at != entry.asked_at:
            raise KeysUnavailableError("the platform's key set can't be read")
        raise SignatureError("the platform has no key with this id")

    def _fetch(self, entry: _Entry, url: str, now: datetime) -> None:
        """Read the key set; when that fails, keep what is remembered."""
        entry.asked_at = now
        try:
            answer = self._outbound.request(
                "GET", url, headers={"Accept": "application/json"}, max_bytes=MAX_BYTES, seconds=FETCH_SECONDS
            )
        except CampusError:
            return
        if answer.status != HTTP_OK:
            return
        keys = read_key_set(answer.body)
        if keys is not None:
            entry.keys, entry.fetched_at = keys, now


def _known(entry: _Entry, kid: str, now: datetime, age: timedelta) -> list[RSAPublicKey]:
    if entry.fetched_at is None or now - entry.fetched_at > age:
        return []
    return entry.keys.get(kid, [])


def read_key_set(body: bytes) -> Keys | None:
    """Return the RSA signing keys of a JSON Web Key Set (RFC 7517) by id; None when it isn't one.

    Keys of other kinds, for encryption, without an id or outside 2048 to 8192 bits are left out.
    """
    told = read_json(body)
    entries = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(entries, list):
        return None
    keys: Keys = {}
    for entry in entries:
        key = _signing_key(entry)
        if key is not None:
            keys.setdefault(entry["kid"], []).append(key)
    return keys


def _signing_key(entry: Any) -> RSAPublicKey | None:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or not isinstance(entry.get("kid"), str):
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = RSAAlgorithm.from_jwk({name: entry.get(name) for name in ("kty", "n", "e")})
    except (jwt.InvalidKeyError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and MIN_BITS <= key.key_size <= MAX_BITS else None

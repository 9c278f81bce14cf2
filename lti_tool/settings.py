"""Settings, read once at start from the environment; each is listed here with its meaning.

Wrong and missing ones are reported together and by name. A value is never printed: half of them are secrets.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from environs import Env, EnvValidationError, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from campus.errors import CampusError

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_MAX_UPLOAD_BYTES = 256 * 1024 * 1024
DEFAULT_HSTS_SECONDS = 365 * 24 * 3600
DEFAULT_LOGINS_PER_MINUTE = 600
DEFAULT_XAPI_REQUESTS_PER_MINUTE = 60_000
LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})


class SettingsError(CampusError):
    """The environment lacks settings or has wrong ones; ``problems`` says by name which and why."""

    code = "settings.invalid"
    status = 500

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Make one message of all problems, one line each."""
        super().__init__("\n".join(f"{name}: {text}" for name, text in sorted(problems.items())))
        self.problems = dict(problems)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation decides. The representation leaves out what is secret."""

    database_url: str = field(repr=False)
    """DATABASE_URL: ``sqlite:///file`` or ``postgresql+psycopg://user:password@host/name``."""
    public_url: str
    """PUBLIC_URL: where people and machines reach this server, without a slash at the end; it never changes,
    for it stands in certificates and in the providers' did:web names."""
    encryption_keys: tuple[str, ...] = field(repr=False)
    """ENCRYPTION_KEYS: Fernet keys for private keys and tokens in the database, comma-separated. The first
    encrypts, all decrypt."""
    allow_loopback_http: bool = False
    """ALLOW_LOOPBACK_HTTP: plain HTTP, to and from loopback addresses only: for the demo and the tests."""
    executor_id: str = "worker-1"
    """EXECUTOR_ID: this worker's name. Keep it over restarts: a worker resumes the jobs of its own name."""
    log_level: str = "INFO"
    """LOG_LEVEL: DEBUG, INFO, WARNING or ERROR."""
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
    """MAX_UPLOAD_BYTES: the largest file or form that is accepted."""
    hsts_seconds: int = DEFAULT_HSTS_SECONDS
    """HSTS_SECONDS: how long browsers keep to https (Strict-Transport-Security); 0 sends no such header."""
    logins_per_minute: int = DEFAULT_LOGINS_PER_MINUTE
    """LOGINS_PER_MINUTE: how many LTI logins, and launches, one address may send to each server process; 0: any."""
    xapi_requests_per_minute: int = DEFAULT_XAPI_REQUESTS_PER_MINUTE
    """XAPI_REQUESTS_PER_MINUTE: how many requests one key, or one learner's content, may send to each server process
    of the record store; 0: any."""
    trusted_proxies: int = 0
    """TRUSTED_PROXIES: how many reverse proxies stand before the server; so many addresses of X-Forwarded-For count."""

    timestamp_url: str = ""
    """TIMESTAMP_URL: a time stamp authority (RFC 3161) for the seals of papers; without one they have no time stamp."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read all settings from ``environ``, the process's own unless given.

        Raises SettingsError, which names every wrong or missing one.
        """
        env = _MappingEnv(os.environ if environ is None else environ)
        loopback = env.bool("ALLOW_LOOPBACK_HTTP", default=False)
        public_url = env.str("PUBLIC_URL", validate=_public_url_check(loopback=bool(loopback)))
        values: dict[str, Any] = {
            "database_url": env.str("DATABASE_URL", validate=_check_database_url),
            "public_url": (public_url or "").rstrip("/"),
            "encryption_keys": tuple(env.list("ENCRYPTION_KEYS", validate=_check_encryption_keys) or ()),
            "allow_loopback_http": loopback,
            "executor_id": env.str("EXECUTOR_ID", default="worker-1", validate=_check_executor_id),
            "log_level": env.str("LOG_LEVEL", default="INFO", validate=_check_log_level),
            "max_upload_bytes": env.int(
                "MAX_UPLOAD_BYTES", default=DEFAULT_MAX_UPLOAD_BYTES, validate=_check_max_upload_bytes
            ),
            "hsts_seconds": env.int("HSTS_SECONDS", default=DEFAULT_HSTS_SECONDS, validate=_check_not_negative),
            "logins_per_minute": env.int(
                "LOGINS_PER_MINUTE", default=DEFAULT_LOGINS_PER_MINUTE, validate=_check_not_negative
            ),
            "xapi_requests_per_minute": env.int(
                "XAPI_REQUESTS_PER_MINUTE", default=DEFAULT_XAPI_REQUESTS_PER_MINUTE, validate=_check_not_negative
            ),
            "trusted_proxies": env.int("TRUSTED_PROXIES", default=0, validate=_check_not_negative),
            "timestamp_url": env.str(
                "TIMESTAMP_URL", default="", validate=_timestamp_url_check(loopback=bool(loopback))
            ),
        }
        try:
            env.seal()
        except EnvValidationError as error:
            by_name = cast("Mapping[str, list[str]]", error.error_messages)
            problems = {name: " ".join(texts) for name, texts in by_name.items()}
            raise SettingsError(problems) from None  # the cause could quote a value
        return cls(**values)


class _MappingEnv(Env):
    """Env over a given mapping instead of the process's, so that tests and the demo say what holds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._given = environ

    def _get_value(self, env_key: str, default: Any) -> Any:
        # An empty variable is what deployment templates leave for "not set".
        return self._given.get(env_key) or default


def _check_database_url(value: str) -> None:
    try:
        backend = make_url(value).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in {"sqlite", "postgresql"}:
        message = "must be an SQLAlchemy address that begins with sqlite: or postgresql"
        raise ValidationError(message)


def _public_url_check(*, loopback: bool) -> Callable[[str], None]:
    def check(value: str) -> None:
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username:
            message = "must be an absolute address without user, query and fragment"
            raise ValidationError(message)
        plain_but_allowed = loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        if parts.scheme != "https" and not plain_but_allowed:
            message = "must begin with https:// (http:// only with ALLOW_LOOPBACK_HTTP and a loopback host)"
            raise ValidationError(message)

    return check


def _timestamp_url_check(*, loopback: bool) -> Callable[[str], None]:
    def check(value: str) -> None:
        parts = urlsplit(value)
        plain_but_allowed = loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        if value and (not parts.hostname or parts.username or not (parts.scheme == "https" or plain_but_allowed)):
            message = "must be an https:// address without user"
            raise ValidationError(message)

    return check


def _check_encryption_keys(values: list[str]) -> None:
    for value in values:
        try:
            Fernet(value)
        except ValueError:
            message = "each must be a Fernet key: 32 bytes in URL-safe base64"
            raise ValidationError(message) from None


def _check_executor_id(value: str) -> None:
    if not value.replace("-", "").replace("_", "").isalnum():
        message = "only letters, digits, - and _"
        raise ValidationError(message)


def _check_log_level(value: str) -> None:
    if value not in LOG_LEVELS:
        message = f"one of {', '.join(sorted(LOG_LEVELS))}"
        raise ValidationError(message)


def _check_max_upload_bytes(value: int) -> None:
    if value <= 0:
        message = "must be above 0"
        raise ValidationError(message)


def _check_not_negative(value: int) -> None:
    if value < 0:
        message = "must be 0 or above"
        raise ValidationError(message)

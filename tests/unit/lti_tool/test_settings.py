import pytest
from cryptography.fernet import Fernet

from lti_tool.settings import Settings, SettingsError

GOOD = {
    "DATABASE_URL": "postgresql+psycopg://campus:hidden-password@db/campus",
    "PUBLIC_URL": "https://campus.example/",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


def test_good_settings_are_read_with_their_defaults() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.public_url == "https://campus.example"
    assert settings.encryption_keys == (GOOD["ENCRYPTION_KEYS"],)
    assert (settings.allow_loopback_http, settings.executor_id, settings.log_level) == (
        False,
        "worker-1",
        "INFO",
    )


def test_zero_is_a_value_of_its_own() -> None:
    settings = Settings.from_env({**GOOD, "HSTS_SECONDS": "0", "LOGINS_PER_MINUTE": "0", "TRUSTED_PROXIES": "2"})
    assert (settings.hsts_seconds, settings.logins_per_minute, settings.trusted_proxies) == (0, 0, 2)


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert set(caught.value.problems) == {"DATABASE_URL", "PUBLIC_URL", "ENCRYPTION_KEYS"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://campus:hidden@db/campus"),
        ("DATABASE_URL", "hidden"),
        ("PUBLIC_URL", "http://hidden.example"),
        ("PUBLIC_URL", "http://127.0.0.1:8000/hidden"),
        ("PUBLIC_URL", "https://hidden:hidden@campus.example"),
        ("ENCRYPTION_KEYS", "hidden"),
        ("ALLOW_LOOPBACK_HTTP", "hidden"),
        ("EXECUTOR_ID", "hidden one"),
        ("LOG_LEVEL", "hidden"),
        ("MAX_UPLOAD_BYTES", "hidden"),
        ("MAX_UPLOAD_BYTES", "-1"),
        ("HSTS_SECONDS", "-1"),
        ("LOGINS_PER_MINUTE", "hidden"),
        ("XAPI_REQUESTS_PER_MINUTE", "-1"),
        ("TRUSTED_PROXIES", "-1"),
        ("TIMESTAMP_URL", "http://tsa.example"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**GOOD, name: value})
    assert set(caught.value.problems) == {name}
    assert "hidden" not in str(caught.value)


def test_plain_http_is_allowed_for_loopback_by_setting() -> None:
    environ = {**GOOD, "PUBLIC_URL": "http://127.0.0.1:8000", "ALLOW_LOOPBACK_HTTP": "true"}
    assert Settings.from_env(environ).public_url == "http://127.0.0.1:8000"


def test_plain_http_to_another_host_stays_refused() -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL"):
        Settings.from_env({**GOOD, "PUBLIC_URL": "http://campus.example", "ALLOW_LOOPBACK_HTTP": "true"})


def test_the_representation_hides_secrets() -> None:
    shown = repr(Settings.from_env(GOOD))
    for secret in ("hidden-password", GOOD["ENCRYPTION_KEYS"]):
        assert secret not in shown

"""Django's settings, as far as they matter to the block."""

from pathlib import Path
from typing import Any


def values(folder: Path, port: int, *, tool_url: str, unit: str) -> dict[str, Any]:
    """Return the settings of a platform that listens on ``port`` and keeps its tables in ``folder``."""
    root = f"http://127.0.0.1:{port}"
    return {
        "SECRET_KEY": "only-for-tests-on-loopback",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "openedx.sqlite"}},
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "config_models",
            "django_filters",
            "rest_framework",
            "lti_consumer",
        ],
        # The first and the last are edx-platform's: without them its two-tier cache keeps what a thread once read.
        "MIDDLEWARE": [
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "edx_django_utils.cache.middleware.TieredCacheMiddleware",
        ],
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "ROOT_URLCONF": "tests.openedx.platform.urls",
        "USE_TZ": True,
        # What goes wrong is in the process's log, with its traceback.
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["console"], "level": "WARNING"},
        },
        # From here on edx-platform's names, which the block asks for.
        "LMS_ROOT_URL": root,
        "LEARNING_MICROFRONTEND_URL": root,
        "PLATFORM_NAME": "Open edX Musterhausen",
        "SERVICE_VARIANT": "lms",
        "USAGE_ID_PATTERN": r"(?P<usage_id>[^/]+)",
        # And two of our own.
        "TOOL_URL": tool_url,
        "UNIT": unit,
    }

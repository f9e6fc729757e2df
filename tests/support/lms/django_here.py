"""Django in this process, set up once: its settings can't be made twice, and tests of several modules share it."""

from typing import Final

import django
from django.conf import settings

_IN_MEMORY: Final = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


def set_up_django() -> None:
    """Give Django two databases in memory, `default` and `replica`, unless another module has done so."""
    if not settings.configured:
        databases = {"default": dict(_IN_MEMORY), "replica": dict(_IN_MEMORY)}
        settings.configure(DATABASES=databases, USE_TZ=True, LOGGING_CONFIG=None)
    django.setup()

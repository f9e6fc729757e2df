"""Settings that went through the environment of a process are the settings that were meant."""

import pytest
from pydantic import SecretStr

from lessonhook.config import LogFormat, Settings
from tests.support.environment import environment_of
from tests.support.shortened import short_settings


@pytest.mark.parametrize(
    "settings",
    [
        short_settings("redis://127.0.0.1:6379/0"),
        Settings(),
        Settings(
            LESSONHOOK_BROKER_URL="redis://broker/1",
            proxy_url=SecretStr("http://proxy:3128"),
            encryption_keys=(SecretStr("first"), SecretStr("second")),
            metrics_port=9100,
            log_format=LogFormat.JSON,
        ),
    ],
)
def test_what_a_process_reads_is_what_was_meant(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Secrets, lists and names that differ from their variable's included."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings

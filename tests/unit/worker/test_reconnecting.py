"""How often a worker tries to reach a broker that is away."""

import pytest

from lessonhook.config.celery import MendedConnection
from lessonhook.console.processes import LOOPBACK, free_port


class EnoughTriesError(Exception):
    """Ends a connection's patience."""


def test_it_tries_every_two_seconds_however_long_the_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is back within two seconds of its broker; kombu's own pause would have grown to half a minute."""
    slept = 0.0
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    def tried(_: Exception, pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 20:
            raise EnoughTriesError

    monkeypatch.setattr("kombu.utils.functional.sleep", sleep)
    with (
        MendedConnection(f"redis://{LOOPBACK}:{free_port()}") as connection,
        pytest.raises(EnoughTriesError),
    ):
        connection.ensure_connection(tried, None, callback=lambda: None)
    assert max(pauses) == 2
    assert slept == sum(pauses[:-1])

"""What was published over a connection or a channel that the broker had closed goes again, once."""

from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.config.celery import send_again_if_reused


class _ClosedConnection(Exception):
    pass


class _ClosedChannel(Exception):
    pass


def _producer(*, connected: bool) -> Any:
    connection = SimpleNamespace(
        transport=SimpleNamespace(driver_type="amqp"),
        connected=connected,
        connection_errors=(_ClosedConnection,),
        channel_errors=(_ClosedChannel,),
        collect=lambda: None,
        default_channel=object(),
    )
    return SimpleNamespace(connection=connection, revive=lambda _channel: None)


@pytest.mark.parametrize("error", [_ClosedConnection, _ClosedChannel])
@pytest.mark.parametrize(("connected", "sent"), [(True, 2), (False, 1)])
def test_only_what_went_over_an_open_connection_goes_again(error: type[Exception], connected: bool, sent: int) -> None:
    """RabbitMQ closes a channel after one publish, and the next one is told of it."""
    calls: list[int] = []

    def send() -> None:
        calls.append(1)
        raise error

    with pytest.raises(error):
        send_again_if_reused(_producer(connected=connected), send)
    assert len(calls) == sent

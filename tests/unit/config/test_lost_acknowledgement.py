"""An acknowledgement that a lost RabbitMQ did not take: one line in the log, and a turn that ends as ever."""

import logging
from typing import Any

import pytest
from amqp.basic_message import Message as BasicMessage  # type: ignore[import-untyped]  # it has no types
from amqp.exceptions import RecoverableConnectionError  # type: ignore[import-untyped]
from kombu.transport import pyamqp

from lessonhook.config.celery.message_guard import GuardedAmqpTransport

_log = logging.getLogger("consumer")


class _LostChannel:
    """A channel whose connection is gone."""

    no_ack_consumers: Any = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def basic_ack(self, *_: Any, **__: Any) -> None:
        """Fail as py-amqp does."""
        raise self._error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), ConnectionResetError(), TimeoutError(), RecoverableConnectionError("gone")], ids=repr
)
def test_it_is_logged_in_one_line_and_raises_nothing(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """By itself, kombu logs a traceback for each message, and raises a broken pipe in the thread of the turn."""
    channel: Any = GuardedAmqpTransport.Connection.Channel
    brought = BasicMessage(b"")
    brought.delivery_info = {"delivery_tag": 1}
    message = channel.Message(brought, channel=_LostChannel(error))
    with caplog.at_level(logging.WARNING):
        message.ack_log_error(_log, GuardedAmqpTransport.connection_errors)
    [record] = caplog.records
    assert record.exc_info is None
    assert record.getMessage().startswith(f"message.not_acknowledged error={type(error).__name__} ")
    assert not message.acknowledged


def test_kombu_still_makes_messages_by_that_name() -> None:
    """The mend rests on it."""
    assert pyamqp.Channel.Message is pyamqp.Message

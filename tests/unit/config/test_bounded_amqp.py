"""What RabbitMQ says while a process connects, and whether it is tried again."""

import pytest
from amqp.exceptions import (  # type: ignore[import-untyped]  # it has no types
    AccessRefused,
    AMQPError,
    RecoverableConnectionError,
    ResourceLocked,
)
from kombu.transport.pyamqp import Connection, Transport

from lessonhook.config.celery.bounded_amqp import bounded


@pytest.mark.parametrize(
    ("said", "raised"), [(ResourceLocked, RecoverableConnectionError), (AccessRefused, AccessRefused)]
)
def test_what_may_pass_is_an_error_of_the_connection(
    monkeypatch: pytest.MonkeyPatch, said: type[AMQPError], raised: type[AMQPError]
) -> None:
    """py-amqp has one class for 405 whether a channel or the connection is told so; a wrong password stays one."""

    def connect(*_: object) -> None:
        raise said("told while connecting")

    monkeypatch.setattr(Connection, "connect", connect)
    with pytest.raises(raised, match="told while connecting"):
        bounded(Transport).Connection().connect()

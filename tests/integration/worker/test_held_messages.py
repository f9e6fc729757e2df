"""What a worker's channel does with the messages that it holds when it closes: with a Redis, and without one."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Producer

from lessonhook.config.celery import MendedConnection
from tests.integration.worker.test_transport import OPTIONS, QUEUE
from tests.support.servers.server import Server

_HELD = 20
_WORKERS_OPTIONS = OPTIONS | {"ack_emulation": False}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory in which this process makes its temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def hold(connection: Connection) -> Any:
    """Publish messages, take all of them, acknowledge one; return the channel that holds the others."""
    channel = connection.default_channel
    queue = QUEUE(channel)
    queue.declare()
    producer = Producer(channel, QUEUE.exchange, "completions")
    for number in range(_HELD + 1):
        producer.publish({"number": number})
    taken = [queue.get() for _ in range(_HELD + 1)]
    taken[0].ack()
    return channel


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged of messages that were not given back, by kombu or by us."""
    return [line for line in caplog.messages if "UNABLE" in line or "EMERGENCY" in line or "not_given_back" in line]


def test_they_are_given_back_to_a_redis_that_is_there(
    own_server: Server, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A warm shutdown leaves them to the other workers."""
    with MendedConnection(own_server.url, transport_options=_WORKERS_OPTIONS) as connection:
        hold(connection)
    with own_server.client() as client:
        assert client.llen("lessonhook:broker:completions") == _HELD
    assert lines_of(caplog) == []
    assert list(temporary.iterdir()) == []


def test_a_lost_redis_is_asked_once_and_leaves_no_file(
    own_server: Server, temporary: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, kombu asks it for each message, logs them all as lost, and keeps a file of them for ever."""
    asked: list[object] = []
    with caplog.at_level(logging.WARNING):
        connection = MendedConnection(own_server.url, transport_options=_WORKERS_OPTIONS)
        channel = hold(connection)
        give_back = channel._restore

        def counted(message: object) -> None:
            asked.append(message)
            give_back(message)

        monkeypatch.setattr(channel, "_restore", counted)
        own_server.kill()
        channel.close()
        connection.release()
    assert len(asked) == 1
    [line] = lines_of(caplog)
    assert line.startswith(f"messages.not_given_back count={_HELD} error=ConnectionError ")
    assert list(temporary.iterdir()) == []


def test_with_kombus_own_transport_a_file_stays(
    own_server: Server, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What the mend is for: the day that this fails, kombu leaves none, and the mend can go."""
    connection = Connection(own_server.url, transport_options=_WORKERS_OPTIONS)
    channel = hold(connection)
    own_server.kill()
    channel.close()
    connection.release()
    assert any("UNABLE" in line for line in lines_of(caplog))
    assert len(list(temporary.iterdir())) == 1

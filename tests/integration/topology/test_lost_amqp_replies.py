"""RabbitMQ's replies that are lost on their way, while its heartbeats go on: nobody waits for one without an end."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lessonhook.console.processes import LOOPBACK
from lessonhook.worker.celery_app.worker_celery import WorkerCelery
from tests.anomaly.amqp_door import AmqpDoor
from tests.anomaly.faults import ALL
from tests.anomaly.sites import Site
from tests.anomaly.trigger import Trigger
from tests.chaos.scene import chaos_settings, open_scene
from tests.support.loop_server import ServingLoop
from tests.support.servers.rabbitmq import RabbitMQ, why_no_rabbitmq
from tests.support.servers.server import Server

pytestmark = [
    pytest.mark.skipif(bool(why_no_rabbitmq()), reason=why_no_rabbitmq() or "it is here"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.usefixtures("collected"),
]


class _Losing(AmqpDoor):
    """A door that loses each request to open a channel, from when it is told to."""

    loses = False
    lost = 0

    async def _frame(self, link: Any, frame: Any) -> bool:
        if self.loses and frame.name == "channel.open":
            self.lost += 1
            return True
        return await super()._frame(link, frame)


class _LosingAfterTheFault(_Losing):
    """The same, on a connection of which a channel was closed."""

    async def _frame(self, link: Any, frame: Any) -> bool:
        self.loses = bool(link.closing or link.over)
        return await super()._frame(link, frame)


@pytest.fixture
def doors() -> Iterator[ServingLoop]:
    """Yield the loop of the doors."""
    loop = ServingLoop("doors")
    yield loop
    loop.close()


def test_a_reply_is_waited_for_no_longer_because_of_heartbeats(
    rabbitmq: RabbitMQ, server: Server, doors: ServingLoop
) -> None:
    """Each heartbeat is a frame, and a time limit for each frame would never be over."""
    door = _Losing(rabbitmq.port, doors, {})
    door.open()
    url = f"amqp://guest:guest@{LOOPBACK}:{door.port}//"
    with closing(WorkerCelery(chaos_settings(server.url, url))) as app:
        app.conf.broker_transport_options["socket_timeout"] = 2.5
        with app.connection_for_read(heartbeat=4) as connection:
            connection.ensure_connection()
            door.loses = True
            with pytest.raises(TimeoutError):
                connection.channel()
    door.close()
    assert door.lost == 1


def test_a_worker_whose_channel_is_closed_connects_anew_and_opens_no_channel_before(
    rabbitmq: RabbitMQ, server: Server, doors: ServingLoop, tmp_path: Path
) -> None:
    """py-amqp would open the channel anew first, and wait for the reply; the worker took nothing meanwhile."""
    trigger = Trigger()
    door = _LosingAfterTheFault(rabbitmq.port, doors, {"": trigger})
    door.open()
    settings = chaos_settings(server.url, rabbitmq.url)
    by_door = chaos_settings(server.url, f"amqp://guest:guest@{LOOPBACK}:{door.port}//")
    [refused] = [fault for fault in ALL if fault.name.startswith("AMQP-406")]
    with open_scene(settings, tmp_path, worker_settings=by_door) as scene:
        company = scene.company()
        scene.workers.start()
        trigger.arm(Site("worker.amqp", "basic.ack", 1), refused)
        scene.publish(company)
        scene.wait(lambda: trigger.struck is not None, "the refusal")
        scene.publish(company, 3)
        assert scene.account().delivered == 4
    door.close()
    assert door.lost == 0

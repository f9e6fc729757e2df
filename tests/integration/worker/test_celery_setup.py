"""pytest-celery's own classes drive our server and our workers: real processes in place of containers."""

from typing import Any

from pytest_celery import CeleryTestSetup

from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS


def deliver(producer: Producer, receiver: Receiver, event_id: str) -> None:
    """Send one completion and return when the ledger says that it is delivered: a kill then repeats nothing."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))
    delivered = producer.ledger.lanes.status("acme").delivered
    producer.send_completion.delay(sample_event("acme", event_id))
    wait_until(
        lambda: producer.ledger.lanes.status("acme").delivered > delivered,
        PATIENCE_SECONDS,
        f"the delivery of {event_id}",
    )
    assert receiver.posts[-1].header("webhook-id") == event_id


def test_the_cluster_is_ready_and_replies(celery_setup: CeleryTestSetup) -> None:
    """The setup asks each process whether it is ready, and the worker by remote control."""
    assert celery_setup.ready(ping=False, control=True, docker=True)
    assert len(celery_setup) == 2
    assert celery_setup.backend is None


def test_the_worker_can_be_inspected(celery_setup: CeleryTestSetup) -> None:
    """`celery inspect` finds our two tasks and the two queues."""
    assert celery_setup.ready()
    inspect: Any = celery_setup.app.control.inspect(timeout=5, limit=1)
    [tasks] = inspect.registered().values()
    [queues] = inspect.active_queues().values()
    assert sorted(tasks) == ["lessonhook.run_errand", "lessonhook.send_completion"]
    assert {queue["name"] for queue in queues} == {"completions", "retries"}


def test_a_restarted_worker_delivers(celery_setup: CeleryTestSetup, own_producer: Producer, receiver: Receiver) -> None:
    """A worker that ended by SIGTERM, and one that was killed, each start again and deliver."""
    assert celery_setup.ready()
    worker = celery_setup.worker
    worker.restart()
    deliver(own_producer, receiver, "after-restart")
    worker.kill()
    assert worker.container.status == "exited"
    worker.restart()
    deliver(own_producer, receiver, "after-kill")


def test_a_restarted_broker_is_found_again(
    celery_setup: CeleryTestSetup, own_producer: Producer, receiver: Receiver
) -> None:
    """The worker lives through its broker's kill; what is sent afterwards arrives."""
    assert celery_setup.ready()
    celery_setup.broker.kill()
    assert celery_setup.broker.container.status == "exited"
    celery_setup.broker.restart()
    deliver(own_producer, receiver, "after-outage")
    assert celery_setup.worker.container.status == "running"

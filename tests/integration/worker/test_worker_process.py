"""`celery -A lessonhook.worker worker` as an operator starts it: its defaults, how it ends, an outage of its broker."""

import redis

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.workers import Worker, Workers
from tests.support.servers.server import Server

RETRIES = "lessonhook:broker:retries"
#: Far beyond a test: a countdown that stays in the worker's memory until somebody gives it back.
AN_HOUR = 3600.0
#: For endpoints that hang until the test lets them go: a slow machine must not make a timeout of it.
PATIENT = {"request_deadline_seconds": 60.0}


def subscribe(producer: Producer, receiver: Receiver, *subscribers: str) -> None:
    """Have each subscriber's completions posted to a path of its own name."""
    for name in subscribers:
        producer.subscriptions.put(Subscription(subscriber=name, callback_url=receiver.url(f"/{name}")))


def countdowns(worker: Worker) -> int:
    """Return how many countdowns a worker has in its memory."""
    return len(worker.ask("scheduled") or ())


def wait_delivered(producer: Producer, subscriber: str, count: int = 1) -> None:
    """Return when the ledger says that so many are delivered."""
    wait_until(
        lambda: producer.ledger.lanes.status(subscriber).delivered == count,
        30,
        lambda: f"{count} deliveries to {subscriber}; it has {producer.ledger.lanes.status(subscriber)}",
    )


def test_it_starts_with_the_defaults_that_the_design_names(worker_process: Workers, settings: Settings) -> None:
    """A pool of its own with the slots of the settings, both queues, late acknowledgement, prefetch 1, task events."""
    worker = worker_process.start()
    stats, conf = worker.ask("stats"), worker.ask("conf")
    assert stats["pool"]["implementation"] == "lessonhook.worker.celery_app.loop_pool:LoopPool"
    assert stats["pool"]["max-concurrency"] == settings.worker_slots
    # The multiplier of 1: no more in hand than there are slots.
    assert stats["prefetch_count"] == settings.worker_slots
    assert (conf["task_acks_late"], conf["task_reject_on_worker_lost"]) == (True, False)
    assert {queue["name"] for queue in worker.ask("active_queues")} == {"completions", "retries"}
    assert worker.ask("enable_events") == {"ok": "task events already enabled"}


def test_slots_and_queues_can_be_named_for_one_worker(worker_process: Workers) -> None:
    """Completions and retries are scaled apart, each with its own number of slots."""
    worker = worker_process.start(queues=["retries"], slots=3)
    assert worker.ask("stats")["pool"]["max-concurrency"] == 3
    assert [queue["name"] for queue in worker.ask("active_queues")] == ["retries"]


def test_an_idle_worker_ends_cleanly(worker_process: Workers) -> None:
    """SIGTERM to a worker with nothing to do: exit code 0, no complaint in its log."""
    worker = worker_process.start()
    worker.terminate()
    assert worker.wait() == 0
    assert "Warm shutdown" in worker.logs()
    assert "Traceback" not in worker.logs()


def test_sigterm_lets_the_delivery_in_hand_end(
    worker_process: Workers, producer: Producer, receiver: Receiver, settings: Settings
) -> None:
    """A POST under way gets its response, is settled and acknowledged; then the process ends. None is sent twice."""
    receiver.respond("/acme", HANGS)
    subscribe(producer, receiver, "acme")
    worker = worker_process.start(settings=settings.model_copy(update=PATIENT))
    producer.send_completion.delay(sample_event("acme"))
    receiver.wait_for(1)
    worker.terminate()
    wait_until(lambda: "Warm shutdown" in worker.logs(), PATIENCE_SECONDS, "the worker's notice of its end")
    receiver.release("/acme")
    assert worker.wait() == 0
    assert producer.ledger.lanes.status("acme").delivered == 1
    assert len(receiver.posts) == 1


def test_a_revoked_message_is_taken_all_the_same(
    worker_process: Workers, producer: Producer, receiver: Receiver, settings: Settings
) -> None:
    """Celery would drop what the ledger publishes of that event, for hours, and its lane would stand still."""
    receiver.respond("/acme", FAILED, ACCEPTED)
    subscribe(producer, receiver, "acme")
    worker = worker_process.start(settings=settings.model_copy(update={"retry_delay_seconds": 3.0}))
    event_id = producer.send_completion.delay(sample_event("acme")).id
    wait_until(lambda: countdowns(worker) == 1, PATIENCE_SECONDS, "a countdown in hand")
    assert "flagged as revoked" in worker.ask("revoke", task_id=event_id)["ok"]
    wait_delivered(producer, "acme")
    assert f"revoke.ignored                 event_id={event_id}" in worker.logs()
    receiver.respond("/other", FAILED, ACCEPTED)
    subscribe(producer, receiver, "other")
    producer.send_completion.delay(sample_event("other"))
    wait_delivered(producer, "other")
    assert worker.logs().count("revoke.ignored") == 1


def test_sigterm_gives_back_what_waits(
    worker_process: Workers, producer: Producer, receiver: Receiver, redis_client: redis.Redis, settings: Settings
) -> None:
    """The countdown of a retry is in the broker again when its worker is gone, for another worker to take."""
    receiver.respond("/acme", FAILED)
    subscribe(producer, receiver, "acme")
    worker = worker_process.start(settings=settings.model_copy(update={"retry_delay_seconds": AN_HOUR}))
    producer.send_completion.delay(sample_event("acme"))
    wait_until(lambda: countdowns(worker) == 1, PATIENCE_SECONDS, "a countdown in hand")
    assert redis_client.llen(RETRIES) == 0
    worker.terminate()
    assert worker.wait() == 0
    assert redis_client.llen(RETRIES) == 1
    assert producer.ledger.lanes.status("acme").retrying == 1
    another = worker_process.start()
    wait_until(lambda: countdowns(another) == 1, PATIENCE_SECONDS, "the countdown in another worker's hands")


def test_it_outlives_its_broker_with_work_in_hand(
    own_workers: Workers, own_producer: Producer, own_server: Server, own_settings: Settings, receiver: Receiver
) -> None:
    """A POST under way and a countdown in hand: Redis dies and comes back, and the same process delivers everything."""
    receiver.respond("/hanging", HANGS, ACCEPTED)
    receiver.respond("/failing", FAILED, ACCEPTED)
    subscribe(own_producer, receiver, "hanging", "failing", "fresh")
    worker = own_workers.start(settings=own_settings.model_copy(update=PATIENT | {"retry_delay_seconds": 3.0}))
    for name in ("hanging", "failing"):
        own_producer.send_completion.delay(sample_event(name))
    wait_until(
        lambda: receiver.in_flight("/hanging") and countdowns(worker),
        PATIENCE_SECONDS,
        "a POST and a countdown in hand",
    )
    # Frozen first, so that the worker surely waits for a response when it dies.
    own_server.stop()
    own_server.kill()
    wait_until(
        lambda: not worker.running or "Cannot connect" in worker.logs(),
        PATIENCE_SECONDS,
        "the worker's notice of the loss",
    )
    receiver.release("/hanging")
    own_server.restart()
    for name in ("hanging", "failing"):
        wait_delivered(own_producer, name)
    own_producer.send_completion.delay(sample_event("fresh"))
    wait_delivered(own_producer, "fresh")
    assert worker.running

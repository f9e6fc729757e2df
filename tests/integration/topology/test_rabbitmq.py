"""RabbitMQ carries the messages and a Redis holds the ledger: what users are told of any broker holds here too."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from lessonhook.config import COMPLETIONS, RETRIES, LessonhookCelery
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.desk import Desk
from lessonhook.worker import create_app
from lessonhook.worker.celery_app.worker_celery import WorkerCelery
from lessonhook.worker.recovery import sweeper as sweeping
from lessonhook.worker.recovery.sweeper import Sweeper
from lessonhook.worker.runtime.queue_ages import QueueAge, read_queues
from tests.chaos.scene import Scene, chaos_settings, open_scene
from tests.integration.sweeper.lanes import Lanes
from tests.support.endpoints.exchange import FAILED, Post, Response
from tests.support.patience import PATIENCE_SECONDS, PUBLISHING_SECONDS, patient_url
from tests.support.people.producing import running_producer
from tests.support.processes.command_line import Cli
from tests.support.servers.rabbitmq import RabbitMQ, why_no_rabbitmq
from tests.support.servers.server import Server

pytestmark = [
    pytest.mark.skipif(bool(why_no_rabbitmq()), reason=why_no_rabbitmq() or "it is here"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.usefixtures("collected"),
]


@pytest.fixture
def scene(rabbitmq: RabbitMQ, server: Server, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system whose messages go by RabbitMQ."""
    with open_scene(chaos_settings(patient_url(server.url), rabbitmq.url), tmp_path) as opened:
        yield opened


def test_it_carries_first_attempts_and_retries_past_a_killed_worker(scene: Scene) -> None:
    """Everything is accounted for, and only what was in flight at the kill may have been sent twice."""
    companies = scene.companies(6)

    def fail_once(post: Post) -> Response:
        first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
        return FAILED if first and post.path == "/company-0" else Response(delay_seconds=0.01)

    scene.respond(fail_once)
    worker = scene.workers.start()
    for company in companies:
        scene.publish(company, 20)
    scene.wait_for_deliveries(20)
    worker.kill()
    another = scene.workers.start()
    account = scene.account()
    assert account.delivered == 6 * 20
    assert account.repeats <= scene.settings.worker_slots
    assert "Traceback" not in worker.logs() + another.logs()


def test_a_restart_loses_nothing_and_the_same_worker_goes_on(scene: Scene, rabbitmq: RabbitMQ) -> None:
    """`.delay()` accepts while it is away, because the ledger has the event; the sweep publishes the message."""
    companies = scene.companies(6)
    worker = scene.workers.start()
    for company in companies:
        scene.publish(company, 5)
    scene.wait_for_deliveries(30)
    rabbitmq.stop()
    for company in companies:
        scene.publish(company, 5)
    assert scene.total("delivered") == 30
    rabbitmq.start()
    for company in companies:
        scene.publish(company, 5)
    account = scene.account()
    assert (account.delivered, account.repeats) == (90, 0)
    assert worker.running


def test_workers_know_how_many_messages_wait(scene: Scene) -> None:
    """`/readyz`, the metrics and the sweep go by these figures; since when they wait, RabbitMQ does not say."""
    worker = scene.workers.start()
    companies = scene.companies(3)
    for company in companies:
        scene.publish(company)
    scene.account()
    # Asked to end, not killed: it acknowledges all messages first. One that a killed worker had not acknowledged yet
    # would be in its queue again, and be counted.
    worker.terminate()
    assert worker.wait() == 0
    for company in companies:
        scene.publish(company)
    expected = {COMPLETIONS: QueueAge(3, 0), RETRIES: QueueAge(0, 0)}
    with closing(create_app(scene.settings)) as app:
        scene.wait(lambda: _queues(app) == expected, "three messages that wait")
    scene.workers.start()
    scene.account()


def test_a_message_lost_while_others_wait_is_published_once_younger_ones_are_taken(
    rabbitmq: RabbitMQ, server: Server
) -> None:
    """RabbitMQ does not say since when its messages wait, but a worker knows what it took from the queue last."""
    # Ten times as long, which is given where nothing is known of a queue, is longer than this test waits.
    settings = chaos_settings(server.url, rabbitmq.url).model_copy(update={"republish_after_seconds": 13.0})
    with running_producer(settings) as producer, closing(WorkerCelery(settings)) as app:
        Lanes(producer, producer.ledger.redis).published(4)
        sweeper = Sweeper(app.runtime)
        with app.connection_for_read() as connection, closing(connection.channel()) as channel:
            channel.basic_get(COMPLETIONS, no_ack=True)
            app.runtime.last_taken.took(channel.message_to_python(channel.basic_get(COMPLETIONS, no_ack=True)))
            wait_until(lambda: sweeper.sweep() == 1, PATIENCE_SECONDS, "the lost event's message")
            # Not of the event that was taken last: it is not older than itself, and may be in this worker's hands.
            assert sweeper.sweep() == 0
            wait_until(lambda: _messages(channel) == 3, PATIENCE_SECONDS, "three messages")
        app.pool.force_close_all()
        app.runtime.ledger.redis.close()


def test_a_lost_message_is_found_by_a_worker_that_takes_others_all_the_time(
    rabbitmq: RabbitMQ, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it takes while it sweeps was queued after the sweep began, and what it took before counts nevertheless."""
    settings = chaos_settings(server.url, rabbitmq.url).model_copy(update={"republish_after_seconds": 13.0})
    with running_producer(settings) as producer, closing(WorkerCelery(settings)) as app:
        Lanes(producer, producer.ledger.redis).published(1)
        monkeypatch.setattr(sweeping, "read_queues", _taking_one)
        sweeper = Sweeper(app.runtime)
        with app.connection_for_read() as connection, closing(connection.channel()) as channel:
            channel.basic_get(COMPLETIONS, no_ack=True)
            others = channel.prepare_message("{}", content_encoding="utf-8")
            channel.basic_publish(others, COMPLETIONS, COMPLETIONS)
            wait_until(lambda: sweeper.sweep() == 1, PATIENCE_SECONDS, "the lost event's message")
        app.pool.force_close_all()
        app.runtime.ledger.redis.close()


def _taking_one(app: WorkerCelery) -> Mapping[str, QueueAge] | None:
    """Read the queues, after the worker has taken a message that was queued since the sweep began."""
    began_ms = app.runtime.ledger.now_ms()
    wait_until(lambda: app.runtime.ledger.now_ms() > began_ms, PATIENCE_SECONDS, "a later millisecond")
    facts, headers = {"routing_key": COMPLETIONS}, {"queued_ms": began_ms + 1}
    app.runtime.last_taken.took(SimpleNamespace(delivery_info=facts, headers=headers))
    app.runtime.vitals.task_taken(time.monotonic())
    return read_queues(app)


def _messages(channel: Any) -> int:
    return int(channel.queue_declare(COMPLETIONS, passive=True).message_count)


def _queues(app: LessonhookCelery) -> Mapping[str, QueueAge] | None:
    """Return what waits; None if the broker did not reply in the time that a worker gives it."""
    with suppress(OperationalError):
        return read_queues(app)
    return None


def test_doctor_connects_to_it(scene: Scene, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which broker replies and that both queues are read from; and which one does not reply."""
    scene.workers.start()
    scene.company()
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", scene.settings.redis_url)
    monkeypatch.setenv("LESSONHOOK_BROKER_URL", str(scene.settings.broker_url_setting))
    found = {finding["what"]: finding["level"] for finding in cli("doctor", "--json").json["findings"]}
    assert {found[what] for what in ("broker", "queue completions", "queue retries")} == {"ok"}
    monkeypatch.setenv("LESSONHOOK_BROKER_URL", f"amqp://guest:guest@{LOOPBACK}:{free_port()}//")
    away = cli("doctor", "--json")
    assert away.code == 1
    assert {finding["what"]: finding["level"] for finding in away.json["findings"]}["broker"] == "fail"


def test_a_queue_that_was_declared_in_another_way_costs_no_event(scene: Scene) -> None:
    """RabbitMQ then closes the channel alone: an error of AMQP's own, which kombu hands on as it is."""
    company = scene.company()
    with closing(create_app(scene.settings)) as app, app.connection_for_write() as connection:
        with closing(connection.channel()) as channel:
            channel.queue_declare(COMPLETIONS, durable=False, auto_delete=True)
        scene.publish(company)
        with closing(connection.channel()) as channel:
            channel.queue_delete(COMPLETIONS)
    scene.workers.start()
    assert scene.account().delivered == 1


def test_the_first_publish_after_a_restart_goes_over_a_new_connection(
    scene: Scene, rabbitmq: RabbitMQ, caplog: pytest.LogCaptureFixture
) -> None:
    """A client notices a lost connection when it next sends: no message waits for the sweep, and no POST is refused."""
    company = scene.company()
    desk = Desk(scene.producer).of(company)
    # A broker that has just started may be slow, and no time limit must decide.
    conf = scene.producer.app.conf
    conf.broker_connection_timeout = conf.broker_transport_options["socket_timeout"] = PATIENCE_SECONDS
    scene.publish(company)
    scene.workers.start()
    assert scene.account().delivered == 1
    for publish in (lambda: scene.publish(company), lambda: desk.ask_for_sample(by="a person")):
        rabbitmq.stop()
        rabbitmq.start()
        caplog.clear()
        publish()
        assert [record.message for record in caplog.records if record.name == "lessonhook.publish"] == []
    scene.wait_for_deliveries(2)


@pytest.mark.parametrize("connected", [False, True])
def test_a_broker_that_stands_still_holds_no_publish(
    scene: Scene, rabbitmq: RabbitMQ, caplog: pytest.LogCaptureFixture, *, connected: bool
) -> None:
    """Neither as it connects nor as it declares what it publishes to; py-amqp waits for a reply without an end."""
    company = scene.company()
    if connected:
        with scene.producer.app.borrowed_producer() as producer:
            assert producer.connection.default_channel.is_open
    rabbitmq.freeze()
    try:
        began = time.monotonic()
        scene.publish(company)
        assert time.monotonic() - began < PUBLISHING_SECONDS
    finally:
        rabbitmq.thaw()
    assert "publish.deferred" in caplog.text
    scene.workers.start()
    assert scene.account().delivered == 1

"""A worker that holds unacknowledged work outlives its broker; with kombu's own transport it would exit."""

from functools import partial

from lessonhook.console.processes import wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.tiny_app import make_app, mended, notes, publish
from tests.support.processes.workers import Worker, Workers
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

UNACKED = "lessonhook:broker:unacked"
#: Far beyond any test: the message stays in the worker's hands, unacknowledged.
AN_HOUR = 3600.0
#: Celery says it when the broker is lost and a new connection is refused as well.
RECONNECTING = "Cannot connect to redis"
#: The first of Celery's tries after a loss.
CONNECTED_AGAIN_IN_VAIN = "(1/None)"
LOSSES_AT_MOST = 8


def start_with_work_in_hand(workers: Workers, server: Server, application: str) -> Worker:
    """Start a worker and return when it holds one message that it has not acknowledged."""
    worker = workers.start(
        application=f"tests.support.processes.tiny_app:{application}", options=["--loglevel", "INFO"]
    )
    give_work(server)
    return worker


def give_work(server: Server) -> None:
    """Publish a message and return when a worker holds it."""
    with server.client() as client:
        # What was held before a restart: it would tell nothing of a worker that is connected again.
        client.delete(UNACKED)
        publish(make_app(mended.amqp_cls, short_settings(server.url)), "later", countdown=AN_HOUR)
        wait_until(lambda: client.hlen(UNACKED) == 1, PATIENCE_SECONDS, "one message in the worker's hands")


def kill(server: Server) -> None:
    """Kill the server in the middle of the worker's BRPOP: a frozen one cannot end it a moment before."""
    server.stop()
    server.kill()


def test_a_worker_with_work_in_hand_outlives_a_killed_broker(own_workers: Workers, own_server: Server) -> None:
    """The same process goes on with new work when the broker is back."""
    worker = start_with_work_in_hand(own_workers, own_server, "mended")
    kill(own_server)
    wait_until(
        lambda: not worker.running or RECONNECTING in worker.logs(), PATIENCE_SECONDS, "the worker's notice of the loss"
    )
    assert worker.running
    own_server.restart()
    publish(make_app(mended.amqp_cls, short_settings(own_server.url)), "again")
    with own_server.client() as client:
        wait_until(lambda: notes(client) == [b"again"], PATIENCE_SECONDS, "a task done after the restart")
    worker.terminate()
    assert worker.wait() == 0


def test_a_worker_with_work_in_hand_outlives_a_cut_connection(own_workers: Workers, own_server: Server) -> None:
    """A broker that only drops its clients is lost for a moment, too."""
    worker = start_with_work_in_hand(own_workers, own_server, "mended")
    with own_server.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
        wait_until(
            lambda: not worker.running or "Connection to broker lost" in worker.logs(),
            30,
            "the worker's notice of the loss",
        )
        publish(make_app(mended.amqp_cls, short_settings(own_server.url)), "again")
        wait_until(
            lambda: not worker.running or notes(client) == [b"again"], PATIENCE_SECONDS, "a task done after the cut"
        )
    assert worker.running


def test_a_worker_outlives_the_loss_of_the_connection_for_remote_commands_alone(
    own_workers: Workers, own_server: Server
) -> None:
    """Its main thread must not wait there for a next command: messages come on another connection."""
    worker = start_with_work_in_hand(own_workers, own_server, "mended")
    with own_server.client() as client:
        assert client.client_kill_filter(_type="pubsub") > 0
        publish(make_app(mended.amqp_cls, short_settings(own_server.url)), "again")
        wait_until(lambda: notes(client) == [b"again"], PATIENCE_SECONDS, "a task done after the cut")
    assert worker.running


def has_lost(worker: Worker, times: int) -> bool:
    """Return whether a worker has ended, or has noticed so many losses."""
    return not worker.running or worker.logs().count(CONNECTED_AGAIN_IN_VAIN) >= times


def test_with_kombus_own_transport_that_worker_exits(own_workers: Workers, own_server: Server) -> None:
    """What the mend is for: the day that this fails, kombu no longer needs it, and it can go.

    A broker that is lost between two of the worker's BRPOPs ends no worker, so that it may take a few losses.
    """
    worker = start_with_work_in_hand(own_workers, own_server, "stock")
    for losses in range(1, LOSSES_AT_MOST + 1):
        kill(own_server)
        wait_until(
            partial(has_lost, worker, losses),
            PATIENCE_SECONDS,
            "the worker's end, or its notice of the loss",
        )
        if not worker.running:
            break
        own_server.restart()
        give_work(own_server)
    assert worker.wait() == 1
    assert "'NoneType' object has no attribute 'hostname'" in worker.logs()

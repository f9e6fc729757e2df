"""A worker that holds unacknowledged work outlives its broker; with kombu's own transport it would exit."""

from tests.support.servers import Server
from tests.support.shortened import short_settings
from tests.support.tiny_app import make_app, mended, notes, publish
from tests.support.waiting import wait_until
from tests.support.workers import Worker, Workers

UNACKED = "lessonhook:broker:unacked"
#: Far beyond any test: the message stays in the worker's hands, unacknowledged.
AN_HOUR = 3600.0
#: Celery says it when the broker is lost and a new connection is refused as well.
RECONNECTING = "Cannot connect to redis"


def start_with_work_in_hand(workers: Workers, server: Server, application: str) -> Worker:
    """Start a worker and return when it holds one message that it has not acknowledged."""
    worker = workers.start(application=f"tests.support.tiny_app:{application}", options=["--loglevel", "INFO"])
    publish(make_app(mended.amqp_cls, short_settings(server.url)), "later", countdown=AN_HOUR)
    with server.client() as client:
        wait_until(lambda: client.hlen(UNACKED) == 1, 10, "one message in the worker's hands")
    return worker


def kill(server: Server) -> None:
    """Kill the server in the middle of the worker's BRPOP: a frozen one cannot end it a moment before."""
    server.stop()
    server.kill()


def test_a_worker_with_work_in_hand_outlives_a_killed_broker(own_workers: Workers, own_server: Server) -> None:
    """The same process goes on with new work when the broker is back."""
    worker = start_with_work_in_hand(own_workers, own_server, "mended")
    kill(own_server)
    wait_until(lambda: not worker.running or RECONNECTING in worker.logs(), 30, "the worker's notice of the loss")
    assert worker.running
    own_server.restart()
    publish(make_app(mended.amqp_cls, short_settings(own_server.url)), "again")
    with own_server.client() as client:
        wait_until(lambda: notes(client) == [b"again"], 30, "a task done after the restart")
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
        wait_until(lambda: not worker.running or notes(client) == [b"again"], 30, "a task done after the cut")
    assert worker.running


def test_with_kombus_own_transport_that_worker_exits(own_workers: Workers, own_server: Server) -> None:
    """What the mend is for: the day that this fails, kombu no longer needs it, and it can go."""
    worker = start_with_work_in_hand(own_workers, own_server, "stock")
    kill(own_server)
    assert worker.wait() == 1
    assert "'NoneType' object has no attribute 'hostname'" in worker.logs()

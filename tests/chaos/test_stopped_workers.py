"""SIGTERM of a worker under load: it finishes what it has, gives back what waits, and nobody notices."""

import json
import signal
import threading
from typing import Final

from tests.chaos.scene import Scene
from tests.support.endpoints.exchange import FAILED, HANGS, Post, Response

RETRY_SECONDS: Final = 4.0
#: No sweep comes within a test, so what is delivered again was given back by the worker that left. Celery alone would
#: bring it after the visibility timeout, long after `Scene.account` has given up.
NO_SWEEP_SECONDS: Final = 3_600.0
#: A POST on a busy machine must not run into its deadline, which is an attempt more.
DEADLINE_SECONDS: Final = 60.0
#: Slow enough for a backlog to be there when the worker is told to end.
SLOW: Final = Response(delay_seconds=0.03)


def test_nothing_repeats_and_nothing_is_late(scene: Scene) -> None:
    """Backlogs and countdowns go on at the other worker; the sweep has no part in it, since it comes too late."""
    settings = scene.settings.model_copy(
        update={
            "sweep_interval_seconds": NO_SWEEP_SECONDS,
            "request_deadline_seconds": DEADLINE_SECONDS,
            "retry_delay_seconds": RETRY_SECONDS,
            "worker_slots": 32,
        }
    )
    failing, healthy = [scene.company(f"failing-{number}") for number in range(5)], scene.companies(5)
    told = threading.Event()

    def fail_once(post: Post) -> Response:
        event_id = post.header("webhook-id")
        if post.path[1:] in failing:
            return FAILED if len(scene.recorder.arrived[event_id]) == 1 else SLOW
        if told.is_set():
            return SLOW
        scene.recorder.process(event_id)
        return HANGS

    scene.respond(fail_once)
    leaving = scene.workers.start(settings=settings)
    retried = [scene.publish(company)[0] for company in failing]
    scene.wait(lambda: scene.total("retrying") == len(failing), "five countdowns in its hands")
    staying = scene.workers.start(settings=settings)
    for company in healthy:
        scene.publish(company, 80)
    # A lane begins with one POST at a time, and none has ended: all others of its events wait.
    assert scene.total("held") == 5 * 79
    told.set()
    leaving.terminate()
    for company in healthy:
        scene.receiver.release(f"/{company}")
    assert leaving.wait() == 0
    account = scene.account()
    assert (account.delivered, account.posts, account.repeats) == (405, 410, 0)
    for event_id in retried:
        failed, accepted = scene.recorder.arrived[event_id]
        assert accepted - failed >= RETRY_SECONDS
    assert "sweep.published" not in leaving.logs() + staying.logs()


def test_sigquit_gives_what_is_in_flight_its_deadline(scene: Scene) -> None:
    """It ends well, having settled its POSTs and given back its countdowns; another worker goes on with the rest."""
    settings = scene.settings.model_copy(
        update={
            "sweep_interval_seconds": NO_SWEEP_SECONDS,
            "request_deadline_seconds": DEADLINE_SECONDS,
            "retry_delay_seconds": 2.0,
        }
    )
    failing, healthy = scene.company("failing"), scene.company("healthy")

    def fail_once(post: Post) -> Response:
        first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
        return FAILED if first and post.path == f"/{failing}" else Response(delay_seconds=0.5)

    scene.respond(fail_once)
    leaving = scene.workers.start(settings=settings)
    scene.publish(failing)
    scene.wait(lambda: scene.total("retrying") == 1, "a countdown in its hands")
    scene.publish(healthy, 4)
    scene.receiver.wait_for(2)
    leaving.send(signal.SIGQUIT)
    assert leaving.wait() == 0
    assert (scene.total("in_flight"), scene.total("delivered")) == (0, 1)
    with scene.ledger.redis as client:
        given_back = [json.loads(message) for message in client.lrange("lessonhook:broker:retries", 0, -1)]
    # The acceptance that was settled released two events of the backlog, which are on the same queue.
    assert [bool(message["headers"]["eta"]) for message in given_back].count(True) == 1
    assert len(given_back) == 3
    scene.workers.start(settings=settings)
    account = scene.account()
    assert (account.delivered, account.repeats) == (5, 0)
    assert "Traceback" not in leaving.logs()

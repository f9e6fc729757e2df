"""An LMS's threads may make their first call at one moment: the application is put together once, and whole."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from lessonhook.config import COMPLETIONS, Settings
from lessonhook.producer import Producer, Recorded
from tests.support.lms.completions import completion
from tests.support.people.producing import running_producer, subscribe
from tests.support.servers.server import Server

_THREADS: Final = 8
#: Each with an application that nobody has used. Without the locks, one in three fails.
_ROUNDS: Final = 20


@pytest.fixture
def threads_that_interleave() -> Iterator[None]:
    """Let Python change threads a thousand times as often as it does, so that every order of theirs is seen."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("threads_that_interleave")
def test_many_threads_make_the_first_call_at_once(producer: Producer, settings: Settings, server: Server) -> None:
    """None of them sees a half of what Celery puts together: each completion is recorded, in our queue's place."""
    subscribe(producer)
    apart = settings.model_copy(update={"broker_url_setting": server.url_of(1)})
    for number in range(_ROUNDS):
        with running_producer(apart) as fresh, ThreadPoolExecutor(_THREADS) as threads:
            begin = threading.Barrier(_THREADS)

            def publish(learner: int, fresh: Producer = fresh, begin: threading.Barrier = begin) -> Recorded:
                begin.wait()
                return fresh.send_completion.delay(completion(learner)).recorded

            learners = range(number * _THREADS, (number + 1) * _THREADS)
            recorded = set(threads.map(publish, learners))
        assert recorded <= {Recorded.QUEUED, Recorded.HELD}
    with server.client(1) as client:
        assert set(client.scan_iter()) <= {
            f"lessonhook:broker:{COMPLETIONS}".encode(),
            f"lessonhook:broker:_kombu.binding.{COMPLETIONS}".encode(),
        }

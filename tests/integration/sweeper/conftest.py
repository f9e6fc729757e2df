"""A sweeper in the test's own process, swept by hand, and a ledger and a broker that nobody else works on."""

from collections.abc import Iterator

import pytest
import redis

from lessonhook.config import Settings
from lessonhook.producer import Producer
from lessonhook.worker.celery_app.worker_celery import WorkerCelery
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import Lanes
from tests.support.people.producing import running_producer


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    """Yield the LMS's side."""
    with running_producer(settings) as opened:
        yield opened


@pytest.fixture
def lanes(producer: Producer, redis_client: redis.Redis) -> Lanes:
    """Return the subscribers of a test, and what the broker holds for them."""
    return Lanes(producer, redis_client)


@pytest.fixture
def workers_settings(settings: Settings) -> Settings:
    """Return the workers' settings: the LMS's, where a test file does not say otherwise."""
    return settings


@pytest.fixture
def sweepers(workers_settings: Settings) -> Iterator[list[Sweeper]]:
    """Yield the sweepers of ten workers; none of them runs by itself."""
    apps = [WorkerCelery(workers_settings) for _ in range(10)]
    yield [Sweeper(app.runtime) for app in apps]
    for app in apps:
        app.close()
        app.pool.force_close_all()
        app.runtime.ledger.redis.close()


@pytest.fixture
def sweeper(sweepers: list[Sweeper]) -> Sweeper:
    """Return one of them."""
    return sweepers[0]

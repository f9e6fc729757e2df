"""A server of the test's own with its producer and workers, by plain handles and as pytest-celery's cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state
from pytest_celery import CeleryTestBroker, CeleryTestWorker

from lessonhook.config import Settings
from lessonhook.producer import Producer
from tests.support.people.producing import running_producer
from tests.support.processes.process_nodes import ServerContainer, WorkerContainer
from tests.support.processes.remote_control import control_app
from tests.support.processes.workers import Workers, running_workers
from tests.support.servers.server import Server
from tests.support.shortened import short_settings


@pytest.fixture
def own_settings(own_server: Server) -> Settings:
    """Return short settings for the server that this test may kill."""
    return short_settings(own_server.url)


@pytest.fixture
def own_workers(own_settings: Settings, tmp_path: Path) -> Iterator[Workers]:
    """Yield what starts workers on the server that this test may kill."""
    with running_workers(own_settings, tmp_path) as workers:
        yield workers


@pytest.fixture
def own_producer(own_settings: Settings) -> Iterator[Producer]:
    """Yield a producer on the server that this test may kill."""
    with running_producer(own_settings) as producer:
        yield producer


@pytest.fixture
def celery_broker(own_server: Server) -> CeleryTestBroker:
    """Return pytest-celery's broker: the test's own server; `own_server` itself ends it."""
    return CeleryTestBroker(ServerContainer(own_server))


@pytest.fixture
def celery_backend_cluster() -> None:
    """Return no backend: nothing of ours writes results."""


@pytest.fixture
def celery_setup_app(own_settings: Settings) -> Iterator[Celery]:
    """Yield the application by which pytest-celery asks the workers.

    A restart of a node makes it the process's current application; that is undone, since other tests look at it.
    """
    current = _state._tls.current_app
    yield control_app(own_settings)
    _state._set_current_app(current)


@pytest.fixture
def celery_worker(own_workers: Workers, celery_setup_app: Any) -> CeleryTestWorker:
    """Return pytest-celery's worker: `celery -A lessonhook.worker worker`; `own_workers` itself ends it."""
    return CeleryTestWorker(WorkerContainer(own_workers.start(ready=False)), celery_setup_app)

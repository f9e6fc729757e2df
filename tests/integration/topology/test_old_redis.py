"""A Redis that is too old for functions: what needs them says so and ends, because no waiting mends it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from tests.support.processes.command_line import Cli
from tests.support.processes.workers import running_workers
from tests.support.servers.old_redis import OLD_VERSION, OldRedis
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

_PATIENCE_SECONDS = 60.0
_ONLY_READ = [
    ("status",),
    ("watch", "--looks", "1"),
    ("events", "acme"),
    ("event", "5f0e"),
    ("find", "17"),
    ("audit",),
    ("subscriptions", "list"),
    ("subscriptions", "show", "acme"),
    ("backfill", "status", "acme"),
    ("reconcile", "acme"),
    ("statement", "acme", "--day", "1d"),
    ("curl", "acme"),
    ("sample", "--subscriber", "acme"),
    ("health",),
    ("replay", "--subscriber", "acme", "--dry-run"),
    ("resume", "--all", "--dry-run"),
]


@pytest.fixture
def old(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[OldRedis]:
    """Yield a server that is Redis 6.2, and that the environment names."""
    with OldRedis(own_server.port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("LESSONHOOK_REDIS_URL", server.url)
        yield server
        server.shutdown()


@pytest.fixture
def settings(old: OldRedis) -> Settings:
    """Return settings for it."""
    return short_settings(old.url)


def test_a_worker_does_not_start(settings: Settings, old: OldRedis, tmp_path: Path) -> None:
    """It would say that it is ready, and deliver nothing. 2 tells a supervisor that no restart helps."""
    with running_workers(settings, tmp_path) as workers:
        worker = workers.start(ready=False)
        wait_until(lambda: not worker.running, _PATIENCE_SECONDS, worker.logs)
        assert worker.wait() == 2
        said = worker.logs()
        workers.started.remove(worker)
    host = old.url.removeprefix("redis://").removesuffix("/0")
    assert f"{host} (database 0) is Redis {OLD_VERSION}; use Redis 7.0 or newer, or Valkey" in said
    assert "Traceback" not in said
    assert " ready." not in said


@pytest.mark.usefixtures("settings")
def test_a_command_that_changes_something_ends_with_the_same_code(cli: Cli) -> None:
    """A wrong setting, and no outage."""
    ran = cli("subscriptions", "put", "acme", "https://acme.example/hook", "--no-authorization")
    assert ran.code == 2
    assert f"is Redis {OLD_VERSION}; use Redis 7.0 or newer, or Valkey" in ran.err


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("command", _ONLY_READ, ids=" ".join)
def test_a_command_that_only_reads_ends_with_the_same_code(cli: Cli, command: tuple[str, ...]) -> None:
    """Otherwise it would show a ledger that is empty."""
    ran = cli(*command)
    assert (ran.code, ran.out) == (2, "")
    assert f"is Redis {OLD_VERSION}; use Redis 7.0 or newer, or Valkey" in ran.err


@pytest.mark.usefixtures("settings")
def test_doctor_names_the_version(cli: Cli) -> None:
    """With what to do."""
    ran = cli("doctor")
    assert ran.code == 1
    assert f"Redis {OLD_VERSION}" in ran.out
    assert "use Redis 7.0 or newer, or Valkey" in ran.out

"""The options of `celery worker`: each one of Celery's works here, or is refused in words."""

import os
from typing import Any

import pytest
from celery.bin.worker import worker as celery_worker
from click.testing import CliRunner

from lessonhook.worker.celery_app.command_options import REFUSED

#: These work, each shown by a test of a real worker or by Celery's own use of it.
WORK = {
    "concurrency",
    "detach",
    "exclude_queues",
    "executable",
    "gid",
    "heartbeat_interval",
    "hostname",
    "include",
    "logfile",
    "loglevel",
    "pidfile",
    "pool",
    "prefetch_multiplier",
    "queues",
    "task_events",
    "uid",
    "umask",
    "without_gossip",
    "without_heartbeat",
    "without_mingle",
}
#: A value that Celery's own parser takes, for options that want a special one.
VALUES = {"autoscale": "4,2", "optimization": "fair", "pool_start_method": "spawn"}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """Run `celery worker` up to the point where it would start, and return how that ended and with which options."""
    from celery.bin.celery import celery  # noqa: PLC0415 - it reads the environment at its import

    from lessonhook.worker import app  # noqa: PLC0415 - as Celery does, after the environment is set

    started: dict[str, Any] = {}

    class Started:
        exitcode = 0

        def __init__(self, **options: Any) -> None:
            started.update(options)

        def start(self) -> None:
            """Start nothing."""

    monkeypatch.setattr(type(app), "Worker", Started)
    before = list(celery_worker.params)
    try:
        ended = CliRunner().invoke(celery, ["-A", "lessonhook.worker", "worker", *arguments])
    finally:
        # Celery adds an application's options to the command for good.
        celery_worker.params[:] = before
    return ended, started


def test_every_option_of_celerys_is_known() -> None:
    """If a release of Celery brings an option, somebody must look whether it works with our pool."""
    names = {option.name for option in celery_worker.params if option.name not in {"help", "app"}}
    assert names - WORK - set(REFUSED) == set()
    assert set(REFUSED) - names == set()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_option_without_effect_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the option and says why; the exit code is that of wrong usage."""
    option: Any = next(option for option in celery_worker.params if option.name == name)
    written = max(option.opts, key=len)
    arguments = [written] if option.is_flag else [f"{written}={VALUES.get(name, '5')}"]
    ended, started = run(monkeypatch, *arguments)
    assert (ended.exit_code, started) == (2, {})
    assert f"{written}: {REFUSED[name]}"[:60] in ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--queues=completion"], "there is no queue completion, only completions and retries"),
        (["--exclude-queues=completions,retries"], "a worker needs a queue"),
        (["--concurrency=auto"], "give a number of slots"),
        (["--prefetch-multiplier=-1"], "must be at least 1"),
        (["--pool=processes"], "runs on a pool of its own"),
        (["--umask=077"], "works only with --detach"),
        (["--detach"], "give a --logfile too"),
    ],
)
def test_a_value_that_would_do_harm_is_refused(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the options that work, some values must not be used."""
    ended, started = run(monkeypatch, *arguments)
    assert (ended.exit_code, started) == (2, {})
    assert said in ended.output


def test_a_worker_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers of one host must not be one worker in Flower and in `doctor`."""
    ended, started = run(monkeypatch)
    assert ended.exit_code == 0, ended.output
    assert started["hostname"].startswith(f"worker-{os.getpid()}@")
    _, named = run(monkeypatch, "--hostname=completions@web")
    assert named["hostname"] == "completions@web"


def test_the_line_of_each_delivery_is_logged_unless_a_level_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's own default is WARNING."""
    assert run(monkeypatch)[1]["loglevel"] == 20
    assert run(monkeypatch, "--loglevel=WARNING")[1]["loglevel"] == 30

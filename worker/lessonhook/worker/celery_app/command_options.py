"""Checks the options of `celery worker` before anything starts: each one works here, or is refused in words.

Celery accepts many options that do nothing with our pool. An operator who gives one believes in it, so it is refused.
The application adds a hidden option to Celery's command; its callback runs after all given options were parsed.
"""

import logging
import os
from typing import Any, Final

from celery.utils.nodenames import gethostname
from click import Context, Option, Parameter, UsageError
from click.core import ParameterSource

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.worker.celery_app.loop_pool import check_pool_option

_QUEUES: Final = frozenset({COMPLETIONS, RETRIES})
_DEADLINE: Final = "it is for child processes: every POST ends by LESSONHOOK_REQUEST_DEADLINE_SECONDS"
_NO_CHILDREN: Final = "a worker has no child processes: more processes are `lessonhook worker --processes`"
_NO_SCHEDULE: Final = "lessonhook has no periodic tasks: retries and recovery need no beat"
#: Why each of these options of Celery's is refused, by its name in click.
REFUSED: Final = {
    "autoscale": "a slot costs next to nothing, so slots do not autoscale: set how many with --concurrency",
    "beat": _NO_SCHEDULE,
    "disable_prefetch": "a worker takes one message for each slot already, and countdowns would fill the slots",
    "max_memory_per_child": _NO_CHILDREN,
    "max_tasks_per_child": _NO_CHILDREN,
    "optimization": "it is for child processes, and a worker has none",
    "pool_start_method": _NO_CHILDREN,
    "purge": "messages carry ids only, and the sweep would publish them again: to send nothing, `lessonhook pause`",
    "schedule_filename": _NO_SCHEDULE,
    "scheduler": _NO_SCHEDULE,
    "soft_time_limit": _DEADLINE,
    "statedb": "it keeps revoked tasks, and a revoked task is delivered all the same: to send nothing, "
    "`lessonhook pause`",
    "time_limit": _DEADLINE,
}
#: These work only together with --detach.
_WITH_DETACH: Final = ("executable", "umask")


def options_check() -> Option:
    """Make the hidden option. Add it to `app.user_options["worker"]`."""
    return Option(["--options-checked"], hidden=True, expose_value=False, callback=_check)


def own_node_name() -> str:
    """Return a node name that no other worker of this host has now: two of one name are one in Flower and `doctor`."""
    return f"worker-{os.getpid()}@{gethostname()}"


def _check(context: Context, _parameter: Parameter, _value: Any) -> None:
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) not in {ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP}
    }
    for name, reason in REFUSED.items():
        if name in given:
            raise UsageError(f"{_written(context, name)}: {reason}", context)
    check_pool_option(given.get("pool"))
    _check_numbers(given)
    _check_queues(given)
    _check_detached(context, given)
    if "loglevel" not in given:
        # Celery's own default would leave out the line of each delivery.
        context.params["loglevel"] = logging.INFO
    if "hostname" not in given:
        context.params["hostname"] = own_node_name()


def _check_numbers(given: dict[str, Any]) -> None:
    if given.get("concurrency") == "auto":
        raise UsageError("--concurrency: give a number of slots; the default is LESSONHOOK_WORKER_SLOTS")
    if "prefetch_multiplier" in given and int(given["prefetch_multiplier"] or 0) < 1:
        raise UsageError("--prefetch-multiplier: must be at least 1, or one worker would take every message")


def _check_queues(given: dict[str, Any]) -> None:
    for name in ("queues", "exclude_queues"):
        unknown = sorted(set(given.get(name) or ()) - _QUEUES)
        if unknown:
            option = name.replace("_", "-")
            raise UsageError(
                f"--{option}: there is no queue {', '.join(unknown)}, only {' and '.join(sorted(_QUEUES))}"
            )
    if set(given.get("exclude_queues") or ()) == _QUEUES:
        raise UsageError("--exclude-queues: a worker needs a queue")


def _check_detached(context: Context, given: dict[str, Any]) -> None:
    if given.get("detach"):
        if "logfile" not in given:
            raise UsageError("--detach: give a --logfile too, or the log would go nowhere")
        return
    for name in _WITH_DETACH:
        if name in given:
            raise UsageError(f"{_written(context, name)}: works only with --detach")


def _written(context: Context, name: str) -> str:
    """Return an option as a person writes it."""
    options = next(option for option in context.command.params if option.name == name).opts
    return max(options, key=len)

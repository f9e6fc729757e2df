"""Checks the options that `lessonhook worker` hands on to Celery's worker, so that a wrong one is told in our words."""

from collections.abc import Sequence
from typing import Any

import click
from celery.bin.worker import worker as celery_worker

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.worker.celery_app import REFUSED, check_pool_option

_HELP = "see `lessonhook worker --help`"


def check_celery_options(arguments: Sequence[str]) -> None:
    """End with a complaint about what is no option of Celery's worker, lacks its value, or does nothing here."""
    context = click.Context(celery_worker, info_name="worker")
    try:
        given, rest, _ = celery_worker.make_parser(context).parse_args(list(arguments))
    except click.NoSuchOption as error:
        near = sorted(set(error.possibilities or ()) - _refused_options())
        advice = f"did you mean {' or '.join(near)}?" if near else _HELP
        raise _wrong(f"{error.option_name}: the worker has no such option; {advice}") from None
    except click.UsageError as error:
        raise _wrong(f"{error.format_message().removesuffix('.')}; {_HELP}") from None
    for name in REFUSED.keys() & given.keys():
        option = next(option for option in celery_worker.params if option.name == name)
        raise _wrong(f"{max(option.opts, key=len)}: {REFUSED[name]}")
    for word in rest:
        raise _wrong(f"{word}: no option; write options as --name=value, {_HELP}")
    _check_pool(given.get("pool"))


def _check_pool(name: Any) -> None:
    try:
        check_pool_option(name)
    except click.UsageError as error:
        raise _wrong(error.format_message()) from None
    except (ImportError, AttributeError, TypeError, ValueError):
        raise _wrong(f"--pool: there is no pool {name}; leave it out") from None


def _refused_options() -> set[str]:
    return {written for option in celery_worker.params if option.name in REFUSED for written in option.opts}


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)

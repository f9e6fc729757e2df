"""`lessonhook worker` with options of Celery's: a wrong one is told in one line, as all else on the command line is."""

import click
import pytest
from celery.bin.worker import worker as celery_worker

from lessonhook.console.cli import run
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.celery_options import check_celery_options
from lessonhook.worker.celery_app.command_options import REFUSED

#: What such an option may be given, where its name alone is not enough.
_VALUES = {"autoscale": "4,2", "pool": "threads"}
_OPTIONS = [option for option in celery_worker.params if isinstance(option, click.Option)]


def _complaint(*arguments: str) -> str:
    with pytest.raises(Complaint) as raised:
        check_celery_options(arguments)
    assert raised.value.code is ExitCode.WRONG_USAGE
    return str(raised.value)


@pytest.mark.parametrize("option", _OPTIONS, ids=[str(option.name) for option in _OPTIONS])
def test_each_option_of_celery_s_is_handed_on_or_refused_with_its_reason(option: click.Option) -> None:
    """In any spelling."""
    for written in option.opts:
        given = [written] if option.is_flag else [written, _VALUES.get(str(option.name), "1")]
        if option.name in REFUSED:
            assert _complaint(*given) == f"{max(option.opts, key=len)}: {REFUSED[str(option.name)]}"
        else:
            check_celery_options(given)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--wrong"], "--wrong: the worker has no such option; see `lessonhook worker --help`"),
        (["-z"], "-z: the worker has no such option; see `lessonhook worker --help`"),
        (
            ["--prefetch-multiplie=2"],
            "--prefetch-multiplie: the worker has no such option; did you mean --prefetch-multiplier?",
        ),
        # Nobody is led to an option that is refused.
        (["--autoscal=2,1"], "--autoscal: the worker has no such option; see `lessonhook worker --help`"),
        (["--logfile"], "Option '--logfile' requires an argument; see `lessonhook worker --help`"),
        (["more"], "more: no option; write options as --name=value, see `lessonhook worker --help`"),
        (["--pool=nonsense"], "--pool: there is no pool nonsense; leave it out"),
        (["--pool=os:sep"], "--pool: there is no pool os:sep; leave it out"),
    ],
)
def test_what_is_wrong_is_told_with_the_way_on(arguments: list[str], complaint: str) -> None:
    """As in the list."""
    assert _complaint(*arguments) == complaint


def test_a_pool_that_an_operator_means_for_processes_is_refused() -> None:
    """The one of processes is Celery's default, and found by every web search."""
    assert _complaint("--pool=prefork").startswith("lessonhook's worker runs on a pool of its own")


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--queues=completions,completion", "--queues: there is no queue completion, only completions and retries"),
        (
            "--loglevel=loud",
            "--loglevel: there is no level loud, only DEBUG, INFO, WARNING, ERROR, CRITICAL, FATAL",
        ),
        ("--wrong", "--wrong: the worker has no such option; see `lessonhook worker --help`"),
    ],
)
def test_the_command_ends_before_anything_starts(
    option: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the code of wrong usage, and one line without the usage of another program."""
    assert run(["worker", option]) == ExitCode.WRONG_USAGE
    assert capsys.readouterr().err == f"lessonhook: {complaint}\n"

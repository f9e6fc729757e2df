"""`lessonhook demo`: the whole story against real parts, and an account of every event at its end."""

import signal
import time
from typing import Any

from redis.exceptions import RedisError

from lessonhook.config import LessonhookError
from lessonhook.console.demo.cast import CAST
from lessonhook.console.demo.parts import RETRY_DELAY_SECONDS, PartFailed, Parts, running_parts
from lessonhook.console.demo.stage import Stage
from lessonhook.console.demo.story import Story
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.processes import TookTooLong
from lessonhook.console.views import output
from lessonhook.console.views.lane_table import lanes_table

__all__ = ["demo"]

#: Celery needs a second to start, and much longer on a busy machine.
_START_SECONDS = 60.0
#: From the end of a process' connections to the end of the process itself.
_NOTICED_SECONDS = 1.0


def demo() -> None:
    """Watch one webhook's life: delivered, failed, retried, paused, resumed, accounted for.

    Starts a Valkey server, a Celery worker and an HTTP receiver, all on the loopback, and ends them again. Takes half
    a minute. Ends with 0 only if every event was delivered and the receiver's own record agrees.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    with running_parts() as parts:
        try:
            well = _play(parts)
        except (PartFailed, TookTooLong, LessonhookError, RedisError) as trouble:
            what = parts.ended(_NOTICED_SECONDS) or trouble
            log = parts.keep_logs()
            output.err().print(f"The worker's log, {log}, ends so:\n{parts.log_tail()}")
            raise Complaint(str(what)) from None
        except KeyboardInterrupt:
            raise Complaint("stopped; every process is ended", ExitCode.INTERRUPTED) from None
        if not well:
            raise Complaint(f"the records disagree; the worker's log is {parts.keep_logs()}")
    output.write_line("")
    output.write_line(f"All delivered, and every record agrees. ({time.monotonic() - began:.0f} s)")


def _play(parts: Parts) -> bool:
    stage = Stage(output.out())
    stage.header(
        "lessonhook demo",
        "A learner completes a lesson, and the company's URL gets a POST. Nothing is lost when the URL is down.\n"
        f"Real parts on the loopback: Valkey (process {parts.server.pid}), a Celery worker "
        f"(process {parts.worker.pid}), an HTTP receiver ({parts.receiver.address}).\n"
        f"Shortened for the show: the 300 s between attempts are {RETRY_DELAY_SECONDS} s "
        f"(LESSONHOOK_RETRY_DELAY_SECONDS={RETRY_DELAY_SECONDS}).",
    )
    stage.wait(parts.server_replies, _START_SECONDS, "the server")
    stage.wait(parts.worker_replies, _START_SECONDS, "the worker")
    stage.keep_in_view(lambda: lanes_table(parts.desk.states(company.name for company in CAST)))
    story = Story(parts, stage)
    story.subscribe()
    story.sample()
    story.many()
    missed = story.outage()
    story.pause(missed)
    held = story.recovery(missed)
    return story.account(held).well


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt

"""`lessonhook health`: whether a worker of this host takes part in the work, for a container's health check."""

import socket
from typing import Annotated

import typer

from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint
from lessonhook.console.views import output
from lessonhook.desk.words import span
from lessonhook.ledger import Heartbeat


def health(
    hostname: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The worker's name as Celery shows it, celery@host; left out: any worker of this host.",
        ),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="The greatest age of its last heartbeat; left out: six sweep intervals.",
        ),
    ] = None,
) -> None:
    """End with 0 if a worker takes part in the work, with 1 if none does.

    A worker records a heartbeat after each of its sweeps, for which it needs Redis and the broker. The heartbeat also
    says whether the worker takes the messages that wait. A process that only exists is not healthy.
    """
    producer = open_producer()
    if within is None:
        within = producer.app.settings.alive_within_seconds
    beats = producer.ledger.heartbeats.last()
    beat = judge([beat for beat in beats if _meant(beat, hostname)], hostname or f"*@{socket.gethostname()}", within)
    output.write_line(f"{beat.hostname} took part {span(beat.seconds_ago)} ago")


def judge(beats: list[Heartbeat], wanted: str, within: float) -> Heartbeat:
    """Return the latest heartbeat of a worker that works; raise a Complaint that says why there is none."""
    if not beats:
        raise Complaint(f"no worker {wanted} is there: it has ended, or never began")
    fresh = [beat for beat in beats if beat.seconds_ago <= within]
    if not fresh:
        last = min(beats, key=lambda beat: beat.seconds_ago)
        raise Complaint(f"{last.hostname} gave its last sign of life {span(last.seconds_ago)} ago, over {within:g}s")
    consuming = [beat for beat in fresh if beat.consuming]
    if not consuming:
        raise Complaint(f"{fresh[0].hostname} is there but takes nothing of what waits in the broker")
    return min(consuming, key=lambda beat: beat.seconds_ago)


def _meant(beat: Heartbeat, hostname: str | None) -> bool:
    if hostname is not None:
        return beat.hostname == hostname
    return beat.hostname.partition("@")[2] == socket.gethostname()

"""`lessonhook health`: whether a worker of this host really works, for a container's health check."""

import socket
from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import Complaint
from lessonhook.console.wording import span
from lessonhook.ledger import Heartbeat


def health(
    hostname: Annotated[
        str | None,
        typer.Option(help="The worker's name as Celery shows it, celery@host; left out: any worker of this host."),
    ] = None,
    within: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long ago its last sign of life may be.")
    ] = 60.0,
) -> None:
    """End with 0 if a worker takes part in the work, with 1 if none does.

    A worker gives a sign of life after each of its sweeps, which needs Redis and the broker, and says with it whether
    it takes what waits there. A process that merely exists is not healthy.
    """
    beats = open_producer().ledger.heartbeats.last()
    beat = judge([beat for beat in beats if _meant(beat, hostname)], hostname or f"*@{socket.gethostname()}", within)
    output.say(f"{beat.hostname} took part {span(beat.seconds_ago)} ago")


def judge(beats: list[Heartbeat], wanted: str, within: float) -> Heartbeat:
    """Answer the freshest of the workers that work; raise a Complaint that says why none is well."""
    if not beats:
        raise Complaint(f"no worker {wanted} has given a sign of life in the last day")
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

"""`lessonhook status`: every lane, trouble on top."""

from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.lane_json import lane_document
from lessonhook.console.lane_table import lanes_table
from lessonhook.ledger import Overview


def status(
    subscriber: Annotated[str | None, typer.Argument(help="Only this one; left out: all, trouble on top.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts; counts are of events.")] = False,
) -> None:
    """Show what waits, what failed and who is paused.

    Columns: the age of the oldest undelivered event; the window (POSTs that may go at once); events in flight, queued,
    retrying, held, refused (set aside: the endpoint accepts others) and delivered.
    Ends with 1 if SUBSCRIBER is not known.
    """
    producer = open_producer()
    if subscriber is None:
        lanes = Overview(producer.ledger).statuses(producer.ledger.subscribers())
    else:
        lanes = [known_lane(producer, subscriber)]
    if as_json:
        output.write_json({"subscribers": [lane_document(lane) for lane in lanes]})
    elif lanes:
        output.out().print(lanes_table(lanes))
    else:
        output.say("There are no subscribers yet; `lessonhook subscriptions put --help` tells how to add one.")

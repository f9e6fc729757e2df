"""`lessonhook statement`: a signed statement, for the subscriber to check."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import Subscriber
from lessonhook.console.options.periods import Day, Month, read_period
from lessonhook.console.views import output


def statement(
    subscriber: Subscriber,
    day: Day = None,
    month: Month = None,
    ids: Annotated[bool, typer.Option("--ids/--no-ids", help="With the id and the state of each completion.")] = True,
) -> None:
    """Write a signed statement of a day or a month as JSON: what was recorded for a subscriber, and what it accepted.

    It has the counts, a SHA-256 over the ids, and what is not known any more in words. It is signed with the signing
    secret, as each POST is: the receiver checks it by `lessonhook.receiver.verify_statement`, or by any library of
    Standard Webhooks. `reconcile` shows the same for people. Ends with 1 if SUBSCRIBER has no subscription, and with 2
    if it has no signing secret.
    """
    first, last = read_period(day, month)
    signed = open_desk().of(subscriber).statements.signed(first, last, with_ids=ids)
    output.write_json(signed.document())

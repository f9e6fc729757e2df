"""`lessonhook pause` and `lessonhook resume`: an operator's hand on a lane."""

from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.wording import count
from lessonhook.ledger import publish

Subscriber = Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)]


def pause(subscriber: Subscriber) -> None:
    """Send a subscriber nothing more until `resume`; what is published meanwhile is held.

    A fresh event lifts the pause that used up attempts bring, but not this one.
    """
    producer = open_producer()
    before = known_lane(producer, subscriber)
    publish(producer.app, producer.ledger.pause(subscriber))
    flying = f"; {count(before.in_flight, 'POST')} in flight will still end" if before.in_flight else ""
    output.say(f"{subscriber}: paused by an operator until `lessonhook resume {subscriber}`{flying}")


def resume(subscriber: Subscriber) -> None:
    """Lift a subscriber's pause, whoever set it.

    After used up attempts the oldest undelivered event goes first, alone; once it is accepted, the others follow.
    """
    producer = open_producer()
    before = known_lane(producer, subscriber)
    publish(producer.app, producer.ledger.resume(subscriber))
    if before.paused is None:
        output.say(f"{subscriber}: was not paused")
        return
    output.say(f"{subscriber}: resumed, was paused: {before.paused.why}; {count(before.held, 'event')} held until now")

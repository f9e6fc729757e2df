"""`lessonhook send-test`: whether an endpoint takes what we send, and why not if it does not."""

from typing import Annotated, Any

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.exits import ExitCode
from lessonhook.console.masking import masked_url
from lessonhook.console.outcome_words import in_words, what_to_do
from lessonhook.console.sample import known_subscription
from lessonhook.console.trial import send_sample
from lessonhook.ledger import Kind, Outcome
from lessonhook.worker.client import Client


def send_test(
    subscriber: Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """POST the sample payload to a subscriber's endpoint, once, and say what came back.

    It goes from this machine, with the subscription's URL, credentials and options as they are now, paused or not.
    Its webhook-id begins with test-, and nothing is recorded. Ends with 1 if the endpoint did not accept it.
    """
    producer = open_producer()
    subscription = known_subscription(producer, subscriber)
    with Client(producer.app.settings) as client:
        event_id, outcome = send_sample(client, subscription)
    if as_json:
        output.write_json(_document(event_id, outcome))
    else:
        output.say(f"POST {masked_url(subscription.callback_url)}  webhook-id {event_id}")
        output.say(in_words(outcome))
        if advice := what_to_do(outcome):
            output.say(f"What may help: {advice}.")
        output.say(f"It took {outcome.seconds:.3f} s.")
        if outcome.answer:
            output.say(f"The answer begins: {outcome.answer}")
    if outcome.kind is not Kind.ACCEPTED:
        raise typer.Exit(ExitCode.NOT_WELL)


def _document(event_id: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "webhook_id": event_id,
        "accepted": outcome.kind is Kind.ACCEPTED,
        "reason": outcome.reason,
        "status": outcome.status,
        "seconds": round(outcome.seconds, 6),
        "words": in_words(outcome),
        "advice": what_to_do(outcome),
        "answer": outcome.answer,
    }

"""`lessonhook send-test`: whether an endpoint accepts what a worker sends, and if not, why."""

import typer

from lessonhook.console.access import open_desk, read_settings
from lessonhook.console.exits import ExitCode
from lessonhook.console.options.names import AsJson, Subscriber
from lessonhook.console.views import output


def send_test(subscriber: Subscriber, as_json: AsJson = False) -> None:
    """POST the sample payload to a subscriber's endpoint, once, and show the result.

    It is sent from this machine, with the subscription's present URL, credentials and options, paused or not.
    Its webhook-id begins with test-, and nothing is recorded. Ends with 1 if the endpoint did not accept it.
    """
    seconds = read_settings().request_deadline_seconds
    with output.waiting(f"waiting for the endpoint of {subscriber}, for {seconds:g} s at most"):
        result = open_desk().of(subscriber).send_sample()
    if as_json:
        output.write_json(result.document())
    else:
        output.write_line(f"POST {result.callback_url}  webhook-id {result.webhook_id}")
        output.write_line(result.words)
        if result.advice:
            output.write_line(f"What may help: {result.advice}.")
        output.write_line(f"It took {result.seconds:.3f} s.")
        if result.response:
            output.write_line(f"The response begins: {result.response}")
    if not result.accepted:
        raise typer.Exit(ExitCode.NOT_WELL)

"""`lessonhook subscriptions put`: save where and how a company wants to be told."""

from pathlib import Path
from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.credentials import Given, choose_credentials
from lessonhook.console.subscription_text import subscription_lines
from lessonhook.producer import Acknowledgement, Subscription

_CREDENTIALS = "Credentials"
_BODY = "What is sent"
_PACE = "Pace"
_ACKNOWLEDGEMENT = "What confirms an acceptance"


def put(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Annotated[str, typer.Argument(help="The company's name in the LMS.", show_default=False)],
    callback_url: Annotated[str, typer.Argument(help="Sent verbatim, query included.", show_default=False)],
    authorization_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The Authorization value; - reads it unseen.", rich_help_panel=_CREDENTIALS),
    ] = None,
    authorization_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The variable that holds it.", rich_help_panel=_CREDENTIALS),
    ] = None,
    no_authorization: Annotated[
        bool, typer.Option("--no-authorization", help="Send no such header.", rich_help_panel=_CREDENTIALS)
    ] = False,
    signing_secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A whsec_ secret; - reads it unseen.", rich_help_panel=_CREDENTIALS),
    ] = None,
    signing_secret_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The variable that holds it.", rich_help_panel=_CREDENTIALS),
    ] = None,
    no_signing_secret: Annotated[
        bool, typer.Option("--no-signing-secret", help="Do not sign.", rich_help_panel=_CREDENTIALS)
    ] = False,
    keep_credentials: Annotated[
        bool,
        typer.Option("--keep-credentials", help="Those saved, where none are given.", rich_help_panel=_CREDENTIALS),
    ] = False,
    external_user_ids: Annotated[
        bool, typer.Option("--external-user-ids", help="With ext_uid.", rich_help_panel=_BODY)
    ] = False,
    numeric_ids: Annotated[bool, typer.Option("--numeric-ids", help="Ids as numbers.", rich_help_panel=_BODY)] = False,
    deprecated_score: Annotated[
        bool, typer.Option("--deprecated-score", help="With score, 0 to 1.", rich_help_panel=_BODY)
    ] = False,
    max_in_flight: Annotated[
        int | None, typer.Option(metavar="N", help="POSTs at one moment.", rich_help_panel=_PACE)
    ] = None,
    max_per_second: Annotated[
        float | None, typer.Option(metavar="N", help="POSTs a second.", rich_help_panel=_PACE)
    ] = None,
    ack_status: Annotated[
        int | None, typer.Option(metavar="2XX", help="This status alone.", rich_help_panel=_ACKNOWLEDGEMENT)
    ] = None,
    ack_content_type: Annotated[
        str | None, typer.Option(metavar="TYPE", help="This media type.", rich_help_panel=_ACKNOWLEDGEMENT)
    ] = None,
    ack_present: Annotated[
        str | None, typer.Option(metavar="PATH", help="Such as $.id: there.", rich_help_panel=_ACKNOWLEDGEMENT)
    ] = None,
    ack_absent: Annotated[
        str | None, typer.Option(metavar="PATH", help="As $.skipped: not there.", rich_help_panel=_ACKNOWLEDGEMENT)
    ] = None,
) -> None:
    """Save a subscription, whole: an option that is not given has its default.

    A credential is never an argument, since everybody on the machine can read those: it comes from a file, from the
    standard input (-, typed unseen at a terminal) or from a variable that you name. One line end behind it is dropped,
    every other blank is sent. A credential that is set already is not dropped unless you say so.

    An acceptance whose answer lacks what confirms it is delivered and not sent again, but counted as unconfirmed.

    From the next attempt on it is what is used: a corrected token cures the backlog.

    Example: lessonhook subscriptions put acme https://acme.example/hook --authorization-file -
    """
    producer = open_producer()
    credentials = choose_credentials(
        Given("authorization", authorization_file, authorization_env, no_authorization),
        Given("signing-secret", signing_secret_file, signing_secret_env, no_signing_secret),
        producer.ledger.subscription(subscriber),
        keep=keep_credentials,
    )
    rule = {"status": ack_status, "content_type": ack_content_type, "present": ack_present, "absent": ack_absent}
    subscription = Subscription(
        subscriber=subscriber,
        callback_url=callback_url,
        external_user_ids=external_user_ids,
        numeric_ids=numeric_ids,
        deprecated_score=deprecated_score,
        max_in_flight=max_in_flight,
        max_per_second=max_per_second,
        acknowledgement=Acknowledgement.model_validate(rule) if any(rule.values()) else None,
        **credentials,
    )
    producer.subscriptions.put(subscription)
    output.say("saved")
    for line in subscription_lines(subscription.view()):
        output.say(line)

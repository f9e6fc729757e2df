"""`lessonhook subscriptions put`: save where and how to POST to a company."""

from typing import Annotated, Any

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.credentials import (
    AuthorizationEnv,
    AuthorizationFile,
    CaBundleFile,
    ClientCertificateEnv,
    ClientCertificateFile,
    Given,
    KeepCredentials,
    NoAuthorization,
    NoCaBundle,
    NoClientCertificate,
    NoSigningSecret,
    SigningSecretEnv,
    SigningSecretFile,
    choose_credentials,
)
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.options.subscription_options import read_options, reset_options, with_options
from lessonhook.console.views import output
from lessonhook.console.views.subscription_text import subscription_lines
from lessonhook.producer import Subscription


@with_options
def put(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Annotated[
        str, typer.Argument(metavar="SUBSCRIBER", help="The company's name in the LMS.", show_default=False)
    ],
    callback_url: Annotated[
        str,
        typer.Argument(metavar="URL", help="Sent verbatim, query included; none with --pull.", show_default=False),
    ] = "",
    authorization_file: AuthorizationFile = None,
    authorization_env: AuthorizationEnv = None,
    no_authorization: NoAuthorization = False,
    signing_secret_file: SigningSecretFile = None,
    signing_secret_env: SigningSecretEnv = None,
    no_signing_secret: NoSigningSecret = False,
    client_certificate_file: ClientCertificateFile = None,
    client_certificate_env: ClientCertificateEnv = None,
    no_client_certificate: NoClientCertificate = False,
    ca_bundle_file: CaBundleFile = None,
    no_ca_bundle: NoCaBundle = False,
    keep_credentials: KeepCredentials = False,
    **options: Any,
) -> None:
    """Save a subscription as a whole: an option that you do not give gets its default; `change` leaves it.

    A credential is never an argument, because everybody on the machine can read those. It comes from a file, from the
    standard input (-, typed unseen at a terminal) or from a variable that you name. One line end after it is dropped;
    all other blanks are sent. A credential that is saved already is not dropped unless you say so.

    If the endpoint accepts an event but its response breaks the --ack rule, the event is delivered, is not sent again,
    and is counted as unconfirmed.

    The subscription is used from the next attempt on, also for events that wait: they get a corrected token too.
    It lifts no pause: the next new event does, or `lessonhook resume`.

    Example: lessonhook subscriptions put acme https://acme.example/hook --authorization-file -
    """
    if not callback_url and not options.get("pull"):
        raise Complaint("give the callback URL; only a subscriber with --pull needs none", ExitCode.WRONG_USAGE)
    one = open_desk().of(subscriber)
    authorization = Given("authorization", authorization_file, authorization_env, no_authorization)
    signing_secret = Given("signing-secret", signing_secret_file, signing_secret_env, no_signing_secret)
    tls = (
        Given("client-certificate", client_certificate_file, client_certificate_env, no_client_certificate),
        Given("ca-bundle", ca_bundle_file, None, no_ca_bundle),
    )
    others = read_options(options)
    reset: list[str] = []

    def make(saved: Subscription | None) -> Subscription:
        reset[:] = reset_options(others, saved)
        credentials = choose_credentials(authorization, signing_secret, saved, keep=keep_credentials, others=tls)
        return Subscription(subscriber=subscriber, callback_url=callback_url, **credentials, **others)

    saved_now = one.replace(make, by=shell_user())
    output.write_line("saved")
    if reset:
        output.err().print(
            f"not given, and so reset: {', '.join(reset)}; `subscriptions change` leaves what it is not given"
        )
    for line in subscription_lines(saved_now):
        output.write_line(line)

"""`lessonhook subscriptions change`: change some parts of a subscription and leave all others as they are."""

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
    NoAuthorization,
    NoCaBundle,
    NoClientCertificate,
    refuse_second_input,
)
from lessonhook.console.options.names import Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.options.subscription_options import given_options, with_options_left_out
from lessonhook.console.views import output
from lessonhook.console.views.subscription_text import subscription_lines


@with_options_left_out
def change(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Subscriber,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Sent verbatim, query included.")] = None,
    authorization_file: AuthorizationFile = None,
    authorization_env: AuthorizationEnv = None,
    no_authorization: NoAuthorization = False,
    client_certificate_file: ClientCertificateFile = None,
    client_certificate_env: ClientCertificateEnv = None,
    no_client_certificate: NoClientCertificate = False,
    ca_bundle_file: CaBundleFile = None,
    no_ca_bundle: NoCaBundle = False,
    **options: Any,
) -> None:
    """Change some parts of a subscription. What you do not give stays as it is: options and credentials too.

    The saved credentials go to a new --url as well: give new ones with it if the endpoint belongs to somebody else.
    A new signing secret is made by `rotate-secret`. To set an option back to its default, use `put`.
    Ends with 1 if there is no such subscription.

    Example: lessonhook subscriptions change acme --url https://acme.example/new
    """
    one = open_desk().of(subscriber)
    saved = one.subscription()
    credentials = (
        Given("authorization", authorization_file, authorization_env, no_authorization),
        Given("client-certificate", client_certificate_file, client_certificate_env, no_client_certificate),
        Given("ca-bundle", ca_bundle_file, None, no_ca_bundle),
    )
    refuse_second_input(credentials)
    changes: dict[str, Any] = given_options(options, saved)
    if url is not None:
        changes["callback_url"] = url
    changes |= {given.field: given.choose(None, keep=False) for given in credentials if given.ways}
    if not changes:
        raise Complaint("nothing to change: give --url, a credential or an option", ExitCode.WRONG_USAGE)
    view = one.save(by=shell_user(), **changes)
    output.write_line(f"changed: {', '.join(sorted(changes))}")
    for line in subscription_lines(view):
        output.write_line(line)

"""The options of credentials, and which are saved by `put`: none is dropped unless the user says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, cast

import typer
from pydantic import SecretStr

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.secret_input import STANDARD_INPUT, read_secret, read_variable
from lessonhook.ledger.subscriptions import EndpointDict
from lessonhook.producer import Subscription

#: The panel of the help that the options of credentials stand in.
_PANEL: Final = "Credentials"
AuthorizationFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A file with the Authorization value; - reads it unseen.", rich_help_panel=_PANEL
    ),
]
AuthorizationEnv = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The environment variable that holds it.", rich_help_panel=_PANEL),
]
NoAuthorization = Annotated[
    bool, typer.Option("--no-authorization", help="Send no such header.", rich_help_panel=_PANEL)
]
SigningSecretFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A file with the whsec_ secret; - reads it unseen.", rich_help_panel=_PANEL),
]
SigningSecretEnv = AuthorizationEnv
NoSigningSecret = Annotated[bool, typer.Option("--no-signing-secret", help="Do not sign.", rich_help_panel=_PANEL)]
ClientCertificateFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="PEM of the client's certificates and key, for mutual TLS.", rich_help_panel=_PANEL
    ),
]
ClientCertificateEnv = AuthorizationEnv
NoClientCertificate = Annotated[
    bool, typer.Option("--no-client-certificate", help="Present none.", rich_help_panel=_PANEL)
]
CaBundleFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="PEM of the authorities that its endpoint has.", rich_help_panel=_PANEL),
]
NoCaBundle = Annotated[
    bool, typer.Option("--no-ca-bundle", help="Trust the well-known authorities.", rich_help_panel=_PANEL)
]
KeepCredentials = Annotated[
    bool, typer.Option("--keep-credentials", help="Keep the saved ones that are not given.", rich_help_panel=_PANEL)
]


@dataclass(frozen=True)
class Given:
    """The options of the command line for one credential, or for the CA bundle."""

    #: As its options spell it, "authorization" or "signing-secret".
    name: str
    file: Path | None
    variable: str | None
    dropped: bool

    @property
    def field(self) -> str:
        """The name of the subscription's field."""
        return self.name.replace("-", "_")

    @property
    def ways(self) -> int:
        """How many of its options were used; more than one is a contradiction."""
        return (self.file is not None) + (self.variable is not None) + self.dropped

    @cached_property
    def value(self) -> str | None:
        """The credential that is given, None if none is; read once, because the standard input comes only once."""
        return read_secret(self.file, self.name) if self.file else read_variable(self.variable, self.name)

    def choose(self, saved: SecretStr | str | None, *, keep: bool) -> str | SecretStr | None:
        """Return the credential to save; raise a Complaint if options contradict, or if a saved one would be lost."""
        if self.ways > 1:
            raise _wrong(f"the options of {self.name} exclude each other: give one of them")
        given = self.value
        if given is not None and not given.strip():
            where = "the standard input" if self.file == STANDARD_INPUT else self.file or self.variable
            raise _wrong(f"{self.name}: {where} has none; give --no-{self.name} if none is meant")
        if given is not None or self.dropped or saved is None:
            return given
        if not keep:
            raise _wrong(f"{self.name} is set: give a new one, or --keep-credentials or --no-{self.name}")
        return saved


def choose_credentials(
    authorization: Given, signing_secret: Given, saved: Subscription | None, *, keep: bool, others: Sequence[Given] = ()
) -> EndpointDict:
    """Return the credentials of a subscription that replaces `saved`, by the names of its fields."""
    given = (authorization, signing_secret, *others)
    refuse_second_input(given)
    chosen = cast(
        "EndpointDict", {each.field: each.choose(getattr(saved, each.field, None), keep=keep) for each in given}
    )
    if saved and keep and not signing_secret.ways:
        chosen["previous_signing_secret"] = saved.previous_signing_secret
        chosen["previous_secret_ends_at"] = saved.previous_secret_ends_at
    return chosen


def refuse_second_input(given: Iterable[Given]) -> None:
    """Raise a Complaint if more than one is to come by the standard input."""
    if sum(each.file == STANDARD_INPUT for each in given) > 1:
        raise _wrong("only one credential can be read from the standard input")


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)

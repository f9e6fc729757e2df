"""What becomes of a credential when a subscription is put: given, kept or dropped, but never dropped without a word."""

from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.secret_input import STANDARD_INPUT, read_secret, read_variable
from lessonhook.producer import Subscription


class Given(NamedTuple):
    """What the command line says of one credential."""

    #: As its options spell it, "authorization" or "signing-secret".
    name: str
    file: Path | None
    variable: str | None
    dropped: bool

    @property
    def ways(self) -> int:
        """How many of its options were used; more than one contradict each other."""
        return (self.file is not None) + (self.variable is not None) + self.dropped

    def choose(self, saved: SecretStr | None, *, keep: bool) -> str | SecretStr | None:
        """Answer the credential to save; raise a Complaint where options contradict, or one would be lost unasked."""
        if self.ways > 1:
            raise _wrong(f"--{self.name}-file, --{self.name}-env and --no-{self.name} exclude each other")
        given = read_secret(self.file, self.name) if self.file else read_variable(self.variable, self.name)
        if given is not None and not given.strip():
            where = "the standard input" if self.file == STANDARD_INPUT else self.file or self.variable
            raise _wrong(f"{self.name}: {where} has none; say --no-{self.name} if none is meant")
        if given is not None or self.dropped or saved is None:
            return given
        if not keep:
            raise _wrong(f"{self.name} is set: give a new one, or say --keep-credentials or --no-{self.name}")
        return saved


def choose_credentials(
    authorization: Given, signing_secret: Given, saved: Subscription | None, *, keep: bool
) -> dict[str, str | SecretStr | None]:
    """Answer the credentials of a subscription that takes the place of `saved`, by the names of its fields."""
    if authorization.file == signing_secret.file == STANDARD_INPUT:
        raise _wrong("only one credential can be read from the standard input")
    chosen: dict[str, str | SecretStr | None] = {
        "authorization": authorization.choose(saved.authorization if saved else None, keep=keep),
        "signing_secret": signing_secret.choose(saved.signing_secret if saved else None, keep=keep),
    }
    if saved and keep and not signing_secret.ways:
        chosen["previous_signing_secret"] = saved.previous_signing_secret
    return chosen


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)

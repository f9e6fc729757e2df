"""Where a company's completions go and with which credentials.

A credential is declared in `Endpoint`. `EndpointView` has whether it is set, and `CredentialsDict` its keyword; a test
compares the three. `lessonhook subscriptions put` asks for it.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Annotated, Final, TypedDict, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from lessonhook.config import broken
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl
from lessonhook.ledger.subscriptions.certificates import ClientCertificate, read_ca_bundle, read_client_certificate
from lessonhook.ledger.subscriptions.credentials import read_authorization, read_signing_secret
from lessonhook.ledger.subscriptions.subscriber import read_subscriber
from lessonhook.ledger.subscriptions.validators import NoBool

T = TypeVar("T")
#: The first second of the year 9999. A later time cannot be written in every time zone.
_YEAR_9999: Final = 253_370_764_800


def _read_url(value: object) -> str:
    if not isinstance(value, str):
        raise broken("must be text")
    if not value:
        # The whole subscription decides whether it may have none.
        return value
    try:
        CallbackUrl.parse(value)
    except ValueError as error:
        raise broken("{rule}", rule=str(error)) from None
    return value


def _read_by(read: Callable[[str], T | None]) -> Callable[[object], T | None]:
    def validate(value: object) -> T | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is None:
            return None
        if not isinstance(text, str):
            raise broken("must be text")
        try:
            return read(text)
        except ValueError as error:
            raise broken("{rule}", rule=str(error)) from None

    return validate


def _secret_read_by(read: Callable[[str], str | None]) -> BeforeValidator:
    def validate(value: object) -> SecretStr | None:
        accepted = _read_by(read)(value)
        return None if accepted is None else SecretStr(accepted)

    return BeforeValidator(validate)


def _read_certificate(value: object) -> ClientCertificate | None:
    # One that was saved may have ended, and must not forbid a change of another field.
    return value if isinstance(value, ClientCertificate) else _read_by(read_client_certificate)(value)


def _before_9999(seconds: int | None) -> int | None:
    if seconds is not None and seconds >= _YEAR_9999:
        raise broken("must be before the year 9999")
    return seconds


_SigningSecret = Annotated[SecretStr | None, _secret_read_by(read_signing_secret)]
_Authorization = Annotated[SecretStr | None, _secret_read_by(read_authorization)]
_ClientCertificate = Annotated[SecretStr | None, BeforeValidator(_read_certificate)]
_CaBundle = Annotated[str | None, BeforeValidator(_read_by(read_ca_bundle))]


class Endpoint(BaseModel):
    """A subscriber, its callback URL and its credentials."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: 1 to 128 printable ASCII characters without blank, `/`, `{` and `}`; a whole number becomes its text.
    subscriber: Annotated[str, BeforeValidator(read_subscriber)]
    #: http or https, sent verbatim, query included; "" only if the subscriber fetches its completions.
    callback_url: Annotated[str, BeforeValidator(_read_url)] = Field(repr=False)
    #: The whole value of the Authorization header, byte for byte; None or blank: the header is not sent.
    authorization: _Authorization = Field(None, repr=False)
    #: `whsec_…`, see Standard Webhooks; None: POSTs are not signed.
    signing_secret: _SigningSecret = Field(None, repr=False)
    #: The secret before the last rotation: it signs too, until the receiver has the new one.
    previous_signing_secret: _SigningSecret = Field(None, repr=False)
    #: When that ends, in seconds since 1970; None: with the next rotation.
    previous_secret_ends_at: Annotated[int | None, Field(ge=0), AfterValidator(_before_9999), NoBool] = None
    #: For mutual TLS: PEM of the client's certificate chain and its key, not encrypted, at most 16 kB; an https URL.
    client_certificate: _ClientCertificate = Field(None, repr=False)
    #: PEM of the authorities that may sign the endpoint's certificate, at most 32 kB; None: the well-known ones.
    ca_bundle: _CaBundle = Field(None, repr=False)

    @property
    def client_certificate_ends(self) -> int | None:
        """When the client's certificate ends, in seconds since 1970; None if there is none."""
        return self.client_certificate.ends if isinstance(self.client_certificate, ClientCertificate) else None

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The secrets to sign with now, the current one first."""
        return self._held_secrets[:1] if self.has_previous_ended else self._held_secrets

    @property
    def has_previous_ended(self) -> bool:
        """Whether the time of the secret before the last rotation is over."""
        return self.previous_secret_ends_at is not None and self.previous_secret_ends_at <= time.time()

    @property
    def _held_secrets(self) -> tuple[str, ...]:
        held = (self.signing_secret, self.previous_signing_secret)
        return tuple(secret.get_secret_value() for secret in held if secret)

    def endpoint_digest(self) -> str:
        """Return 32 hexadecimal digits that change when the URL, a credential or the CA bundle does.

        Half of a SHA-256, by which the lane notices that an endpoint was corrected. It cannot give away a short
        password, because it is stored only in the ledger, beside the subscription itself.
        """
        held: list[object] = [self.callback_url, self.authorization.get_secret_value() if self.authorization else None]
        held += self._held_secrets
        if self.client_certificate or self.ca_bundle:
            # Left out where there is none: without them, the digests of earlier releases hold.
            certificate = self.client_certificate.get_secret_value() if self.client_certificate else None
            held.append({"client_certificate": certificate, "ca_bundle": self.ca_bundle})
        return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:32]


class EndpointView(BaseModel):
    """An endpoint as it may be shown: of a credential only whether it is set."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    subscriber: str
    callback_url: str = Field(repr=False)
    authorization_set: bool
    signing_secret_set: bool
    #: Whether it signs too, now.
    previous_signing_secret_set: bool
    #: When that ends, in seconds since 1970; None: with the next rotation, or nothing ends.
    previous_secret_ends_at: int | None = None
    client_certificate_set: bool
    #: When it ends, in seconds since 1970; None if there is none.
    client_certificate_ends: int | None = None
    #: PEM; None: the well-known authorities are trusted.
    ca_bundle: str | None = Field(None, repr=False)
    #: Since when the authorization is what it is, in seconds since 1970; None if none is set, or if it is not known.
    authorization_set_at: int | None = None
    #: Who set it, as the audit has the name; "" if the caller did not say.
    authorization_set_by: str = ""
    #: The same of the signing secret.
    signing_secret_set_at: int | None = None
    signing_secret_set_by: str = ""
    #: The same of the client certificate.
    client_certificate_set_at: int | None = None
    client_certificate_set_by: str = ""


class CredentialsDict(TypedDict, total=False):
    """The credentials as keyword arguments, for type checkers."""

    authorization: str | SecretStr | None
    signing_secret: str | SecretStr | None
    previous_signing_secret: str | SecretStr | None
    client_certificate: str | SecretStr | None


class SignedDict(CredentialsDict, total=False):
    """The credentials, and when the former signing secret ends."""

    previous_secret_ends_at: int | None


class EndpointDict(SignedDict, total=False):
    """All of an endpoint that may be left out."""

    ca_bundle: str | None


#: The fields that are credentials.
SECRETS: Final = tuple(CredentialsDict.__annotations__)

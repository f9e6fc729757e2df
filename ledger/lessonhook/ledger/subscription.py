"""A subscription: where a company wants to be told, and with which credentials. Wrong ones are never saved."""

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from lessonhook.config.rules_in_words import RULE, in_words
from lessonhook.ledger.acknowledgement import Acknowledgement
from lessonhook.ledger.callback_url import CallbackUrl
from lessonhook.ledger.credentials import read_authorization, read_signing_secret
from lessonhook.ledger.errors import InvalidSubscription, Undecipherable

if TYPE_CHECKING:
    from collections.abc import Callable

#: A subscriber's name becomes part of Redis keys, where these have a meaning.
_RESERVED: Final = frozenset("/{}")
_SUBSCRIBER_MAX_LENGTH: Final = 128
_SECRETS: Final = ("authorization", "signing_secret", "previous_signing_secret")
_TEXTS: Final = ("subscriber", "callback_url", *_SECRETS)


def _rule(rule: str) -> PydanticCustomError:
    return PydanticCustomError(RULE, "{rule}", {"rule": rule})


def _read_subscriber(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _rule("must be a text or a whole number")
    if not 0 < len(value) <= _SUBSCRIBER_MAX_LENGTH:
        raise _rule(f"must have between 1 and {_SUBSCRIBER_MAX_LENGTH} characters")
    for position, character in enumerate(value, start=1):
        if not "!" <= character <= "~" or character in _RESERVED:
            raise _rule(f"must be printable ASCII without blank, /, {{ and }}: see position {position}")
    return value


def _read_url(value: object) -> str:
    if not isinstance(value, str):
        raise _rule("must be a text")
    try:
        CallbackUrl.parse(value)
    except ValueError as error:
        raise _rule(str(error)) from None
    return value


def _secret_read_by(read: "Callable[[str], str | None]") -> BeforeValidator:
    def validate(value: object) -> SecretStr | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is None:
            return None
        if not isinstance(text, str):
            raise _rule("must be a text")
        try:
            accepted = read(text)
        except ValueError as error:
            raise _rule(str(error)) from None
        return None if accepted is None else SecretStr(accepted)

    return BeforeValidator(validate)


_SigningSecret = Annotated[SecretStr | None, _secret_read_by(read_signing_secret)]
_Authorization = Annotated[SecretStr | None, _secret_read_by(read_authorization)]


class Subscription(BaseModel):
    """One company's callback URL and how to POST to it. Raises InvalidSubscription where a rule is broken.

    Its text shows the subscriber only: the URL's query may hold a key, and the rest is secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: 1 to 128 printable ASCII characters without blank, `/`, `{` and `}`; a whole number becomes its text.
    subscriber: Annotated[str, BeforeValidator(_read_subscriber)]
    #: http or https, sent verbatim, query included.
    callback_url: Annotated[str, BeforeValidator(_read_url)] = Field(repr=False)
    #: The whole value of the Authorization header, byte for byte; None or blank: the header is not sent.
    authorization: _Authorization = Field(None, repr=False)
    #: `whsec_…`, see Standard Webhooks; None: POSTs are not signed.
    signing_secret: _SigningSecret = Field(None, repr=False)
    #: The secret before the last rotation: signs too, until the receiver has the new one.
    previous_signing_secret: _SigningSecret = Field(None, repr=False)
    #: The company knows its learners by ids of its own: `ext_uid` is sent.
    external_user_ids: bool = Field(default=False, repr=False)
    #: Send ids as numbers, to a receiver that compares them so.
    numeric_ids: bool = Field(default=False, repr=False)
    #: Send the top-level `score`, 0 to 1, to a receiver that still reads it.
    deprecated_score: bool = Field(default=False, repr=False)
    #: POSTs at one moment, 1 to 1000; None: the operator's setting.
    max_in_flight: int | None = Field(None, ge=1, le=1000, repr=False)
    #: POSTs a second, above 0 up to 1000, fractions too; None: as fast as the endpoint answers.
    max_per_second: float | None = Field(None, gt=0, le=1000, allow_inf_nan=False, repr=False)
    #: What the answer of an endpoint has that recorded a completion; None: any 2xx is as good as another.
    acknowledgement: Acknowledgement | None = Field(None, repr=False)

    if TYPE_CHECKING:
        # What a caller may write: text where the field keeps a secret, a number where it keeps a text.
        def __init__(
            self,
            *,
            subscriber: str | int,
            callback_url: str,
            authorization: str | SecretStr | None = None,
            signing_secret: str | SecretStr | None = None,
            previous_signing_secret: str | SecretStr | None = None,
            external_user_ids: bool = False,
            numeric_ids: bool = False,
            deprecated_score: bool = False,
            max_in_flight: int | None = None,
            max_per_second: float | None = None,
            acknowledgement: Acknowledgement | None = None,
        ) -> None: ...

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Replace pydantic's error, whose `errors()` and `json()` quote what was put in, by one that does not."""
        try:
            subscription = handler(value)
        except ValidationError as error:
            problems = dict(_problem(details) for details in error.errors(include_url=False, include_input=False))
        else:
            if subscription.signing_secret or not subscription.previous_signing_secret:
                return subscription
            problems = {"previous_signing_secret": "needs a signing_secret that follows it"}
        # Raised out here, not in the handler above: there pydantic's error would hang on it as its context.
        raise InvalidSubscription(problems)

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The secrets to sign with, the current one first."""
        held = (self.signing_secret, self.previous_signing_secret)
        return tuple(secret.get_secret_value() for secret in held if secret)

    @property
    def rendering(self) -> str:
        """The options that change this subscriber's bodies, as a name: "" for none, or "external numeric score"."""
        options = {"external": self.external_user_ids, "numeric": self.numeric_ids, "score": self.deprecated_score}
        return " ".join(name for name, wanted in options.items() if wanted)

    def with_rotated_secret(self, new: str) -> Self:
        """Answer this subscription signing with `new` and, until the next rotation, with its current secret too."""
        if not new.strip(" "):
            raise InvalidSubscription({"signing_secret": "must not be blank"})
        return type(self).model_validate(
            {**self.model_dump(), "signing_secret": new, "previous_signing_secret": self.signing_secret}
        )

    def to_document(self) -> bytes:
        """Write it with its secrets, for Redis only."""
        document = self.model_dump()
        for name in _SECRETS:
            document[name] = document[name].get_secret_value() if document[name] else None
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def from_document(cls, document: bytes) -> "Subscription":
        """Read what `to_document` wrote, in this release or another one.

        Not validated again: a rule that became stricter must not make a saved subscription unreadable. What a newer
        release added is ignored, and what an older one did not know has its default.
        Raises Undecipherable for what is no such document: json's own error, and pydantic's later, would quote it.
        """
        try:
            stored = json.loads(document)
        except ValueError:
            stored = None
        if not isinstance(stored, dict) or not all(isinstance(stored.get(name), str | None) for name in _TEXTS):
            raise Undecipherable("a stored subscription is damaged; put it again")
        known: dict[str, Any] = {name: stored[name] for name in cls.model_fields if name in stored}
        for name in _SECRETS:
            if known.get(name) is not None:
                known[name] = SecretStr(known[name])
        if known.get("acknowledgement") is not None:
            known["acknowledgement"] = Acknowledgement.from_document(known["acknowledgement"])
        return cls.model_construct(**known)

    def endpoint_digest(self) -> str:
        """Answer 32 hexadecimal digits that change when the URL or a credential does.

        Half of a SHA-256, compared where it must be known that an endpoint was mended. Not a place to read a short
        password from: it stands in the ledger beside the subscription itself and goes nowhere else.
        """
        held = (self.callback_url, self.authorization.get_secret_value() if self.authorization else None)
        return hashlib.sha256(json.dumps([*held, *self.signing_secrets]).encode()).hexdigest()[:32]

    def view(self) -> "SubscriptionView":
        """Answer what may be shown of it."""
        shown = {name: getattr(self, name) for name in type(self).model_fields if name not in _SECRETS}
        return SubscriptionView(**shown, **{f"{name}_set": getattr(self, name) is not None for name in _SECRETS})


class SubscriptionView(BaseModel):
    """A subscription as it may be read: of a credential only whether it is set."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    subscriber: str
    callback_url: str = Field(repr=False)
    authorization_set: bool
    signing_secret_set: bool
    previous_signing_secret_set: bool
    external_user_ids: bool
    numeric_ids: bool
    deprecated_score: bool
    max_in_flight: int | None
    max_per_second: float | None
    acknowledgement: Acknowledgement | None


def _problem(details: ErrorDetails) -> tuple[str, str]:
    """Name the field and the rule. A name that is no field's is the caller's own text, and is not quoted."""
    if details["type"] == "extra_forbidden":
        return "subscription", f"has a field that is not known; known are {', '.join(Subscription.model_fields)}"
    place = ".".join(str(part) for part in details["loc"])
    return place or "subscription", in_words(details)

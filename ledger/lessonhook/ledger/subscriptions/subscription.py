"""A subscription: an endpoint and the options for it. One that breaks a rule is never saved."""

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import ConfigDict, ModelWrapValidatorHandler, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails

from lessonhook.config import bare_errors, in_words
from lessonhook.ledger.errors import InvalidSubscription, Undecipherable
from lessonhook.ledger.subscriptions.acknowledgement import Acknowledgement
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl
from lessonhook.ledger.subscriptions.certificates import ClientCertificate
from lessonhook.ledger.subscriptions.endpoint import SECRETS, Endpoint, EndpointDict, EndpointView
from lessonhook.ledger.subscriptions.options import LateCompletions, NoticeLanguage, Options, OptionsDict
from lessonhook.ledger.subscriptions.validators import PROBLEMS

if TYPE_CHECKING:
    from typing import Unpack

#: How long a secret signs on after a rotation, if nothing else is asked for: a receiver changes over within a day.
FORMER_SIGNS_SECONDS: Final = 86_400
#: A secret that signed on for longer would be forgotten.
FORMER_MAX_SECONDS: Final = 30 * 86_400
#: What each document has as text, and what it may have.
_TEXTS: Final = dict.fromkeys(("ca_bundle", *SECRETS), str | None) | dict.fromkeys(("subscriber", "callback_url"), str)


class FieldsDict(EndpointDict, OptionsDict, total=False):
    """The fields of a subscription that may be left out, as keyword arguments."""


# Of two bases, pydantic takes the fields of the last one first: a subscription begins with its subscriber.
class Subscription(Options, Endpoint):
    """One company's callback URL and how to POST to it. Raises InvalidSubscription if a rule is broken.

    Its `repr` shows the subscriber and its options. It hides the URL, whose query may hold a key, and the credentials.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    if TYPE_CHECKING:
        # What a caller may give: text where the field keeps a secret, a number where it keeps text.
        def __init__(
            self,
            *,
            subscriber: str | int,
            callback_url: str,
            **fields: Unpack[FieldsDict],
        ) -> None: ...

    else:

        @bare_errors
        def __init__(self, **fields: Any) -> None:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)

        __init__.__pydantic_base_init__ = True

        @classmethod
        @bare_errors
        def model_validate(cls, obj: Any, **options: Any) -> Self:
            """Return one made of a dict; raise `InvalidSubscription` as the constructor does."""
            return super().model_validate(obj, **options)

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Replace pydantic's error, whose `errors()` and `json()` quote the values, by one that does not."""
        try:
            subscription = handler(value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            problems = dict(problem for details in found for problem in _problems(details))
        else:
            problems = _contradictions(subscription)
            if not problems:
                return subscription
        # Not raised in the handler above, because pydantic's error would become its context.
        raise InvalidSubscription(problems)

    @bare_errors
    def with_rotated_secret(self, new: str, *, former_for_seconds: int = FORMER_SIGNS_SECONDS) -> Self:
        """Return this subscription signing with `new`, and for `former_for_seconds` with its current secret too.

        With 0 the current one ends at once. Raises InvalidSubscription for more than 30 days.
        """
        if not new.strip(" "):
            raise InvalidSubscription({"signing_secret": "must not be blank"})
        if not 0 <= former_for_seconds <= FORMER_MAX_SECONDS:
            raise InvalidSubscription({"former_for_seconds": f"must be 0 to {FORMER_MAX_SECONDS:,}, which is 30 days"})
        former = self.signing_secret if former_for_seconds else None
        rotated = {
            "signing_secret": new,
            "previous_signing_secret": former,
            "previous_secret_ends_at": int(time.time()) + former_for_seconds if former else None,
        }
        return type(self).model_validate({**self.model_dump(), **rotated})

    def to_document(self) -> bytes:
        """Return it as JSON with its secrets, for Redis only."""
        document = self.model_dump()
        for name in SECRETS:
            document[name] = document[name].get_secret_value() if document[name] else None
        document["client_certificate_ends"] = self.client_certificate_ends
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def from_document(cls, document: bytes) -> "Subscription":
        """Read the result of `to_document`, of this release or another one.

        It is not validated again, because a rule that became stricter must not make a saved subscription unreadable.
        A field that a newer release added is ignored; one that an older release did not know has its default.
        Raises Undecipherable if it is no such document, because json's own error would quote it.
        """
        try:
            stored = json.loads(document)
        except ValueError:
            stored = None
        if not isinstance(stored, dict) or not all(isinstance(stored.get(name), kind) for name, kind in _TEXTS.items()):
            raise Undecipherable("a stored subscription is damaged; put it again")
        known: dict[str, Any] = {name: stored[name] for name in cls.model_fields if name in stored}
        known |= _opened_secrets(stored)
        if "late_completions" in known:
            known["late_completions"] = LateCompletions.read(known["late_completions"])
        if known.get("acknowledgement") is not None:
            known["acknowledgement"] = Acknowledgement.from_document(known["acknowledgement"])
        if known.get("accept_statuses") is not None:
            known["accept_statuses"] = tuple(known["accept_statuses"])
        if known.get("notice_addresses") is not None:
            known["notice_addresses"] = tuple(known["notice_addresses"])
        if "notice_language" in known:
            known["notice_language"] = NoticeLanguage.read(known["notice_language"])
        return cls.model_construct(**known)

    def view(self) -> "SubscriptionView":
        """Return the part of it that may be shown."""
        shown: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields if name not in SECRETS}
        shown |= {f"{name}_set": getattr(self, name) is not None for name in SECRETS}
        shown["client_certificate_ends"] = self.client_certificate_ends
        if self.has_previous_ended:
            shown |= {"previous_signing_secret_set": False, "previous_secret_ends_at": None}
        # Not validated: a saved subscription stays readable although a rule became stricter.
        return SubscriptionView.model_construct(**shown)


class SubscriptionView(Options, EndpointView):
    """A subscription as it may be read: of a credential only whether it is set."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def _opened_secrets(stored: Mapping[str, Any]) -> dict[str, SecretStr | None]:
    """Return the credentials of a document, those that it has."""
    secrets = {
        name: SecretStr(stored[name]) if stored[name] is not None else None for name in SECRETS if name in stored
    }
    if certificate := stored.get("client_certificate"):
        secrets["client_certificate"] = ClientCertificate(certificate, ends=stored.get("client_certificate_ends"))
    return secrets


def _contradictions(subscription: Subscription) -> dict[str, str]:
    """Return the fields that are right alone, and wrong beside the others, with the rule."""
    problems: dict[str, str] = {}
    if subscription.previous_signing_secret and not subscription.signing_secret:
        problems |= {"previous_signing_secret": "needs a signing_secret that follows it"}
    if subscription.authorization and subscription.authorization_from_provider:
        problems["authorization"] = "must be left out: authorization_from_provider has a function provide it"
    if subscription.monthly_statement and not subscription.signing_secret:
        problems["monthly_statement"] = "needs a signing_secret, because a statement is signed"
    elif subscription.monthly_statement and subscription.pull:
        problems["monthly_statement"] = "needs a subscription without pull, because a statement is posted"
    if subscription.callback_url and CallbackUrl.parse(subscription.callback_url).scheme != "https":
        for name in ("client_certificate", "ca_bundle"):
            if getattr(subscription, name):
                problems[name] = "needs a callback_url that begins with https://"
    if not subscription.callback_url and not subscription.pull:
        try:
            CallbackUrl.parse(subscription.callback_url)
        except ValueError as error:
            problems["callback_url"] = str(error)
    return problems


def _problems(details: ErrorDetails) -> list[tuple[str, str]]:
    """Return each field and its rule. An unknown name is the caller's own text and is not quoted."""
    if details["type"] == PROBLEMS:
        return list(details["ctx"][PROBLEMS].items())
    if details["type"] == "extra_forbidden":
        return [("subscription", f"has a field that is not known; known are {', '.join(Subscription.model_fields)}")]
    place = ".".join(str(part) for part in details["loc"])
    return [(place or "subscription", in_words(details))]

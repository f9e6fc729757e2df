"""A subscription as it may be shown: whether a credential is set, and of the URL's query only the names."""

from collections.abc import Iterator
from typing import Any, Literal

from lessonhook.config import to_the_minute
from lessonhook.desk.words.masking import masked_url
from lessonhook.ledger.subscriptions import Options, options_of
from lessonhook.producer import SubscriptionView


def subscription_document(view: SubscriptionView, *, reveal_url: bool = False) -> dict[str, Any]:
    """Return the JSON form of a subscription; `reveal_url` leaves the values of the URL's query in it."""
    document = view.model_dump()
    if not reveal_url:
        document["callback_url"] = masked_url(view.callback_url)
    return document


def option_words(view: SubscriptionView) -> Iterator[str]:
    """Yield the options that are set, with their values, as the command line spells them."""
    for name, option in options_of(Options).items():
        value = getattr(view, name)
        shown_as = option.shown_as or name.replace("_", "-")
        if value == Options.model_fields[name].default:
            continue
        if value is True:
            yield shown_as
        elif value is not None and value is not False:
            yield f"{shown_as} {_shown(value)}"


def credential_words(
    view: SubscriptionView, name: Literal["authorization", "signing_secret", "client_certificate"]
) -> str:
    """Return since when a credential is set and by whom, as far as that is known; "" if none is set."""
    if not getattr(view, f"{name}_set"):
        return ""
    at, by = getattr(view, f"{name}_set_at"), getattr(view, f"{name}_set_by")
    if at is None:
        return "set"
    return f"set on {to_the_minute(at)}{f' by {by}' if by else ''}"


def signing_words(view: SubscriptionView) -> str:
    """Return since when POSTs are signed, by whom it was set, and until when a former secret signs too; "" if none."""
    is_set = credential_words(view, "signing_secret")
    if not is_set or not view.previous_signing_secret_set:
        return is_set
    ends = view.previous_secret_ends_at
    return f"{is_set}, and the one before it signs too{'' if ends is None else f' until {to_the_minute(ends)}'}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

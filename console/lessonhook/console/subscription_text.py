"""A subscription as it may be shown: of a credential whether it is set, of the URL's query the names alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.table import Table

from lessonhook.console import output
from lessonhook.console.masking import masked_url
from lessonhook.producer import SubscriptionView


def subscription_document(view: SubscriptionView, *, reveal_url: bool = False) -> dict[str, Any]:
    """Answer a subscription for scripts."""
    document = view.model_dump()
    if not reveal_url:
        document["callback_url"] = masked_url(view.callback_url)
    return document


def subscription_lines(view: SubscriptionView, *, reveal_url: bool = False) -> Iterator[str]:
    """Yield a subscription for people, a fact a line."""
    facts = {
        "subscriber": view.subscriber,
        "callback URL": view.callback_url if reveal_url else masked_url(view.callback_url),
        "authorization": "set" if view.authorization_set else "none: the header is not sent",
        "signing secret": _signing(view),
        "options": ", ".join(options_said(view)) or "none",
    }
    width = max(map(len, facts))
    for name, fact in facts.items():
        yield f"{name:<{width}}  {fact}"


def subscriptions_table(views: Iterable[SubscriptionView], *, reveal_url: bool = False) -> Table:
    """Draw subscriptions, one a row."""
    drawn = output.table()
    drawn.add_column("subscriber", overflow="fold")
    drawn.add_column("callback URL", overflow="fold")
    drawn.add_column("authorization")
    drawn.add_column("signed")
    drawn.add_column("options")
    for view in views:
        drawn.add_row(
            view.subscriber,
            view.callback_url if reveal_url else masked_url(view.callback_url),
            "set" if view.authorization_set else "none",
            "yes" if view.signing_secret_set else "no",
            "\n".join(options_said(view)),
        )
    return drawn


def _signing(view: SubscriptionView) -> str:
    if not view.signing_secret_set:
        return "none: POSTs are not signed"
    return "set, and the one before it signs too" if view.previous_signing_secret_set else "set"


def options_said(view: SubscriptionView) -> Iterator[str]:
    """Yield the options that are set, with their values, as the command line writes them."""
    flags = {
        "external-user-ids": view.external_user_ids,
        "numeric-ids": view.numeric_ids,
        "deprecated-score": view.deprecated_score,
    }
    yield from (name for name, wanted in flags.items() if wanted)
    if view.max_in_flight is not None:
        yield f"max-in-flight {view.max_in_flight}"
    if view.max_per_second is not None:
        yield f"max-per-second {view.max_per_second:g}"
    if view.acknowledgement is not None:
        yield f"confirmed by {view.acknowledgement}"

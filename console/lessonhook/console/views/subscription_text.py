"""Subscriptions as lines and as a table."""

from collections.abc import Iterable, Iterator

from lessonhook.config import to_the_minute
from lessonhook.console.views import output
from lessonhook.console.views.table import Table
from lessonhook.desk import credential_words, left_words, option_words, signing_words
from lessonhook.desk.words import count, masked_url
from lessonhook.ledger.subscriptions import CertificateEnd
from lessonhook.producer import SubscriptionView


def subscription_lines(view: SubscriptionView, *, reveal_url: bool = False) -> Iterator[str]:
    """Yield a subscription's facts, one a line."""
    facts = {
        "subscriber": view.subscriber,
        "callback URL": view.callback_url if reveal_url else masked_url(view.callback_url),
        "authorization": _authorization(view),
        "signing secret": signing_words(view) or "none: POSTs are not signed",
        "client certificate": _client_certificate(view),
        "authorities": _authorities(view),
        "options": ", ".join(option_words(view)) or "none",
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
            _signed(view),
            ", ".join(option_words(view)),
        )
    return drawn


def _authorization(view: SubscriptionView) -> str:
    if view.authorization_from_provider:
        return "a token of LESSONHOOK_AUTHORIZATION_PROVIDER"
    return credential_words(view, "authorization") or "none: the header is not sent"


def _client_certificate(view: SubscriptionView) -> str:
    if not view.client_certificate_set:
        return "none"
    is_set = credential_words(view, "client_certificate")
    if view.client_certificate_ends is None:
        return is_set
    end = CertificateEnd.seen_now(view.client_certificate_ends)
    on = to_the_minute(end.moment)
    return f"{is_set}, ended on {on}" if end.is_over else f"{is_set}, ends on {on} ({left_words(end)})"


def _authorities(view: SubscriptionView) -> str:
    if view.ca_bundle is None:
        return "the well-known ones"
    certificates = view.ca_bundle.count("-----BEGIN CERTIFICATE-----")
    return f"{count(certificates, 'certificate')} of its own, and no others"


def _signed(view: SubscriptionView) -> str:
    if not view.signing_secret_set:
        return "no"
    return "by two secrets" if view.previous_signing_secret_set else "yes"

"""Since when a credential is what it is, and who set it: all that a write-only value can show of itself.

Both are written in the transition that saves the subscription, beside the sealed document. The audit could not tell:
it keeps the last 500 acts for 400 days, and a credential may be older than that.
"""

from collections.abc import Sequence
from typing import Any, Final

from lessonhook.ledger.subscriptions.subscription import Subscription, SubscriptionView

#: The credentials that a person sets.
_DATED: Final = ("authorization", "signing_secret", "client_certificate")
#: The fields of the subscription's hash, which `lua/subscribe.lua` writes: a time in ms, and a name.
DATE_FIELDS: Final = tuple(f"{name}_set_{what}" for name in _DATED for what in ("at", "by"))


def changed_credentials(former: Subscription | None, saved: Subscription) -> list[str]:
    """Name the credentials that differ from those of the former subscription; all that are set if there was none."""
    return [name for name in _DATED if getattr(saved, name) != (getattr(former, name) if former else None)]


def dated_view(subscription: Subscription, stored: Sequence[bytes | None]) -> SubscriptionView:
    """Return the view with the dates; `stored` has the values of `DATE_FIELDS`, in their order."""
    facts: dict[str, Any] = dict(zip(DATE_FIELDS, stored, strict=True))
    dates: dict[str, Any] = {}
    for name in _DATED:
        at = facts[f"{name}_set_at"]
        # The date of a credential that was removed is when it was removed: nothing to show.
        if at is not None and getattr(subscription, name) is not None:
            dates[f"{name}_set_at"] = int(at) // 1000
            dates[f"{name}_set_by"] = (facts[f"{name}_set_by"] or b"").decode()
    return subscription.view().model_copy(update=dates)

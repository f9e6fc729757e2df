"""Examines whether the ledger is what it was, and alone in its database."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redis.exceptions import NoPermissionError

from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.desk.words import count

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

_RESTORE = (
    "restore Redis, or save the subscriptions again and run `lessonhook rebuild`; then restart the workers. Give the "
    "ledger a database that no cache empties"
)


def check_ledger(ledger: "Ledger", alive_within_seconds: float) -> Iterator[Finding]:
    """Yield whether the ledger was emptied, and whether somebody else writes into its database."""
    yield _mark(ledger, alive_within_seconds)
    yield _strangers(ledger)


def _mark(ledger: "Ledger", alive_within_seconds: float) -> Finding:
    mark = ledger.mark.read()
    known = {beat.ledger for beat in ledger.heartbeats.last() if beat.seconds_ago <= alive_within_seconds} - {""}
    if known - {mark}:
        return fail(
            "ledger", "it was emptied while workers ran: subscriptions and undelivered events are gone", _RESTORE
        )
    unsubscribed = ledger.lanes.unsubscribed()
    if not mark and unsubscribed:
        total = count(sum(unsubscribed.values()), "completion")
        return fail("ledger", f"never had a subscription, and {total} came: it is new, or it was emptied", _RESTORE)
    if not mark:
        return ok("ledger", "new: no subscription was saved yet")
    if unsubscribed:
        names = ", ".join(list(unsubscribed)[:3])
        return ok("ledger", f"in use; no subscription for {count(len(unsubscribed), 'subscriber')}, most for {names}")
    return ok("ledger", "in use")


def _strangers(ledger: "Ledger") -> Finding:
    try:
        found, looked_at = ledger.mark.strangers()
    except NoPermissionError:
        return warn("database", "the user may not run SCAN: keys of others are not looked for", "give it `+scan`")
    if found:
        return warn(
            "database",
            f"{found:,} of {looked_at:,} keys are somebody else's: emptying that cache empties the ledger too",
            "give the ledger a database, or a Redis, of its own",
        )
    return ok("database", "the ledger's alone")

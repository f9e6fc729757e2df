"""The thread that posts the statements of a month. One worker at a time does it, and no delivery waits for it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError

from lessonhook.config import code_of
from lessonhook.ledger import A_WORKER, Act, Kind, Subscription, Tried, stated_days, statement_id
from lessonhook.worker.client import Post
from lessonhook.worker.runtime.leader_thread import LeaderThread

if TYPE_CHECKING:
    from lessonhook.ledger import Outcome
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
_LEADER_KEY: Final = "lessonhook:statements-leader"
#: A look reads all subscriptions, some 10,000 in a second or two, and only in the first days of a month.
_LOOK_EVERY_SECONDS: Final = 300.0
#: The days of a month (UTC) on which statements are posted: workers that were away for a long weekend post them too.
_LAST_DAY: Final = 5
_RETRY_MS: Final = 3_600_000
#: Three days of hourly tries.
_MOST_TRIES: Final = 72
#: POSTs at a time. With 10,000 endpoints that hang for 30 seconds each, all are tried within 21 hours.
_AT_ONCE: Final = 4


class MonthlyPosts(LeaderThread):
    """Posts each statement once, and each hour those that failed. Lanes, pauses and attempts stay as they are.

    If an endpoint keeps the thread when the worker ends, its statement is tried again in an hour.
    """

    def __init__(self, runtime: "Runtime") -> None:
        # Workers whose sweeps are frequent, as in tests, look sooner.
        pause_seconds = min(_LOOK_EVERY_SECONDS, 60 * runtime.app.settings.sweep_interval_seconds)
        super().__init__(runtime, name="monthly_statements", leader_key=_LEADER_KEY, pause_seconds=pause_seconds)

    def look(self) -> None:
        """Post what is due, if these are the first days of a month and this worker leads."""
        ledger = self._runtime.ledger
        now_ms = ledger.now_ms()
        today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        if today.day > _LAST_DAY or not self._leads():
            return
        days = _month_before(today)
        tried = ledger.monthly_statements.of(_month(days))
        # One that was never tried goes before those that failed, so that dead endpoints delay nobody for hours.
        due = sorted((each.tries, name) for name in self._asking() if (each := tried.get(name, Tried())).is_due(now_ms))
        with ThreadPoolExecutor(_AT_ONCE, "lessonhook-monthly-statement") as pool:
            waiting = iter([name for _, name in due])
            while names := list(islice(waiting, _AT_ONCE)):
                if self._stop.is_set() or not self._leads():
                    return
                list(pool.map(lambda name: self._try(name, days, tried.get(name, Tried())), names))

    def _asking(self) -> list[str]:
        return [each.subscriber for each in self._runtime.ledger.subscriptions.readable() if _asks(each)]

    def _try(self, subscriber: str, days: tuple[date, date], before: Tried) -> None:
        """Make one POST of a statement, and note how it ended. An error is of this one, and the others go on."""
        ledger, month = self._runtime.ledger, _month(days)
        try:
            # Read anew, because it may have changed since the look began.
            subscription = ledger.subscriptions.get(subscriber)
            if subscription is None or not _asks(subscription):
                return
            next_ms = ledger.now_ms() + _RETRY_MS
            if not ledger.monthly_statements.claim(month, subscriber, before, next_ms=next_ms):
                return
            outcome = self._post(subscription, days)
            tries = before.tries + 1
            is_last = tries >= _MOST_TRIES or datetime.fromtimestamp(next_ms / 1000, UTC).day > _LAST_DAY
            if outcome.kind is Kind.ACCEPTED or is_last:
                ledger.monthly_statements.end(month, subscriber)
                how = "accepted" if outcome.kind is Kind.ACCEPTED else f"given up ({outcome.reason})"
                ledger.note_act(subscriber, Act.STATEMENT, f"{month}: {how} at try {tries}", by=A_WORKER)
        except (RedisError, OSError) as error:
            _log.warning("monthly_statement.failed", subscriber=subscriber, month=month, error=code_of(error))
        except Exception:  # noqa: BLE001 - logged whole; it is tried again in an hour
            _log.exception("monthly_statement.failed", subscriber=subscriber, month=month)
        else:
            _log_outcome(subscriber, month, outcome, tries, is_last=is_last)

    def _post(self, subscription: Subscription, days: tuple[date, date]) -> "Outcome":
        settings, subscriber = self._runtime.app.settings, subscription.subscriber
        stated = stated_days(self._runtime.ledger, settings, subscriber, days, with_ids=None)
        post = Post(
            event_id=statement_id(subscriber, *days),
            subscription=subscription,
            body=stated.as_sent(),
            statement_month=_month(days),
        )
        return self._runtime.client.post(post)


def _asks(subscription: Subscription) -> bool:
    return subscription.monthly_statement and bool(subscription.signing_secrets) and not subscription.pull


def _month_before(today: date) -> tuple[date, date]:
    """Return the first and the last day of the month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _month(days: tuple[date, date]) -> str:
    return f"{days[0]:%Y-%m}"


def _log_outcome(subscriber: str, month: str, outcome: "Outcome", tries: int, *, is_last: bool) -> None:
    if outcome.kind is Kind.ACCEPTED:
        _log.info("monthly_statement.accepted", subscriber=subscriber, month=month, tries=tries)
        return
    _log.warning(
        "monthly_statement.failed",
        subscriber=subscriber,
        month=month,
        reason=str(outcome.reason),
        status=outcome.status,
        tries=tries,
        then="given up" if is_last else "tried again in an hour",
    )

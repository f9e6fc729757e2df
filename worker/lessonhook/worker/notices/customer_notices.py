"""The thread that sends customers their notices. One worker at a time does it, and no delivery waits for it."""

from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import structlog

from lessonhook.worker.notices.mail_trouble import is_of_one_customer, mail_trouble
from lessonhook.worker.notices.notice_state import NoticeState, NoticeStates
from lessonhook.worker.notices.notice_text import CustomerNotice, Facts, NoticeTopic
from lessonhook.worker.notices.rules import Rules, counted, decide, is_forgettable
from lessonhook.worker.runtime.leader_thread import LeaderThread

if TYPE_CHECKING:
    from lessonhook.ledger import LaneStatus
    from lessonhook.worker.notices.senders import Sender
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
_LEADER_KEY: Final = "lessonhook:notices-leader"
#: Nobody needs to know within less, and each look reads all lanes with undelivered events.
_LOOK_EVERY_SECONDS: Final = 10.0
#: The first wait after a notice could not be sent; each further one is twice as long, and an hour at most.
_RETRY_SECONDS: Final = 60.0
_LONGEST_RETRY_SECONDS: Final = 3_600.0
#: Within some eight hours; what is older is no news.
_MOST_TRIES: Final = 12
#: A mail server that is away is not waited for again for each of many customers.
_MOST_FAILURES_A_LOOK: Final = 3
#: Keeps the exponent of the wait within what a float holds.
_DOUBLINGS: Final = 6


class _Ended(Enum):
    """How the sending of a notice ended."""

    #: It was sent, or is not wanted any more.
    WELL = auto()
    #: The server refused its addresses, and takes other mails.
    BY_ITS_ADDRESSES = auto()
    #: The mail server or the LMS's function failed, as it would for the next notice.
    BY_THE_SERVER = auto()


class CustomerNotices(LeaderThread):
    """Looks at the lanes of all customers, and sends a notice to those whose endpoint changed."""

    def __init__(self, runtime: "Runtime", sender: "Sender", *, retry_seconds: float = _RETRY_SECONDS) -> None:
        pause_seconds = min(_LOOK_EVERY_SECONDS, 2 * runtime.app.settings.sweep_interval_seconds)
        super().__init__(runtime, name="customer_notices", leader_key=_LEADER_KEY, pause_seconds=pause_seconds)
        self._sender = sender
        self._retry_seconds = retry_seconds
        self._rules = Rules.of(runtime.app.settings)

    def look(self) -> None:
        """Look at every lane once, if this worker leads, and send what is to be sent."""
        ledger = self._runtime.ledger
        # In a mass failure the fault is ours, and no customer gets a notice of a failure that is not its own.
        if not self._leads() or ledger.activity.alarmed():
            return
        store, now = NoticeStates(ledger.redis), ledger.lanes.now().timestamp()
        known = store.read()
        for lane in ledger.lanes.statuses(sorted(known.keys() | set(ledger.lanes.busy_subscribers()))):
            before = known.get(lane.subscriber, NoticeState())
            after = self._decided(before, lane, now)
            if is_forgettable(after, now):
                if lane.subscriber in known:
                    store.write(lane.subscriber, None)
            elif after != before:
                store.write(lane.subscriber, after)
            known[lane.subscriber] = after
        self._send_pending(store, known, now)

    def _decided(self, before: NoticeState, lane: "LaneStatus", now: float) -> NoticeState:
        after, facts = decide(self._rules, before, lane, now)
        if after.trouble_since and not before.trouble_since:
            after = replace(after, late_before=self._late(lane.subscriber, now, now))
        if facts is None or not self._wants(lane.subscriber):
            return after
        state = counted(self._rules, after, now)
        if state is None:
            _log.info("customer_notice.limit", subscriber=lane.subscriber, topic=str(facts.topic))
            return after
        if facts.topic is NoticeTopic.BACK:
            late = self._late(lane.subscriber, before.trouble_since, now) - before.late_before
            facts = replace(facts, count=max(0, late))
        # A notice that could not be sent is no news any more when the next one is there.
        return replace(state, pending=facts, failures=0, next_try=0.0)

    def _late(self, subscriber: str, since: float, now: float) -> int:
        first, last = (datetime.fromtimestamp(each, UTC).date() for each in (since, now))
        return sum(counts.late for _, counts in self._runtime.ledger.history.days(subscriber, first, last))

    def _wants(self, subscriber: str) -> bool:
        if not self._sender.needs_addresses:
            return True
        subscription = self._runtime.ledger.subscriptions.get(subscriber)
        return subscription is not None and bool(subscription.notice_addresses)

    def _send_pending(self, store: NoticeStates, known: dict[str, NoticeState], now: float) -> None:
        failed = 0
        # A notice that is new goes before those that failed, so that no customer's dead addresses delay another's.
        for subscriber, state in sorted(known.items(), key=lambda each: each[1].failures):
            if state.pending is None or state.next_try > now:
                continue
            if failed >= _MOST_FAILURES_A_LOOK or self._stop.is_set() or not self._leads():
                return
            ended = self._send(subscriber, state.pending, state.failures)
            failures = state.failures + 1
            if ended is _Ended.WELL or failures >= _MOST_TRIES:
                after = replace(state, pending=None, failures=0, next_try=0.0)
                store.write(subscriber, None if is_forgettable(after, now) else after)
                continue
            wait = min(_LONGEST_RETRY_SECONDS, self._retry_seconds * 2 ** min(state.failures, _DOUBLINGS))
            failed += ended is _Ended.BY_THE_SERVER
            store.write(subscriber, replace(state, failures=failures, next_try=now + wait))

    def _send(self, subscriber: str, facts: Facts, failures: int) -> _Ended:
        """Send a notice that is still wanted. Return how it ended, and never the error, which names addresses."""
        settings, subscription = self._runtime.app.settings, self._runtime.ledger.subscriptions.get(subscriber)
        addresses = subscription.notice_addresses or () if subscription else ()
        if subscription is None or (self._sender.needs_addresses and not addresses):
            return _Ended.WELL
        language = str(subscription.notice_language)
        notice = CustomerNotice.write(subscriber, facts, addresses, language, settings.page_home_url)
        try:
            refused = self._sender.send(notice)
        except Exception as error:  # noqa: BLE001 - of a mail server, or of the LMS's own function
            # Neither the text of the server nor an address is logged: both are personal.
            _log.warning(
                "customer_notice.failed",
                subscriber=subscriber,
                topic=str(facts.topic),
                error=type(error).__name__,
                why=mail_trouble(error),
                then="given up" if failures + 1 >= _MOST_TRIES else "tried again",
            )
            return _Ended.BY_ITS_ADDRESSES if is_of_one_customer(error) else _Ended.BY_THE_SERVER
        topic = str(facts.topic)
        _log.info("customer_notice.sent", subscriber=subscriber, topic=topic, addresses=len(addresses), refused=refused)
        return _Ended.WELL

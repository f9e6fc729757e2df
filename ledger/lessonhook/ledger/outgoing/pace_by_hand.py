"""The pace of POSTs that a person asked for: no faster than the subscription allows, and no more than are worth it."""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lessonhook.ledger.transitions.results import Kind

if TYPE_CHECKING:
    from lessonhook.ledger.subscriptions import Subscription
    from lessonhook.ledger.transitions.results import Outcome


class PaceByHand:
    """When the next POST to one subscriber may be made, and why no further one is worth it.

    The lane's own window and failures say nothing here, because a person's POST does not change them.

    - `failures_in_a_row`: after so many, no more are made, because each may cost a deadline.
    - `asked_wait_seconds`: the longest wait that an endpoint may ask for between two, because a person waits.
    - `all_waits_seconds`: all waits together, where others need the thread that waits. The subscription's own pace is
      kept in any case: what has no time left is not sent.
    """

    def __init__(
        self, *, failures_in_a_row: int, asked_wait_seconds: float, all_waits_seconds: float = math.inf
    ) -> None:
        self._failures_in_a_row = failures_in_a_row
        self._asked_wait_seconds = asked_wait_seconds
        self._waits_left_seconds = all_waits_seconds
        self._failures = 0
        #: When the next POST may be made, on the monotonic clock.
        self._not_before = 0.0

    @property
    def refusal(self) -> str:
        """Why no further POST is made, in words; "" if the next one may be, after its wait."""
        if self._failures >= self._failures_in_a_row:
            return f"not tried: {self._failures_in_a_row} before it failed in a row"
        if self._wait_seconds > self._waits_left_seconds:
            return f"not tried: by its max_per_second it would have to wait for {self._wait_seconds:.0f} s"
        return ""

    def wait(self, sleep: Callable[[float], object]) -> None:
        """Call `sleep` with the seconds until the next POST may be made, unless it need not wait or is not made."""
        seconds = self._wait_seconds
        if seconds and not self.refusal:
            self._waits_left_seconds -= seconds
            sleep(seconds)

    def learn(self, subscription: "Subscription", outcome: "Outcome", began: float) -> None:
        """Take how a POST ended that has ended now. `began` is when it was begun, on the monotonic clock."""
        self._failures = 0 if outcome.kind is Kind.ACCEPTED else self._failures + 1
        if subscription.max_per_second:
            self._not_before = began + 1 / subscription.max_per_second
        if outcome.kind is Kind.THROTTLED:
            asked = min(outcome.retry_after_seconds or 1.0, self._asked_wait_seconds)
            self._not_before = max(self._not_before, time.monotonic() + asked)

    @property
    def _wait_seconds(self) -> float:
        return max(0.0, self._not_before - time.monotonic())

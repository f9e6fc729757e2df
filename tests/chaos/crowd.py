"""Many workers' worth of transitions at once: threads on one ledger, and a broker that loses and repeats messages."""

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from lessonhook.ledger import SHARDS, Delivery, Kind, Ledger, Outcome, Reason, Step
from tests.support.endpoints.recorder import Record

_IDLE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Letter:
    subscriber: str
    event_id: str
    wake_ms: int | None = None
    not_before: float = 0.0


class Crowd:
    """Workers that share nothing but the ledger and the letters. What goes wrong is listed in `faults`."""

    def __init__(self, make_ledger: Callable[[], Ledger], *, failures: float, losses: float, crashes: float) -> None:
        self._make_ledger = make_ledger
        #: The shares of POSTs that fail, of letters that are lost (as many are repeated), of deliveries never settled.
        self.failures, self.losses, self.crashes = failures, losses, crashes
        self.record = Record()
        self.faults: list[str] = []
        self._letters: queue.Queue[_Letter] = queue.Queue()
        self._in_hand: dict[str, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    @contextmanager
    def at_work(self, workers: int) -> Iterator[None]:
        """Let so many work, until the block ends."""
        threads = [threading.Thread(target=self._work, args=(seed,), name=f"crowd-{seed}") for seed in range(workers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def publish(self, step: Step, chance: random.Random) -> None:
        """Put letters on their way: most once, some twice, some never."""
        now = time.monotonic()
        letters = [_Letter(step.subscriber, message.event_id) for message in step.publish]
        letters += [
            _Letter(step.subscriber, wake.event_id, wake.wake_ms, now + wake.delay_seconds) for wake in step.wakes
        ]
        for letter in letters:
            for _ in range(chance.choices((1, 0, 2), (1 - 2 * self.losses, self.losses, self.losses))[0]):
                self._letters.put(letter)

    def _work(self, seed: int) -> None:
        chance, ledger = random.Random(seed), self._make_ledger()
        try:
            while not self._over.is_set():
                self._sweep(ledger, chance)
                self._take(ledger, chance)
        except Exception as error:  # noqa: BLE001 - a thread's errors are the test's
            self.faults.append(repr(error))
        finally:
            ledger.redis.close()

    def _sweep(self, ledger: Ledger, chance: random.Random) -> None:
        for step in ledger.sweep(chance.randrange(SHARDS), oldest_waiting_ms={}, read_at_ms=ledger.now_ms()):
            self.publish(step, chance)

    def _take(self, ledger: Ledger, chance: random.Random) -> None:
        try:
            letter = self._letters.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return
        if letter.not_before > time.monotonic():
            self._letters.put(letter)
            return
        step = ledger.admit(letter.subscriber, letter.event_id, wake_ms=letter.wake_ms)
        while True:
            self.publish(step, chance)
            if step.delivery is None:
                return
            outcome = self._post(step.delivery, chance)
            crashed = chance.random() < self.crashes
            self._put_down(step.delivery)
            if crashed:
                return
            in_place = chance.random() < 0.5
            step = ledger.settle(
                step.subscriber, step.delivery.event_id, step.delivery.token, outcome, in_place=in_place
            )

    def _post(self, delivery: Delivery, chance: random.Random) -> Outcome:
        now = time.monotonic()
        with self._lock:
            until = self._in_hand.get(delivery.event_id, now)
            if until > now:
                self.faults.append(f"{delivery.event_id} was handed out twice at one moment")
            self._in_hand[delivery.event_id] = now + delivery.lease_seconds
        self.record.arrive(delivery.event_id, delivery.body, now)
        if chance.random() < self.failures:
            return Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=500)
        self.record.process(delivery.event_id)
        return Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200)

    def _put_down(self, delivery: Delivery) -> None:
        with self._lock:
            self._in_hand.pop(delivery.event_id, None)

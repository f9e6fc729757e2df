"""What goes on in the soak: an LMS that publishes whatever happens, and faults that befall several parts at once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from lessonhook.producer import CompletionEvent, PublishFailed
from tests.anomaly.soak_faults import Fault, System, every_fault
from tests.chaos.scene import Scene, completion

_EVENTS_PER_SECOND: Final = 15
#: Faults that befall the system at one moment.
_AT_ONCE: Final = 3
_BETWEEN_FAULTS_SECONDS: Final = (0.5, 4.0)


@dataclass(slots=True)
class Lms:
    """Publishes at an even pace, and publishes again what was refused, until it is told to stop."""

    scene: Scene
    companies: list[str]
    published: dict[str, list[str]] = field(default_factory=dict)
    refusals: int = 0
    wrong: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0
    waiting: list[CompletionEvent] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Publish until it is over."""
        number = 0
        # The pace of an LMS, whose learners wait for nothing here.
        while not self.over.wait(1 / _EVENTS_PER_SECOND):
            number += 1
            self._publish(completion(self.companies[number % len(self.companies)], number))
            if self.waiting:
                self._publish(self.waiting.pop(0))

    def publish_the_rest(self) -> None:
        """Publish again what is refused still; Redis is well."""
        for _ in range(len(self.waiting)):
            self._publish(self.waiting.pop(0))

    def _publish(self, event: CompletionEvent) -> None:
        begun = time.monotonic()
        try:
            publication = self.scene.producer.send_completion.delay(event)
        except PublishFailed:
            self.refusals += 1
            self.waiting.append(event)
        except Exception as error:  # noqa: BLE001  # which errors may be raised is what is judged
            self.wrong.append(f".delay() raised {error!r}")
            self.waiting.append(event)
        else:
            self.published.setdefault(event.subscriber, []).append(publication.id)
        self.longest_seconds = max(self.longest_seconds, time.monotonic() - begun)


class Fates:
    """Picks faults, several at one moment, each of another part."""

    def __init__(self, system: System, seed: int) -> None:
        self._system = system
        self._kinds = every_fault(system)
        self._seed = seed
        self._over = threading.Event()
        self.struck: Counter[str] = Counter()
        self.errors: list[BaseException] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let faults befall the system while the block runs, and end them all."""
        threads = [threading.Thread(target=self._run, args=(number,)) for number in range(_AT_ONCE)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        if self.errors:
            raise self.errors[0]

    def _run(self, number: int) -> None:
        chance = random.Random(f"{self._seed}/{number}")
        try:
            while not self._over.wait(chance.uniform(*_BETWEEN_FAULTS_SECONDS)):
                kind = chance.choice(sorted(self._kinds))
                part, fault = chance.choice(self._kinds[kind])
                self._strike(kind, part, fault, chance)
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
            self.errors.append(error)

    def _strike(self, kind: str, part: str, fault: Fault, chance: random.Random) -> None:
        lock = self._system.lock(part)
        if lock.acquire(blocking=False):
            try:
                fault(chance)
                self.struck[kind] += 1
            finally:
                lock.release()

"""The rules that every transition of the model's lane ends with, and what they ask; times are in milliseconds."""

from lessonhook.ledger import Policy, State
from tests.support.model.lane_event import Event, ModelStep

#: A smaller step of the clock is left alone.
CLOCK_STEP_MS = 1_000


class LaneRules:
    """One subscriber's lane: what is asked of it, who goes now, and who wakes it later."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.events: dict[str, Event] = {}
        self.window = 1
        self.failures_in_a_row = 0
        self.probe: Event | None = None
        self.paused_exhausted = False
        self.paused_operator = False
        self.subscribed = False
        self.endpoint = ""
        self.skips_late = False
        #: The subscriber fetches its events, and nothing is posted.
        self.is_pull = False
        #: The newest delivered completion of each learner and lesson, while the subscription skips late ones.
        self.newest: dict[str, int] = {}
        self.max_in_flight = policy.max_in_flight
        #: The event that this transition records; None in others.
        self.fresh: Event | None = None
        #: Milliseconds between two deliveries; 0 is no limit.
        self.pace = 0
        self.next_at = 0
        #: When the next event of the past may go, and whether somebody has stopped them.
        self.next_backfill_at = 0
        self.backfill_stopped = False
        self.wait_until = 0
        #: When a POST last ended, and how long the last accepted one took.
        self.last_attempt_at = 0
        self.last_duration = 0
        self.wakes: set[int] = set()
        #: The latest time of a transition that changed the lane.
        self.latest = 0
        self._tokens = 0
        self._step = ModelStep()

    # What the rules ask.

    @property
    def slots(self) -> int:
        """How many events are queued or delivering."""
        return sum(event.in_slot for event in self.events.values())

    @property
    def is_one_at_a_time(self) -> bool:
        """Whether the lane is down, or a probe lives."""
        return self.failures_in_a_row >= self.policy.down_after_failures or self.probe is not None

    @property
    def limit(self) -> int:
        """How many slots the lane has."""
        return 1 if self.is_one_at_a_time else min(self.window, self.max_in_flight)

    @property
    def stopped(self) -> bool:
        """Whether the lane stands still: attempts used up, an operator's pause, no subscription, or one that pulls."""
        return self.paused_exhausted or self.paused_operator or not self.subscribed or self.is_pull

    @property
    def not_before(self) -> int:
        """When the lane may go on: a `Retry-After`, or a pace that a worker would not wait for in its slot."""
        return max(self.wait_until, self.next_at - self.policy.pace_in_slot_ms if self.pace else 0)

    def has_hanging_post(self, now: int) -> bool:
        """Whether nothing came back from what is in flight for longer than this endpoint is known to take."""
        starts = [event.lease_until - self.policy.lease_ms for event in self.events.values() if event.token]
        silence = now - max(self.last_attempt_at, min(starts, default=now))
        return silence > max(self.policy.hanging_after_ms, 2 * self.last_duration)

    def has_room(self, now: int) -> bool:
        """Whether one more may go: within the limit, and not beside a POST that hangs."""
        return self.slots < self.limit and not self.has_hanging_post(now)

    def ahead(self, event: Event) -> bool:
        """Whether one of the same learner and lesson goes first."""
        return any(
            (other.order < event.order and not other.final) or (other.order > event.order and other.in_slot)
            for other in self.events.values()
            if other.pair == event.pair
        )

    def _unblocked(self, state: State) -> list[Event]:
        """Return those of a state with nothing ahead, in record order."""
        return [event for event in self.events.values() if event.state is state and not self.ahead(event)]

    def follow_clock(self, now: int) -> None:
        """Set every time of the lane back by as much as the clock was set back since its last change."""
        by = self.latest - now
        if by <= CLOCK_STEP_MS:
            return
        times = (self.wait_until, self.next_at, self.next_backfill_at, self.last_attempt_at)
        self.wait_until, self.next_at, self.next_backfill_at, self.last_attempt_at = (
            max(time - by, 1) if time else 0 for time in times
        )
        for event in self._unblocked(State.RETRYING):
            event.due_at -= by
        for event in self.events.values():
            event.lease_until -= by if event.state is State.DELIVERING else 0
            event.look_at -= by if event.state is State.QUEUED else 0
            event.queued_at -= by if event.state is State.QUEUED else 0
        self.wakes.clear()

    # Who goes, and who wakes the lane.

    def pump(self, now: int, *, in_place: bool = False) -> ModelStep:
        """Release every event that may go, the first in place if a worker has time for it; then set the next wake."""
        if not self.stopped:
            self._withdraw(now)
        while not self.stopped and now >= self.not_before and self.has_room(now):
            event = self._choose(now)
            if event is None:
                break
            if event.failed_attempts >= self.policy.attempts:
                event.failed_attempts = 0
            event.exhausted = False
            if in_place:
                self.deliver(event, now)
                in_place = False
            else:
                self.enqueue(event, now)
        return self._only_arm(now)

    def _only_arm(self, now: int) -> ModelStep:
        """Set the next wake, and release nothing."""
        self._arm(now)
        self.fresh = None
        step, self._step = self._step, ModelStep()
        return step

    def _due(self, retrying: list[Event], now: int) -> list[Event]:
        return sorted(
            (event for event in retrying if event.due_at <= now), key=lambda event: (event.due_at, event.number)
        )

    def _withdraw(self, now: int) -> None:
        """Hold the queued event of the past again, if a live one waits that could use its slot."""
        held = [event for event in self._unblocked(State.HELD) if not event.apart and not event.exhausted]
        retrying = [event for event in self._unblocked(State.RETRYING) if not event.apart]
        if held or self._due(retrying, now):
            for event in self.events.values():
                if event.state is State.QUEUED and event.apart:
                    self.hold(event)

    def _choose_past(self, now: int, live: list[Event]) -> Event | None:
        """Return the event of the past that goes next, if the lane has nothing else to do."""
        if self.slots or self.backfill_stopped or now < self._backfill_at:
            return None
        held = [event for event in self._unblocked(State.HELD) if event.apart]
        retrying = [event for event in self._unblocked(State.RETRYING) if event.apart]
        due = self._due(retrying, now)[:1]
        if any(event.state is State.HELD for event in live):
            return None
        if self.is_one_at_a_time:
            if live:
                return None
            if due or retrying:
                return due[0] if due else None
        return min(due + held[:1], key=lambda event: event.number, default=None)

    @property
    def _backfill_at(self) -> int:
        return max(self.next_backfill_at, self.next_at if self.pace else 0)

    def _choose(self, now: int) -> Event | None:
        held = [event for event in self._unblocked(State.HELD) if not event.apart]
        retrying = [event for event in self._unblocked(State.RETRYING) if not event.apart]
        due = self._due(retrying, now)
        if self.probe in held or self.probe in due:
            return self.probe
        candidates = due[:1]
        if not self.is_one_at_a_time:
            candidates += [event for event in held if not event.exhausted][:1]
        if candidates:
            return min(candidates, key=lambda event: event.number)
        if held and self.slots == 0 and not retrying:
            self.probe = held[0]
            return self.probe
        return self._choose_past(now, held + retrying)

    def _wake_of_past(self, now: int) -> int:
        if self.slots or self.backfill_stopped:
            return 0
        held = [event for event in self._unblocked(State.HELD) if event.apart]
        retrying = [event for event in self._unblocked(State.RETRYING) if event.apart]
        earliest = max(self.not_before, self._backfill_at)
        if now < earliest and (held or self._due(retrying, now)):
            return earliest
        return min((max(event.due_at, earliest) for event in retrying if event.due_at > now), default=0)

    def _arm(self, now: int) -> None:
        if self.stopped:
            return
        held = [event for event in self._unblocked(State.HELD) if not event.apart]
        retrying = [event for event in self._unblocked(State.RETRYING) if not event.apart]
        future = [max(event.due_at, self.not_before) for event in retrying if event.due_at > now]
        wake = min(future, default=0)
        if now < self.not_before and (held or len(future) < len(retrying)):
            wake = self.not_before
        past = self._wake_of_past(now)
        if past and (not wake or past < wake):
            wake = past
        if wake and not any(now <= other <= wake for other in self.wakes):
            self.wakes.add(wake)
            self._step.wakes.append(wake)

    def goes_on_at(self, now: int) -> int | None:
        """Return when the next event may go; None if one is in a slot, or time alone lets none go."""
        if self.stopped or self.slots:
            return None
        waiting = self._unblocked(State.HELD) + self._unblocked(State.RETRYING)
        times = {max(now, self.not_before, event.due_at, self._backfill_at if event.apart else 0) for event in waiting}
        times |= {max(now, self.not_before)}
        probe = self.probe
        goes_on_at = next((time for time in sorted(times) if self._choose(time)), None)
        self.probe = probe
        return goes_on_at

    def enqueue(self, event: Event, now: int) -> None:
        """Take a slot and have it published; only a fresh event of a healthy lane is on the queue of first attempts."""
        stays = event.is_first and event.state in {State.QUEUED, State.DELIVERING}
        fresh = event is self.fresh and not event.backfill
        event.is_first = (fresh or stays) and not self.failures_in_a_row
        event.state, event.token, event.queued_at = State.QUEUED, 0, now
        event.look_at = now + self.policy.republish_after_ms * 2**event.republished
        self._step.published.append((event.name, "completions" if event.is_first else "retries"))

    def deliver(self, event: Event, now: int) -> None:
        """Hand an event to a worker: leased, with a token that only this lease has."""
        start = max(now, self.next_at) if self.pace else now
        self.next_at = start + self.pace
        if event.apart:
            self.next_backfill_at = start + self.policy.backfill_interval_ms
        self._tokens += 1
        event.is_first = event.is_first and event.state is State.QUEUED
        event.state, event.token, event.republished, event.posts = State.DELIVERING, self._tokens, 0, event.posts + 1
        event.window_at_admit, event.lease_until = self.window, start + self.policy.lease_ms
        self._step.delivery, self._step.wait = event, start - now

    def hold(self, event: Event) -> None:
        """Let an event wait for its turn."""
        event.state, event.token, event.due_at = State.HELD, 0, 0
        self.let_live_follow()

    def try_later(self, event: Event, due: int) -> None:
        """Let an event be tried again at a time."""
        event.state, event.token, event.due_at = State.RETRYING, 0, due
        self.let_live_follow()

    def let_live_follow(self) -> None:
        """Let those of the past go with the live ones that have a live one of their pair behind them."""
        for event in self._unblocked(State.HELD) + self._unblocked(State.RETRYING):
            if event.apart:
                pair = [other for other in self.events.values() if other.pair == event.pair and not other.final]
                event.ahead_of_live = any(not other.backfill for other in pair)
                if self.probe is event and not event.ahead_of_live:
                    self.probe = None

    def close(self, event: Event, state: State) -> None:
        """Come to one of the ends; what is older than a delivered one is superseded, if the subscription says so."""
        event.state, event.token, event.due_at = state, 0, 0
        if self.probe is event:
            self.probe = None
        if state is State.DELIVERED and self.skips_late:
            self.newest[event.pair] = max(event.completed_at, self.newest.get(event.pair, 0))
            for other in self.events.values():
                waits = other.state in {State.HELD, State.RETRYING}
                if waits and other.pair == event.pair and other.completed_at < event.completed_at:
                    self.close(other, State.SUPERSEDED)
        self.let_live_follow()

    def is_late(self, event: Event) -> bool:
        """Whether a newer completion was delivered, and the subscription wants no older one after it."""
        return self.skips_late and event.completed_at < self.newest.get(event.pair, 0)

    def set_probe(self, event: Event) -> None:
        """Let the earliest of an event's learner and lesson be tried alone, from a new count."""
        pair = [other for other in self.events.values() if other.pair == event.pair and not other.final]
        self.probe = min(pair, key=lambda other: other.order)
        if not self.probe.in_slot:
            self.hold(self.probe)
            self.probe.failed_attempts, self.probe.exhausted = 0, False

"""A lane in plain Python: the rules read literally, slowly and in one process, to hold the ledger's scripts against.

It walks its events where the scripts keep sorted sets, and is told the time where they ask Redis.
All times are in milliseconds; a record's number is its place in the order of records.
"""

from lessonhook.ledger import Kind, Policy, Recorded, State
from tests.support.lane_model_event import Answer, Event


class LaneModel:
    """One subscriber's lane. Each transition takes the time and answers what to do next."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.events: dict[str, Event] = {}
        self.window = 1
        self.fails = 0
        self.probe: Event | None = None
        self.paused_x = False
        self.paused_op = False
        self.subscribed = False
        self.endpoint = ""
        self.max_in_flight = policy.max_in_flight
        #: Milliseconds between two deliveries; 0 is no limit.
        self.pace = 0
        self.next_at = 0
        self.wait_until = 0
        self.wakes: set[int] = set()
        self._tokens = 0
        self._answer = Answer()

    # What the rules ask.

    @property
    def slots(self) -> int:
        """How many events are queued or delivering."""
        return sum(event.in_slot for event in self.events.values())

    @property
    def probes_only(self) -> bool:
        """Whether the lane is down, or a probe lives."""
        return self.fails >= self.policy.down_after_failures or self.probe is not None

    @property
    def limit(self) -> int:
        """How many slots the lane has."""
        return 1 if self.probes_only else min(self.window, self.max_in_flight)

    @property
    def paused(self) -> bool:
        """Whether the lane stands still: attempts used up, an operator's pause, or no subscription."""
        return self.paused_x or self.paused_op or not self.subscribed

    @property
    def goes_at(self) -> int:
        """When the lane may go on: a `Retry-After`, or a pace that a worker would not wait for in its slot."""
        return max(self.wait_until, self.next_at - self.policy.pace_in_slot_ms if self.pace else 0)

    def ahead(self, event: Event) -> bool:
        """Whether one of the same learner and lesson goes first."""
        return any(
            (other.place < event.place and not other.final) or (other.place > event.place and other.in_slot)
            for other in self.events.values()
            if other.pair == event.pair
        )

    def _free(self, state: State) -> list[Event]:
        """Answer those of a state with nothing ahead, in record order."""
        return [event for event in self.events.values() if event.state is state and not self.ahead(event)]

    # Who goes, and who wakes the lane.

    def _pump(self, now: int, *, in_place: bool = False) -> Answer:
        while not self.paused and now >= self.goes_at and self.slots < self.limit:
            event = self._choose(now)
            if event is None:
                break
            if event.n >= self.policy.attempts:
                event.n = 0
            event.used_up = False
            if in_place:
                self._deliver(event, now)
                in_place = False
            else:
                self._queue(event, now)
        self._arm(now)
        answer, self._answer = self._answer, Answer()
        return answer

    def _choose(self, now: int) -> Event | None:
        held, retrying = self._free(State.HELD), self._free(State.RETRYING)
        due = sorted((event for event in retrying if event.due <= now), key=lambda event: (event.due, event.number))
        if self.probe in held or self.probe in due:
            return self.probe
        candidates = due[:1]
        if not self.probes_only:
            candidates += [event for event in held if not event.used_up][:1]
        if candidates:
            return min(candidates, key=lambda event: event.number)
        if held and self.slots == 0 and not retrying:
            self.probe = held[0]
            return self.probe
        return None

    def _arm(self, now: int) -> None:
        if self.paused:
            return
        held, retrying = self._free(State.HELD), self._free(State.RETRYING)
        future = [max(event.due, self.goes_at) for event in retrying if event.due > now]
        wake = min(future, default=0)
        if now < self.goes_at and (held or len(future) < len(retrying)):
            wake = self.goes_at
        if wake and not any(now <= other <= wake for other in self.wakes):
            self.wakes.add(wake)
            self._answer.wakes.append(wake)

    def _queue(self, event: Event, now: int) -> None:
        event.state, event.token, event.queued_at = State.QUEUED, 0, now
        event.look_at = now + self.policy.republish_after_ms * 2**event.republished
        self._answer.published.append((event.name, "retries" if self.fails else "completions"))

    def _deliver(self, event: Event, now: int) -> None:
        start = max(now, self.next_at) if self.pace else now
        self.next_at = start + self.pace
        self._tokens += 1
        event.state, event.token, event.republished, event.posts = State.DELIVERING, self._tokens, 0, event.posts + 1
        event.window_at_admit, event.lease_until = self.window, start + self.policy.lease_ms
        self._answer.delivery, self._answer.wait = event, start - now

    def _hold(self, event: Event) -> None:
        event.state, event.token, event.due = State.HELD, 0, 0

    def _finish(self, event: Event, state: State) -> None:
        event.state, event.token, event.due = state, 0, 0
        if self.probe is event:
            self.probe = None

    def _set_probe(self, event: Event) -> None:
        pair = [other for other in self.events.values() if other.pair == event.pair and not other.final]
        self.probe = min(pair, key=lambda other: other.place)
        if not self.probe.in_slot:
            self._hold(self.probe)
            self.probe.n, self.probe.used_up = 0, False

    # The transitions.

    def record(self, name: str, pair: str, completed_at: int, now: int) -> Answer:
        """Write a fresh event."""
        if not self.subscribed:
            return Answer(recorded=Recorded.NO_SUBSCRIPTION)
        if name in self.events:
            return Answer(recorded=Recorded.DUPLICATE)
        event = Event(name=name, number=len(self.events), pair=pair, completed_at=completed_at, recorded_at=now)
        self.events[name] = event
        if self.paused_x and not self.paused_op:
            self.paused_x = False
            self._set_probe(event)
        elif not self.paused and now >= self.goes_at and self.slots < self.limit and not self.ahead(event):
            self._queue(event, now)
        answer = self._pump(now)
        answer.recorded = Recorded.QUEUED if event.state is State.QUEUED else Recorded.HELD
        return answer

    def admit(self, name: str, wake: int | None, now: int) -> Answer:
        """Take up a message."""
        self.wakes.discard(wake or 0)
        event = self.events.get(name)
        if event is None or event.state is not State.QUEUED:
            return self._pump(now, in_place=True)
        if self.paused or now < self.goes_at or self.ahead(event):
            self._hold(event)
            return self._pump(now, in_place=True)
        self._deliver(event, now)
        return self._pump(now)

    def settle(self, name: str, token: int, kind: Kind, retry_after: int | None, now: int, *, in_place: bool) -> Answer:
        """Write down how a POST ended."""
        event = self.events[name]
        if event.token == token:
            self._judge(event, kind, retry_after, now)
        elif kind is Kind.ACCEPTED and event.state in {State.QUEUED, State.HELD, State.RETRYING}:
            self._accept(event)
        return self._pump(now, in_place=in_place)

    def _judge(self, event: Event, kind: Kind, retry_after: int | None, now: int) -> None:
        if event.erasing:
            self._finish(event, State.ERASED)
        elif kind is Kind.ACCEPTED:
            self._accept(event)
        elif kind is not Kind.THROTTLED:
            self._fail(event, kind, now + self.policy.retry_delay_ms)
        else:
            asked = self.policy.throttle_wait_ms if retry_after is None else retry_after
            again = now + min(asked, self.policy.retry_after_limit_ms)
            self.wait_until = max(self.wait_until, again)
            if event.window_at_admit > 1:
                self.window = 1
                self._hold(event)
            else:
                self._fail(event, kind, max(now + self.policy.retry_delay_ms, again))

    def _accept(self, event: Event) -> None:
        self._finish(event, State.DELIVERED)
        self.fails, self.window = 0, min(self.window + 1, self.max_in_flight)
        self.probe, self.paused_x = None, False
        for other in self.events.values():
            if other is not event:
                other.ok_since, other.used_up, other.spent = True, False, 2 if other.spent else 0

    def _fail(self, event: Event, kind: Kind, due: int) -> None:
        event.n = self.policy.attempts if kind is Kind.GONE else event.n + 1
        alive, event.ok_since = event.ok_since, False
        self.fails, self.window = self.fails + 1, 1
        if event.n < self.policy.attempts:
            event.state, event.token, event.due = State.RETRYING, 0, due
        elif alive or event.spent == 2:
            self._finish(event, State.REFUSED)
        else:
            self._hold(event)
            event.used_up, event.spent = True, 1
            if self.probe in {None, event}:
                self.paused_x, self.probe = True, None

    def sweep(self, now: int, oldest_waiting: int | None) -> Answer:
        """Find what a crash left behind."""
        leased = [event for event in self.events.values() if event.state is State.DELIVERING]
        for event in sorted(leased, key=lambda event: (event.lease_until, event.number)):
            if event.lease_until <= now:
                self._lose_lease(event, now)
        for event in self.events.values():
            if event.state is State.QUEUED and event.look_at <= now:
                self._look_for_message(event, now, oldest_waiting)
        self._expire(now)
        self.wakes = {wake for wake in self.wakes if wake + self.policy.wake_grace_ms > now}
        return self._pump(now)

    def _lose_lease(self, event: Event, now: int) -> None:
        event.leases_lost += 1
        if event.erasing:
            self._finish(event, State.ERASED)
        elif event.leases_lost >= self.policy.leases_lost_limit:
            self._fail(event, Kind.FAILED, now + self.policy.retry_delay_ms)
        elif self.paused or now < self.goes_at:
            self._hold(event)
        else:
            self._queue(event, now)

    def _look_for_message(self, event: Event, now: int, oldest_waiting: int | None) -> None:
        if oldest_waiting == 0:
            gone = now - event.queued_at >= 10 * self.policy.republish_after_ms
        else:
            gone = oldest_waiting is None or event.queued_at < oldest_waiting
        if gone:
            event.republished += 1
            self._queue(event, now)
        else:
            event.look_at = now + self.policy.republish_after_ms

    def _expire(self, now: int) -> None:
        for event in self.events.values():
            if event.recorded_at + self.policy.retention_ms > now or event.state is State.DELIVERING:
                return
            if not event.final:
                self._finish(event, State.EXPIRED)

    def erase(self, name: str, now: int) -> Answer:
        """Wipe an event; one in flight stays until it is settled."""
        event = self.events[name]
        if event.state is State.DELIVERING:
            event.erasing = True
        elif not event.final:
            self._finish(event, State.ERASED)
        return self._pump(now)

    def pause(self) -> None:
        """Set the operator's pause."""
        self.paused_op = True

    def resume(self, now: int) -> Answer:
        """Lift both pauses."""
        was, self.paused_x, self.paused_op = self.paused_x, False, False
        undelivered = [event for event in self.events.values() if not event.final]
        if was and undelivered:
            self._set_probe(undelivered[0])
        return self._pump(now)

    def subscribe(self, endpoint: str, max_in_flight: int | None, per_second: float | None, now: int) -> Answer:
        """Save a subscription."""
        if self.endpoint != endpoint:
            self.fails = self.wait_until = 0
        self.subscribed, self.endpoint = True, endpoint
        self.max_in_flight = max_in_flight or self.policy.max_in_flight
        self.pace = round(1000 / per_second) if per_second else 0
        return self._pump(now)

    def unsubscribe(self) -> None:
        """Remove the subscription; the lane stands still. What its endpoint was is forgotten."""
        self.subscribed, self.endpoint = False, ""

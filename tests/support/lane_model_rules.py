"""The rules that every transition of the model's lane ends with, and what they ask; times are in milliseconds."""

from lessonhook.ledger import Policy, State
from tests.support.lane_model_event import Answer, Event


class LaneRules:
    """One subscriber's lane: what is asked of it, who goes now, and who wakes it later."""

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
        #: When a POST last ended, and how long the last accepted one took.
        self.answered_at = 0
        self.took = 0
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

    def has_room(self, now: int) -> bool:
        """Whether one more may go: within the limit, and not beside POSTs that nothing comes back from."""
        starts = [event.lease_until - self.policy.lease_ms for event in self.events.values() if event.token]
        silence = now - max(self.answered_at, min(starts, default=now))
        return self.slots < self.limit and silence <= max(self.policy.silence_ms, 2 * self.took)

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

    def pump(self, now: int, *, in_place: bool = False) -> Answer:
        """Let go whoever may go, the first of them in place if a worker has time for it; then see to the next wake."""
        while not self.paused and now >= self.goes_at and self.has_room(now):
            event = self._choose(now)
            if event is None:
                break
            if event.n >= self.policy.attempts:
                event.n = 0
            event.used_up = False
            if in_place:
                self.deliver(event, now)
                in_place = False
            else:
                self.queue(event, now)
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

    def queue(self, event: Event, now: int) -> None:
        """Take a slot and have it published."""
        event.state, event.token, event.queued_at = State.QUEUED, 0, now
        event.look_at = now + self.policy.republish_after_ms * 2**event.republished
        self._answer.published.append((event.name, "retries" if self.fails else "completions"))

    def deliver(self, event: Event, now: int) -> None:
        """Hand an event to a worker: leased, with a token that only this lease has."""
        start = max(now, self.next_at) if self.pace else now
        self.next_at = start + self.pace
        self._tokens += 1
        event.state, event.token, event.republished, event.posts = State.DELIVERING, self._tokens, 0, event.posts + 1
        event.window_at_admit, event.lease_until = self.window, start + self.policy.lease_ms
        self._answer.delivery, self._answer.wait = event, start - now

    def hold(self, event: Event) -> None:
        """Let an event wait for its turn."""
        event.state, event.token, event.due = State.HELD, 0, 0

    def finish(self, event: Event, state: State) -> None:
        """Come to one of the four ends."""
        event.state, event.token, event.due = state, 0, 0
        if self.probe is event:
            self.probe = None

    def set_probe(self, event: Event) -> None:
        """Let the earliest of an event's learner and lesson be tried alone, from a new count."""
        pair = [other for other in self.events.values() if other.pair == event.pair and not other.final]
        self.probe = min(pair, key=lambda other: other.place)
        if not self.probe.in_slot:
            self.hold(self.probe)
            self.probe.n, self.probe.used_up = 0, False

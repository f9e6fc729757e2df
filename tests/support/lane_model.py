"""A lane in plain Python: the rules read literally, slowly and in one process, to hold the ledger's scripts against.

It walks its events where the scripts keep sorted sets, and is told the time where they ask Redis.
All times are in milliseconds; a record's number is its place in the order of records.
"""

from lessonhook.ledger import Kind, Recorded, State
from tests.support.lane_model_event import Answer, Event
from tests.support.lane_model_rules import LaneRules


class LaneModel(LaneRules):
    """The transitions. Each takes the time and answers what to do next."""

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
            self.set_probe(event)
        elif not self.paused and now >= self.goes_at and self.has_room(now) and not self.ahead(event):
            self.queue(event, now)
        answer = self.pump(now)
        answer.recorded = Recorded.QUEUED if event.state is State.QUEUED else Recorded.HELD
        return answer

    def admit(self, name: str, wake: int | None, now: int) -> Answer:
        """Take up a message."""
        self.wakes.discard(wake or 0)
        event = self.events.get(name)
        if event is None or event.state is not State.QUEUED:
            return self.pump(now, in_place=True)
        if self.paused or now < self.goes_at or self.ahead(event):
            self.hold(event)
            return self.pump(now, in_place=True)
        self.deliver(event, now)
        return self.pump(now)

    def settle(
        self,
        name: str,
        token: int,
        kind: Kind,
        retry_after: int | None,
        now: int,
        *,
        took: int,
        in_place: bool,
        may_pause: bool,
    ) -> Answer:
        """Write down how a POST ended."""
        event = self.events[name]
        if event.token == token:
            self.answered_at, self.took = now, took if kind is Kind.ACCEPTED else self.took
            self._judge(event, kind, retry_after, now, may_pause=may_pause)
        elif kind is Kind.ACCEPTED and event.state in {State.QUEUED, State.HELD, State.RETRYING}:
            self._accept(event)
        return self.pump(now, in_place=in_place)

    def _judge(self, event: Event, kind: Kind, retry_after: int | None, now: int, *, may_pause: bool) -> None:
        if event.erasing:
            self.finish(event, State.ERASED)
        elif kind is Kind.ACCEPTED:
            self._accept(event)
        elif kind is not Kind.THROTTLED:
            self._fail(event, kind, now + self.policy.retry_delay_ms, may_pause=may_pause)
        else:
            asked = self.policy.throttle_wait_ms if retry_after is None else retry_after
            again = now + min(asked, self.policy.retry_after_limit_ms)
            self.wait_until = max(self.wait_until, again)
            if event.window_at_admit > 1:
                self.window = 1
                self.hold(event)
            else:
                self._fail(event, kind, max(now + self.policy.retry_delay_ms, again), may_pause=may_pause)

    def _accept(self, event: Event) -> None:
        self.finish(event, State.DELIVERED)
        self.fails, self.window = 0, min(self.window + 1, self.max_in_flight)
        self.probe, self.paused_x = None, False
        for other in self.events.values():
            if other is not event:
                other.ok_since, other.used_up, other.spent = True, False, 2 if other.spent else 0

    def _fail(self, event: Event, kind: Kind, due: int, *, may_pause: bool) -> None:
        event.n = self.policy.attempts if kind is Kind.GONE else event.n + 1
        alive, event.ok_since = event.ok_since, False
        self.fails, self.window = self.fails + 1, 1
        if event.n < self.policy.attempts:
            event.state, event.token, event.due = State.RETRYING, 0, due
        elif alive or event.spent == 2:
            self.finish(event, State.REFUSED)
        elif self.probe not in {None, event}:
            self.hold(event)
            event.used_up, event.spent = True, 1
        elif may_pause:
            self.hold(event)
            event.used_up, event.spent = True, 1
            self.paused_x, self.probe = True, None
        else:
            event.state, event.token, event.due, event.n = State.RETRYING, 0, due, 0

    def replayed(self, name: str, now: int, *, accepted: bool) -> Answer:
        """Write down how a person's own POST ended."""
        event = self.events[name]
        if accepted and event.state in {State.HELD, State.RETRYING, State.REFUSED}:
            self.finish(event, State.DELIVERED)
        return self.pump(now)

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
        return self.pump(now)

    def _lose_lease(self, event: Event, now: int) -> None:
        event.leases_lost += 1
        if event.erasing:
            self.finish(event, State.ERASED)
        elif event.leases_lost >= self.policy.leases_lost_limit:
            self._fail(event, Kind.FAILED, now + self.policy.retry_delay_ms, may_pause=True)
        elif self.paused or now < self.goes_at:
            self.hold(event)
        else:
            self.queue(event, now)

    def _look_for_message(self, event: Event, now: int, oldest_waiting: int | None) -> None:
        if oldest_waiting == 0:
            gone = now - event.queued_at >= 10 * self.policy.republish_after_ms
        else:
            gone = oldest_waiting is None or event.queued_at < oldest_waiting
        if gone:
            event.republished = min(event.republished + 1, 4)
            self.queue(event, now)
        else:
            event.look_at = now + self.policy.republish_after_ms

    def _expire(self, now: int) -> None:
        for event in self.events.values():
            if event.recorded_at + self.policy.retention_ms > now or event.state is State.DELIVERING:
                return
            if not event.final:
                self.finish(event, State.EXPIRED)

    def erase(self, name: str, now: int) -> Answer:
        """Wipe an event; one in flight stays until it is settled."""
        event = self.events[name]
        if event.state is State.DELIVERING:
            event.erasing = True
        elif not event.final:
            self.finish(event, State.ERASED)
        return self.pump(now)

    def pause(self) -> None:
        """Set the operator's pause."""
        self.paused_op = True

    def resume(self, now: int) -> Answer:
        """Lift both pauses."""
        was, self.paused_x, self.paused_op = self.paused_x, False, False
        undelivered = [event for event in self.events.values() if not event.final]
        if was and undelivered:
            self.set_probe(undelivered[0])
        return self.pump(now)

    def subscribe(self, endpoint: str, max_in_flight: int | None, per_second: float | None, now: int) -> Answer:
        """Save a subscription."""
        if self.endpoint != endpoint:
            self.fails = self.wait_until = 0
        self.subscribed, self.endpoint = True, endpoint
        self.max_in_flight = max_in_flight or self.policy.max_in_flight
        self.pace = round(1000 / per_second) if per_second else 0
        return self.pump(now)

    def unsubscribe(self) -> None:
        """Remove the subscription; the lane stands still. What it said is forgotten."""
        self.subscribed, self.endpoint = False, ""
        self.max_in_flight, self.pace = self.policy.max_in_flight, 0

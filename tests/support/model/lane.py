"""A lane in plain Python: the rules read literally, slowly and in one process, to hold the ledger's scripts against.

It walks its events where the scripts keep sorted sets, and is told the time where they ask Redis.
All times are in milliseconds; a record's number is its place in the order of records.
"""

from lessonhook.ledger import Kind, Recorded, State
from tests.support.model.lane_event import Event, ModelStep
from tests.support.model.lane_rules import LaneRules

_REPLAYABLE = frozenset({State.HELD, State.RETRYING, State.REFUSED, State.SUPERSEDED, State.DROPPED})


class LaneModel(LaneRules):
    """The transitions. Each takes the time and returns what to do next."""

    def record(self, name: str, pair: str, completed_at: int, now: int, *, backfill: bool = False) -> ModelStep:
        """Write a fresh event, a live one or one of the past."""
        if not self.subscribed:
            return ModelStep(recorded=Recorded.NO_SUBSCRIPTION)
        if name in self.events:
            return ModelStep(recorded=Recorded.DUPLICATE)
        self.follow_clock(now)
        recorded_at = max([now, *(other.recorded_at for other in self.events.values())])
        event = Event(
            name=name,
            number=len(self.events),
            pair=pair,
            completed_at=completed_at,
            recorded_at=recorded_at,
            backfill=backfill,
        )
        self.events[name] = event
        if self.is_late(event):
            self.close(event, State.SUPERSEDED)
            step = self.pump(now)
            step.recorded = Recorded.SUPERSEDED
            return step
        self.fresh = event
        self.let_live_follow()
        if backfill:
            pass
        elif self.paused_exhausted and not self.paused_operator:
            self.paused_exhausted = False
            self.set_probe(event)
        elif not self.stopped and now >= self.not_before and self.has_room(now) and not self.ahead(event):
            self.enqueue(event, now)
        step = self.pump(now)
        step.recorded = Recorded.QUEUED if event.state is State.QUEUED else Recorded.HELD
        return step

    def admit(self, name: str, wake: int | None, now: int) -> ModelStep:
        """Admit a message."""
        self.follow_clock(now)
        self.wakes.discard(wake or 0)
        event = self.events.get(name)
        if event is None or event.state is not State.QUEUED:
            return self.pump(now, in_place=True)
        stopped = self.stopped or (event.apart and self.backfill_stopped)
        if stopped or now < self.not_before or self.ahead(event):
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
        duration: int,
        in_place: bool,
        may_pause: bool,
    ) -> ModelStep:
        """Write down how a POST ended."""
        self.follow_clock(now)
        event = self.events[name]
        if event.token == token:
            if kind not in {Kind.NOT_STARTED, Kind.CRASHED}:
                self.last_attempt_at = now
                self.last_duration = duration if kind is Kind.ACCEPTED else self.last_duration
                event.workers_lost = event.given_back = 0
            self._conclude(event, kind, retry_after, now, may_pause=may_pause)
        elif kind is Kind.ACCEPTED and event.state in {State.QUEUED, State.HELD, State.RETRYING}:
            self._accept(event)
        return self.pump(now, in_place=in_place)

    def _conclude(self, event: Event, kind: Kind, retry_after: int | None, now: int, *, may_pause: bool) -> None:
        if event.erasing:
            self.close(event, State.ERASED)
        elif kind is Kind.NOT_STARTED:
            self._give_back(event, retry_after, now)
        elif kind is Kind.CRASHED:
            if self._lose_worker(event, now, may_set_aside=may_pause):
                self.try_later(event, now + self.policy.retry_delay_ms)
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
        self.close(event, State.DELIVERED)
        self.failures_in_a_row, self.window = 0, min(self.window + 1, self.max_in_flight)
        self.probe, self.paused_exhausted = None, False
        for other in self.events.values():
            if other is not event:
                other.accepted_since, other.exhausted = True, False
                other.exhausted_before = 2 if other.exhausted_before else 0

    def _fail(self, event: Event, kind: Kind, due: int, *, may_pause: bool) -> None:
        if may_pause:
            event.failed_attempts = self.policy.attempts if kind is Kind.GONE else event.failed_attempts + 1
        alive, event.accepted_since = event.accepted_since, False
        self.failures_in_a_row, self.window = self.failures_in_a_row + 1, 1
        if event.failed_attempts < self.policy.attempts:
            self.try_later(event, due)
        elif alive or event.exhausted_before == 2:
            self.close(event, State.REFUSED)
        else:
            self.hold(event)
            event.exhausted, event.exhausted_before = True, 1
            if self.probe in {None, event}:
                self.paused_exhausted, self.probe = True, None

    def _give_back(self, event: Event, retry_after: int | None, now: int) -> None:
        event.posts -= 1
        if self.pace and event.lease_until - self.policy.lease_ms == self.next_at - self.pace:
            self.next_at -= self.pace
        if retry_after is None:
            wait = self.policy.throttle_wait_ms * 2**event.given_back
        else:
            wait = min(retry_after, self.policy.retry_after_limit_ms)
        self.wait_until = max(self.wait_until, now + wait)
        event.given_back = min(event.given_back + 1, 5)
        if event.failed_attempts:
            self.try_later(event, now)
        else:
            self.hold(event)

    def _lose_worker(self, event: Event, now: int, *, may_set_aside: bool) -> bool:
        event.workers_lost += 1
        if event.workers_lost < self.policy.workers_lost_limit:
            return True
        if may_set_aside:
            self.close(event, State.REFUSED)
        else:
            self.try_later(event, now + self.policy.retry_delay_ms)
        return False

    def replayed(self, name: str, now: int, *, accepted: bool) -> ModelStep:
        """Write down how a person's own POST ended."""
        self.follow_clock(now)
        event = self.events[name]
        if accepted and event.state in _REPLAYABLE:
            self.close(event, State.DELIVERED)
        return self.pump(now)

    def sweep(self, now: int, oldest_waiting: int | None, *, may_set_aside: bool) -> ModelStep:
        """Find what a crash left behind."""
        self.follow_clock(now)
        leased = [event for event in self.events.values() if event.state is State.DELIVERING]
        for event in sorted(leased, key=lambda event: (event.lease_until, event.number)):
            if event.lease_until <= now:
                self._recover(event, now, may_set_aside=may_set_aside)
        for event in self.events.values():
            if event.state is State.QUEUED and event.look_at <= now:
                self._republish(event, now, oldest_waiting)
        self._expire_old(now)
        self.wakes = {wake for wake in self.wakes if wake + self.policy.wake_grace_ms > now}
        return self.pump(now)

    def _recover(self, event: Event, now: int, *, may_set_aside: bool) -> None:
        event.leases_lost += 1
        if event.erasing:
            self.close(event, State.ERASED)
        elif not self._lose_worker(event, now, may_set_aside=may_set_aside):
            return
        elif self.stopped or now < self.not_before or event.apart:
            self.hold(event)
        else:
            self.enqueue(event, now)

    def _republish(self, event: Event, now: int, oldest_waiting: int | None) -> None:
        if oldest_waiting == 0:
            gone = now - event.queued_at >= 10 * self.policy.republish_after_ms
        else:
            gone = oldest_waiting is None or event.queued_at < oldest_waiting
        if gone:
            # A message that nobody took was lost by nobody.
            event.republished = min(event.republished + 1, 4) if event.queued_at else event.republished
            self.enqueue(event, now)
        else:
            event.look_at = now + self.policy.republish_after_ms

    def unpublished(self, name: str, now: int) -> ModelStep:
        """Remember that an event's message is gone; the sweep lets the lane go on."""
        self.follow_clock(now)
        event = self.events[name]
        if event.state is State.QUEUED:
            event.queued_at, event.look_at = 0, now
        return self._only_arm(now)

    def _expire_old(self, now: int) -> None:
        for backfill in (False, True):
            for event in [each for each in self.events.values() if each.backfill is backfill]:
                if event.recorded_at + self.policy.retention_ms > now or event.state is State.DELIVERING:
                    break
                if not event.final:
                    self.close(event, State.EXPIRED)

    def erase(self, name: str, now: int) -> ModelStep:
        """Wipe an event; one in flight stays until it is settled."""
        self.follow_clock(now)
        event = self.events[name]
        if event.state is State.DELIVERING:
            event.erasing = True
        elif not event.final:
            self.close(event, State.ERASED)
        return self.pump(now)

    def pause(self, now: int) -> None:
        """Set the operator's pause."""
        self.follow_clock(now)
        self.paused_operator = True

    def resume(self, now: int) -> ModelStep:
        """Lift both pauses."""
        self.follow_clock(now)
        was, self.paused_exhausted, self.paused_operator = self.paused_exhausted, False, False
        undelivered = [event for event in self.events.values() if not event.final and not event.backfill]
        if was and undelivered:
            self.set_probe(undelivered[0])
        return self.pump(now)

    def set_backfill(self, now: int, *, stopped: bool) -> ModelStep:
        """Stop the events of the past, or let them go on."""
        self.follow_clock(now)
        self.backfill_stopped = stopped
        return self.pump(now)

    def drop(self, name: str, now: int) -> ModelStep:
        """End an event that nobody wants any more, unless a worker has it in hand."""
        self.follow_clock(now)
        event = self.events[name]
        if not event.final and event.state is not State.DELIVERING:
            self.close(event, State.DROPPED)
        return self.pump(now)

    def fetch(self, after: str, at_most: int, now: int) -> tuple[ModelStep, list[str]]:
        """Close what a subscriber acknowledges, and name the next events that it gets."""
        self.follow_clock(now)
        last = self.events.get(after)
        for event in self._handed_out():
            if last and event.fetched_as <= last.fetched_as:
                event.fetched_as = 0 if event is not last else event.fetched_as
                if not event.final and event.state is not State.DELIVERING:
                    self.close(event, State.DELIVERED)
                    self.last_attempt_at = now
        if last:
            last.fetched_as = 0
        self.failures_in_a_row, self.wait_until, self.probe, self.paused_exhausted = 0, 0, None, False
        self._take_over(self._unblocked(State.RETRYING))
        self._take_over([event for event in self._unblocked(State.HELD) if event.exhausted and not event.apart])
        self._take_over([event for event in self.events.values() if event.state is State.QUEUED])
        handed = [] if self.paused_operator else self._hand_out(at_most)
        return self.pump(now), [event.name for event in handed]

    def _handed_out(self) -> list[Event]:
        """Return what was handed out and not acknowledged, in that order."""
        return sorted((event for event in self.events.values() if event.fetched_as), key=lambda each: each.fetched_as)

    def _hand_out(self, at_most: int) -> list[Event]:
        for event in self._handed_out():
            if event.state is not State.HELD:
                event.fetched_as = 0
        out = self._handed_out()
        place = out[-1].fetched_as if out else 0
        for event in self._next_to_fetch():
            if len(out) < at_most and event not in out and event.pair not in {each.pair for each in out}:
                place += 1
                event.fetched_as = place
                out.append(event)
        return out[:at_most]

    def _take_over(self, events: list[Event]) -> None:
        for event in events:
            self.hold(event)
            event.failed_attempts, event.exhausted = 0, False

    def _next_to_fetch(self) -> list[Event]:
        held = self._unblocked(State.HELD)
        live = [event for event in held if not event.apart and not event.exhausted]
        return live + [event for event in held if event.apart and not self.backfill_stopped]

    def subscribe(
        self,
        endpoint: str,
        max_in_flight: int | None,
        per_second: float | None,
        now: int,
        *,
        skips_late: bool,
        is_pull: bool = False,
    ) -> ModelStep:
        """Save a subscription."""
        self.follow_clock(now)
        if self.endpoint != endpoint:
            self.failures_in_a_row = self.wait_until = 0
        self.subscribed, self.endpoint, self.skips_late, self.is_pull = True, endpoint, skips_late, is_pull
        self.max_in_flight = min(max_in_flight or self.policy.max_in_flight, self.policy.max_in_flight_ceiling)
        self.pace = round(1000 / per_second) if per_second else 0
        return self.pump(now)

    def unsubscribe(self) -> None:
        """Remove the subscription; the lane stands still. What it said is forgotten."""
        self.subscribed, self.endpoint, self.skips_late, self.is_pull = False, "", False, False
        self.max_in_flight, self.pace = self.policy.max_in_flight, 0

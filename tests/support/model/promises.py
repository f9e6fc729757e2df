"""What must hold of a lane after every step, looked at in what Redis holds and without asking the model how it came."""

from collections import Counter
from dataclasses import dataclass

from lessonhook.ledger import Policy, State, Step
from tests.support.model.lane_event import FINAL, IN_SLOT
from tests.support.model.ledger_probe import Facts


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands among those of its learner and lesson, as it was recorded."""

    pair: str
    completed_at: int
    number: int

    def before(self, other: "Place") -> bool:
        """Whether this one goes out first."""
        return self.pair == other.pair and (self.completed_at, self.number) < (other.completed_at, other.number)


def every_event_is_in_one_place(seen: Facts, places: dict[str, Place]) -> None:
    """Hold each undelivered event to one place, or to none while another of its learner and lesson goes first."""
    states: dict[str, State] = {name: facts["state"] for name, facts in seen["events"].items()}
    for kind, backfill in (("open", False), ("open_apart", True)):
        of_kind = [name for name in places if seen["events"][name]["backfill"] is backfill]
        assert seen[kind] == [name for name in of_kind if states[name] not in FINAL]
    kind_of = {State.HELD: "waiting", State.RETRYING: "retries", State.QUEUED: "queued", State.DELIVERING: "leases"}
    kinds = [*kind_of.values(), "waiting_apart", "retries_apart"]
    found = Counter(name for kind in kinds for name in seen[kind])
    for name, state in states.items():
        if state in FINAL:
            assert not found[name], f"{name} is {state} and waits for its turn"
            continue
        behind = state not in IN_SLOT and _is_behind(name, states, places)
        assert found[name] == (not behind), f"{name} is {state}, behind another: {behind}, and in {found[name]} places"
        apart = seen["events"][name]["backfill"] and not seen["events"][name]["ahead_of_live"]
        where = kind_of[state] + ("_apart" if apart and state not in IN_SLOT else "")
        assert behind or name in seen[where]


def _is_behind(name: str, states: dict[str, State], places: dict[str, Place]) -> bool:
    mine = places[name]
    return any(
        (place.before(mine) and states[other] not in FINAL) or (mine.before(place) and states[other] in IN_SLOT)
        for other, place in places.items()
    )


def slots_stay_within_the_limit(seen: Facts, policy: Policy, max_in_flight: int, slots_before: int) -> int:
    """Let no slot be taken beyond the limit; those in flight when it fell are not recalled. Return the slots in use."""
    slots = len(seen["queued"]) + len(seen["leases"])
    one = seen["probe"] or seen["failures_in_a_row"] >= policy.down_after_failures
    assert slots <= max(slots_before, 1 if one else min(seen["window"], max_in_flight))
    return slots


def what_is_posted_may_go(step: Step, seen: Facts, places: dict[str, Place]) -> None:
    """Let nothing be posted while the lane is paused, nor out of the order of its learner and lesson."""
    if step.delivery is None:
        return
    assert not seen["paused_exhausted"], "attempts were used up"
    assert not seen["paused_operator"], "an operator paused"
    mine = places[step.delivery.event_id]
    for other, place in places.items():
        state: State = seen["events"][other]["state"]
        assert not (place.before(mine) and state not in FINAL), f"{other} goes first and is {state}"
        assert not (mine.before(place) and state in IN_SLOT), f"{other} goes later and is {state}"


def what_is_live_goes_first(step: Step, seen: Facts) -> None:
    """Let nothing of the past be handed out while it is stopped, beside another POST, or while a live event waits."""
    if step.delivery is None or not step.delivery.backfill:
        return
    facts = seen["events"][step.delivery.event_id]
    if facts["ahead_of_live"]:
        return
    assert not seen["backfill_stopped"], "a person has stopped the past"
    assert len(seen["leases"]) == 1, "one of the past goes alone"


class Attempts:
    """Counts failed attempts by what was handed out and how it ended, to hold the ledger's own count against."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._failures: Counter[str] = Counter()

    def handed_out(self, step: Step) -> None:
        """Note a delivery: the first attempt of a count, or the one after those that failed."""
        if step.delivery is None:
            return
        event_id, attempt = step.delivery.event_id, step.delivery.attempt
        if attempt == 1:
            self._failures[event_id] = 0
        assert attempt == self._failures[event_id] + 1 <= self._policy.attempts

    def failed(self, event_id: str, state: State | None, *, gone: bool = False) -> None:
        """Note a failed attempt, which either leaves another one or was the last of exactly so many."""
        self._failures[event_id] += 1
        if gone or self._failures[event_id] == self._policy.attempts:
            # In a slot again: the settle released it, as the one that goes on with its lane.
            assert state in {State.HELD, State.REFUSED, State.QUEUED, State.DELIVERING}
        else:
            assert state is State.RETRYING


def what_waits_is_looked_at(looked_at: float | None, now: int, goes_on_at: int, policy: Policy) -> None:
    """Have the sweep look at a lane in time in which nothing has a slot, though every message of it may be lost."""
    latest = max(goes_on_at + policy.wake_grace_ms, now + policy.never_sooner_ms)
    assert looked_at is not None, "events wait, and nobody looks at their lane"
    assert looked_at <= latest, f"it may go on at {goes_on_at}, and is looked at {looked_at - latest:.0f} ms late"

"""What became of everything that was published: the ledger's record against the endpoint's own.

published = delivered + held + refused + expired + erased, none unknown, none under way; repeats are counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lessonhook.ledger import LaneStatus, Ledger, State
from tests.support.endpoints.recorder import Record
from tests.support.people.stored_fields import event_fields

#: Where an event may be when nothing is under way any more.
AT_REST: Final = (State.DELIVERED, State.HELD, State.REFUSED, State.EXPIRED, State.ERASED)


@dataclass(frozen=True, slots=True)
class Account:
    """All events of all subscribers, at rest. The counts are of events but for `posts` and `repeats`."""

    published: int
    delivered: int
    held: int
    refused: int
    expired: int
    erased: int
    #: What arrived at the endpoint, whatever it responded.
    posts: int
    #: Of the events that were processed more than once, how often: 0 for each that arrived once.
    repeated: Mapping[str, int]

    @property
    def repeats(self) -> int:
        """POSTs that the endpoint processed although it had processed their event before."""
        return sum(self.repeated.values())


def at_rest(lane: LaneStatus) -> bool:
    """Return whether nothing goes on in a lane by itself: all is delivered or set aside, or the lane is paused."""
    under_way = lane.queued + lane.in_flight + lane.retrying
    return under_way == 0 and (lane.held == 0 or lane.paused is not None)


def draw_up(ledger: Ledger, record: Record, published: Mapping[str, Iterable[str]]) -> Account:
    """Compare both records with what was published, event by event, and return the sums.

    `published` names the event ids of each subscriber. Raises AssertionError, which names the events, where one is
    unknown, lost, still under way, counted wrongly, or where the endpoint received something else than was published.
    """
    everything: Counter[State] = Counter()
    delivered: set[str] = set()
    known: set[str] = set()
    for subscriber, given in published.items():
        ids = set(given)
        lane = ledger.lanes.status(subscriber)
        states = {event_id: _state(ledger, lane, event_id) for event_id in ids}
        lost = sorted(event_id for event_id, state in states.items() if state not in AT_REST)
        assert not lost, f"of {subscriber}, not at rest: {[(event_id, states[event_id]) for event_id in lost]}"
        counted = Counter(State(state) for state in states.values())
        written = {state: getattr(lane, state) for state in AT_REST}
        assert written == {state: counted[state] for state in AT_REST}, f"{subscriber}'s counts: {lane}, {counted}"
        assert lane.recorded == len(ids), f"{subscriber}: {lane.recorded} recorded, {len(ids)} published"
        everything += counted
        delivered |= {event_id for event_id, state in states.items() if state == State.DELIVERED}
        known |= ids
    processed = record.processed
    assert set(record.arrived) <= known, f"posted, never published: {sorted(set(record.arrived) - known)}"
    assert delivered == set(processed), (
        f"delivered, never arrived: {sorted(delivered - set(processed))}; "
        f"arrived, not known as delivered: {sorted(set(processed) - delivered)}"
    )
    assert not record.altered, f"posted with different bytes: {sorted(record.altered)}"
    return Account(
        published=len(known),
        **{state.value: everything[state] for state in AT_REST},
        posts=sum(len(times) for times in record.arrived.values()),
        repeated={event_id: times - 1 for event_id, times in processed.items() if times > 1},
    )


def _state(ledger: Ledger, lane: LaneStatus, event_id: str) -> str:
    state = event_fields(ledger, lane.subscriber, event_id).get("state", "")
    # A paused lane's retries that came due wait like what is held, and its status counts them so.
    return State.HELD if state == State.RETRYING and lane.paused and not lane.retrying else state

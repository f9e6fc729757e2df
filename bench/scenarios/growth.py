"""Whether an event costs more when there are many subscribers, or when much is held: nothing may grow with either.

The ledger is asked directly, so that what is seen is its own cost and not Celery's.
"""

import itertools
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bench.filling import hold, record, subscribe
from bench.say import say
from bench.server import Server
from bench.sizes import Sizes
from bench.stage import stage
from bench.statistics import median
from lessonhook.ledger import Kind, Ledger, Outcome, Policy, Reason, Step

#: Over so many lanes the held events are spread.
_LANES: Final = 10
_ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.01)


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield what a transition costs at each size."""
    with stage() as parts:
        yield from _with_subscribers(parts.server, sizes)
    with stage() as parts:
        yield from _with_held(parts.server, sizes)


def _with_subscribers(server: Server, sizes: Sizes) -> Iterator[dict[str, Any]]:
    policy, known = Policy(), 0
    messages: deque[tuple[str, str]] = deque()
    for count in sizes.growth_subscribers:
        subscribe(server.client, (f"company-{number}" for number in range(known, count)), policy)
        known = count
        lanes = [f"company-{number * count // min(count, 1_000)}" for number in range(min(count, 1_000))]
        found = _probe(server, lanes, messages, sizes.growth_probes, first_number=count * 10)
        say(f"growth: {count} subscribers: {found['server_microseconds']:.0f} microseconds a transition")
        yield {"case": "subscribers", "row": str(count), "size": count, **found}


def _with_held(server: Server, sizes: Sizes) -> Iterator[dict[str, Any]]:
    policy, held = Policy(), 0
    lanes = [f"company-{number}" for number in range(_LANES)]
    # The first event of each lane has its slot; the others are held behind it.
    messages = deque((lane, f"event-{number}") for number, lane in enumerate(lanes))
    subscribe(server.client, lanes, policy)
    empty = server.memory_bytes_used()
    for count in sizes.growth_held:
        hold(server.client, ((lanes[number % _LANES], number) for number in range(held, count)), policy)
        held = count
        memory = (server.memory_bytes_used() - empty) / count
        found = _probe(server, lanes, messages, sizes.growth_probes, first_number=10**9 + count)
        say(f"growth: {count} held: {found['server_microseconds']:.0f} microseconds a transition, {memory:.0f} bytes")
        yield {"case": "held", "row": str(count), "size": count, "bytes_an_event": memory, **found}


def _probe(
    server: Server, lanes: Sequence[str], messages: deque[tuple[str, str]], count: int, *, first_number: int
) -> dict[str, float]:
    """Publish and deliver `count` events in turn over the lanes; return what each kind of transition took.

    `messages` are those that a broker would hold, subscriber and event id.
    """
    ledger = Ledger(server.client, Policy())
    took: dict[str, list[float]] = {"record": [], "admit": [], "settle": []}

    def timed(name: str, call: Any) -> Step:
        begun = time.perf_counter()
        step: Step = call()
        took[name].append(time.perf_counter() - begun)
        return step

    server.reset_statistics()
    for number, lane in zip(range(first_number, first_number + count), itertools.cycle(lanes)):
        step = timed("record", lambda lane=lane, number=number: record(ledger, lane, number))
        messages += [(lane, message.event_id) for message in step.publish]
        # What a worker would do: take up a message, accept what it is given, and go on once in place.
        lane_now, event_id = messages.popleft() if messages else (lane, f"event-{number}")
        step = timed("admit", lambda lane_now=lane_now, event_id=event_id: ledger.admit(lane_now, event_id))
        while step.delivery is not None:
            delivery, in_place = step.delivery, len(took["settle"]) <= len(took["record"])
            step = timed(
                "settle",
                lambda lane_now=lane_now, delivery=delivery, in_place=in_place: ledger.settle(
                    lane_now, delivery.event_id, delivery.token, _ACCEPTED, in_place=in_place
                ),
            )
            messages += [(lane_now, message.event_id) for message in step.publish]
    calls, seconds = server.script_seconds()
    return {
        "server_microseconds": seconds / max(1, calls) * 1e6,
        **{f"{name}_microseconds": median(times) * 1e6 for name, times in took.items() if times},
    }

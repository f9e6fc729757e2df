"""Compares what was published with the ledger's record and with the receiver's own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lessonhook.console.demo.book import Entry
from lessonhook.console.receiver import Arrival
from lessonhook.ledger import State

_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Row:
    """One company's figures; all but the last three count events or POSTs."""

    subscriber: str
    published: int
    delivered: int
    posts: int
    accepted: int
    failed: int
    #: POSTs of an event that had been posted before.
    repeats: int
    in_order: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that must be true, and what contradicts it."""

    sentence: str
    #: Empty if it is true.
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Every figure and every claim of one run."""

    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]

    @property
    def well(self) -> bool:
        """Whether nothing contradicts anything."""
        return not any(claim.against for claim in self.claims)


def settle_account(
    entries: Sequence[Entry],
    states: Mapping[str, State | None],
    arrivals: Sequence[Arrival],
    held: Sequence[Entry],
) -> Account:
    """Compare the three records.

    `states` has the ledger's state of each event id. `held` has the events that were released after the pause, in the
    order in which they were published.
    """
    subscribers = list(dict.fromkeys(entry.subscriber for entry in entries))
    claims = (
        Claim("each published event is delivered, says the ledger", tuple(_undelivered(entries, states))),
        Claim("each was accepted exactly once, says the receiver", tuple(_not_once(entries, arrivals))),
        Claim("each repeat came with the same webhook-id and the same bytes", tuple(_changed(arrivals))),
        Claim(
            "of one learner and lesson, the earlier completion was accepted first", tuple(_swapped(entries, arrivals))
        ),
        Claim("after the pause, what was held was accepted oldest first", tuple(_out_of_turn(held, arrivals))),
    )
    return Account(tuple(_row(name, entries, states, arrivals) for name in subscribers), claims)


def _row(
    subscriber: str, entries: Sequence[Entry], states: Mapping[str, State | None], arrivals: Sequence[Arrival]
) -> Row:
    published = [entry for entry in entries if entry.subscriber == subscriber]
    seen = [arrival for arrival in arrivals if arrival.subscriber == subscriber]
    accepted = sum(arrival.accepted for arrival in seen)
    return Row(
        subscriber=subscriber,
        published=len(published),
        delivered=sum(states.get(entry.event_id) is State.DELIVERED for entry in published),
        posts=len(seen),
        accepted=accepted,
        failed=len(seen) - accepted,
        repeats=len(seen) - len({arrival.event_id for arrival in seen}),
        in_order=not list(_swapped(published, seen)),
    )


def _undelivered(entries: Iterable[Entry], states: Mapping[str, State | None]) -> Iterator[str]:
    for entry in entries:
        state = states.get(entry.event_id)
        if state is not State.DELIVERED:
            yield f"event {entry.number} of {entry.subscriber} is {state or 'not known'}"


def _not_once(entries: Iterable[Entry], arrivals: Iterable[Arrival]) -> Iterator[str]:
    accepted = Counter((arrival.subscriber, arrival.event_id) for arrival in arrivals if arrival.accepted)
    for entry in entries:
        times = accepted.pop((entry.subscriber, entry.event_id), 0)
        if times != 1:
            yield f"event {entry.number} of {entry.subscriber} was accepted {times} times"
    for subscriber, event_id in accepted:
        yield f"{subscriber} accepted {event_id!r}, which nobody published"


def _changed(arrivals: Iterable[Arrival]) -> Iterator[str]:
    bodies: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    owners: dict[bytes, set[str]] = defaultdict(set)
    for arrival in arrivals:
        bodies[arrival.subscriber, arrival.event_id].add(arrival.body)
        owners[arrival.body].add(arrival.event_id)
    yield from (
        f"{event_id} of {name} came with {len(seen)} bodies"
        for (name, event_id), seen in bodies.items()
        if len(seen) > 1
    )
    yield from (f"one body came as {', '.join(sorted(ids))}" for ids in owners.values() if len(ids) > 1)


def _swapped(entries: Iterable[Entry], arrivals: Iterable[Arrival]) -> Iterator[str]:
    accepted = _first_acceptances(arrivals)
    last: dict[tuple[str, str, str], Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.completed_at):
        earlier = last.get(key := (entry.subscriber, entry.learner, entry.lesson))
        came = accepted.get(entry.event_id, _NEVER)
        if earlier and came < accepted.get(earlier.event_id, _NEVER):
            yield f"event {entry.number} of {entry.subscriber} overtook event {earlier.number}"
        last[key] = entry


def _out_of_turn(held: Sequence[Entry], arrivals: Iterable[Arrival]) -> Iterator[str]:
    accepted = _first_acceptances(arrivals)
    seen = sorted((entry for entry in held if entry.event_id in accepted), key=lambda entry: accepted[entry.event_id])
    for should, did in zip(held, seen, strict=False):
        if should is not did:
            yield f"event {did.number} came where event {should.number} should have come"


def _first_acceptances(arrivals: Iterable[Arrival]) -> dict[str, float]:
    accepted: dict[str, float] = {}
    for arrival in arrivals:
        if arrival.accepted:
            accepted.setdefault(arrival.event_id, arrival.at)
    return accepted

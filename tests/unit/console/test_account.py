"""The demo's account: true records agree, and each way in which they can disagree is found and named."""

from dataclasses import replace

from lessonhook.console.demo.account import Account, settle_account
from lessonhook.console.demo.book import Entry
from lessonhook.console.receiver import Arrival
from lessonhook.ledger import State

#: Three events of one company, the last two of one learner and lesson.
ENTRIES = [
    Entry(1, "acme", "e1", "ada", "fire", "Fire Safety", 100, 0.0),
    Entry(2, "acme", "e2", "bo", "fire", "Fire Safety", 101, 0.1),
    Entry(3, "acme", "e3", "bo", "fire", "Fire Safety", 102, 0.2),
]


def arrival(event_id: str, at: float, status: int = 200) -> Arrival:
    """Return a POST of an event."""
    return Arrival(at, "acme", event_id, (), f"body of {event_id}".encode(), status)


#: The first event failed once; then all were accepted, in turn.
ARRIVALS = [arrival("e1", 1.0, 503), arrival("e1", 2.0), arrival("e2", 3.0), arrival("e3", 4.0)]


def account(
    arrivals: list[Arrival] = ARRIVALS, states: dict[str, State | None] | None = None, held: list[Entry] = ENTRIES
) -> Account:
    """Settle the account of these records, all delivered unless said otherwise."""
    delivered: dict[str, State | None] = {entry.event_id: State.DELIVERED for entry in ENTRIES}
    return settle_account(ENTRIES, delivered | (states or {}), arrivals, held)


def contradictions(settled: Account) -> list[str]:
    """Return all that contradicts a claim."""
    return [contradiction for claim in settled.claims for contradiction in claim.against]


def test_records_that_agree_are_well() -> None:
    """A failed attempt that was made up for is a repeat and no fault."""
    settled = account()
    assert settled.well
    [row] = settled.rows
    assert (row.published, row.delivered, row.posts, row.accepted, row.failed, row.repeats) == (3, 3, 4, 3, 1, 1)
    assert row.in_order


def test_an_event_that_is_not_delivered_is_named_with_its_state() -> None:
    """Held, or not known to the ledger at all."""
    settled = account(states={"e1": State.HELD, "e2": None})
    assert not settled.well
    assert contradictions(settled) == ["event 1 of acme is held", "event 2 of acme is not known"]


def test_an_event_that_never_arrived_is_found_whatever_the_ledger_says() -> None:
    """The receiver's own record counts."""
    assert contradictions(account(ARRIVALS[:-1])) == ["event 3 of acme was accepted 0 times"]


def test_an_event_accepted_twice_is_found() -> None:
    """Nothing in the demo explains a second acceptance."""
    assert contradictions(account([*ARRIVALS, arrival("e3", 5.0)])) == ["event 3 of acme was accepted 2 times"]


def test_a_post_that_nobody_published_is_found() -> None:
    """By its webhook-id."""
    assert contradictions(account([*ARRIVALS, arrival("e9", 5.0)])) == ["acme accepted 'e9', which nobody published"]


def test_other_bytes_at_a_repeat_are_found() -> None:
    """Every attempt sends the same ones."""
    changed = [replace(ARRIVALS[0], body=b"other"), *ARRIVALS[1:]]
    assert contradictions(account(changed)) == ["e1 of acme came with 2 bodies"]


def test_one_body_under_two_ids_is_found() -> None:
    """A repeat keeps its webhook-id."""
    renamed = [replace(ARRIVALS[0], event_id="e7"), *ARRIVALS[1:]]
    assert contradictions(account(renamed)) == ["one body came as e1, e7"]


def test_a_later_completion_that_came_first_is_found() -> None:
    """Of one learner and lesson only: between others no order is promised."""
    swapped = [*ARRIVALS[:2], arrival("e3", 3.0), arrival("e2", 4.0)]
    settled = account(swapped, held=[])
    assert contradictions(settled) == ["event 3 of acme overtook event 2"]
    assert not settled.rows[0].in_order
    assert account([arrival("e2", 1.0), arrival("e3", 2.0), arrival("e1", 3.0)], held=[]).well


def test_held_events_that_came_out_of_turn_are_found() -> None:
    """After a pause, oldest first."""
    out_of_turn = [arrival("e2", 2.0), arrival("e1", 3.0), arrival("e3", 4.0)]
    assert contradictions(account(out_of_turn)) == [
        "event 2 came where event 1 should have come",
        "event 1 came where event 2 should have come",
    ]

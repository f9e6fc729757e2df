"""Which completions of an import one script of Redis records: few enough that others are served in between."""

from lessonhook.ledger import RECORDED_AT_ONCE, RECORDED_BYTES_AT_ONCE, FreshEvent
from lessonhook.producer.checked import CheckedCompletion, together


def checked(number: int, *, size: int = 400, subscriber: str = "acme", rendering: str = "") -> CheckedCompletion:
    """Make a completion with a body of so many bytes."""
    event = FreshEvent(f"event-{number}", b"x" * size, "ann", "fire-safety", number)
    return CheckedCompletion(number, subscriber, event, rendering, None)


def numbers(batch: list[CheckedCompletion]) -> list[list[int]]:
    """Return the places of those that go together."""
    return [[each.number for each in group] for group in together(batch)]


def test_one_script_records_a_bounded_number() -> None:
    """A rest goes by itself, and the order is kept."""
    sizes = [len(group) for group in numbers([checked(number) for number in range(2 * RECORDED_AT_ONCE + 1)])]
    assert sizes == [RECORDED_AT_ONCE, RECORDED_AT_ONCE, 1]


def test_one_script_records_a_bounded_number_of_bytes() -> None:
    """A body that is larger than the bound goes alone, because it goes in one piece."""
    half = RECORDED_BYTES_AT_ONCE // 2
    sizes = [half, half, 1, 2 * RECORDED_BYTES_AT_ONCE, 1, 1]
    batch = [checked(number, size=size) for number, size in enumerate(sizes)]
    assert numbers(batch) == [[0, 1], [2], [3], [4, 5]]


def test_only_those_of_one_subscriber_and_one_rendering_go_together() -> None:
    """One script has one lane, and one name of the options."""
    batch = [checked(0), checked(1, subscriber="other"), checked(2), checked(3, rendering="numeric_ids"), checked(4)]
    assert numbers(batch) == [[0, 2, 4], [1], [3]]


def test_none_are_recorded_of_none() -> None:
    """An empty import asks Redis for nothing."""
    assert numbers([]) == []

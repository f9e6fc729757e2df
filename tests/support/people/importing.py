"""What happens in the middle of an import: between two of its scripts."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from lessonhook.ledger import Ledger, Recorded, Step, Together


@contextmanager
def before_script(ledger: Ledger, number: int, act: Callable[[], object]) -> Iterator[None]:
    """Do something before script `number` of an import is sent, from 1, and after the one before it was sent."""
    record_each = ledger.record_each

    def acting(all_events: Iterable[Together]) -> Iterator[tuple[Step, tuple[Recorded, ...]]]:
        def counted() -> Iterator[Together]:
            for sent, together in enumerate(all_events, start=1):
                if sent == number:
                    act()
                yield together

        return record_each(counted())

    ledger.record_each = acting  # type: ignore[method-assign]  # for the time of the block
    try:
        yield
    finally:
        del ledger.record_each

"""What all threads share is made by one of them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lessonhook.config import made_once

_THREADS = 16


class Holder:
    """Makes a thing that takes its time."""

    def __init__(self) -> None:
        self.made = 0
        self.all_ask = threading.Barrier(_THREADS)

    @made_once
    def thing(self) -> object:
        """A thing."""
        self.made += 1
        # Every other thread waits for the lock by now.
        return object()


def test_threads_that_ask_at_once_are_given_the_same_thing() -> None:
    """Also on a Python whose own cached property has no lock."""
    holder = Holder()

    def ask(_: int) -> Any:
        holder.all_ask.wait(60)
        return holder.thing

    with ThreadPoolExecutor(_THREADS) as threads:
        made = list(threads.map(ask, range(_THREADS)))
    assert len(set(map(id, made))) == 1
    assert holder.made == 1


def test_what_was_made_is_kept_where_it_can_be_looked_for() -> None:
    """A caller that closes it learns whether there is anything to close."""
    holder = Holder()
    assert "thing" not in vars(holder)
    thing = holder.thing
    assert vars(holder)["thing"] is thing

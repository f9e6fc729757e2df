"""The demo's stage at a terminal: what is in view while something is awaited."""

import io
import itertools
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.text import Text

from lessonhook.console.demo.stage import Stage
from lessonhook.console.processes import TookTooLong


def holds_at_look(number: int) -> Callable[[], bool]:
    """Return a condition that holds when it is looked at for the given time."""
    looks = itertools.count(1)
    return lambda: next(looks) == number


@pytest.fixture
def terminal() -> Console:
    """Return a console that takes itself for a terminal, and keeps what is drawn on it."""
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def drawn(terminal: Console) -> str:
    """Return all that was ever drawn."""
    assert isinstance(terminal.file, io.StringIO)
    return terminal.file.getvalue()


def test_before_there_are_lanes_only_what_is_awaited_is_shown(terminal: Console) -> None:
    """The server itself is awaited at a terminal too, and a server that is slow to start has no lanes to show."""
    Stage(terminal).wait(holds_at_look(3), 10, "the server")
    assert "waiting for the server" in drawn(terminal)


def test_the_lanes_are_in_view_from_then_on(terminal: Console) -> None:
    """They are asked for anew at each look."""
    stage = Stage(terminal)
    pictures = iter(["lanes at first", "lanes a moment later"])
    stage.keep_in_view(lambda: Text(next(pictures)))
    stage.wait(holds_at_look(4), 10, "an event")
    assert "lanes a moment later" in drawn(terminal)
    assert "waiting for an event" in drawn(terminal)


def test_what_does_not_come_is_named(terminal: Console) -> None:
    """With how long it was waited for."""
    with pytest.raises(TookTooLong, match=r"waited 0\.1 s in vain for an event"):
        Stage(terminal).wait(lambda: False, 0.1, "an event")

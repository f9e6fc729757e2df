"""`lessonhook watch` in a file: what it writes of a look, and in how many calls."""

import pytest
import typer

from lessonhook.console.commands import watch
from lessonhook.desk import Look
from tests.unit.desk.samples import FAILING, changed

_MANY = 1_000


def test_a_look_is_written_in_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call flushes, and at the first look there is a line for each of 10,000 subscribers in trouble."""
    written: list[str] = []
    monkeypatch.setattr(typer, "echo", written.append)
    names = [f"company-{number:04}" for number in range(_MANY)]
    states = [changed(FAILING, subscriber=name) for name in names]
    watch._write(iter([Look(states), Look(states)]))
    lines = [line for call in written for line in call.splitlines()]
    assert len(lines) == _MANY, "the second look changed nothing"
    assert len(written) <= _MANY / 100

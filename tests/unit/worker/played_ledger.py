"""The ledger as one turn sees it that gives its event back: it hands out a delivery, and keeps how that ended."""

from typing import Any

import pytest

from lessonhook.ledger import Delivery, LoopTransitions, Outcome, State
from lessonhook.ledger.transitions.results import Step


def hand_out(monkeypatch: pytest.MonkeyPatch, delivery: Delivery) -> list[Outcome]:
    """Let every admission hand out this delivery; return the list that settlements write their outcomes to."""
    settled: list[Outcome] = []

    async def admitted(*_: Any, **__: Any) -> Step:
        return Step(subscriber="acme", state=State.DELIVERING, attempts=0, due_ms=0, now_ms=0, delivery=delivery)

    async def given_back(_: LoopTransitions, *facts: Any, **__: Any) -> Step:
        settled.extend(fact for fact in facts if isinstance(fact, Outcome))
        return Step(subscriber="acme", state=State.HELD, attempts=0, due_ms=0, now_ms=0)

    monkeypatch.setattr(LoopTransitions, "admit", admitted)
    monkeypatch.setattr(LoopTransitions, "settle", given_back)
    return settled

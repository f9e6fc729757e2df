"""Lines for people that nobody watches in a terminal: structlog's own, character for character."""

from enum import StrEnum
from typing import Any, Final

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from lessonhook.config.plain_lines import PlainLines

_STRUCTLOGS: Final = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
#: What structlog takes for text that it shows below the line; it raises a TypeError for anything else.
_BELOW: Final = frozenset({"stack", "exception"})
_NAMES: Final = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(lambda name: name not in _BELOW)
_VALUES: Final = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers())
)


class _State(StrEnum):
    HELD = "held"


def _both(event: dict[str, Any]) -> tuple[str, str]:
    return PlainLines()(None, "info", dict(event)), _STRUCTLOGS(None, "info", dict(event))


@given(
    st.dictionaries(_NAMES, _VALUES), st.sampled_from(["debug", "info", "warning", "critical"]), st.text(max_size=40)
)
def test_a_line_is_that_of_structlog(facts: dict[str, Any], level: str, name: str) -> None:
    """Whatever the facts are."""
    ours, structlogs = _both({**facts, "timestamp": "2026-01-01T00:00:00Z", "level": level, "event": name})
    assert ours == structlogs


@pytest.mark.parametrize(
    "facts",
    [
        {"then": _State.HELD},
        {"exception": "Traceback: none"},
        {"logger": "celery.worker"},
        {"stack": "Stack: none", "why": "two words"},
    ],
)
def test_what_structlog_shows_apart_is_shown_so(facts: dict[str, Any]) -> None:
    """An enum's value, a traceback, the logger of the standard library."""
    ours, structlogs = _both({**facts, "timestamp": "2026-01-01T00:00:00Z", "level": "error", "event": "turn.crashed"})
    assert ours == structlogs


def test_a_line_without_a_level_is_shown() -> None:
    """Nothing of ours writes one, but a line must never be lost."""
    ours, structlogs = _both({"event": "hello", "a": 1})
    assert ours == structlogs

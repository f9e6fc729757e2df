"""No text of a log line steers the terminal that shows it, in each format."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from lessonhook.config import LogFormat, configure_logging
from tests.support.people.canary import CANARY, raw_in


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


class _Fault(Exception):
    """An error whose text a stranger chose."""


def _fail() -> None:
    raise _Fault(CANARY)


def _write_everywhere() -> None:
    log: Any = structlog.get_logger()
    log.info("noted", name=CANARY, names=[CANARY])
    log.warning(CANARY)
    foreign = logging.getLogger("celery.somewhere")
    foreign.warning("%s and %r", CANARY, CANARY)
    try:
        _fail()
    except _Fault:
        log.exception("failed")
        foreign.exception("failed")


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_line_holds_no_steering_character(log_format: LogFormat) -> None:
    """Ours and the standard library's, tracebacks too; a line of JSON is still that of the same text."""
    stream = io.StringIO()
    configure_logging(log_format, stream=stream)
    _write_everywhere()
    assert raw_in(stream.getvalue()) == []
    assert "_Fault" in stream.getvalue()
    if log_format is LogFormat.JSON:
        assert json.loads(stream.getvalue().splitlines()[0])["name"] == CANARY


def test_at_a_terminal_the_colours_are_the_only_ones() -> None:
    """They are escape sequences of the log itself."""
    stream = Terminal()
    configure_logging(LogFormat.CONSOLE, stream=stream)
    _write_everywhere()
    written = stream.getvalue()
    assert "\x1b[" in written
    assert "_Fault" in written
    for each in ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\u2028", "\ufeff"):
        assert each not in written

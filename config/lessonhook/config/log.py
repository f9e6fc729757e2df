"""The log: one structured line for each outcome, for people or for machines."""

import io
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

from lessonhook.config.plain_lines import PlainLines
from lessonhook.config.settings import LogFormat
from lessonhook.config.visible import visible_lines

if TYPE_CHECKING:
    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

#: structlog shows the values of local variables by default. Ours are events and credentials, so they are left out.
_TRACEBACKS: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure_logging(log_format: LogFormat, *, level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """Send the lines of structlog and of the standard library to `stream`, in the same form.

    structlog's lines, one for each delivery, go there directly, because a record of the standard library would double
    the cost of each.

    Call this only in a process of our own (a worker, the command line). No import calls it, so an LMS that imports the
    producer keeps its own logging.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = _renderer(log_format, stream)
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            foreign_pre_chain=shared,
        )
    )
    # One line for each outcome: Celery's own lines for each task are left out, but not its warnings.
    for chatty in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Its warnings name URLs, which may contain a secret. The code that uses it logs the failure without the URL.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _renderer(log_format: LogFormat, stream: TextIO) -> "list[Processor]":
    if log_format is LogFormat.JSON:
        return [structlog.processors.ExceptionRenderer(_TRACEBACKS), structlog.processors.JSONRenderer()]
    if not stream.isatty():
        return [PlainLines(), _visible_line]
    return [_visible_facts, structlog.dev.ConsoleRenderer(exception_formatter=_visible_traceback)]


def _visible_line(logger: "WrappedLogger", name: str, line: Any) -> Any:
    """Return a whole line, or the lines of a traceback, without a character that steers a terminal."""
    del logger, name
    return line if line.isprintable() else visible_lines(line)


def _visible_facts(logger: "WrappedLogger", name: str, event: "EventDict") -> "EventDict":
    """Do so for each text of a line that is to be coloured: the colours steer the terminal themselves."""
    return {
        key: _visible_line(logger, name, value) if isinstance(value, str) else value for key, value in event.items()
    }


def _visible_traceback(stream: TextIO, error: "ExcInfo") -> None:
    written = io.StringIO()
    structlog.dev.plain_traceback(written, error)
    stream.write(visible_lines(written.getvalue()))

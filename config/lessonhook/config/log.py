"""The log: one structured line an outcome, for people or for machines."""

import logging
import sys
from typing import TYPE_CHECKING, Final, TextIO

import structlog

from lessonhook.config.settings import LogFormat

if TYPE_CHECKING:
    from structlog.typing import Processor

#: Without the values of local variables, which structlog shows by default: they are events and credentials.
_TRACEBACKS: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure_logging(log_format: LogFormat, *, level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """Send structlog's lines and the standard library's to `stream`, in the same form.

    structlog's own lines, one for each delivery, go there directly: by way of a record of the standard library's, each
    would cost twice as much.

    For processes of our own only (a worker, the command line): an LMS that imports the producer keeps its own
    logging, since nothing here is called by an import.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Processor] = (
        [structlog.processors.ExceptionRenderer(_TRACEBACKS), structlog.processors.JSONRenderer()]
        if log_format is LogFormat.JSON
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
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
    # One line an outcome: what Celery says of each task besides is left out, its warnings are not.
    for chatty in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # What it warns of it names by its URL, which may hold a secret: whoever uses it says what failed, and not where.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)

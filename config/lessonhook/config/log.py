"""The log: one structured line an outcome, for people or for machines."""

import logging
import sys
from typing import TYPE_CHECKING, TextIO

import structlog

from lessonhook.config.settings import LogFormat

if TYPE_CHECKING:
    from structlog.typing import Processor


def configure_logging(log_format: LogFormat, *, level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """Send structlog's lines and the standard library's through one formatter to `stream`.

    For processes of our own only (a worker, the command line): an LMS that imports the producer keeps its own
    logging, since nothing here is called by an import.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if log_format is LogFormat.JSON
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)

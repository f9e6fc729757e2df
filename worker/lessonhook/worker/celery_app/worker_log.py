"""The log of a worker, by the options that `celery worker` has for it: `--loglevel` and `--logfile`."""

import logging
import sys
from pathlib import Path
from typing import Any

from celery.utils.nodenames import node_format

from lessonhook.config import LogFormat, configure_logging


def set_up_log(
    log_format: LogFormat, node: str, *, loglevel: int | None = None, logfile: str | None = None, **_: Any
) -> None:
    """Send the log to the standard error, or to the end of a file whose name may have %n and %h of the node name."""
    stream = sys.stderr
    if logfile:
        # Open as long as the process, and written line by line, for those who follow the file.
        stream = Path(node_format(logfile, node)).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115
    configure_logging(log_format, level=loglevel or logging.INFO, stream=stream)

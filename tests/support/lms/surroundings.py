"""What a process has that an import could change."""

import locale
import logging
import os
import signal
import sys
import threading
import warnings
from typing import Any

import kombu.pools
from celery import _state
from kombu.transport import TRANSPORT_ALIASES


def surroundings() -> dict[str, Any]:
    """Return a picture of the process, in plain values that can be compared."""
    root = logging.getLogger()
    return {
        "current app": repr(_state._tls.current_app),
        "default app": repr(_state.default_app),
        "root handlers": repr(root.handlers),
        "root level": root.level,
        "handlers of other loggers": sorted(
            f"{name} {handler!r}"
            for name, log in root.manager.loggerDict.items()
            for handler in getattr(log, "handlers", [])
            # Each module of Celery's gives its logger one as it is loaded; it handles nothing.
            if not isinstance(handler, logging.NullHandler)
        ),
        "levels of other loggers": {
            name: level for name, log in root.manager.loggerDict.items() if (level := getattr(log, "level", 0))
        },
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "signal handlers": {number: repr(signal.getsignal(number)) for number in signal.valid_signals()},
        "environment": dict(os.environ),
        "warning filters": repr(warnings.filters),
        "excepthooks": [repr(sys.excepthook), repr(threading.excepthook)],
        "limit of kombu's pools": kombu.pools.get_limit(),
        "kombu's transports": dict(TRANSPORT_ALIASES),
        "locale": locale.setlocale(locale.LC_ALL),
        "switch interval": sys.getswitchinterval(),
        "import path": list(sys.path),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what differs between two pictures, before and after."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}

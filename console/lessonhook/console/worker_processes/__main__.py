"""One supervised process: `python -m lessonhook.console.worker_processes CORE PARENT OPTION…`, then Celery's worker.

It runs on its core alone, and ends warmly when its supervisor is gone: a killed supervisor must leave no worker behind
that nobody restarts and nobody stops.
"""

import ctypes
import os
import signal
import sys
from typing import Final

from celery.bin.celery import celery

from lessonhook.console.processes import APPLICATION

_PR_SET_PDEATHSIG: Final = 1


def main(core: str, parent: str, *options: str) -> None:
    """Bind this process to a core (an empty string: to none) and to the life of its parent, then run the worker."""
    if core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            return
    celery(args=["-A", APPLICATION, "--quiet", "worker", *options], prog_name="celery", auto_envvar_prefix="CELERY")


if __name__ == "__main__":
    main(*sys.argv[1:])

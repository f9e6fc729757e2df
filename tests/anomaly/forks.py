"""Commands that start in a few milliseconds: a process that has imported everything forks for each of them.

Thousands of runs of the command line and of `celery worker` would otherwise spend their time with imports. Each fork is
a process of its own, with its own environment, arguments and output, that opens its connections anew.
"""

import json
import os
import sys
from typing import Any


def _become(request: dict[str, Any]) -> int:
    """Run one command in this forked process; return its exit code."""
    out = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    os.setsid()
    for target, descriptor in ((0, null), (1, out), (2, out)):
        os.dup2(descriptor, target)
    for name in [name for name in os.environ if name.startswith(("LESSONHOOK_", "FLOWER_"))]:
        del os.environ[name]
    os.environ.update(request["environment"])
    program, *arguments = request["command"]
    sys.argv = [program, *arguments]
    if program == "celery":
        from celery.__main__ import main  # noqa: PLC0415  # of the forked process alone
    else:
        from lessonhook.console import main  # noqa: PLC0415  # of the forked process alone
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # what a real process would show
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code or 0


def serve() -> None:
    """Fork for each line of the standard input; print the process id, and tell of each end when it is asked for."""
    import celery.__main__  # noqa: PLC0415  # imported once, for all forks
    import celery.bin.celery  # noqa: F401, PLC0415

    import lessonhook.console.cli  # noqa: PLC0415
    import lessonhook.worker  # noqa: F401, PLC0415

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = _become(json.loads(line))
            finally:
                os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        # Who is not waited for is reaped here, so that nobody takes a process that has ended for one that runs.
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()

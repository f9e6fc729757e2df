"""What people use: the `lessonhook` command line and what it shows."""

import sys
from io import TextIOWrapper

__all__ = ["main"]


def main() -> int:
    """Run the command line with the process' own arguments; answer its exit code, see `lessonhook.console.exits`."""
    try:
        from lessonhook.console.cli import run  # noqa: PLC0415 - an LMS has this entry point without what it needs
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lessonhook"):
            raise
        sys.stderr.write(f"lessonhook: {error.name} is not installed; pip install 'lessonhook[console]'\n")
        return 2
    for stream in (sys.stdout, sys.stderr):
        # In a locale of ASCII a title that can't be written must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return run(sys.argv[1:])

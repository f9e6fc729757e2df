"""The `lessonhook` command line, the page in Flower, the demo and the local service."""

import gc
import sys
from io import TextIOWrapper

__all__ = ["main"]


def main() -> int:
    """Run the command line with the process' own arguments and return its exit code, see `lessonhook.console.exits`."""
    # An import makes hundreds of thousands of objects that stay to the end. The collector would look at them again and
    # again, which is a tenth of the time of most commands.
    gc.disable()
    try:
        from lessonhook.console.cli import run  # noqa: PLC0415 - an LMS has this entry point without what it needs
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lessonhook"):
            raise
        sys.stderr.write(f"lessonhook: {error.name} is not installed; pip install 'lessonhook[console]'\n")
        return 2
    gc.freeze()
    gc.enable()
    for stream in (sys.stdout, sys.stderr):
        # In an ASCII locale, a character that cannot be written must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return run(sys.argv[1:])

"""The desk is for pages and an LMS too, so its import brings no command line, no Flower and no HTTP client."""

import subprocess
import sys

from tests.support.patience import PATIENCE_SECONDS

#: rich is left out, because structlog imports it wherever it is installed.
_UNWANTED = ("flower", "lessonhook.console", "lessonhook.worker", "requests", "tornado", "typer")


def test_the_desk_is_imported_without_what_only_some_of_its_callers_need() -> None:
    """An LMS that only looks installs lessonhook without an extra."""
    program = f"import sys, lessonhook.desk; print([name for name in {_UNWANTED!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    assert ran.stdout.strip() == "[]"

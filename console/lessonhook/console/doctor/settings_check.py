"""Whether the environment says what it seems to say."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from lessonhook.config import Settings, unknown_variables
from lessonhook.console.doctor.finding import Finding, ok, warn

#: Read by somebody else: the container files.
_OTHERS: Final = frozenset({"LESSONHOOK_FLOWER_BASIC_AUTH"})


def check_settings(environment: Iterable[str]) -> Finding:
    """Name the variables that look like settings and are none."""
    unknown = [name for name in unknown_variables(environment) if name not in _OTHERS]
    if not unknown:
        return ok("settings", "every LESSONHOOK_ variable is a setting")
    known = [f"LESSONHOOK_{name.upper()}" for name in Settings.model_fields]
    meant = sorted({close for name in unknown for close in get_close_matches(name, known, n=1)})
    cure = f"did you mean {', '.join(meant)}?" if meant else "`lessonhook settings` lists those that there are"
    return warn("settings", f"{', '.join(unknown)}: no such setting, and without effect", cure)

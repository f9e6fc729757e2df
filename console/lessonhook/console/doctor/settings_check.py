"""Whether each LESSONHOOK_ variable of the environment is a setting."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from lessonhook.config import Settings, unknown_variables
from lessonhook.console.doctor.finding import Finding, ok, warn

#: Read by the container files.
_OTHERS: Final = frozenset({"LESSONHOOK_FLOWER_BASIC_AUTH"})


def check_settings(environment: Iterable[str]) -> Finding:
    """Return a finding that names the variables that look like settings and are none."""
    unknown = [name for name in unknown_variables(environment) if name not in _OTHERS]
    if not unknown:
        return ok("settings", "every LESSONHOOK_ variable is a setting")
    known = [f"LESSONHOOK_{name.upper()}" for name in Settings.model_fields]
    meant = sorted({close for name in unknown for close in get_close_matches(name, known, n=1)})
    cure = f"did you mean {', '.join(meant)}?" if meant else "`lessonhook settings` lists the settings"
    return warn("settings", f"{', '.join(unknown)}: no such setting, so it has no effect", cure)

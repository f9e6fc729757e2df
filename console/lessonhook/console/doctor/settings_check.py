"""Whether each LESSONHOOK_ variable of the environment is a setting."""

from collections.abc import Iterable
from typing import Final

from lessonhook.config import meant_by, unknown_variables
from lessonhook.console.doctor.finding import Finding, ok, warn

#: Read by the container files.
_OTHERS: Final = frozenset({"LESSONHOOK_FLOWER_BASIC_AUTH"})


def check_settings(environment: Iterable[str]) -> Finding:
    """Return a finding that names the variables that look like settings and are none."""
    unknown = [name for name in unknown_variables(environment) if name not in _OTHERS]
    if not unknown:
        return ok("settings", "every LESSONHOOK_ variable is a setting")
    meant = sorted({close for name in unknown if (close := meant_by(name)) is not None})
    cure = f"did you mean {', '.join(meant)}?" if meant else "`lessonhook settings` lists the settings"
    return warn("settings", f"{', '.join(unknown)}: no such setting, so it has no effect", cure)

"""Whether each LESSONHOOK_ variable of the environment is a setting."""

from collections.abc import Iterable

from lessonhook.config import meant_by, unknown_variables
from lessonhook.console.doctor.finding import Finding, ok, warn


def check_settings(environment: Iterable[str]) -> Finding:
    """Return a finding that names the variables that look like settings and are none."""
    unknown = unknown_variables(environment)
    if not unknown:
        return ok("settings", "every LESSONHOOK_ variable is a setting")
    meant = sorted({close for name in unknown if (close := meant_by(name)) is not None})
    cure = f"did you mean {', '.join(meant)}?" if meant else "`lessonhook settings` lists the settings"
    return warn("settings", f"{', '.join(unknown)}: no such setting, so it has no effect", cure)

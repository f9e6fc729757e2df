"""Whether this machine can run containers; tests that need it are skipped where it can't, with the reason."""

import shutil
import subprocess
from functools import lru_cache

#: An engine that is there replies within a second.
_REPLY_SECONDS = 20.0


@lru_cache(maxsize=1)
def why_no_engine() -> str | None:
    """Return why no container can be started here, or None if one can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    for question in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            subprocess.run(question, check=True, capture_output=True, timeout=_REPLY_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return f"`{' '.join(question)}` fails: no engine replies"
    return None

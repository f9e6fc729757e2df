"""How long Hypothesis searches: briefly and the same way each time by default, long and at random to find more.

The long search also shrinks what it finds to the shortest trace, which takes minutes.
"""

import os

from hypothesis import HealthCheck, Phase, settings

#: Real servers take their time: no example is too slow.
_ALWAYS = settings(deadline=None, suppress_health_check=list(HealthCheck))

settings.register_profile(
    "ci", _ALWAYS, phases=[Phase.generate], derandomize=True, max_examples=200, stateful_step_count=50
)
settings.register_profile("fuzz", _ALWAYS, max_examples=1_500, stateful_step_count=100, print_blob=True)


def profile() -> settings:
    """Return the settings that `HYPOTHESIS_PROFILE` names, `ci` or `fuzz`; `ci` without it."""
    return settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

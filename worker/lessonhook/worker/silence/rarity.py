"""How rare a silence is, judged by the silences before it. The one formula that all alarms are bounded by.

A silence is measured in surprise: each part of the week adds minus the logarithm of the chance that it is silent, as it
was learned. Nights and weekends so add nothing, and for a subscriber whose completions come at random the surprise of a
silence has an exponential distribution with mean 1 (the time-rescaling theorem). Real completions come in bursts, in
classes and terms, and their silences are longer. So the scale of the tail is taken from the longest silence that was
seen, and is never below 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WEEKS_A_YEAR: Final = 52.0
#: With fewer comparable weeks, nothing is judged.
FEWEST_WEEKS: Final = 3.0
#: Weeks that are learned from, at most: long enough for rare silences, short enough to follow a change of habits.
MOST_WEEKS: Final = 12
#: Between the completions of a class, silences are short. Only those beyond this surprise tell of the longer ones.
_ORDINARY: Final = 1.0
#: From this share of all silences on, those beyond an ordinary one are common.
_COMMON: Final = 0.25
#: So many silences tell enough without the longest one.
_MANY: Final = 20
#: So many silences of scale 1 are assumed besides, because few were seen.
_ASSUMED: Final = 2


def surprise(silent: int, seen: int) -> float:
    """Return how surprising it is that a part of the week is silent, if it was so `silent` times of `seen`.

    Half a silence more is assumed (Krichevsky and Trofimov), because a part that never was silent may be once.
    """
    return -math.log((silent + 0.5) / (seen + 1))


@dataclass(frozen=True, slots=True)
class Tail:
    """The silences of the past, as far as they say how rare longer ones are."""

    #: Surprise of the longest one.
    longest: float
    #: By how much more surprise a silence becomes e times rarer; at least 1.
    scale: float
    #: How many there were; if longer ones are common, how many of those.
    number: int
    #: Weeks in which they were seen.
    weeks: float

    @classmethod
    def of(cls, silences: Sequence[float], weeks: float, *, at_least: float = 0.0) -> "Tail":
        """Learn from past silences. One of `at_least` counts as seen: such as a day off that everybody may take.

        The scale is the largest of three: 1; the mean of what the longer silences have beyond an ordinary one; and the
        longest by the logarithm of their number, because the longest of n exponential values is about that much.
        Of many silences, the longest one is left out: one holiday of weeks must not hide others of weeks.
        """
        if len(silences) >= _MANY:
            silences = sorted(silences)[:-1]
        longest = max(silences, default=0.0)
        beyond = [each - _ORDINARY for each in silences if each > _ORDINARY]
        mean = (sum(beyond) + _ASSUMED) / (len(beyond) + _ASSUMED)
        scale = max(1.0, mean, longest / math.log(len(silences) + 2))
        # Where long silences are common, the short ones between them say nothing of how long they get.
        is_regular = len(beyond) < _COMMON * len(silences)
        return cls(max(longest, at_least), scale, len(silences) if is_regular else len(beyond), weeks)

    def per_year(self, silence: float) -> float:
        """Return how often in a year a silence of this surprise, or a longer one, is to be expected.

        One as long as the longest is expected once in the weeks that were learned from; from there on the number falls
        exponentially, and the more slowly the fewer silences were learned from (the predictive distribution of an
        exponential tail). Up to the longest one, it is not estimated any further.
        """
        beyond = max(0.0, silence - self.longest) / self.scale
        number = self.number + 1
        return WEEKS_A_YEAR / self.weeks * (1 + beyond / number) ** -number

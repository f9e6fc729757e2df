"""Plays a year and more of made-up completions, looks for silences as a worker does, and counts what is reported."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lessonhook.worker.silence.crowd import Crowd
from lessonhook.worker.silence.reported import new_alone, new_groups, reported
from lessonhook.worker.silence.subscriber_silence import SOONEST_DAYS, Judged, judge
from tests.support.silence.traffic import FIRST_DAY, LAST_DAY, Kind, MadeUp, made_up

#: There are twelve weeks to learn from before.
BEGINS: Final = FIRST_DAY + 84
YEARS: Final = (LAST_DAY - BEGINS) / 365
#: Hours of the looks of a day (UTC). A worker looks every ten minutes; more looks find the same, but sooner.
_LOOKS: Final = (11, 20)


@dataclass
class Year:
    """What was reported."""

    #: Notices of one subscriber, by kind.
    alone: Counter[Kind] = field(default_factory=Counter)
    #: Notices of subscribers that fell silent together.
    together: int = 0
    #: The days on which a subscriber began to be reported, alone or together, by its number.
    days: dict[int, list[int]] = field(default_factory=dict)


def play(subscribers: Sequence[MadeUp], per_year: float) -> Year:
    """Play it. Who is reported is not reported again before it has published."""
    year = Year()
    before: dict[str, int | None] = {}
    for day in range(BEGINS, LAST_DAY):
        silent = [
            number
            for number, each in enumerate(subscribers)
            if not any(earlier in each.days for earlier in range(day - SOONEST_DAYS + 1, day))
        ]
        crowd = Crowd()
        if silent:
            for each in subscribers:
                crowd.add(each.until(day, 24))
        for hour in _LOOKS:
            judged = _judged(subscribers, silent, crowd, day, hour)
            before = {name: with_others for name, with_others in before.items() if name in judged}
            after = reported(judged, before, now_hour=day * 24 + hour, per_year=per_year, subscribers=len(subscribers))
            year.alone.update(subscribers[int(name)].kind for name in new_alone(after, before))
            year.together += sum(1 for _ in new_groups(after, before, judged))
            for name in after.keys() - before.keys():
                year.days.setdefault(int(name), []).append(day)
            before = after
    return year


def mixed(each: int, kinds: Sequence[Kind] = tuple(Kind), seed: str = "") -> list[MadeUp]:
    """Make up subscribers, so many of each kind."""
    return [made_up(kind, f"{seed}{number}") for kind in kinds for number in range(each)]


def _judged(
    subscribers: Sequence[MadeUp], silent: Sequence[int], crowd: Crowd, day: int, hour: int
) -> Mapping[str, Judged]:
    found = {}
    for number in silent:
        judged = judge(subscribers[number].until(day, hour), day * 24 + hour, crowd)
        if judged is not None:
            found[f"{number}"] = judged
    return found


def days_to_report(stopped: MadeUp, others: Sequence[MadeUp], last_day: int, per_year: float) -> int | None:
    """Let a subscriber stop after a day; return how many days later it is reported, None if not within 15 weeks."""
    known = MadeUp(stopped.kind, {day: hours for day, hours in stopped.days.items() if day <= last_day})
    last = max(known.days)
    for day in range(last + SOONEST_DAYS, last + 105):
        crowd = Crowd()
        for each in others:
            crowd.add(each.until(day, 24))
        judged = judge(known.until(day, _LOOKS[-1]), day * 24 + _LOOKS[-1], crowd)
        if judged is not None and judged.per_year < per_year:
            return day - last
    return None

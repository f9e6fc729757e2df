"""Decides who is reported as quiet, and tells silences that began together from those of one subscriber.

Silences that began together are school holidays, or have one cause behind them. They are one thing to look at, and are
reported as one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from lessonhook.worker.silence.crowd import HOURS_A_DAY
from lessonhook.worker.silence.subscriber_silence import Judged

#: Silences that began within this many days of each other may have one cause: a long weekend is between their days.
_DAYS_APART: Final = 4
#: At least this many, and this share of all subscribers: so many do not begin within days by chance.
_FEWEST: Final = 3
_SHARE: Final = 0.02
#: A silence that is nearly reported counts as well, so that the first of many is not reported alone.
_NEARLY: Final = 50.0
#: So does one of this surprise, if more of them began together. For some, such a silence is rare; for others it is not.
_LONG: Final = 3.0
_SHARE_OF_LONG: Final = 0.05
#: When the others are back, one that has few completions comes back some days later.
_GRACE_HOURS: Final = 7 * HOURS_A_DAY

#: Who is reported, each with the last hour (since 1970) in which it was silent together with others; None: alone.
Reported = Mapping[str, int | None]


def reported(
    judged: Mapping[str, Judged], before: Reported, *, now_hour: int, per_year: float, subscribers: int
) -> dict[str, int | None]:
    """Return who is reported, and of each when it was silent together with others; None if it is silent alone.

    `before` is the same of the last look, for those whose silences went on. `per_year` is the bound below which a
    silence is reported, `subscribers` the number of all with completions.
    """
    together = _fallen_silent_together(judged, per_year, subscribers)
    # Those that were reported alone stay alone: otherwise they would be news again when the others are back.
    together -= {name for name, with_others in before.items() if with_others is None}
    found = {name for name, each in judged.items() if each.per_year < per_year} | set(before)
    for group in groups(together, judged):
        if not found.isdisjoint(group):
            # The others only show that it was no matter of one.
            found |= {name for name in group if judged[name].per_year < _NEARLY * per_year}
    return {name: now_hour if name in together else _left_behind(before.get(name), now_hour) for name in sorted(found)}


def groups(subscribers: Collection[str], judged: Mapping[str, Judged]) -> Iterator[list[str]]:
    """Yield the subscribers by when their silences began: those without a gap of days between them are one group."""
    group: list[str] = []
    for name in sorted(subscribers, key=lambda each: (judged[each].last_hour, each)):
        if group and _day(judged[name]) - _day(judged[group[-1]]) > _DAYS_APART:
            yield group
            group = []
        group.append(name)
    if group:
        yield group


def new_groups(after: Reported, before: Reported, judged: Mapping[str, Judged]) -> Iterator[list[str]]:
    """Yield the groups of which nobody was reported before. Who joins a group later is no news."""
    for group in groups([name for name, with_others in after.items() if with_others is not None], judged):
        if not any(name in before for name in group):
            yield group


def new_alone(after: Reported, before: Reported) -> list[str]:
    """Return who is reported alone and was not before. Those that others have left behind are among them."""
    return [name for name, with_others in after.items() if with_others is None and before.get(name, 0) is not None]


def _left_behind(with_others: int | None, now_hour: int) -> int | None:
    """Return when it was silent together with others, unless those are back for so long that it is silent alone."""
    return with_others if with_others is not None and now_hour - with_others <= _GRACE_HOURS else None


def _fallen_silent_together(judged: Mapping[str, Judged], per_year: float, subscribers: int) -> set[str]:
    nearly = {name: _day(each) for name, each in judged.items() if each.per_year < _NEARLY * per_year}
    long = {name: _day(each) for name, each in judged.items() if each.surprise > _LONG}
    return _crowded(nearly, max(_FEWEST, _SHARE * subscribers)) | _crowded(
        long, max(_FEWEST, _SHARE_OF_LONG * subscribers)
    )


def _crowded(began: Mapping[str, int], needed: float) -> set[str]:
    """Return those whose silences began within days of as many as are needed."""
    days = sorted(began.values())
    return {name for name, day in began.items() if _within(days, day) >= needed}


def _day(judged: Judged) -> int:
    return judged.last_hour // HOURS_A_DAY


def _within(days: list[int], day: int) -> int:
    return bisect_right(days, day + _DAYS_APART) - bisect_left(days, day - _DAYS_APART)

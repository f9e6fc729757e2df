"""One look at all subscribers, some hundreds at a time, which finds who is quiet, and what of that is news."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lessonhook.ledger import HOUR_MS, Notice, NoticeKind, Silence, weekday
from lessonhook.worker.silence.crowd import HOURS_A_DAY, Crowd
from lessonhook.worker.silence.rarity import MOST_WEEKS
from lessonhook.worker.silence.reported import new_alone, new_groups, reported
from lessonhook.worker.silence.subscriber_silence import SOONEST_DAYS, Judged, judge

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger, Marks

_DAY_MS: Final = HOURS_A_DAY * HOUR_MS
_DAYS_A_WEEK: Final = 7
#: Subscribers between two pauses: some ten milliseconds of work.
_READ_AT_ONCE: Final = 200
_JUDGED_AT_ONCE: Final = 50
_PAUSE_SECONDS: Final = 0.02
#: Subscribers that a notice names.
_NAMED: Final = 5
_Notices = Iterator[tuple[str, Notice]]


class SubscribersLook:
    """Looks at all subscribers. `may_go_on` pauses for seconds, and returns whether this worker may go on."""

    def __init__(self, per_year: float, *, may_go_on: Callable[[float], bool]) -> None:
        self._per_year = per_year
        self._may_go_on = may_go_on
        #: The last day with a completion and what usually comes on each weekday, for each that is quiet.
        self._usual: dict[str, tuple[int, list[float]]] = {}

    def look(self, ledger: "Ledger") -> _Notices:
        """Look once, keep what was found, and yield what is new, each notice with its subscriber ("" for several)."""
        now_ms = ledger.now_ms()
        crowd, names = Crowd(), ledger.lanes.subscribers()
        judged = self._judged(ledger, names, crowd, now_ms)
        if judged is None:
            return
        known = ledger.silences.read()
        last_ms = ledger.rhythms.last_recorded_ms(sorted({*judged, *known.subscribers}))
        ended = {
            name: silence
            for name, silence in known.subscribers.items()
            if name not in judged or last_ms[name] > silence.since_ms
        }
        kept = {name: silence for name, silence in known.subscribers.items() if name not in ended}
        before = {name: silence.with_others_hour for name, silence in kept.items()}
        after = reported(
            judged, before, now_hour=now_ms // HOUR_MS, per_year=self._per_year, subscribers=crowd.subscribers
        )
        if known.lms is not None:
            # While the whole LMS is silent, nobody is reported for it.
            after = {name: with_others for name, with_others in after.items() if name in kept}
        found = {
            name: Silence(
                since_ms=last_ms[name],
                noticed_ms=kept[name].noticed_ms if name in kept else now_ms,
                per_year=judged[name].per_year,
                expected=self._expected(ledger, name, judged[name], crowd, now_ms),
                with_others_hour=with_others,
            )
            for name, with_others in after.items()
        }
        self._usual = {name: usual for name, usual in self._usual.items() if name in found}
        ledger.silences.write({**dict.fromkeys(ended), **found}, now_ms)
        yield from _heard(ended, last_ms, set(names))
        for name in new_alone(after, before):
            yield name, Notice(kind=NoticeKind.SUBSCRIBER_QUIET, event_id="", why=found[name].words(now_ms))
        for group in new_groups(after, before, judged):
            yield "", _of_group(group, min(found[name].since for name in group))

    def _judged(self, ledger: "Ledger", names: Collection[str], crowd: Crowd, now_ms: int) -> dict[str, Judged] | None:
        """Count all into the crowd, and judge those that are silent; None if this worker must not go on."""
        today = now_ms // _DAY_MS
        silent: dict[str, Marks] = {}
        for number, (name, days) in enumerate(ledger.rhythms.hours(sorted(names), now_ms), 1):
            crowd.add(days)
            if days and today - max(days) >= SOONEST_DAYS:
                silent[name] = days
            if number % _READ_AT_ONCE == 0 and not self._may_go_on(_PAUSE_SECONDS):
                return None
        found = {}
        for number, (name, days) in enumerate(silent.items(), 1):
            judged = judge(days, now_ms // HOUR_MS, crowd)
            if judged is not None:
                found[name] = judged
            if number % _JUDGED_AT_ONCE == 0 and not self._may_go_on(_PAUSE_SECONDS):
                return None
        return found

    def _expected(self, ledger: "Ledger", name: str, judged: Judged, crowd: Crowd, now_ms: int) -> float:
        """Return how many completions usually come on the whole days of a silence; none on holidays."""
        last_day = judged.last_hour // HOURS_A_DAY
        if self._usual.get(name, (0, []))[0] != last_day:
            self._usual[name] = last_day, _usual(ledger, name, crowd, last_day)
        usual = self._usual[name][1]
        return sum(usual[weekday(day)] for day in range(last_day + 1, now_ms // _DAY_MS) if crowd.pace(day))


def _usual(ledger: "Ledger", subscriber: str, crowd: Crowd, last_day: int) -> list[float]:
    """Return how many completions usually come on each weekday; holidays do not count."""
    first_day = last_day - MOST_WEEKS * _DAYS_A_WEEK
    begin = datetime.fromtimestamp(0, UTC).date()
    recorded = {
        (day - begin).days: counts.recorded
        for day, counts in ledger.history.days(
            subscriber, begin + timedelta(days=first_day), begin + timedelta(days=last_day)
        )
    }
    began = min(recorded, default=last_day)
    sums, seen = [0] * _DAYS_A_WEEK, [0] * _DAYS_A_WEEK
    for day in range(began, last_day + 1):
        if crowd.pace(day):
            sums[weekday(day)] += recorded.get(day, 0)
            seen[weekday(day)] += 1
    return [total / max(1, days) for total, days in zip(sums, seen, strict=True)]


def _heard(ended: Mapping[str, Silence], last_ms: Mapping[str, int], names: Collection[str]) -> _Notices:
    for name, silence in ended.items():
        if not silence.together and name in names and last_ms[name] > silence.since_ms:
            days = (last_ms[name] - silence.since_ms) / _DAY_MS
            why = f"completions come again after {days:.1f} days"
            yield name, Notice(kind=NoticeKind.SUBSCRIBER_HEARD, event_id="", why=why)


def _of_group(group: list[str], since: datetime) -> Notice:
    more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
    why = (
        f"{len(group)} subscribers fell silent within days of each other, the first {since:%a %Y-%m-%d %H:%M} UTC: "
        f"{', '.join(group[:_NAMED])}{more}; holidays, or one cause behind all"
    )
    return Notice(kind=NoticeKind.SUBSCRIBERS_QUIET, event_id="", why=why)

"""What is stated to a subscriber of some days: counts and a hash over ids, read from the ledger."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Final, Protocol

from lessonhook.ledger.transitions.policy import COUNTS_KEPT_DAYS
from lessonhook.ledger.views.history import Counts
from lessonhook.receiver import DayOfStatement, SignedDays

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger.views.history import History
    from lessonhook.ledger.views.lanes import Lanes

_HASH: Final = "A hash is SHA-256 in hex over the ids, sorted by their bytes, each followed by one line end (LF)."
_DAYS: Final = (
    "Days are whole ones in UTC, by the time at which the LMS recorded a completion; it may have been accepted on a "
    "later day."
)
#: A body with more ids is larger than many endpoints read: some 3 MB.
_MOST_IDS: Final = 50_000


class _Ledger(Protocol):
    lanes: "Lanes"
    history: "History"


def statement_id(subscriber: str, first: date, last: date) -> str:
    """Return the `webhook-id` of a statement: the same each time that one of these days is made."""
    return f"statement-{subscriber}-{first}-{last}"


def stated_days(
    ledger: _Ledger, settings: "Settings", subscriber: str, days: tuple[date, date], *, with_ids: bool | None
) -> SignedDays:
    """Read the first to the last of the days from the ledger. Without a `with_ids`, up to 50,000 ids are in it.

    It holds some 200 bytes of memory for each event of these days. May raise `redis.exceptions.RedisError`.
    """
    first, last = days
    made_at = ledger.lanes.now()
    ids = {event.event_id: event.state.value for event in ledger.history.recorded_glances(subscriber, first, last)}
    # Read after the events, so that one that was recorded meanwhile is counted and not hashed.
    counts = dict(ledger.history.days(subscriber, first, last))
    recorded = max(sum(counts.values(), start=Counts()).recorded, len(ids))
    no_longer_known = recorded - len(ids)
    has_ids = len(ids) <= _MOST_IDS if with_ids is None else with_ids
    notes = _notes(first, last, made_at, no_longer_known, settings)
    if with_ids is None and not has_ids:
        notes.append(f"The list of ids is left out, because it has more than {_MOST_IDS:,}: compare the hashes.")
    return SignedDays.of(
        ids,
        with_ids=has_ids,
        subscriber=subscriber,
        first_day=first,
        last_day=last,
        made_at=made_at,
        recorded=recorded,
        no_longer_known=no_longer_known,
        days=[
            DayOfStatement(day=day, recorded=each.recorded, accepted=each.delivered)
            for day, each in counts.items()
            if each.recorded or each.delivered
        ],
        notes=notes,
    )


def _notes(first: date, last: date, made_at: datetime, no_longer_known: int, settings: "Settings") -> list[str]:
    notes = [_DAYS, _HASH]
    if made_at < datetime.combine(last + timedelta(days=1), time_of_day.min, UTC):
        notes.append("The last day had not ended when this was made: more completions may be recorded on it.")
    if no_longer_known:
        completions = "completion" if no_longer_known == 1 else "completions"
        notes.append(
            f"{no_longer_known:,} {completions} of these days ended so long ago that only the number is known. "
            f"They are in `recorded`, and in no hash and no list. An ended completion is known by its id for "
            f"{settings.delivered_retention_days:g} days, a refused one for {settings.retention_days:g} days."
        )
    else:
        notes.append("Each completion of these days is known by its id, and is in the hash of `known`.")
    if first < (made_at - timedelta(days=COUNTS_KEPT_DAYS)).date():
        notes.append(
            f"Counts are kept for {COUNTS_KEPT_DAYS} days: completions of the days before that are missing here, "
            "in `recorded` too."
        )
    return notes

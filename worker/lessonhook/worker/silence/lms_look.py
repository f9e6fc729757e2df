"""One look at the whole LMS, which finds whether it is silent, and whether that is news."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lessonhook.ledger import SLOT_MS, Notice, NoticeKind, Silence
from lessonhook.worker.silence.lms_silence import SLOTS_A_DAY, LmsRhythm

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

_USUALLY: Final = "{:,.0f} spans of five minutes usually have a completion in such a time"


def look_at_lms(ledger: "Ledger", per_year: float) -> Iterator[Notice]:
    """Look, keep what was found, and yield a notice if it is new."""
    now_ms = ledger.now_ms()
    known = ledger.silences.read().lms
    days = ledger.rhythms.slots(now_ms)
    now_slot = now_ms // SLOT_MS
    last_day = max(days, default=0)
    last_slot = last_day * SLOTS_A_DAY + days.get(last_day, 0).bit_length() - 1
    # Only the five minutes are known, and the silence began within them.
    since_ms = (last_slot + 1) * SLOT_MS
    if known is not None and since_ms > known.since_ms:
        ledger.silences.write_lms(None, now_ms)
        hours = (since_ms - known.since_ms) / 3_600_000
        yield Notice(kind=NoticeKind.LMS_HEARD, event_id="", why=f"completions come again after {hours:.1f} hours")
        known = None
    judged = LmsRhythm(days, last_day).judge(last_slot, now_slot) if days else None
    if judged is None or (known is None and judged.per_year >= per_year):
        return
    silence = Silence(
        since_ms=since_ms,
        noticed_ms=known.noticed_ms if known else now_ms,
        per_year=judged.per_year,
        expected=judged.expected,
    )
    ledger.silences.write_lms(silence, now_ms)
    if known is None:
        yield Notice(kind=NoticeKind.LMS_QUIET, event_id="", why=silence.words(now_ms, _USUALLY))

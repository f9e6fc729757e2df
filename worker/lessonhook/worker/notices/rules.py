"""Decides when a customer gets which notice. A pure function of the lane, of the notices before, and of the time.

An endpoint that comes and goes makes few notices: none is sent again before all was well for a while, and a day has a
limit.
"""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from lessonhook.ledger import AN_OPERATOR
from lessonhook.worker.notices.notice_state import NoticeState
from lessonhook.worker.notices.notice_text import Facts, NoticeTopic

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import LaneStatus

_SECONDS_A_DAY: Final = 86_400
#: A lane's outcome is `status: 503: …`. What stands behind is from a response, and does not belong into a mail.
_OUTCOME: Final = re.compile(r"(?:attempts used up: )?(?P<reason>[a-z]+)(?:: (?P<status>\d{3})\b)?")
#: The state after a look, and the topic of a notice to send.
_Change = tuple[NoticeState, NoticeTopic | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings that decide; durations are in seconds."""

    failing_after: float
    back_after: float
    expiring_before: float
    retention: float
    per_day: int

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """Read them."""
        retention = settings.retention_days * _SECONDS_A_DAY
        return cls(
            failing_after=settings.notice_failing_after_seconds,
            back_after=settings.notice_back_after_seconds,
            expiring_before=min(settings.notice_expiring_days * _SECONDS_A_DAY, retention / 2),
            retention=retention,
            per_day=settings.notices_per_day,
        )


def decide(rules: Rules, state: NoticeState, lane: "LaneStatus", now: float) -> tuple[NoticeState, Facts | None]:
    """Return the state to keep of a lane, and the facts of the notice to send now, if any.

    A pause that the operator set is no notice: the LMS knows why.
    """
    if lane.paused is not None and lane.paused.why == AN_OPERATOR:
        return state, None
    is_in_trouble = lane.paused is not None or lane.failures_in_a_row > 0
    changed, topic = _in_trouble(rules, state, lane, now) if is_in_trouble else _well(rules, state, now)
    since = state.trouble_since or now
    expires_in = rules.retention - (lane.oldest_undelivered_seconds or 0.0)
    if lane.oldest_undelivered_seconds is None:
        changed = replace(changed, is_expiring=False)
    elif topic is None and not changed.is_expiring and expires_in <= rules.expiring_before:
        changed, topic = replace(changed, is_expiring=True), NoticeTopic.EXPIRING
    if topic is None:
        return changed, None
    seen = "" if topic is NoticeTopic.BACK else _seen(lane)
    return changed, Facts(topic=topic, since=since, count=lane.undelivered, until=now + expires_in, seen=seen)


def counted(rules: Rules, state: NoticeState, now: float) -> NoticeState | None:
    """Count one more notice of today; return None if the day has had its limit."""
    today = int(now // _SECONDS_A_DAY)
    sent = state.sent if state.day == today else 0
    return None if sent >= rules.per_day else replace(state, day=today, sent=sent + 1)


def is_forgettable(state: NoticeState, now: float) -> bool:
    """Return whether nothing is to be remembered any more; today's count is, so that the limit holds."""
    return state.is_over and (not state.sent or state.day != int(now // _SECONDS_A_DAY))


def _in_trouble(rules: Rules, state: NoticeState, lane: "LaneStatus", now: float) -> _Change:
    changed = replace(state, trouble_since=state.trouble_since or now, well_since=0.0)
    if lane.paused is not None and state.topic is not NoticeTopic.PAUSED:
        return replace(changed, topic=NoticeTopic.PAUSED), NoticeTopic.PAUSED
    if state.topic is None and now - changed.trouble_since >= rules.failing_after:
        return replace(changed, topic=NoticeTopic.FAILING), NoticeTopic.FAILING
    return changed, None


def _well(rules: Rules, state: NoticeState, now: float) -> _Change:
    if not state.trouble_since:
        return state, None
    since = state.well_since or now
    if now - since < rules.back_after:
        return replace(state, well_since=since), None
    over = replace(state, trouble_since=0.0, well_since=0.0, topic=None)
    return over, NoticeTopic.BACK if state.topic else None


def _seen(lane: "LaneStatus") -> str:
    match = _OUTCOME.match(lane.last_outcome)
    if match is None:
        return ""
    return f"{match['reason']} {match['status']}" if match["status"] else match["reason"]

"""A subscriber's state in one word, in a sentence and in figures, and the order in which subscribers need attention."""

import math
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import Field, computed_field

from lessonhook.desk.views.backfill import backfill_words
from lessonhook.desk.views.certificates import EndingCertificate
from lessonhook.desk.views.document import Document, Moment
from lessonhook.desk.views.quiet import QuietSubscriber
from lessonhook.desk.views.workers import queue_of
from lessonhook.desk.words.outcomes import stored_words
from lessonhook.desk.words.times import ago, moment

if TYPE_CHECKING:
    from lessonhook.ledger import LaneStatus


class Condition(StrEnum):
    """A subscriber's state in one word, worst first."""

    PAUSED = "paused"
    #: The subscription was removed while events waited; nothing is sent.
    REMOVED = "removed"
    #: Events are published, and no worker takes from their queue.
    NO_WORKER = "waiting for a worker"
    FAILING = "failing"
    #: The endpoint asked by `Retry-After` to wait, or a worker could not begin the POST.
    WAITING = "waiting"
    #: The subscriber fetches its events, and has not fetched or acknowledged all of them.
    TO_FETCH = "to be fetched"
    #: Nothing waits, and that is unusual: its completions used to come and stopped.
    QUIET = "quiet"
    SENDING = "sending"
    WELL = "well"


_BADNESS: Final = {condition: place for place, condition in enumerate(Condition)}
_REASONS: Final = {
    Condition.REMOVED: "the subscription was removed; its events are sent when it is put again",
    Condition.NO_WORKER: "no worker takes what is queued: start one by `lessonhook worker`",
    Condition.TO_FETCH: "the subscriber fetches its events; nothing is sent",
}


class Paused(Document):
    """Since when nothing is sent to a subscriber, and why."""

    since: Moment
    reason: str = Field(validation_alias="why")
    #: Who paused it; "" if used-up attempts did, or if nobody said.
    by: str = ""

    @property
    def words(self) -> str:
        """The reason, with the person if there is one."""
        reason = stored_words(self.reason)
        return f"{reason} ({self.by})" if self.by else reason


class SubscriberState(Document):
    """One subscriber's lane at one moment; counts are of events, times are by Redis' clock."""

    subscriber: str
    #: False if the subscription was removed; what the lane holds is not sent.
    subscribed: bool
    #: None while events may be sent.
    paused: Paused | None
    #: Slots that the lane may use now.
    window: int
    in_flight: int
    #: Published, and waiting for a worker.
    queued: int
    #: Failed, with attempts left, waiting for the time of the next one.
    retrying: int
    #: Waiting in the ledger for a slot, for the end of a pause, or for an earlier event of the same learner and lesson.
    held: int
    #: Set aside, because the endpoint refused these and accepted others.
    refused: int
    delivered: int
    expired: int
    erased: int
    recorded: int
    #: How long the oldest undelivered event has waited; None if there is none.
    oldest_undelivered_seconds: float | None
    #: When it was recorded; None if there is none.
    oldest_undelivered: Moment | None
    #: Failed attempts since the last accepted one.
    failures_in_a_row: int
    #: How the last attempt ended, in a few words; "" if there was none.
    last_outcome: str
    last_attempt: Moment | None
    #: The lane waits until then, as `Retry-After` asked; None if it does not.
    waiting_until: Moment | None
    #: Of the delivered ones: accepted by a response that broke the subscription's acknowledgement rule.
    unconfirmed: int
    #: True if events are queued, and no worker takes from their queue.
    waits_for_worker: bool = False
    #: Not sent, because a newer completion of the same learner and lesson was delivered.
    superseded: int = 0
    #: Not sent, because a person decided so.
    dropped: int = 0
    #: Nothing is sent, because the subscriber fetches its events.
    pull: bool = False
    #: Why a worker could not begin the last POST and gave the event back; "" once one has ended since. It is no fault
    #: of the endpoint's.
    given_back: str = ""
    #: None unless its completions used to come and stopped, whatever its endpoint does.
    quiet: QuietSubscriber | None = None
    #: None unless its client certificate has ended or ends within 30 days.
    ending_certificate: EndingCertificate | None = None
    #: Of the undelivered ones: those that tell the past. `oldest_undelivered` is that of the others.
    backfill: int = 0
    #: Of those recorded, and of those delivered: the ones that tell the past.
    backfill_recorded: int = 0
    backfill_delivered: int = 0
    #: Since when a person has stopped them; None while they may go.
    backfill_stopped: Moment | None = None

    @classmethod
    def of(
        cls,
        lane: "LaneStatus",
        unserved: Collection[str] = (),
        quiet: QuietSubscriber | None = None,
        certificate_ends: int | None = None,
    ) -> "SubscriberState":
        """Make it of what the ledger reads, of the queues that no worker takes from, and of its silence.

        `certificate_ends` is in seconds since 1970; None if it has no client certificate.
        """
        state = cls.model_validate(lane)
        waits = waits_for_worker(lane, unserved)
        certificate = EndingCertificate.of(lane.subscriber, certificate_ends)
        if not (waits or quiet or certificate):
            return state
        return state.model_copy(update={"waits_for_worker": waits, "quiet": quiet, "ending_certificate": certificate})

    @property
    def undelivered(self) -> int:
        """Events that are neither delivered nor set aside."""
        return self.in_flight + self.queued + self.retrying + self.held

    @computed_field  # type: ignore[prop-decorator]  # mypy does not support a decorator on a property
    @property
    def condition(self) -> Condition:
        """The state in one word; if several are true, the worst."""
        return condition_of(self, waits_for_worker=self.waits_for_worker, is_quiet=self.quiet is not None)

    @computed_field  # type: ignore[prop-decorator]  # mypy does not support a decorator on a property
    @property
    def reason(self) -> str:
        """Why it is in this condition, and when its client certificate ends; "" if there is nothing to explain."""
        certificate = self.ending_certificate.words if self.ending_certificate else ""
        return "; ".join(part for part in (self._reason(), certificate) if part)

    def _reason(self) -> str:
        condition = self.condition
        if self.paused:
            return f"paused {ago(self.paused.since)}, {moment(self.paused.since)}: {self.paused.words}"
        if condition in _REASONS:
            return _REASONS[condition]
        if condition is Condition.FAILING:
            return f"{self.failures_in_a_row} failed in a row"
        if self.given_back and self.undelivered:
            return f"workers give its events back, and no attempt is spent: {self.given_back}"
        if self.waiting_until:
            return f"waits until {moment(self.waiting_until)}, as the endpoint asked"
        quiet = self.quiet.words if self.quiet and condition is Condition.QUIET else ""
        return quiet or "; ".join(self._notes())

    @property
    def past_words(self) -> str:
        """How far its completions of the past are, in a few words; "" if none of them is undelivered."""
        if not self.backfill:
            return ""
        words = backfill_words(
            delivered=self.backfill_delivered,
            recorded=self.backfill_recorded,
            undelivered=self.backfill,
            stopped=self.backfill_stopped,
        )
        return f"backfill: {words}"

    def _notes(self) -> Iterator[str]:
        if self.past_words:
            yield self.past_words
        if self.unconfirmed:
            yield f"{self.unconfirmed} delivered, but not confirmed by their responses"

    @property
    def last_words(self) -> str:
        """How the last attempt ended, without the word that every HTTP status has before it; "" if there was none."""
        return stored_words(self.last_outcome)


def waits_for_worker(lane: "LaneStatus", unserved: Collection[str]) -> bool:
    """Return whether events of a lane are queued, and no worker takes from their queue; `unserved` names those."""
    return bool(lane.queued) and queue_of(failures_in_a_row=lane.failures_in_a_row) in unserved


def condition_of(lane: "LaneStatus | SubscriberState", *, waits_for_worker: bool, is_quiet: bool) -> Condition:
    """Return a lane's condition; if several are true, the worst."""
    if trouble := _trouble(lane, waits_for_worker=waits_for_worker):
        return trouble
    if lane.undelivered:
        return Condition.TO_FETCH if lane.pull else Condition.SENDING
    return Condition.QUIET if is_quiet else Condition.WELL


def _trouble(lane: "LaneStatus | SubscriberState", *, waits_for_worker: bool) -> Condition | None:
    # Ten thousand subscribers are sorted and counted by this, so nothing is asked that does not decide.
    if lane.paused:
        return Condition.PAUSED
    if not lane.subscribed and lane.undelivered:
        return Condition.REMOVED
    if waits_for_worker:
        return Condition.NO_WORKER
    if lane.failures_in_a_row:
        return Condition.FAILING
    if lane.waiting_until or (lane.given_back and lane.undelivered):
        return Condition.WAITING
    return None


def _waits_since(lane: "LaneStatus | SubscriberState") -> float:
    """Return the moment itself: ages are read one after the other, so close ones would change places at each look."""
    return lane.oldest_undelivered.timestamp() if lane.oldest_undelivered else math.inf


def attention(
    lane: "LaneStatus | SubscriberState", condition: Condition, *, has_ending_certificate: bool
) -> tuple[int, float, int, bool, str]:
    """Return by what subscribers are sorted, the worst first, see `worst_first`."""
    return _BADNESS[condition], _waits_since(lane), -lane.refused, not has_ending_certificate, lane.subscriber


def worst_first(states: Iterable[SubscriberState]) -> list[SubscriberState]:
    """Sort by condition, then by how long the oldest event waits, then by refused events, then by name.

    Where the first three are equal, one whose client certificate ends comes first.
    """
    return sorted(
        states,
        key=lambda state: attention(
            state, state.condition, has_ending_certificate=state.ending_certificate is not None
        ),
    )


def longest_wait_first(states: Iterable[SubscriberState]) -> list[SubscriberState]:
    """Sort by how long the oldest event waits; subscribers without a waiting event follow, worst first."""
    return sorted(worst_first(states), key=_waits_since)

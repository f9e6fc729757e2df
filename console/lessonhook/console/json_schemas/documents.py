"""What each command writes with `--json`, as models. They are read by the schemas and by nothing else."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from lessonhook.console.doctor.finding import Finding
from lessonhook.desk import (
    AttemptRecord,
    AuditRecord,
    Backfill,
    Certificates,
    Erased,
    EventRecord,
    QuietLms,
    Replayed,
    SampleResult,
    SubscriberState,
    Totals,
    UnservedQueue,
)
from lessonhook.ledger import State
from lessonhook.producer import SubscriptionView

#: A key that is left out where it says nothing. It is in no list of required ones.
_LEFT_OUT: Final = Field(default=None, exclude_if=lambda value: value is None)
_Days = Annotated[date, WithJsonSchema({"type": "string", "format": "date"})]


class StatusTotals(Totals):
    """Sums over all subscribers. Unserved queues, the LMS's silence and the certificates stand beside them."""

    lms_quiet: QuietLms | None = Field(default=None, exclude=True)
    unserved: list[UnservedQueue] = Field(default_factory=list, exclude=True)
    certificates: Certificates = Field(default_factory=Certificates, exclude=True)


class Status(BaseModel):
    """`lessonhook status --json`; with a SUBSCRIBER, only the queues and that one subscriber."""

    #: The queues that no worker takes from.
    unserved_queues: list[UnservedQueue]
    #: Null unless nothing is published any more, for any subscriber.
    lms_quiet: QuietLms | None
    #: How many client certificates there are, and which have ended or end within 30 days.
    certificates: Certificates | None = _LEFT_OUT
    totals: StatusTotals | None = _LEFT_OUT
    #: Subscribers that `--state` chose, whether they are shown or not.
    matching: int | None = _LEFT_OUT
    #: The worst first.
    subscribers: list[SubscriberState]
    #: Completions of the last days for names without a subscription, by the name.
    unsubscribed: dict[str, int] | None = _LEFT_OUT


class Events(BaseModel):
    """`lessonhook events --json`."""

    #: Newest first.
    events: list[EventRecord]
    #: Whether there are more than `--limit` lets through.
    more: bool


class Event(EventRecord):
    """`lessonhook event --json`."""

    #: Oldest first; of an event with many, the last twenty.
    attempts: list[AttemptRecord]
    #: The bytes that are sent, as text; null if they are gone. Only with `--show-body`.
    body: str | None = _LEFT_OUT


class Found(BaseModel):
    """`lessonhook find --json`."""

    #: Newest first for each subscriber.
    events: list[EventRecord]


class Audit(BaseModel):
    """`lessonhook audit --json`."""

    #: Newest first.
    acts: list[AuditRecord]


class Day(BaseModel):
    """What happened on one day in UTC, in events; those named `posts_…` and `replayed` are POSTs."""

    day: _Days
    recorded: int
    delivered: int
    refused: int
    superseded: int
    expired: int
    erased: int
    dropped: int
    #: Of those delivered: the ones that waited longer than a minute.
    late: int
    posts_accepted: int
    posts_failed: int
    #: POSTs by people, accepted or not.
    replayed: int
    #: Of those recorded, and of those delivered: the ones that tell the past.
    backfill_recorded: int
    backfill_delivered: int


class Statement(BaseModel):
    """`lessonhook reconcile --json`."""

    subscriber: str
    #: The first day.
    since: _Days
    #: The last day, which belongs to it.
    until: _Days
    #: Events that were recorded in these days.
    recorded: int
    #: Where those events are now.
    by_state: dict[State, int]
    #: Events that ended so long ago that only the counts of the days have them.
    no_longer_known: int
    #: Days on which nothing happened are left out.
    days: list[Day]
    #: Oldest first. Only with `--ids`.
    events: list[EventRecord] | None = _LEFT_OUT


class BadLine(BaseModel):
    """A line of the input that was not published."""

    line: int
    #: The field and the rule that it breaks, never a value.
    problem: str


class Rebuilt(BaseModel):
    """`lessonhook rebuild --json`; counts are of lines."""

    dry_run: bool
    published: int
    known: int
    no_subscription: int
    #: Completed before `--since` or after `--until`.
    outside: int
    bad: int
    bad_lines: list[BadLine]


class ReplayedEvent(EventRecord):
    """An event as it was just before it was sent again, and how that ended."""

    #: Null in a dry run.
    replayed: Replayed | None
    #: How the POST ended, or why nothing was sent. Left out in a dry run.
    words: str | None = _LEFT_OUT
    #: The HTTP status; null if no response came. Left out in a dry run.
    status: int | None = _LEFT_OUT


class ReplayRun(BaseModel):
    """`lessonhook replay --json`."""

    #: In the order of sending.
    events: list[ReplayedEvent]


class ReplayMissing(ReplayRun):
    """`lessonhook replay-missing --json`; counts are of events recorded in these days."""

    #: Events that the receiver has.
    received: int
    #: Events that it lacks, delivered or refused: those that are sent.
    missing: int
    #: It lacks them because they are undelivered.
    waiting: int
    #: It lacks them because they were superseded, or dropped by a person.
    left_out: int
    #: It lacks them because they expired or were erased: nothing is left to send.
    gone: int
    #: Events that ended so long ago that only the counts of the days have them.
    no_longer_known: int
    #: Ids of the list that no known event of these days has.
    other_ids: int


class DropRun(BaseModel):
    """`lessonhook drop --json`."""

    dry_run: bool
    events: int
    #: Events by the state in which they were found.
    by_state: dict[State, int]


class Setting(BaseModel):
    """One setting; what is secret is masked."""

    variable: str
    #: Null if it is not set.
    value: str | None
    source: Literal["environment", "default"]
    default: str | None
    #: Whether everybody should know it; the others are rarely needed.
    everyday: bool
    meaning: str


class SettingsShown(BaseModel):
    """`lessonhook settings --json`."""

    settings: list[Setting]


class Examination(BaseModel):
    """`lessonhook doctor --json`."""

    findings: list[Finding]


class Subscriptions(BaseModel):
    """`lessonhook subscriptions list --json`."""

    #: By name.
    subscriptions: list[SubscriptionView]


#: The document of each command that takes `--json`, by the command's name.
DOCUMENTS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "audit": Audit,
        "backfill status": Backfill,
        "doctor": Examination,
        "drop": DropRun,
        "erase": Erased,
        "event": Event,
        "events": Events,
        "find": Found,
        "rebuild": Rebuilt,
        "reconcile": Statement,
        "replay": ReplayRun,
        "replay-missing": ReplayMissing,
        "send-test": SampleResult,
        "settings": SettingsShown,
        "status": Status,
        "subscriptions list": Subscriptions,
        "subscriptions show": SubscriptionView,
    }
)

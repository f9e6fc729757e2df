"""What Redis remembers: subscriptions, events and lanes. Every change of them is one atomic script."""

from lessonhook.ledger.errors import InvalidEncryptionKey, InvalidSubscription, PrivateAddress, Undecipherable
from lessonhook.ledger.ledger import Ledger
from lessonhook.ledger.outgoing.list_message import QUEUED_HEADER
from lessonhook.ledger.outgoing.loop_messages import publish_on_loop
from lessonhook.ledger.outgoing.many_messages import publish_each
from lessonhook.ledger.outgoing.messages import (
    WAKE_HEADER,
    leave_to_sweep,
    may_fill_lists,
    message_for_script,
    publish,
    publish_errand,
)
from lessonhook.ledger.outgoing.notices import announce, announce_one, noticed
from lessonhook.ledger.outgoing.pace_by_hand import PaceByHand
from lessonhook.ledger.outgoing.tracing import TRACING_INSTALLED, context_of, current_traceparent
from lessonhook.ledger.redis.named_master import NamedMaster
from lessonhook.ledger.redis.vault import Vault
from lessonhook.ledger.redis.version import is_new_enough, version_of
from lessonhook.ledger.subscriptions import (
    Acknowledgement,
    LateCompletions,
    NoticeLanguage,
    Subscription,
    SubscriptionView,
    new_signing_secret,
)
from lessonhook.ledger.transitions.acts import A_WORKER, THE_LMS, Act
from lessonhook.ledger.transitions.attempt_log import REPLAY
from lessonhook.ledger.transitions.event_id import TEST_PREFIX, read_event_id
from lessonhook.ledger.transitions.keys import SHARDS, shard_of
from lessonhook.ledger.transitions.loop_transitions import LoopTransitions
from lessonhook.ledger.transitions.policy import Policy
from lessonhook.ledger.transitions.results import (
    SENDABLE,
    Delivery,
    Fetched,
    FetchResult,
    FreshEvent,
    Kind,
    ListMessage,
    Notice,
    NoticeKind,
    Outcome,
    Reason,
    Recorded,
    State,
    Step,
    Together,
)
from lessonhook.ledger.transitions.transitions import RECORDED_AT_ONCE, RECORDED_BYTES_AT_ONCE
from lessonhook.ledger.upkeep.activity import Recent
from lessonhook.ledger.upkeep.erasure import Erasure, Found, by_state
from lessonhook.ledger.upkeep.errands import POSTS_A_MINUTE, Errand, ErrandPost
from lessonhook.ledger.upkeep.heartbeats import Heartbeat, Unserved
from lessonhook.ledger.upkeep.monthly_statements import MonthlyStatements, Tried
from lessonhook.ledger.upkeep.silences import Quiet, Silence
from lessonhook.ledger.upkeep.tries import Try
from lessonhook.ledger.views.attempts import Attempt
from lessonhook.ledger.views.audit import AuditEntry
from lessonhook.ledger.views.event_glance import EventGlance
from lessonhook.ledger.views.event_view import EventView
from lessonhook.ledger.views.events import Events, Place, place_of
from lessonhook.ledger.views.history import Counts
from lessonhook.ledger.views.rhythms import HOUR_MS, SLOT_MS, Marks, weekday
from lessonhook.ledger.views.stated_days import stated_days, statement_id
from lessonhook.ledger.views.status import AN_OPERATOR, LaneStatus
from lessonhook.ledger.views.survey import Survey

__all__ = [
    "AN_OPERATOR",
    "A_WORKER",
    "HOUR_MS",
    "POSTS_A_MINUTE",
    "QUEUED_HEADER",
    "RECORDED_AT_ONCE",
    "RECORDED_BYTES_AT_ONCE",
    "REPLAY",
    "SENDABLE",
    "SHARDS",
    "SLOT_MS",
    "TEST_PREFIX",
    "THE_LMS",
    "TRACING_INSTALLED",
    "WAKE_HEADER",
    "Acknowledgement",
    "Act",
    "Attempt",
    "AuditEntry",
    "Counts",
    "Delivery",
    "Erasure",
    "Errand",
    "ErrandPost",
    "EventGlance",
    "EventView",
    "Events",
    "FetchResult",
    "Fetched",
    "Found",
    "FreshEvent",
    "Heartbeat",
    "InvalidEncryptionKey",
    "InvalidSubscription",
    "Kind",
    "LaneStatus",
    "LateCompletions",
    "Ledger",
    "ListMessage",
    "LoopTransitions",
    "Marks",
    "MonthlyStatements",
    "NamedMaster",
    "Notice",
    "NoticeKind",
    "NoticeLanguage",
    "Outcome",
    "PaceByHand",
    "Place",
    "Policy",
    "PrivateAddress",
    "Quiet",
    "Reason",
    "Recent",
    "Recorded",
    "Silence",
    "State",
    "Step",
    "Subscription",
    "SubscriptionView",
    "Survey",
    "Together",
    "Tried",
    "Try",
    "Undecipherable",
    "Unserved",
    "Vault",
    "announce",
    "announce_one",
    "by_state",
    "context_of",
    "current_traceparent",
    "is_new_enough",
    "leave_to_sweep",
    "may_fill_lists",
    "message_for_script",
    "new_signing_secret",
    "noticed",
    "place_of",
    "publish",
    "publish_each",
    "publish_errand",
    "publish_on_loop",
    "read_event_id",
    "shard_of",
    "stated_days",
    "statement_id",
    "version_of",
    "weekday",
]

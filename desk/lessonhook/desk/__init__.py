"""What a person may see and do about a subscriber, for command lines and pages; it prints and draws nothing."""

from lessonhook.desk.acts.drop import Dropped, Dropping
from lessonhook.desk.acts.erase import Erased, LearnerErasure
from lessonhook.desk.acts.errand import ErrandPostRecord, ErrandRecord, LastTry
from lessonhook.desk.acts.gap import Gap
from lessonhook.desk.acts.pull import FetchedBatch, FetchedEvent
from lessonhook.desk.acts.pull_tokens import PullTokens
from lessonhook.desk.acts.rebuild import Fate, Line
from lessonhook.desk.acts.replay import FAILURES_IN_A_ROW, Replayed, ReplayResult
from lessonhook.desk.acts.sample_post import SampleResult
from lessonhook.desk.acts.selection import Selection, described
from lessonhook.desk.acts.sorted_events import SortedEvents
from lessonhook.desk.acts.statements import Statements
from lessonhook.desk.all_subscribers import Desk
from lessonhook.desk.async_desk import AsyncDesk, AsyncSubscriberDesk
from lessonhook.desk.errors import (
    AmbiguousEvent,
    BodyGone,
    DeskError,
    FetchedTooOften,
    InvalidCursor,
    InvalidSelection,
    LedgerUnavailable,
    NoSigningSecret,
    NoSubscription,
    NotByPull,
    NotFound,
    NothingIsPosted,
    TooManyPosts,
    UnknownErrand,
    UnknownEvent,
    UnknownSubscriber,
    UnsendableEvent,
    WrongToken,
)
from lessonhook.desk.one_subscriber import SubscriberDesk
from lessonhook.desk.views.attempt import AttemptRecord
from lessonhook.desk.views.audit import AuditRecord
from lessonhook.desk.views.backfill import Backfill
from lessonhook.desk.views.board import FRESH_SECONDS, Board, BoardOrder, BoardPage, Totals
from lessonhook.desk.views.certificates import Certificates, EndingCertificate, left_words
from lessonhook.desk.views.document import plain_time
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.event_page import EventPage
from lessonhook.desk.views.quiet import QuietLms, QuietSubscriber
from lessonhook.desk.views.signed_statement import SignedStatement
from lessonhook.desk.views.state import Condition, Paused, SubscriberState, longest_wait_first, worst_first
from lessonhook.desk.views.statement import Statement
from lessonhook.desk.views.subscription import credential_words, option_words, signing_words, subscription_document
from lessonhook.desk.views.watch import Look, Rate, Watch
from lessonhook.desk.views.workers import UnservedQueue
from lessonhook.ledger import SENDABLE

__all__ = [
    "FAILURES_IN_A_ROW",
    "FRESH_SECONDS",
    "SENDABLE",
    "AmbiguousEvent",
    "AsyncDesk",
    "AsyncSubscriberDesk",
    "AttemptRecord",
    "AuditRecord",
    "Backfill",
    "Board",
    "BoardOrder",
    "BoardPage",
    "BodyGone",
    "Certificates",
    "Condition",
    "Desk",
    "DeskError",
    "Dropped",
    "Dropping",
    "EndingCertificate",
    "Erased",
    "ErrandPostRecord",
    "ErrandRecord",
    "EventPage",
    "EventRecord",
    "Fate",
    "FetchedBatch",
    "FetchedEvent",
    "FetchedTooOften",
    "Gap",
    "InvalidCursor",
    "InvalidSelection",
    "LastTry",
    "LearnerErasure",
    "LedgerUnavailable",
    "Line",
    "Look",
    "NoSigningSecret",
    "NoSubscription",
    "NotByPull",
    "NotFound",
    "NothingIsPosted",
    "Paused",
    "PullTokens",
    "QuietLms",
    "QuietSubscriber",
    "Rate",
    "ReplayResult",
    "Replayed",
    "SampleResult",
    "Selection",
    "SignedStatement",
    "SortedEvents",
    "Statement",
    "Statements",
    "SubscriberDesk",
    "SubscriberState",
    "TooManyPosts",
    "Totals",
    "UnknownErrand",
    "UnknownEvent",
    "UnknownSubscriber",
    "UnsendableEvent",
    "UnservedQueue",
    "Watch",
    "WrongToken",
    "credential_words",
    "described",
    "left_words",
    "longest_wait_first",
    "option_words",
    "plain_time",
    "signing_words",
    "subscription_document",
    "worst_first",
]

"""What Redis remembers: subscriptions, events and lanes, and every change of them as one atomic step."""

from lessonhook.ledger.acknowledgement import Acknowledgement
from lessonhook.ledger.answers import (
    Delivery,
    Kind,
    Message,
    Notice,
    NoticeKind,
    Outcome,
    Reason,
    Recorded,
    State,
    Step,
    Wake,
)
from lessonhook.ledger.attempts import Attempt
from lessonhook.ledger.connection import connect
from lessonhook.ledger.credentials import new_signing_secret
from lessonhook.ledger.erasure import Erasure, Found
from lessonhook.ledger.errors import InvalidEncryptionKey, InvalidSubscription, Undecipherable
from lessonhook.ledger.event_view import EventView
from lessonhook.ledger.events import Events
from lessonhook.ledger.heartbeats import Heartbeat
from lessonhook.ledger.keys import SHARDS, shard_of
from lessonhook.ledger.ledger import Ledger
from lessonhook.ledger.messages import QUEUED_HEADER, WAKE_HEADER, publish
from lessonhook.ledger.notices import announce, noticed
from lessonhook.ledger.overview import Overview
from lessonhook.ledger.policy import Policy
from lessonhook.ledger.resealing import Resealing
from lessonhook.ledger.status import LaneStatus, Pause
from lessonhook.ledger.subscription import Subscription, SubscriptionView
from lessonhook.ledger.survey import Survey
from lessonhook.ledger.vault import Vault

__all__ = [
    "QUEUED_HEADER",
    "SHARDS",
    "WAKE_HEADER",
    "Acknowledgement",
    "Attempt",
    "Delivery",
    "Erasure",
    "EventView",
    "Events",
    "Found",
    "Heartbeat",
    "InvalidEncryptionKey",
    "InvalidSubscription",
    "Kind",
    "LaneStatus",
    "Ledger",
    "Message",
    "Notice",
    "NoticeKind",
    "Outcome",
    "Overview",
    "Pause",
    "Policy",
    "Reason",
    "Recorded",
    "Resealing",
    "State",
    "Step",
    "Subscription",
    "SubscriptionView",
    "Survey",
    "Undecipherable",
    "Vault",
    "Wake",
    "announce",
    "connect",
    "new_signing_secret",
    "noticed",
    "publish",
    "shard_of",
]

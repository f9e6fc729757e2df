"""What Redis remembers: subscriptions, events and lanes, and every change of them as one atomic step."""

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
from lessonhook.ledger.keys import SHARDS
from lessonhook.ledger.ledger import Ledger
from lessonhook.ledger.policy import Policy

__all__ = [
    "SHARDS",
    "Delivery",
    "Kind",
    "Ledger",
    "Message",
    "Notice",
    "NoticeKind",
    "Outcome",
    "Policy",
    "Reason",
    "Recorded",
    "State",
    "Step",
    "Wake",
]

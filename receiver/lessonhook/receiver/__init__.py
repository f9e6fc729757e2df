"""For the program that receives: check a POST, parse it, drop repeats. Needs pydantic, and neither Redis nor Celery."""

from lessonhook.receiver.completion import Completion, Lesson, User, parse
from lessonhook.receiver.errors import (
    InvalidBody,
    InvalidSecret,
    InvalidStatement,
    InvalidTimestamp,
    MissingHeader,
    NotTrusted,
    ReceiverError,
    Refused,
    WrongAge,
    WrongAuthorization,
    WrongSignature,
)
from lessonhook.receiver.received import Received, is_backfill, receive
from lessonhook.receiver.seen import KEPT_DAYS, MemorySeenIds, SeenIds, SqliteSeenIds
from lessonhook.receiver.signature import TOLERANCE_SECONDS, Headers, Verified, verify, verify_authorization
from lessonhook.receiver.statement import (
    DayOfStatement,
    Ids,
    SignedDays,
    ids_sha256,
    is_statement,
    receive_statement,
    verify_statement,
)

__all__ = [
    "KEPT_DAYS",
    "TOLERANCE_SECONDS",
    "Completion",
    "DayOfStatement",
    "Headers",
    "Ids",
    "InvalidBody",
    "InvalidSecret",
    "InvalidStatement",
    "InvalidTimestamp",
    "Lesson",
    "MemorySeenIds",
    "MissingHeader",
    "NotTrusted",
    "Received",
    "ReceiverError",
    "Refused",
    "SeenIds",
    "SignedDays",
    "SqliteSeenIds",
    "User",
    "Verified",
    "WrongAge",
    "WrongAuthorization",
    "WrongSignature",
    "ids_sha256",
    "is_backfill",
    "is_statement",
    "parse",
    "receive",
    "receive_statement",
    "verify",
    "verify_authorization",
    "verify_statement",
]

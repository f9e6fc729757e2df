"""Facts in words: times, counts, outcomes of a POST, and URLs with their secrets masked."""

from lessonhook.desk.words.masking import MASK, masked_url
from lessonhook.desk.words.networks import network_words
from lessonhook.desk.words.outcomes import advice, outcome_words, stored_words
from lessonhook.desk.words.times import ago, count, moment, span

__all__ = [
    "MASK",
    "advice",
    "ago",
    "count",
    "masked_url",
    "moment",
    "network_words",
    "outcome_words",
    "span",
    "stored_words",
]

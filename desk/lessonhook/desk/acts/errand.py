"""POSTs that a worker makes for a person: a test, or stored events that are sent again."""

from typing import TYPE_CHECKING

from lessonhook.desk.errors import LedgerUnavailable, TooManyPosts
from lessonhook.desk.views.attempt import AttemptRecord
from lessonhook.desk.views.attempt_words import attempt_advice, attempt_words
from lessonhook.desk.views.document import Document, Moment
from lessonhook.ledger import POSTS_A_MINUTE, publish_errand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import Errand, Try


class ErrandPostRecord(Document):
    """How one POST of an errand ended."""

    #: The `webhook-id` of the POST.
    event_id: str
    accepted: bool
    #: How it ended, or why nothing was sent.
    words: str
    #: What may help; None if nothing is known, or `words` says it already.
    advice: str | None
    #: None if nothing was sent.
    attempt: AttemptRecord | None


class LastTry(Document):
    """How the last try of the present endpoint ended: the last errand with the sample that a worker made."""

    accepted: bool
    reason: str
    #: The HTTP status; None if no response came.
    status: int | None

    @classmethod
    def of(cls, found: "Try") -> "LastTry":
        """Make it of what the ledger reads."""
        return cls.model_validate(found)


class ErrandRecord(Document):
    """POSTs that a person asked for, at one moment. It is kept for an hour."""

    errand_id: str
    subscriber: str
    #: Who asked for it.
    by: str
    asked: Moment
    #: Whether the sample is sent, and not stored events.
    is_sample: bool
    #: How many POSTs were asked for.
    wanted: int
    #: The worker that makes them; "" while none has begun.
    worker: str
    #: Those that have ended, in order.
    posts: list[ErrandPostRecord]

    @property
    def done(self) -> bool:
        """Whether all of them have ended."""
        return len(self.posts) == self.wanted

    @property
    def accepted(self) -> bool:
        """Whether all of them have ended and each was accepted."""
        return self.done and all(post.accepted for post in self.posts)

    @classmethod
    def of(cls, errand: "Errand") -> "ErrandRecord":
        """Make it of what the ledger reads."""
        posts = []
        for post in errand.posts:
            attempt = post.attempt and AttemptRecord.of(post.attempt)
            posts.append(
                ErrandPostRecord(
                    event_id=post.event_id,
                    accepted=bool(attempt and attempt.accepted),
                    words=attempt_words(attempt) if attempt else post.skipped,
                    advice=attempt_advice(attempt) if attempt else None,
                    attempt=attempt,
                )
            )
        return cls(
            errand_id=errand.errand_id,
            subscriber=errand.subscriber,
            by=errand.by,
            asked=errand.asked,
            is_sample=errand.sample is not None,
            wanted=len(errand.event_ids),
            worker=errand.worker,
            posts=posts,
        )


def ask(
    resources: "Resources",
    subscriber: str,
    *,
    by: str,
    event_ids: "Sequence[str]" = (),
    sample: bytes | None = None,
) -> ErrandRecord:
    """Write an errand down and publish its message. Raises `TooManyPosts` and `LedgerUnavailable`."""
    errands = resources.ledger.errands
    errand_id = errands.ask(subscriber, by=by, event_ids=event_ids, sample=sample)
    if errand_id is None:
        raise TooManyPosts(subscriber, POSTS_A_MINUTE)
    errand = errands.get(subscriber, errand_id)
    assert errand is not None  # noqa: S101 - it was written a moment ago, for an hour
    now_ms = round(errand.asked.timestamp() * 1000)
    if not publish_errand(resources.producer.app, subscriber, errand_id, now_ms=now_ms):
        errands.forget(subscriber, errand_id)
        raise LedgerUnavailable("the broker did not take the message")
    return ErrandRecord.of(errand)

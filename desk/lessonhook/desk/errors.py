"""The desk's errors; `lessonhook.config.errors` draws the whole tree.

Each message says what is wrong; the attributes are for a caller that words it differently.
"""

from collections.abc import Sequence

from lessonhook.config import LessonhookError


class DeskError(LessonhookError):
    """Base of the errors that the desk raises; nothing was changed."""


class NotFound(DeskError):
    """Base of the errors about something that is not there."""


class UnknownSubscriber(NotFound):
    """Neither a subscription nor an event of this subscriber is known."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(f"there is no subscriber {subscriber!r}")
        self.subscriber = subscriber


class NoSubscription(NotFound):
    """The subscriber has no subscription now."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(f"there is no subscription of {subscriber!r}")
        self.subscriber = subscriber


class UnknownEvent(NotFound):
    """The ledger does not know an event of this id."""

    def __init__(self, event_id: str, subscriber: str | None) -> None:
        of_whom = f" of {subscriber!r}" if subscriber else ""
        super().__init__(f"there is no event {event_id!r}{of_whom}; it may have passed its retention")
        self.event_id = event_id


class UnknownErrand(NotFound):
    """There is no errand of this id, or no longer."""

    def __init__(self, errand_id: str) -> None:
        super().__init__(f"there is no errand {errand_id!r}; it is kept for an hour")
        self.errand_id = errand_id


class BodyGone(NotFound):
    """The event was erased or has expired: its body is not kept any more."""

    def __init__(self, event_id: str, state: str) -> None:
        super().__init__(f"event {event_id} has no body any more: it is {state}")
        self.event_id = event_id


class UnsendableEvent(DeskError):
    """The event cannot be sent again in its present state."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(f"event {event_id} is {reason}")
        self.event_id = event_id


class AmbiguousEvent(DeskError):
    """Several subscribers have an event of this id, so one of them must be named."""

    def __init__(self, event_id: str, subscribers: Sequence[str]) -> None:
        super().__init__(f"several subscribers have an event {event_id}: {', '.join(subscribers)}")
        self.event_id = event_id
        self.subscribers = tuple(subscribers)


class InvalidSelection(DeskError):
    """The choice of events contradicts itself, or would choose all of them."""


class InvalidCursor(DeskError):
    """The cursor is not one that a page of events gave."""

    def __init__(self) -> None:
        super().__init__("the cursor is not one that a page of events gave: begin with the first page")


class TooManyPosts(DeskError):
    """People asked for too many POSTs to this subscriber's endpoint in one minute."""

    def __init__(self, subscriber: str, a_minute: int) -> None:
        super().__init__(f"more than {a_minute} POSTs to {subscriber!r} were asked for in this minute: wait a minute")
        self.subscriber = subscriber


class NoSigningSecret(DeskError):
    """The subscription has no signing secret, so nothing can be signed for its receiver."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(f"{subscriber!r} has no signing secret: `subscriptions rotate-secret` makes one")
        self.subscriber = subscriber


class LedgerUnavailable(LessonhookError):
    """Redis or the broker did not reply in time. A change may have been made: look, then ask again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}: try again")


class WrongToken(DeskError):
    """The token to fetch by is nobody's, or was replaced or revoked."""

    def __init__(self) -> None:
        super().__init__("the token is not valid: the operator makes a new one by `subscriptions pull-token`")


class NotByPull(DeskError):
    """The subscription is not one that pulls: its events are posted, and cannot be fetched."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(f"{subscriber!r} gets its events by POST: set the option `pull` to let it fetch them")
        self.subscriber = subscriber


class NothingIsPosted(DeskError):
    """The subscriber fetches its events and has no callback URL."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(f"{subscriber!r} fetches its events and has no callback URL: nothing can be posted to it")
        self.subscriber = subscriber


class FetchedTooOften(DeskError):
    """The subscriber fetches more often than ten times a second."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"too many fetches: wait {wait_seconds:.1f} s; ten a second are served")
        self.wait_seconds = wait_seconds

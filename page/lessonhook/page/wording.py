"""States and reasons in a manager's words. Each text is English here and goes through the viewer's translation."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lessonhook.desk import Condition
from lessonhook.ledger import AN_OPERATOR, Reason, State

if TYPE_CHECKING:
    from lessonhook.desk import AttemptRecord, ErrandPostRecord, LastTry, SubscriberState
    from lessonhook.page.translation import Translation


def text(english: str) -> str:
    """Mark a text for the catalogues. It is translated where it is shown."""
    return english


_BY_STATUS: Final = {
    HTTPStatus.UNAUTHORIZED: text("your endpoint refused the Authorization value or the signature ({status})."),
    HTTPStatus.FORBIDDEN: text("your endpoint refused the Authorization value or the signature ({status})."),
    HTTPStatus.NOT_FOUND: text("there is nothing at this address ({status})."),
    HTTPStatus.GONE: text("your endpoint says that it is gone for good ({status})."),
    HTTPStatus.TOO_MANY_REQUESTS: text("your endpoint asked us to slow down ({status})."),
}
_BY_CLASS: Final = {
    3: text("your endpoint redirects; enter the address that it redirects to ({status})."),
    4: text("your endpoint refused the completion ({status})."),
    5: text("your endpoint had an error of its own ({status})."),
}
_BY_REASON: Final = {
    Reason.TIMEOUT: text("your endpoint did not respond in time."),
    Reason.REFUSED: text("your endpoint refused the connection."),
    Reason.DNS: text("the host name of the address is not known."),
    Reason.TLS: text("the certificate of your endpoint is not valid, or its port is not one for https."),
    Reason.PROTOCOL: text("your endpoint does not speak HTTP."),
    Reason.CONNECTION: text("the connection to your endpoint broke."),
    Reason.BLOCKED: text("the address is not public, so nothing is sent to it."),
}
_OUR_FAULT: Final = text("a fault on our side; we look into it.")
STATES: Final = {
    State.QUEUED: text("on its way"),
    State.DELIVERING: text("on its way"),
    State.RETRYING: text("will be tried again"),
    State.HELD: text("waiting"),
    State.DELIVERED: text("delivered"),
    State.REFUSED: text("refused"),
    State.SUPERSEDED: text("replaced by a later one"),
    State.EXPIRED: text("expired"),
    State.ERASED: text("erased"),
    State.DROPPED: text("not wanted any more"),
}
#: In whose name the page pauses what must be tried first.
UNTRIED: Final = "the customer's page: not tried yet"
#: How a lane's last outcome begins: `status: 401: …`, `accepted: 200`, `timeout: …`.
_OUTCOME: Final = re.compile(r"(?:attempts used up: )?(?P<reason>[a-z]+)(?:: (?P<status>\d{3})\b)?")


def reason_words(t: "Translation", reason: str, status: int | None) -> str:
    """Return why a POST was not accepted, as the end of a sentence."""
    if status is not None:
        words = _BY_STATUS.get(HTTPStatus(status) if status in set(HTTPStatus) else HTTPStatus.OK)
        words = words or _BY_CLASS.get(status // 100, _OUR_FAULT)
        return t.gettext(words, status=status)
    known = reason in set(Reason)
    return t.gettext(_BY_REASON.get(Reason(reason), _OUR_FAULT) if known else _OUR_FAULT)


def attempt_words(t: "Translation", attempt: "AttemptRecord | None") -> str:
    """Return how an attempt ended."""
    if attempt is None:
        return ""
    if attempt.reason == Reason.FETCHED:
        return t.gettext("Fetched and acknowledged by your system.")
    if attempt.accepted:
        return t.gettext("Accepted: your endpoint responded with {status}.", status=attempt.status)
    return t.gettext("Not accepted: {reason}", reason=reason_words(t, attempt.reason, attempt.status))


def post_words(t: "Translation", post: "ErrandPostRecord") -> str:
    """Return how a POST that a person asked for ended."""
    if post.attempt is None:
        return t.gettext("Not sent, because it changed meanwhile or an earlier one failed.")
    return attempt_words(t, post.attempt)


def kind_of(state: "SubscriberState | None", tried: "LastTry | None" = None) -> str:
    """Return how the webhook is in one word, by which the page chooses colour and mark. It goes with `sentences`."""
    if state is None:
        return "new"
    # That completions stopped is a matter of the LMS; for the company, all is well.
    condition = Condition.WELL if state.condition is Condition.QUIET else state.condition
    if condition not in {Condition.WELL, Condition.SENDING} or has_delivered(state):
        return str(condition)
    if _has_failed(state, tried):
        return str(Condition.FAILING)
    # Green is for what is known to work.
    return "new" if condition is Condition.WELL else str(condition)


def sentences(t: "Translation", state: "SubscriberState | None", tried: "LastTry | None" = None) -> list[str]:
    """Return how the webhook is, the most important first; None is a company without a subscription.

    `tried` is the last try of the present endpoint; it is told as long as nothing was delivered.
    """
    if state is None or (not state.subscribed and not state.recorded):
        return [t.gettext("Not set up yet. Enter the callback URL below and save it.")]
    waiting = t.gettext("Completions that wait: {count}.", count=t.number(state.undelivered))
    said = [*_condition(t, state, tried)]
    said.append(waiting if state.undelivered else t.gettext("Nothing waits."))
    if state.backfill:
        said.append(t.gettext("Of these, from the past: {count}.", count=t.number(state.backfill)))
    if state.backfill and state.backfill_stopped:
        said.append(t.gettext("The operator of your learning platform has stopped those from the past."))
    if may_be_resumed(state):
        said.append(t.gettext("Correct what is wrong and try it; then send what waits."))
    return said


def _condition(t: "Translation", state: "SubscriberState", tried: "LastTry | None") -> list[str]:
    failed = [_failed_words(t, state, tried)] if _has_failed(state, tried) else []
    if state.paused:
        return [_pause(t, state, t.moment(state.paused.since)), *(failed if is_untried(state) else [])]
    if not state.subscribed:
        return [t.gettext("Removed. Nothing is sent until a callback URL is saved again.")]
    if state.pull:
        return [t.gettext("Your system fetches its completions; nothing is sent to it."), *_last_accepted(t, state)]
    given_back = state.condition is Condition.WAITING and state.given_back
    is_our_fault = given_back or state.condition is Condition.NO_WORKER
    if state.condition is Condition.FAILING or is_our_fault:
        reason = t.gettext(_OUR_FAULT) if is_our_fault else lane_reason(t, state.last_outcome)
        said = [t.gettext("Failing: {reason}", reason=reason)]
        # Where nothing waits, only the next completion is an attempt.
        return [*said, t.gettext("The next attempt comes by itself.")] if state.undelivered else said
    if state.waiting_until and not state.given_back:
        until = t.moment(state.waiting_until)
        return [t.gettext("Slowed down: your endpoint asked us to wait until {time}.", time=until)]
    well = t.gettext("Working.") if has_delivered(state) else t.gettext("Set up.")
    return [*(failed or [well]), *_last_accepted(t, state)]


def _has_failed(state: "SubscriberState", tried: "LastTry | None") -> bool:
    """Return whether something was sent and nothing was accepted so far."""
    if has_delivered(state):
        return False
    if tried is not None:
        return not tried.accepted
    return state.last_attempt is not None and not state.last_outcome.startswith(Reason.ACCEPTED)


def _failed_words(t: "Translation", state: "SubscriberState", tried: "LastTry | None") -> str:
    """Return that nothing was accepted so far, and why."""
    reason = reason_words(t, tried.reason, tried.status) if tried else lane_reason(t, state.last_outcome)
    return t.gettext("Tried, but not accepted yet: {reason}", reason=reason)


def _last_accepted(t: "Translation", state: "SubscriberState") -> list[str]:
    if state.last_attempt is None or not has_delivered(state):
        return [t.gettext("No completion has been delivered yet.")]
    return [t.gettext("The last completion was accepted {ago}.", ago=t.ago(state.last_attempt))]


def _pause(t: "Translation", state: "SubscriberState", since: str) -> str:
    if is_untried(state):
        return t.gettext("Saved, but nothing is sent until a try is accepted. Try it.")
    if paused_by_operator(state):
        return t.gettext("Paused since {time} by the operator of your learning platform.", time=since)
    reason = lane_reason(t, state.paused.reason if state.paused else "")
    return t.gettext("Paused since {time}: {reason}", time=since, reason=reason)


def has_delivered(state: "SubscriberState") -> bool:
    """Return whether a completion was accepted, so that the webhook is known to work."""
    return state.last_attempt is not None and state.delivered > 0


def paused_by_operator(state: "SubscriberState") -> bool:
    """Return whether an operator paused it; only an operator lifts that pause."""
    return state.paused is not None and state.paused.reason == AN_OPERATOR and state.paused.by != UNTRIED


def is_untried(state: "SubscriberState") -> bool:
    """Return whether the page itself paused it, until a try of what was saved is accepted."""
    return state.paused is not None and state.paused.reason == AN_OPERATOR and state.paused.by == UNTRIED


def may_be_resumed(state: "SubscriberState") -> bool:
    """Return whether it was paused after used-up attempts, which the company itself may lift."""
    return state.paused is not None and state.paused.reason != AN_OPERATOR


def lane_reason(t: "Translation", outcome: str) -> str:
    """Return the reason that a lane's last outcome or its pause names."""
    match = _OUTCOME.match(outcome)
    if match is None:
        return t.gettext(_OUR_FAULT)
    return reason_words(t, match["reason"], int(match["status"]) if match["status"] else None)

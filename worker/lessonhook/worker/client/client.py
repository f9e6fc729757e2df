"""POSTs to strangers' servers, and returns what came of it as a value; nothing that they do gets past it."""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

import structlog
from pydantic import SecretStr
from requests import Response

from lessonhook.config import Settings, shortage_in
from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.worker.client.acknowledgement_check import unconfirmed
from lessonhook.worker.client.certificate_warnings import CertificateWarnings
from lessonhook.worker.client.exchange import Exchange
from lessonhook.worker.client.failure import Failure, NotStarted
from lessonhook.worker.client.post import Post, prepare
from lessonhook.worker.client.response_masking import shown
from lessonhook.worker.client.status_rules import advice_for, kind_of, retry_after
from lessonhook.worker.client.tls_identity import TlsIdentity
from lessonhook.worker.client.tokens import Provided, Tokens
from lessonhook.worker.event_loop import LoopThread

_log: Final = structlog.get_logger("lessonhook.client")
#: How long a POST waits for a token. The call of the function goes on, and the event's next turn finds the token.
_TOKEN_WAIT_SECONDS: Final = 5.0
_UNAUTHORIZED: Final = 401


class Client:
    """Makes attempts on an event loop, thousands at once. Make one in each process, after it has forked.

    `attempt` is for those who are on the loop, `post` for those in a thread, who wait. All share the connections that
    are kept, so that an endpoint sees no more of them than it has POSTs at a time.
    Without a `loop` the client has one of its own, from the first POST until it is closed.
    `on_repeat` is called, on the loop, each time that a request went out twice, see `Exchange`.
    """

    def __init__(
        self, settings: Settings, loop: LoopThread | None = None, *, on_repeat: Callable[[], None] | None = None
    ) -> None:
        self._limit_bytes = settings.response_limit_bytes
        self._exchange = Exchange(settings, on_repeat=on_repeat)
        self._warnings = CertificateWarnings()
        self._deadline_seconds = settings.request_deadline_seconds
        # With the grace of a deadline, no more than the lease has beyond it.
        wait_seconds = min(_TOKEN_WAIT_SECONDS, settings.lease_margin_seconds / 4)
        self._tokens = Tokens(settings.authorization_provider, wait_seconds)
        self._given_loop = loop
        self._own_loop: LoopThread | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def post(self, post: Post) -> Outcome:
        """Make one attempt and return its outcome; the thread waits. Not to be called on the loop."""
        return self._loop().run(self.attempt(post))

    async def attempt(self, post: Post) -> Outcome:
        """Make one attempt and return its outcome, no later than at the deadline. Raise nothing."""
        started = time.monotonic()
        accepted = post.subscription.accept_statuses
        try:
            self._warnings.look_at(post.subscription)
            post, response = await self._send(post)
            kind, reason = kind_of(response.status_code, response.headers, accepted)
        except Failure as failure:
            seconds = time.monotonic() - started
            return Outcome(kind=Kind.FAILED, reason=failure.reason, seconds=seconds, detail=failure.detail)
        except NotStarted as shortage:
            return not_started(str(shortage), seconds=time.monotonic() - started)
        except Exception as crash:  # noqa: BLE001 - the last net: an outcome must come back, whatever happened
            seconds = time.monotonic() - started
            lacking = shortage_in(crash)
            return not_started(lacking, seconds=seconds) if lacking else _crash(crash, seconds=seconds)
        # As it was sent: a provided token is its Authorization value by now.
        sent = post.subscription
        return Outcome(
            kind=kind,
            reason=reason,
            status=response.status_code,
            seconds=time.monotonic() - started,
            retry_after_seconds=retry_after(response.status_code, response.headers),
            detail=advice_for(
                response.status_code,
                accepted,
                is_authorized=sent.authorization is not None,
                is_signed=bool(sent.signing_secrets),
            ),
            response=self._shown(response, post),
            unconfirmed=unconfirmed(sent.acknowledgement, response) if kind is Kind.ACCEPTED else "",
        )

    @property
    def longest_seconds(self) -> float:
        """How long an attempt may last: the wait for a token, the deadline, and the grace that some are given."""
        return self._tokens.longest_seconds + self._exchange.longest_seconds

    def close(self) -> None:
        """Close what is kept open."""
        with self._lock:
            loop = self._given_loop or self._own_loop
            if loop is None:
                self._exchange.close()
            else:
                loop.call(self._exchange.close)
            if self._own_loop is not None:
                self._own_loop.close()
                self._own_loop = None

    async def _send(self, post: Post) -> tuple[Post, Response]:
        """Return the POST as it was sent, and its response.

        A provided token that is refused (401) is renewed once, and the POST goes out once more, with the same id and
        what is left of the deadline: the promise is delivery at least once. If little is left, or the token stays the
        same, the 401 counts. If no other token comes, that is our fault, unless the endpoint has refused two by now.
        """
        subscription, identity = post.subscription, TlsIdentity.of(post.subscription)
        if not subscription.authorization_from_provider:
            return post, await self._exchange.send(prepare(post), post.deadline_seconds, identity)
        subscriber = subscription.subscriber
        asked = time.monotonic()
        token = await self._tokens.provided(subscriber)
        began, sent = time.monotonic(), _authorized(post, token)
        response = await self._exchange.send(prepare(sent), post.deadline_seconds, identity)
        if not self._is_refused(sent, response, token):
            return sent, response
        try:
            renewed = await self._tokens.provided(subscriber, waited_seconds=began - asked)
        except NotStarted:
            if token.is_renewed:
                return sent, response
            raise
        deadline = post.deadline_seconds or self._deadline_seconds
        left = deadline - (time.monotonic() - began) - self._exchange.longest_grace_seconds
        if renewed.value == token.value or left < deadline / 2:
            return sent, response
        _log.info("client.token_renewed", subscriber=subscriber, event_id=post.event_id)
        sent = _authorized(post, renewed)
        response = await self._exchange.send(prepare(sent), left, identity)
        self._is_refused(sent, response, renewed)
        return sent, response

    def _is_refused(self, sent: Post, response: Response, token: Provided) -> bool:
        """Return whether the endpoint refused the token of a POST, and remember it."""
        subscription = sent.subscription
        if response.status_code == _UNAUTHORIZED and _UNAUTHORIZED not in (subscription.accept_statuses or ()):
            self._tokens.refused(subscription.subscriber, token)
            return True
        self._tokens.taken(subscription.subscriber, token)
        return False

    def _loop(self) -> LoopThread:
        if self._given_loop is not None:
            return self._given_loop
        with self._lock:
            if self._own_loop is None:
                self._own_loop = LoopThread("lessonhook-client")
            return self._own_loop

    def _shown(self, response: Response, post: Post) -> str:
        try:
            content = response.content
            cut = len(content) >= self._limit_bytes
            return shown(content, post, credentials=self._exchange.credentials, cut=cut)
        except Exception as error:  # noqa: BLE001 - a response that cannot be shown must not turn an acceptance into a crash
            _log.error("client.response_unreadable", error=type(error).__name__)
            return ""


def not_started(detail: str, *, seconds: float = 0.0, again_after: float | None = None) -> Outcome:
    """Return the outcome of an event that is given back for want of something of ours, at no cost to anybody.

    `again_after` is in how many seconds there may be enough of it. Without it the event waits for a second, and for
    twice as long each time.
    """
    return Outcome(
        kind=Kind.NOT_STARTED,
        reason=Reason.CRASH,
        seconds=seconds,
        detail=detail,
        retry_after_seconds=again_after,
    )


def _authorized(post: Post, token: Provided) -> Post:
    """Return a POST with a provided token as its Authorization value: whatever masks that one masks the token."""
    return replace(post, subscription=post.subscription.model_copy(update={"authorization": SecretStr(token.value)}))


def _crash(crash: Exception, *, seconds: float) -> Outcome:
    """Return the outcome of a fault of our own. Its type and its place are logged; its text may hold what was sent."""
    *_, place = traceback.extract_tb(crash.__traceback__)
    name = type(crash).__name__
    _log.error("client.crash", error=name, place=f"{place.filename}:{place.lineno}")
    return Outcome(
        kind=Kind.CRASHED, reason=Reason.CRASH, seconds=seconds, detail=f"a fault of the worker's own ({name})"
    )

"""The tokens that a function of the LMS provides: called beside the loop, kept until shortly before they expire.

The function is somebody else's code, and may ask a server that hangs. So it runs in a thread of its own, each
subscriber has one call at a time, and nobody waits for it for longer than `wait_seconds`. Whatever goes wrong with it
is our fault and not the company's: `NotStarted`.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from typing import Final, NamedTuple, TypeVar

import structlog

from lessonhook.config import LessonhookError
from lessonhook.ledger.subscriptions import Token
from lessonhook.worker.client.failure import NotStarted
from lessonhook.worker.client.token_places import TokenPlaces

T = TypeVar("T")
Provider = Callable[[str], Token | None]

_log: Final = structlog.get_logger("lessonhook.client")
#: A token is used until this long before it expires, or until a tenth of its time is left if that is less.
_EARLIER_SECONDS: Final = 60.0
_EARLIER_SHARE: Final = 0.1
#: For a token that does not say when it expires.
_KEPT_SECONDS: Final = 3_600.0
#: After a failure, the function is not called again for the subscriber for this long.
_FAILED_SECONDS: Final = 5.0
#: A call that has hung for longer is given up, so that the subscriber's next event begins another one.
_GIVEN_UP_SECONDS: Final = 60.0
#: Subscribers of whom a token, or a failure, is kept.
_REMEMBERED: Final = 10_000


class InvalidProvider(LessonhookError):
    """`LESSONHOOK_AUTHORIZATION_PROVIDER` names no function that can be imported."""


def load_provider(name: str) -> Provider:
    """Import a function named as `module:function`. Raises InvalidProvider, whatever the import raises."""
    module, _, function = name.partition(":")
    try:
        provider: Provider = getattr(import_module(module), function)
    except Exception as error:
        # Its text is the LMS's own, and may hold what it read at its import.
        raise InvalidProvider(
            f"LESSONHOOK_AUTHORIZATION_PROVIDER: {name} cannot be imported ({type(error).__name__})"
        ) from error
    if not callable(provider):
        raise InvalidProvider(f"LESSONHOOK_AUTHORIZATION_PROVIDER: {name} cannot be called")
    return provider


class Provided(NamedTuple):
    """A token as a POST uses it."""

    #: The whole Authorization value.
    value: str
    #: Until when it is used, in seconds since 1970.
    until: float
    #: It was asked for after the endpoint had refused another one, and the endpoint has accepted none since.
    is_renewed: bool


class _Failed(NamedTuple):
    words: str
    #: On the monotonic clock.
    until: float


class Tokens:
    """Used on one loop only. `name` is the function's, None if there is none."""

    def __init__(self, name: str | None, wait_seconds: float) -> None:
        self._name = name
        self._wait_seconds = wait_seconds
        self._kept: OrderedDict[str, Provided] = OrderedDict()
        #: Subscribers whose endpoint refused the last token that it was sent.
        self._refusing: OrderedDict[str, bool] = OrderedDict()
        self._failed: OrderedDict[str, _Failed] = OrderedDict()
        self._under_way: dict[str, _Call] = {}
        self._places = TokenPlaces()

    @property
    def longest_seconds(self) -> float:
        """How long `provided` may take, all of its calls for one attempt together."""
        return self._wait_seconds if self._name else 0.0

    async def provided(self, subscriber: str, *, waited_seconds: float = 0.0) -> Provided:
        """Return a token for a subscriber; raise NotStarted if there is none in time.

        `waited_seconds` is how long the same attempt has waited for one already: all of its waits have one limit.
        """
        if self._name is None:
            raise NotStarted("LESSONHOOK_AUTHORIZATION_PROVIDER is not set, and the subscription needs a token of it")
        kept = self._kept.get(subscriber)
        if kept is not None and time.time() < kept.until:
            self._kept.move_to_end(subscriber)
            return kept
        failed = self._failed.get(subscriber)
        if failed is not None and time.monotonic() < failed.until:
            raise NotStarted(failed.words)
        call = self._under_way.get(subscriber)
        if call is None or call.is_given_up:
            call = self._start(self._name, subscriber)
        try:
            async with asyncio.timeout(max(0.0, self._wait_seconds - waited_seconds)):
                return await asyncio.shield(call.future)
        except TimeoutError:
            raise NotStarted(f"the authorization provider returned nothing within {self._wait_seconds:g} s") from None

    def refused(self, subscriber: str, token: Provided) -> None:
        """Send this token no more, because the endpoint refused it. One call renews it for all POSTs."""
        if self._kept.get(subscriber) is token:
            del self._kept[subscriber]
        _remember(self._refusing, subscriber, value=True)

    def taken(self, subscriber: str, token: Provided) -> None:
        """Note that the endpoint did not refuse this token. A 401 is again one of a token that has become too old."""
        if self._refusing.pop(subscriber, None) and self._kept.get(subscriber) is token:
            self._kept[subscriber] = token._replace(is_renewed=False)

    def _start(self, name: str, subscriber: str) -> "_Call":
        if refusal := self._places.refusal(subscriber):
            raise NotStarted(refusal)
        call = _Call(self, name, subscriber)
        thread = threading.Thread(
            target=call.run, args=(asyncio.get_running_loop(),), name="lessonhook-token", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            raise NotStarted("no thread can be started for the authorization provider") from None
        call.take_place(self._places, self._wait_seconds)
        self._under_way[subscriber] = call
        return call

    def is_refusing(self, subscriber: str) -> bool:
        """Return whether the endpoint refused the last token that it was sent."""
        return subscriber in self._refusing

    def ended(self, call: "_Call", subscriber: str, result: "Provided | str") -> None:
        """Take a token, or the words for a failure. A call that was given up changes nothing that is newer."""
        is_newest = self._under_way.get(subscriber) is call
        if is_newest:
            del self._under_way[subscriber]
        if isinstance(result, str):
            if is_newest:
                _remember(self._failed, subscriber, _Failed(result, time.monotonic() + _FAILED_SECONDS))
        elif is_newest:
            self._failed.pop(subscriber, None)
            _remember(self._kept, subscriber, result)


class _Call:
    """One call of the function, for one subscriber."""

    def __init__(self, tokens: Tokens, name: str, subscriber: str) -> None:
        self.future: asyncio.Future[Provided] = asyncio.get_running_loop().create_future()
        self._tokens = tokens
        self._name = name
        self._subscriber = subscriber
        self._given_up_at = time.monotonic() + _GIVEN_UP_SECONDS
        self._is_renewal = tokens.is_refusing(subscriber)
        self._has_hung = False

    def take_place(self, places: TokenPlaces, hangs_after_seconds: float) -> None:
        """Take a place, and leave it to others if the call hangs. Called on the loop, where the call ends later."""
        self._places = places
        self._in_hanging_place = places.take(self._subscriber)
        self._timer = asyncio.get_running_loop().call_later(hangs_after_seconds, self._hang)

    def _hang(self) -> None:
        self._has_hung = True
        if not self._in_hanging_place:
            self._in_hanging_place = self._places.hang(self._subscriber)

    @property
    def is_given_up(self) -> bool:
        """Whether it has hung for too long."""
        return time.monotonic() >= self._given_up_at

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call the function, in a thread of its own."""
        result = self._result()
        try:
            loop.call_soon_threadsafe(self._end, result)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            return

    def _result(self) -> Token | str:
        try:
            returned: object = load_provider(self._name)(self._subscriber)
        except BaseException as error:  # noqa: BLE001 - whatever the LMS's function raises: somebody waits for its end
            # Neither the text nor the traceback: both may hold the client's secret.
            _log.error("authorization_provider.failed", subscriber=self._subscriber, error=type(error).__name__)
            return f"the authorization provider failed ({type(error).__name__})"
        if isinstance(returned, Token):
            return returned
        wrong = "no token" if returned is None else f"a {type(returned).__name__} in the place of a Token"
        _log.error("authorization_provider.failed", subscriber=self._subscriber, error=f"it returned {wrong}")
        return f"the authorization provider returned {wrong} for this subscriber"

    def _end(self, result: Token | str) -> None:
        self._timer.cancel()
        self._places.give_back(self._subscriber, hangs=self._in_hanging_place, in_time=not self._has_hung)
        if isinstance(result, str):
            self._tokens.ended(self, self._subscriber, result)
            self.future.set_exception(NotStarted(result))
            # Read here, so that asyncio does not complain where everybody has given up.
            self.future.exception()
        else:
            provided = Provided(result.value, _used_until(result), self._is_renewal)
            self._tokens.ended(self, self._subscriber, provided)
            self.future.set_result(provided)


def _used_until(token: Token) -> float:
    now = time.time()
    if token.expires_at is None:
        return now + _KEPT_SECONDS
    expires = token.expires_at.timestamp()
    return expires - min(_EARLIER_SECONDS, _EARLIER_SHARE * (expires - now))


def _remember(kept: "OrderedDict[str, T]", subscriber: str, value: T) -> None:
    kept[subscriber] = value
    kept.move_to_end(subscriber)
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)

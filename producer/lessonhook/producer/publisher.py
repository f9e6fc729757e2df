"""Publishes a completion: checks and renders it, records it in the ledger, and then publishes a message with its id."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from lessonhook.config import (
    LessonhookCelery,
    call_limit,
    each_in_time,
    explain,
    late_replies_limited,
    made_once,
    server_of,
)
from lessonhook.ledger import (
    Ledger,
    Recorded,
    Together,
    current_traceparent,
    leave_to_sweep,
    message_for_script,
    publish,
)
from lessonhook.ledger.subscriptions import body_options
from lessonhook.producer.app import CONNECTIONS, KEPT_CONNECTIONS, PATIENCE_SECONDS, call_seconds
from lessonhook.producer.checked import CheckedCompletion, checked_completion, rendered_again, together
from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent, parse_event, with_event_id
from lessonhook.producer.errors import InvalidCompletion, PublishFailed
from lessonhook.producer.identity import event_id_of
from lessonhook.producer.many_waits import ManyWaits
from lessonhook.producer.publication import Publication
from lessonhook.producer.rendering import render
from lessonhook.producer.rendering_memory import RenderingMemory

if TYPE_CHECKING:
    from lessonhook.ledger import Step

# Not structlog: this runs in the LMS's process, whose logging lessonhook does not configure.
_log = logging.getLogger("lessonhook.publish")
#: A subscription may be saved between two tries. If it changes more often than this, somebody saves it in a loop.
RENDERINGS_TRIED: Final = 3
#: Completions that are grouped by their subscribers at a time.
_BATCH: Final = 1_024


def published(event_id: str, step: "Step") -> Publication:
    """Return the result of a record, and log it if there is no subscription."""
    if step.recorded is Recorded.NO_SUBSCRIPTION:
        _log.debug("publish.unsubscribed subscriber=%s event_id=%s: nothing is sent", step.subscriber, event_id)
    assert step.recorded is not None  # noqa: S101 - `record` always sets it
    return Publication(event_id, step.recorded)


class Publisher:
    """Checks, renders, records and publishes completions; its ledger is connected when it is first used."""

    def __init__(self, app: LessonhookCelery) -> None:
        self.app = app
        self.renderings = RenderingMemory()

    @made_once
    def ledger(self) -> Ledger:
        """The ledger, on a Redis client that gives up within a second."""
        return Ledger.connect(
            self.app.settings,
            timeout_seconds=PATIENCE_SECONDS,
            connect_timeout_seconds=PATIENCE_SECONDS,
            connections=CONNECTIONS,
            kept_connections=KEPT_CONNECTIONS,
        )

    @made_once
    def call_seconds(self) -> float:
        """How long all that one call waits for may take together."""
        return call_seconds(self.app.settings)

    @property
    def server(self) -> str:
        """The ledger's server, for messages: host, port and database."""
        return server_of(self.app.settings.redis_url)

    def check(self, event: CompletionEvent | CompletionDict) -> tuple[CompletionEvent, str]:
        """Return a completion and its event id, and store nothing; raise `InvalidCompletion` if a field breaks a rule.

        The subscription's options are in Redis. If Redis does not reply, `send` checks the completion by them.
        """
        completion = parse_event(event)
        with suppress(RedisError), call_limit(self.call_seconds):
            self._render(completion)
        return completion, event_id_of(completion)

    def send(self, event: CompletionEvent | CompletionDict, event_id: str | None = None) -> Publication:
        """Check, render, record and publish one completion. See `SendCompletion.delay`."""
        completion = parse_event(event) if event_id is None else with_event_id(event, event_id)
        event_id = event_id_of(completion)
        with call_limit(self.call_seconds):
            try:
                step = self._record(completion, event_id)
            except RedisError as error:
                reason = explain(error, self.server)
                raise PublishFailed(
                    f"Redis did not confirm that it recorded the completion: {reason}. Send it again; if it was "
                    "recorded, its id keeps it from arriving twice"
                ) from error
            # A recorded completion is accepted. Most often its message was published with the record. Elsewhere the
            # broker takes it now, or else the sweep publishes it.
            publish(self.app, step, ledger=self.ledger)
        return published(event_id, step)

    def checked(self, event: CompletionEvent | CompletionDict, number: int = 0) -> CheckedCompletion:
        """Check and render a completion for `send_checked`, and store nothing.

        Raises `InvalidCompletion` if a field breaks a rule, and `PublishFailed` if Redis does not name the options of
        the subscription. They are asked for at the first completion of each subscriber.
        """
        completion = parse_event(event)
        try:
            with call_limit(self.call_seconds):
                if not self.renderings.knows(completion.subscriber):
                    subscription = self.ledger.subscriptions.get(completion.subscriber)
                    self.renderings.learn(completion.subscriber, subscription.rendering if subscription else "")
                rendering, body = self._render(completion)
        except RedisError as error:
            raise self.not_confirmed("the subscription's options", error) from error
        return checked_completion(completion, number, rendering, body)

    def send_checked(
        self, completions: Iterable[CheckedCompletion], *, backfill: bool = False, waits: ManyWaits | None = None
    ) -> Iterator[tuple[CheckedCompletion, Publication | InvalidCompletion]]:
        """Record and publish completions, many in one round trip; yield each, in their order, with its result.

        A completion that its subscription refuses by now has the error in place of a result. Raises `PublishFailed` if
        Redis does not reply. What was yielded before is recorded. With `backfill` they tell the past.
        Each step of them ends as a call of `send` does; there are as many as there are completions. `waits` says how
        long all of them may wait together, and may have counted what came before.
        """
        waits = ManyWaits(self.call_seconds) if waits is None else waits
        results: dict[int, Publication | InvalidCompletion] = {}
        unfinished: deque[CheckedCompletion] = deque()
        sent: deque[Sequence[CheckedCompletion]] = deque()

        def groups() -> Iterator[Together]:
            waiting = iter(completions)
            while batch := list(islice(waiting, _BATCH)):
                unfinished.extend(batch)
                for group in together(batch):
                    sent.append(group)
                    yield self._together(group, group[0].rendering, backfill=backfill)

        try:
            for step, done in each_in_time(self.ledger.record_each(groups()), waits.late):
                self._note(sent.popleft(), step, done, results, waits, backfill=backfill)
                while unfinished and (result := results.pop(unfinished[0].number, None)) is not None:
                    yield unfinished.popleft(), result
        except RedisError as error:
            raise self.not_confirmed("all completions", error) from error

    def _together(self, group: Sequence[CheckedCompletion], rendering: str, *, backfill: bool) -> Together:
        """Return completions of one subscriber as the ledger takes them."""
        self.ledger.sealing_keys.announce()
        events = [each.event for each in group]
        return Together(group[0].subscriber, events, rendering, current_traceparent(), backfill)

    def _note(
        self,
        group: Sequence[CheckedCompletion],
        step: "Step",
        done: Sequence[Recorded],
        results: dict[int, Publication | InvalidCompletion],
        waits: ManyWaits,
        *,
        backfill: bool,
    ) -> None:
        """Note the result of each completion of a script by its number. Render and record them again if need be."""
        for tries_left in reversed(range(RENDERINGS_TRIED)):
            if step.rendering is None:
                self._publish_in_time(step, waits)
                for each, recorded in zip(group, done, strict=True):
                    results[each.number] = Publication(each.event.event_id, recorded)
                return
            rendering = step.rendering
            self.renderings.learn(step.subscriber, rendering)
            group = list(rendered_again(group, rendering, results))
            if not group:
                return
            if not tries_left:
                break
            with late_replies_limited(waits.late):
                [(step, done)] = self.ledger.record_each([self._together(group, rendering, backfill=backfill)])
        raise self.changed_too_often()

    def _publish_in_time(self, step: "Step", waits: ManyWaits) -> None:
        if seconds := waits.broker_seconds:
            with call_limit(seconds), waits.publishing():
                publish(self.app, step, ledger=self.ledger)
        else:
            leave_to_sweep(step, ledger=self.ledger)

    @staticmethod
    def changed_too_often() -> PublishFailed:
        """Return the error for many completions of a subscription that somebody saves in a loop."""
        return PublishFailed(
            f"the subscription changed {RENDERINGS_TRIED} times while completions were being recorded: send them again"
        )

    def not_confirmed(self, what: str, error: RedisError) -> PublishFailed:
        """Return the error for many completions of which Redis did not confirm something."""
        return PublishFailed(f"Redis did not confirm {what}: {explain(error, self.server)}. Send them again")

    def _render(self, event: CompletionEvent) -> tuple[str, bytes]:
        """Return the name of the subscription's rendering options, and the body rendered for them."""
        name = self.renderings.recall(event.subscriber)
        try:
            return name, render(event, body_options(name))
        except InvalidCompletion:
            # The remembered options may be out of date: a company whose events an option refuses removes the option.
            subscription = self.ledger.subscriptions.get(event.subscriber)
            current = subscription.rendering if subscription else ""
            if current == name:
                raise
        self.renderings.learn(event.subscriber, current)
        return current, render(event, body_options(current))

    def _record(self, event: CompletionEvent, event_id: str) -> "Step":
        self.ledger.sealing_keys.announce()
        name, body = self._render(event)
        for _ in range(RENDERINGS_TRIED):
            step = self.ledger.record(
                event.subscriber,
                event_id,
                body=body,
                learner=event.user.id,
                lesson=event.lesson.id,
                completed_at=int(event.completed_at.timestamp()),
                rendering=name,
                traceparent=current_traceparent(),
                message=message_for_script(self.app, event.subscriber, event_id),
            )
            if step.rendering is None:
                return step
            name = step.rendering
            self.renderings.learn(event.subscriber, name)
            body = render(event, body_options(name))
        raise PublishFailed(
            f"the subscription changed {RENDERINGS_TRIED} times while the completion was being recorded: send it again"
        )

    def close(self) -> None:
        """Close the ledger's connections and the application's; the next use opens new ones."""
        self.app.close()
        if "ledger" in self.__dict__:
            self.ledger.redis.close()

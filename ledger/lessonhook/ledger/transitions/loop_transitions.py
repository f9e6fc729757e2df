"""The transitions of a publish and of a delivery for coroutines; every other one is rare enough for a thread."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from lessonhook.ledger.redis.loop_client import loop_client
from lessonhook.ledger.redis.pipe import Pipe
from lessonhook.ledger.transitions.calls import LOADS, Argument, Command
from lessonhook.ledger.transitions.facts import admit_facts, fresh_facts, settle_facts, together_facts
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.replies import read_many, read_step
from lessonhook.ledger.transitions.results import Together

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.transitions.results import FreshEvent, ListMessage, Outcome, Recorded, Step
    from lessonhook.ledger.transitions.scripts import Scripts


class LoopTransitions:
    """The frequent transitions on the running loop, over one connection; a Cluster's by threads.

    Every call may raise `redis.exceptions.RedisError`. `timeout_seconds` is how long a reply may take.
    """

    def __init__(self, redis: "Redis", scripts: "Scripts", vault: "Vault", *, timeout_seconds: float) -> None:
        self._redis = redis
        self._scripts = scripts
        self._vault = vault
        #: What is being loaded now.
        self._loading: dict[Command, asyncio.Future[Any]] = {}
        client = loop_client(redis)
        self._pipe = None if client is None else Pipe(client, timeout_seconds=timeout_seconds)

    async def rendering_of(self, subscriber: str) -> str:
        """Return the options that a subscriber's bodies are rendered for; "" without a subscription."""
        command = ("HGET", key("subscription", subscriber), "rendering")
        found: Any
        if self._pipe is None:
            found = await asyncio.to_thread(self._redis.execute_command, *command)
        else:
            found = await self._pipe.send(*command)
        return found.decode() if found else ""

    async def record(
        self, subscriber: str, event: "FreshEvent", *, rendering: str, traceparent: str, message: "ListMessage | None"
    ) -> "Step":
        """Record a fresh event, see `Transitions.record`."""
        facts = (*fresh_facts(self._vault, subscriber, event), rendering, traceparent, *(message or ()))
        return await self._transition("record", subscriber, *facts)

    async def record_many(
        self,
        subscriber: str,
        events: "Sequence[FreshEvent]",
        *,
        rendering: str,
        traceparent: str,
        backfill: bool = False,
    ) -> "tuple[Step, tuple[Recorded, ...]]":
        """Record fresh events together, see `Transitions.record_many`."""
        facts = together_facts(self._vault, Together(subscriber, events, rendering, traceparent, backfill))
        return read_many(subscriber, await self._reply("record_many", subscriber, *facts))

    async def admit(self, subscriber: str, event_id: str, *, wake_ms: int | None = None) -> "Step":
        """Admit a message, see `Transitions.admit`."""
        return await self._transition("admit", subscriber, *admit_facts(event_id, wake_ms))

    async def settle(
        self,
        subscriber: str,
        event_id: str,
        token: str,
        outcome: "Outcome",
        *,
        in_place: bool,
        may_pause: bool = True,
        worker: str = "",
    ) -> "Step":
        """Record how an attempt ended, see `Transitions.settle`."""
        facts = settle_facts(event_id, token, outcome, in_place=in_place, may_pause=may_pause, worker=worker)
        return await self._transition("settle", subscriber, *facts)

    async def unpublished(self, subscriber: str, event_id: str) -> "Step":
        """Record that the broker did not take an event's message, see `Transitions.unpublished`."""
        return await self._transition("unpublished", subscriber, event_id)

    async def push(self, key: str, texts: Sequence[str]) -> None:
        """Add to the left of a list of the ledger's database, in this order. A Cluster has none for the broker."""
        assert self._pipe is not None  # noqa: S101 - see above
        await self._pipe.send("LPUSH", key, *texts)

    async def close(self) -> None:
        """Close the connection."""
        if self._pipe is not None:
            await self._pipe.close()

    async def _transition(self, name: str, subscriber: str, *facts: str | bytes | float) -> "Step":
        return read_step(subscriber, await self._reply(name, subscriber, *facts))

    async def _reply(self, name: str, subscriber: str, *facts: str | bytes | float) -> Any:
        where = key("lane", subscriber)
        if self._pipe is None:
            return await asyncio.to_thread(self._scripts.call, name, where, subscriber, *facts)
        return await self._by_pipe(self._pipe, name, where, self._scripts.clock_ahead_ms, subscriber, *facts)

    async def _by_pipe(self, pipe: Pipe, name: str, key: str, *arguments: Argument) -> Any:
        exchange = self._scripts.calls.exchange(name, key, *arguments)
        command = next(exchange)
        try:
            while True:
                try:
                    reply = await (self._load(pipe, command) if command[0] in LOADS else pipe.send(*command))
                except ResponseError as error:
                    command = exchange.throw(error)
                else:
                    command = exchange.send(reply)
        except StopIteration as ended:
            return ended.value

    async def _load(self, pipe: Pipe, command: Command) -> Any:
        """Send what loads a library or a script, once for all turns that found it missing in the same round."""
        loading = self._loading.get(command)
        if loading is None:
            name, text = command
            loading = asyncio.ensure_future(pipe.send(*str(name).split(), text))
            self._loading[command] = loading
            loading.add_done_callback(lambda _: self._loading.pop(command))
        return await asyncio.shield(loading)

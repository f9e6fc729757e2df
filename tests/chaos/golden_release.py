"""What the code writes into Redis, kept as JSON: every key of the ledger and every message, as they stood.

`golden/present.json` is what the code writes now: `python -m tests.chaos.golden_release > FILE`.
A release keeps a copy of it under its own version, `golden/1.0.0.json`, which is never written again.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from lessonhook.ledger import Delivery, Kind, Ledger, Outcome, Reason, State, Step, publish
from lessonhook.producer import Producer, Subscription
from tests.chaos.scene import chaos_settings, completion
from tests.support.people.producing import running_producer
from tests.support.servers.server import Server
from tests.support.stored_format import stored_format

GOLDEN: Final = Path(__file__).with_name("golden")
#: Stands in the dump where the endpoint was; nothing listens there.
_ENDPOINT: Final = "http://127.0.0.1:9"
#: The process that published a message, which is nobody's business.
_ORIGIN: Final = re.compile(r"gen\d+@[\w.-]+")

_ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.1)
_FAILED: Final = Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=503, seconds=0.1, detail="503: try later")
_GONE: Final = Outcome(kind=Kind.GONE, reason=Reason.STATUS, status=410, seconds=0.1)


def restore(client: Any, release: str, endpoint: str, *, with_unknown: bool = False) -> None:
    """Write a release's keys, lifetimes included, with the subscriptions pointing at `endpoint`.

    `with_unknown` adds to every hash, document and message what a later release might have added.
    """
    dump = json.loads((GOLDEN / f"{release}.json").read_text(encoding="utf-8"))
    for entry in dump["keys"]:
        name, value = entry["key"], entry["value"]
        match entry["type"]:
            case "string":
                # Marks are bits, and no text.
                client.set(name, value.encode(errors="surrogateescape"))
            case "hash":
                client.hset(name, mapping=_of_later(value, endpoint, with_unknown=with_unknown))
            case "zset":
                client.zadd(name, value)
            case "set":
                client.sadd(name, *value)
            case "list":
                client.rpush(name, *(_message(each, with_unknown=with_unknown) for each in value))
        if entry["pttl"] > 0:
            client.pexpire(name, entry["pttl"])


def _of_later(fields: dict[str, str], endpoint: str, *, with_unknown: bool) -> dict[str, str]:
    if "document" in fields:
        document = json.loads(fields["document"].replace(_ENDPOINT, endpoint))
        fields = fields | {"document": json.dumps(document | ({"of_later": [1]} if with_unknown else {}))}
    return fields | ({"of_later": "1"} if with_unknown else {})


def _message(raw: str, *, with_unknown: bool) -> str:
    if not with_unknown or not raw.startswith('{"body"'):
        return raw
    message = json.loads(raw)
    message["headers"]["of_later"] = 1
    return json.dumps(message)


def dump(client: Any) -> Iterator[dict[str, Any]]:
    """Yield every key, what it holds and its lifetime; not the loaded scripts."""
    for name in sorted(client.scan_iter()):
        kind = client.type(name).decode()
        readers: dict[str, Any] = {
            "string": client.get,
            "hash": client.hgetall,
            "zset": lambda key: dict(client.zrange(key, 0, -1, withscores=True)),
            "set": lambda key: sorted(client.smembers(key)),
            "list": lambda key: client.lrange(key, 0, -1),
        }
        yield {"key": name.decode(), "type": kind, "pttl": client.pttl(name), "value": _text(readers[kind](name))}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return _ORIGIN.sub("gen1@lms", value.decode(errors="surrogateescape"))
    if isinstance(value, dict):
        return {_text(key): _text(each) for key, each in value.items()}
    return [_text(each) for each in value] if isinstance(value, list) else value


class _Author:
    """Brings lanes into every state that they can be found in; messages stay in the broker, since nobody works."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._ledger: Ledger = producer.ledger

    def company(self, name: str, **options: Any) -> str:
        self._producer.subscriptions.put(Subscription(subscriber=name, callback_url=f"{_ENDPOINT}/{name}", **options))
        return name

    def send(self, name: str, *numbers: int) -> list[str]:
        return [self._producer.send_completion.delay(completion(name, number)).id for number in numbers]

    def _backfill(self, name: str, *numbers: int) -> None:
        """Write a lane with one event of the past that was delivered, one that is retrying, and one that waits."""
        self._producer.send_completion.backfill(completion(self.company(name), number) for number in numbers)
        for outcome in (_ACCEPTED, _FAILED):
            self._ledger.clock_ahead_ms += self._ledger.policy.backfill_interval_ms
            waiting = self._ledger.events.of(name, states=[State.QUEUED, State.HELD])
            *_, oldest = waiting
            self.settle(name, self.admit(name, oldest.event_id), outcome)

    def admit(self, name: str, event_id: str) -> Delivery:
        delivery = self._kept(self._ledger.admit(name, event_id)).delivery
        assert delivery is not None
        return delivery

    def settle(self, name: str, delivery: Delivery, outcome: Outcome) -> Step:
        return self._kept(
            self._ledger.settle(name, delivery.event_id, delivery.token, outcome, in_place=False, worker="worker@old")
        )

    def _kept(self, step: Step) -> Step:
        publish(self._producer.app, step, ledger=self._ledger)
        return step

    def write(self) -> None:
        """Write one lane of each kind."""
        first, second, *_ = self.send(self.company("delivering", authorization="Token abc"), 1, 2, 3, 4)
        self.settle("delivering", self.admit("delivering", first), _ACCEPTED)
        self.admit("delivering", second)
        # A retake: held behind the learner's earlier completion.
        retake = completion("delivering", 4)
        retake = retake.model_copy(update={"completed_at": retake.completed_at + timedelta(days=1)})
        self._producer.send_completion.delay(retake)

        first, *_ = self.send(self.company("retrying", external_user_ids=True, max_per_second=50.0), 1, 2)
        self.settle("retrying", self.admit("retrying", first), _FAILED)

        first, *_ = self.send(self.company("paused"), 1, 2)
        self.settle("paused", self.admit("paused", first), _GONE)

        first, *_ = self.send(self.company("probing"), 1, 2)
        self.settle("probing", self.admit("probing", first), _GONE)
        self.send("probing", 3)

        first, *_ = self.send(self.company("stopped", max_in_flight=2), 1, 2)
        self._ledger.pause("stopped")

        first, second = self.send(self.company("finished", signing_secret="whsec_" + "c2VjcmV0" * 4), 1, 2)
        self.settle("finished", self.admit("finished", first), _ACCEPTED)
        self._ledger.erase("finished", second)

        self._backfill("backfilling", 1, 2, 3)
        for stopped in (True, False):
            self._kept(self._ledger.set_backfill("backfilling", stopped=stopped))


def main() -> None:
    """Print a dump of what this release writes."""
    with Server() as server, running_producer(chaos_settings(server.url)) as producer:
        _Author(producer).write()
        with server.client() as client:
            # In ASCII: a byte that is no UTF-8 stays an escape, and the file is text at every hour of the day.
            lines = ",\n".join(json.dumps(entry) for entry in dump(client))
            sys.stdout.write(f'{{"format": {json.dumps(stored_format())},\n"keys": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()

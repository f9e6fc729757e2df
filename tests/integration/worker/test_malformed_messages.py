"""What anybody may write who can write to the broker: no message ends a worker, and none keeps a fresh event back."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS
from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.people.house import House

_QUEUE: Final = BROKER_KEY_PREFIX + COMPLETIONS
_UNACKED: Final = BROKER_KEY_PREFIX + "unacked"
_DROPPED: Final = "message.dropped"


def encoded(arguments: object) -> str:
    """Write a message's body as kombu does."""
    return base64.b64encode(json.dumps([arguments, {}, {}]).encode()).decode()


def envelope(headers: dict[str, Any] | None = None, **parts: Any) -> str:
    """Write a whole message; what is given differs from a right one, and None leaves a part out."""
    message: dict[str, Any] = {
        "body": encoded(["acme", "x"]),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "lessonhook.send_completion", "id": "x", "retries": 0, **(headers or {})},
        "properties": {
            "correlation_id": "x",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "completions", "routing_key": "completions"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": "tag",
        },
    }
    message |= {name.replace("_", "-"): part for name, part in parts.items() if name != "properties"}
    if "properties" in parts:
        properties = parts["properties"]
        message["properties"] = properties if not isinstance(properties, dict) else message["properties"] | properties
    return json.dumps(message)


_BOMB: Final = base64.b64encode(gzip.compress(bytes(20_000_000))).decode()
MALFORMED: Final[dict[str, str | bytes]] = {
    "no JSON": "garbage",
    "binary": b"\x80\x03}\xff\xfe",
    "empty": "",
    "a number": "7",
    "a number of 5,000 digits": "9" * 5_000,
    "null": "null",
    "a list": "[]",
    "an empty object": "{}",
    "nested 100,000 deep": "[" * 100_000,
    "too long": envelope(body=base64.b64encode(bytes(300_000)).decode()),
    "properties null": envelope(properties=None),
    "no delivery_tag": envelope(properties={"delivery_tag": None}),
    "a delivery_tag that is a list": envelope(properties={"delivery_tag": [1]}),
    "an odd body_encoding": envelope(properties={"body_encoding": "rot13"}),
    "headers a list": envelope().replace('"headers": {', '"headers": [], "x": {'),
    "a body that is no base64": envelope(body="%%%"),
    "an empty body": envelope(body=""),
    "a body of null": envelope(body=base64.b64encode(b"null").decode()),
    "a body of a number": envelope(body=base64.b64encode(b"5").decode()),
    "a body of a short list": envelope(body=base64.b64encode(b"[1]").decode()),
    "no arguments": envelope(body=encoded([])),
    "arguments of other types": envelope(body=encoded([7, {"a": 1}])),
    "names that no company has": envelope(body=encoded(["a/../\x00b", "y" * 5_000])),
    "a packed one": envelope({"compression": "application/x-gzip"}, body=_BOMB),
    "another task": envelope({"task": "evil.task"}),
    "an id that is an object": envelope({"id": {"a": 1}}),
    "a timelimit of text": envelope({"timelimit": "x"}),
    "a content type of null": envelope(content_type=None),
    "pickle": envelope(content_type="application/x-python-serialize"),
    "an eta of text": envelope({"eta": "tomorrow"}),
    "a wake of text": envelope({"wake_ms": "soon"}),
    "queued at infinity": envelope({"queued_ms": 1e999}),
}


@pytest.fixture(scope="module")
def watched(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return one system, whose worker takes in everything that is malformed, one after the other."""
    from tests.support.people.house import open_house  # noqa: PLC0415  # the door to it is a fixture of a function

    with open_house(server_kind, tmp_path_factory.mktemp("malformed")) as house:
        assert house.worker.running
        yield house
        house.part_with_customers()


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_message_is_dropped(watched: House, what: str) -> None:
    """The same process delivers the next event at once, and nothing of the message is left."""
    with watched.server.client() as client:
        client.lpush(_QUEUE, MALFORMED[what])
        customer = watched.customer()
        customer.publish()
        customer.wait_for(delivered=1)
        wait_until(lambda: not client.hlen(_UNACKED), 20, "no message that is not acknowledged")
        assert client.llen(_QUEUE) == 0
    assert watched.worker.running
    assert "Unrecoverable" not in watched.worker.logs()


def test_one_line_reports_it(own_house: OpenHouse) -> None:
    """It says why, and quotes nothing; a message that was packed was not unpacked."""
    with own_house() as house, house.server.client() as client:
        worker = house.worker
        for what in ("no JSON", "a packed one", "a body of null", "names that no company has"):
            client.lpush(_QUEUE, MALFORMED[what])
        wait_until(lambda: worker.logs().count(_DROPPED) >= 4, 20, worker.logs)
        lines = [line for line in worker.logs().splitlines() if _DROPPED in line]
        assert len(lines) == 4
        assert "it is compressed" in worker.logs()
        assert "Traceback" not in worker.logs()


def test_a_forged_id_touches_no_other_company(own_house: OpenHouse) -> None:
    """`victim/70` and `real` would make the key of the victim's own event `70/real`."""
    with own_house() as house, house.server.client() as client:
        victim = house.customer()
        house.producer.ledger.pause(victim.name)
        event_id = victim.publish(event_id="70/real")
        before = client.hgetall(_key_of(client, event_id))
        client.lpush(_QUEUE, envelope(body=encoded([f"{victim.name}/70", "real"])))
        wait_until(lambda: _DROPPED in house.worker.logs(), 20, house.worker.logs)
        assert client.hgetall(_key_of(client, event_id)) == before


def _key_of(client: Any, event_id: str) -> bytes:
    [key] = client.keys(f"*event:*{event_id}")
    return bytes(key)

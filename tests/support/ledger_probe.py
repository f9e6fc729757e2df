"""What Redis holds of a lane, and what the model says it should hold, in the same words."""

from typing import Any

from lessonhook.ledger import Ledger, State
from lessonhook.ledger.keys import key
from tests.support.lane_model import LaneModel
from tests.support.lane_model_event import FINAL, Event

#: What must agree of a lane and of an event.
Facts = dict[str, Any]
_SHELVES = ("held", "used", "retries", "queued", "leases", "open")


class Probe:
    """Reads one subscriber's lane in one round trip."""

    def __init__(self, ledger: Ledger, subscriber: str) -> None:
        self._redis = ledger.redis
        self._subscriber = subscriber

    def seen(self, names: list[str]) -> Facts:
        """Answer the facts of the lane and of the events named."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(key("lane", self._subscriber))
            pipe.zrange(key("wakes", self._subscriber), 0, -1)
            for shelf in _SHELVES:
                pipe.zrange(key(shelf, self._subscriber), 0, -1)
            for name in names:
                pipe.hgetall(key("event", self._subscriber, name))
            lane, wakes, *rest = pipe.execute()
        lane = _decoded(lane)
        shelves = {
            shelf: [member.decode() for member in members] for shelf, members in zip(_SHELVES, rest, strict=False)
        }
        events = [_decoded(fields) for fields in rest[len(_SHELVES) :]]
        return _lane_facts(lane) | {
            "wakes": sorted(int(wake) for wake in wakes),
            "waiting": sorted(shelves["held"] + shelves["used"]),
            "retries": sorted(shelves["retries"]),
            "queued": sorted(shelves["queued"]),
            "leases": sorted(shelves["leases"]),
            "open": shelves["open"],
            "events": {name: _event_facts(fields, lane) for name, fields in zip(names, events, strict=True)},
        }


def _decoded(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}


def _lane_facts(lane: dict[str, str]) -> Facts:
    return {
        "window": int(lane.get("window", 1)),
        "fails": int(lane.get("fails", 0)),
        "probe": lane.get("probe", ""),
        "paused_x": int(lane.get("paused_x", 0)) > 0,
        "paused_op": int(lane.get("paused_op", 0)) > 0,
        "wait_until": int(lane.get("wait_until", 0)),
        "retrying": int(lane.get("retrying", 0)),
    }


def _event_facts(event: dict[str, str], lane: dict[str, str]) -> Facts:
    state = State(event["state"])
    last_ok, spent = int(lane.get("last_ok", 0)), int(event.get("spent_mark", 0))
    facts: Facts = {"state": state, "n": int(event.get("n", 0)), "posts": int(event.get("posts", 0))}
    if state in FINAL:
        return facts
    return facts | {
        "due": int(event["due"]) if state is State.RETRYING else 0,
        "used_up": int(event.get("used", 0)) == 1 and last_ok <= spent,
        "spent": (2 if last_ok > spent else 1) if spent else 0,
        "ok_since": last_ok > int(event["ok_mark"]),
        "erasing": int(event.get("erasing", 0)) == 1,
        "leases_lost": int(event.get("leases_lost", 0)),
    }


def expected(model: LaneModel) -> Facts:
    """Answer the facts as the model has them."""
    events = model.events.values()

    def named(*states: State, free: bool = False) -> list[str]:
        return sorted(event.name for event in events if event.state in states and not (free and model.ahead(event)))

    return {
        "window": model.window,
        "fails": model.fails,
        "probe": model.probe.name if model.probe else "",
        "paused_x": model.paused_x,
        "paused_op": model.paused_op,
        "wait_until": model.wait_until,
        "retrying": len(named(State.RETRYING)),
        "wakes": sorted(model.wakes),
        "waiting": named(State.HELD, free=True),
        "retries": named(State.RETRYING, free=True),
        "queued": named(State.QUEUED),
        "leases": named(State.DELIVERING),
        "open": [event.name for event in events if not event.final],
        "events": {event.name: _expected_event(event) for event in events},
    }


def _expected_event(event: Event) -> Facts:
    facts: Facts = {"state": event.state, "n": event.n, "posts": event.posts}
    if event.final:
        return facts
    return facts | {
        "due": event.due if event.state is State.RETRYING else 0,
        "used_up": event.used_up,
        "spent": event.spent,
        "ok_since": event.ok_since,
        "erasing": event.erasing,
        "leases_lost": event.leases_lost,
    }

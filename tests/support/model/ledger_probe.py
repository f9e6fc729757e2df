"""What Redis holds of a lane, and what the model says it should hold, in the same words."""

from typing import Any

from lessonhook.ledger import Ledger, State
from lessonhook.ledger.transitions.keys import attention_key, key, shard_of
from tests.support.model.lane import LaneModel
from tests.support.model.lane_event import FINAL, Event

#: What must agree of a lane and of an event.
Facts = dict[str, Any]
_COLLECTIONS = (
    "held", "exhausted", "retries", "queued", "leases", "open", "backfill", "backfill-retries", "backfill-open",
)  # fmt: skip


class Probe:
    """Reads one subscriber's lane in one round trip."""

    def __init__(self, ledger: Ledger, subscriber: str) -> None:
        self._redis = ledger.redis
        self._subscriber = subscriber

    def seen(self, names: list[str]) -> Facts:
        """Return the facts of the lane and of the events named."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(key("lane", self._subscriber))
            pipe.zrange(key("wakes", self._subscriber), 0, -1)
            for kind in _COLLECTIONS:
                pipe.zrange(key(kind, self._subscriber), 0, -1)
            for name in names:
                pipe.hgetall(key("event", self._subscriber, name))
            lane, wakes, *rest = pipe.execute()
        lane = _decoded(lane)
        sets = {
            kind: [member.decode() for member in members] for kind, members in zip(_COLLECTIONS, rest, strict=False)
        }
        events = [_decoded(fields) for fields in rest[len(_COLLECTIONS) :]]
        return _lane_facts(lane) | {
            "wakes": sorted(int(wake) for wake in wakes),
            "waiting": sorted(sets["held"] + sets["exhausted"]),
            "waiting_apart": sorted(sets["backfill"]),
            "retries": sorted(sets["retries"]),
            "retries_apart": sorted(sets["backfill-retries"]),
            "queued": sorted(sets["queued"]),
            "leases": sorted(sets["leases"]),
            "open": sets["open"],
            "open_apart": sets["backfill-open"],
            "events": {name: _event_facts(fields, lane) for name, fields in zip(names, events, strict=True)},
        }

    def looked_at_ms(self) -> float | None:
        """Return when the sweep looks at the lane, at the latest; None if it never does."""
        noted: Any = self._redis.zscore(attention_key(shard_of(self._subscriber)), self._subscriber)
        return None if noted is None else float(noted)


def _decoded(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}


def _lane_facts(lane: dict[str, str]) -> Facts:
    return {
        "window": int(lane.get("window", 1)),
        "failures_in_a_row": int(lane.get("failures_in_a_row", 0)),
        "probe": lane.get("probe", ""),
        "paused_exhausted": int(lane.get("paused_exhausted_at", 0)) > 0,
        "paused_operator": int(lane.get("paused_operator_at", 0)) > 0,
        "wait_until": int(lane.get("wait_until", 0)),
        "retrying": int(lane.get("retrying", 0)),
        "backfill_open": int(lane.get("backfill_open", 0)),
        "backfill_stopped": int(lane.get("backfill_stopped_at", 0)) > 0,
        "next_backfill_at": int(lane.get("next_backfill_at", 0)),
        "latest": int(lane.get("latest_ms", 0)),
    }


def _event_facts(event: dict[str, str], lane: dict[str, str]) -> Facts:
    state = State(event["state"])
    last_ok, exhausted_at = int(lane.get("last_ok_tick", 0)), int(event.get("exhausted_at_tick", 0))
    facts: Facts = {
        "state": state,
        "failed_attempts": int(event.get("failed_attempts", 0)),
        "posts": int(event.get("posts", 0)),
        "backfill": event.get("backfill") == "1",
        "ahead_of_live": event.get("ahead_of_live") == "1",
    }
    if state in FINAL:
        return facts
    return facts | {
        "due_at": int(event["due_at"]) if state is State.RETRYING else 0,
        "exhausted": int(event.get("exhausted", 0)) == 1 and last_ok <= exhausted_at,
        "exhausted_before": (2 if last_ok > exhausted_at else 1) if exhausted_at else 0,
        "accepted_since": last_ok > int(event["last_ok_seen"]),
        "erasing": int(event.get("erasing", 0)) == 1,
        "leases_lost": int(event.get("leases_lost", 0)),
        "workers_lost": int(event.get("workers_lost", 0)),
        "given_back": int(event.get("given_back", 0)),
    }


def expected(model: LaneModel) -> Facts:
    """Return the facts as the model has them."""
    events = model.events.values()

    def named(*states: State, free: bool = False, apart: bool | None = None) -> list[str]:
        return sorted(
            event.name
            for event in events
            if event.state in states and not (free and model.ahead(event)) and apart in {None, event.apart}
        )

    return {
        "window": model.window,
        "failures_in_a_row": model.failures_in_a_row,
        "probe": model.probe.name if model.probe else "",
        "paused_exhausted": model.paused_exhausted,
        "paused_operator": model.paused_operator,
        "wait_until": model.wait_until,
        "retrying": len(named(State.RETRYING)),
        "wakes": sorted(model.wakes),
        "waiting": named(State.HELD, free=True, apart=False),
        "waiting_apart": named(State.HELD, free=True, apart=True),
        "retries": named(State.RETRYING, free=True, apart=False),
        "retries_apart": named(State.RETRYING, free=True, apart=True),
        "queued": named(State.QUEUED),
        "leases": named(State.DELIVERING),
        "open": [event.name for event in events if not event.final and not event.backfill],
        "open_apart": [event.name for event in events if not event.final and event.backfill],
        "backfill_open": sum(not event.final and event.backfill for event in events),
        "backfill_stopped": model.backfill_stopped,
        "next_backfill_at": model.next_backfill_at,
        "events": {event.name: _expected_event(event) for event in events},
    }


def _expected_event(event: Event) -> Facts:
    facts: Facts = {
        "state": event.state,
        "failed_attempts": event.failed_attempts,
        "posts": event.posts,
        "backfill": event.backfill,
        "ahead_of_live": event.ahead_of_live,
    }
    if event.final:
        return facts
    return facts | {
        "due_at": event.due_at if event.state is State.RETRYING else 0,
        "exhausted": event.exhausted,
        "exhausted_before": event.exhausted_before,
        "accepted_since": event.accepted_since,
        "erasing": event.erasing,
        "leases_lost": event.leases_lost,
        "workers_lost": event.workers_lost,
        "given_back": event.given_back,
    }

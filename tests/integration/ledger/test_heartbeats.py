"""Heartbeats say who works, and since when nobody takes from a queue."""

from datetime import UTC, datetime, timedelta

import redis

from lessonhook.ledger import Ledger, Policy

QUEUES = ("completions", "retries")


def test_a_queue_without_a_worker_is_named_with_the_last_time_it_had_one(redis_client: redis.Redis) -> None:
    """Nobody ever: no time. A worker that left: the time of its last heartbeat."""
    beats = Ledger(redis_client, Policy()).heartbeats
    assert [(each.queue, each.since) for each in beats.unserved(QUEUES, within_seconds=30)] == [
        ("completions", None),
        ("retries", None),
    ]
    beats.beat("one@host", consuming=True, queues=["completions"])
    assert [each.queue for each in beats.unserved(QUEUES, within_seconds=30)] == ["retries"]
    beats.forget("one@host")
    unserved = {each.queue: each.since for each in beats.unserved(QUEUES, within_seconds=30)}
    since = unserved["completions"]
    assert since is not None
    assert abs(since - datetime.now(UTC)) < timedelta(minutes=5)
    assert unserved["retries"] is None


def test_a_silent_or_deaf_worker_serves_nobody(redis_client: redis.Redis) -> None:
    """It is still in the list of workers, so that somebody looks after it."""
    beats = Ledger(redis_client, Policy()).heartbeats
    beats.beat("one@host", consuming=True, queues=QUEUES)
    assert beats.unserved(QUEUES, within_seconds=30) == []
    assert len(beats.unserved(QUEUES, within_seconds=0)) == 2
    beats.beat("one@host", consuming=False, queues=QUEUES)
    assert len(beats.unserved(QUEUES, within_seconds=30)) == 2
    [beat] = beats.last()
    assert (beat.hostname, beat.queues, beat.consuming) == ("one@host", QUEUES, False)

"""Every message names the server that was asked, and never a user or a password."""

import pytest

from lessonhook.config import Settings, server_of


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://user:secret@web-1:6380/3", "Redis at web-1:6380 (database 3)"),
        ("redis://web-1", "Redis at web-1:6379 (database 0)"),
        ("rediss://:secret@web-1/2?db=4", "Redis at web-1:6379 (database 4)"),
        ("redis://[::1]:6379/0", "Redis at [::1]:6379 (database 0)"),
        ("unix://user:secret@/run/redis.sock?db=1", "Redis at /run/redis.sock (database 1)"),
        (
            "sentinel://:secret@a:26379;b/main?db=2",
            "Redis 'main' of the Sentinels at a:26379, b:26379 (database 2)",
        ),
        (
            "sentinels://:secret@a/main?db=2",
            "Redis 'main' of the Sentinels at a:26379 (database 2)",
        ),
        ("redis+cluster://:secret@a:7000", "the Redis Cluster at a:7000"),
        ("rediss+cluster://:secret@a:7000,b:7000", "the Redis Cluster at a:7000, b:7000"),
        ("amqp://user:secret@broker//", "the amqp broker"),
    ],
)
def test_a_server_is_named_by_host_port_and_database(url: str, name: str) -> None:
    """Which Redis was asked is the first question when a subscriber is not found."""
    assert server_of(url) == name
    assert "secret" not in server_of(url)


@pytest.mark.parametrize(
    ("ledger", "broker", "is_same"),
    [
        ("redis://web-1:6379/0", None, True),
        ("redis://web-1", "redis://web-1:6379/0", True),
        ("redis://web-1/3", "redis://web-1:6379?db=3", True),
        ("redis://:p%40ss@web-1", "redis://:p%40ss@web-1/0", True),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1", True),
        ("sentinel://a;b/main", "sentinel://a:26379;b:26379/main?db=0", True),
        ("redis://web-1/0", "redis://web-1/1", False),
        ("redis://web-1", "redis://web-2", False),
        ("redis://web-1", "redis://web-1:6380", False),
        ("redis://web-1", "rediss://web-1", False),
        ("redis://one:secret@web-1", "redis://two:secret@web-1", False),
        ("unix:///run/redis.sock", "unix:///run/other.sock", False),
        ("sentinel://a;b/main", "sentinel://a;b/other", False),
        ("redis://web-1", "redis://web-1;redis://web-2", False),
        ("redis://web-1", "amqp://web-1//", False),
        ("redis+cluster://a:7000", None, False),
    ],
)
def test_a_broker_is_in_the_ledger_if_both_are_one_database(ledger: str, broker: str | None, is_same: bool) -> None:
    """Only there can the script of a record fill the broker's queue."""
    settings = Settings(redis_url=ledger).model_copy(update={"broker_url_setting": broker})
    assert settings.is_broker_in_ledger is is_same

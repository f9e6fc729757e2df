"""What the environment may say, and how a wrong variable is told of."""

import subprocess
import sys

import pytest

from lessonhook.config import InvalidSettings, RedisUrl, Settings, everyday_settings, read_settings
from tests.support.patience import PATIENCE_SECONDS


def test_a_wrong_variable_is_named_with_its_rule_and_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that landed in the wrong variable must not end up in a log."""
    monkeypatch.setenv("LESSONHOOK_ATTEMPTS", "hunter2")
    monkeypatch.setenv("LESSONHOOK_RETRY_DELAY_SECONDS", "-1")
    with pytest.raises(InvalidSettings) as caught:
        read_settings()
    assert "LESSONHOOK_ATTEMPTS" in str(caught.value)
    assert "LESSONHOOK_RETRY_DELAY_SECONDS" in str(caught.value)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_importing_the_producer_reads_no_settings() -> None:
    """An LMS may set its environment after its imports, and a wrong variable must not end its start."""
    script = "import os; os.environ['LESSONHOOK_ATTEMPTS'] = 'none'; import lessonhook.producer"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunt/er2@host:6379/0",
        "redis://:hunt#er2@host:6379/0",
        "redis+cluster://u:hunt?er2@host",
        "sentinel://u:hunt/er2@one:26379;two/main",
        "hunter2",
        "",
    ],
)
def test_no_part_of_a_password_is_quoted_from_a_url_that_it_breaks(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Behind a `/`, `?` or `#` a password ends the URL's first part, and redis-py would quote it as the port."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", url)
    with pytest.raises(InvalidSettings, match="LESSONHOOK_REDIS_URL") as caught:
        read_settings()
    assert "hunt" not in repr(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://host",
        "redis://u:p%2Fw@[::1]:6379/0?socket_timeout=3",
        "rediss://:a:b@host:7/1",
        "unix://u:p@/run/redis.sock?db=2",
        "sentinel://u:p@one:26379;two,three:1/main?db=0",
        "redis://host?db=3&max_connections=20&client_name=lms&health_check_interval=9&socket_connect_timeout=1",
        "rediss://host/0?ssl_ca_certs=/etc/ca.pem",
        "redis+cluster://host:7000",
    ],
)
def test_every_form_of_url_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """What the ledger connects to is not refused beforehand; nor as the broker, where Celery has the last word."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", url)
    monkeypatch.setenv("LESSONHOOK_BROKER_URL", url)
    assert read_settings().redis_url == url


@pytest.mark.parametrize(
    "url", ["redis://host/0?maxconnections=20", "redis://host/0?ssl_cert_reqs=none", "unix:///run/r.sock?protocol=3"]
)
def test_an_option_of_a_url_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Where the settings are read, and not as a TypeError of the first publish."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", url)
    with pytest.raises(InvalidSettings, match="LESSONHOOK_REDIS_URL: must have no other options behind the"):
        read_settings()


def test_a_list_that_is_no_json_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare key in place of a list of keys is a likely slip."""
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", "hunter2")
    with pytest.raises(InvalidSettings, match="LESSONHOOK_ENCRYPTION_KEYS: must be JSON") as caught:
        read_settings()
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    ("together", "named"),
    [
        ({"RETENTION_DAYS": "0.01", "RETRY_DELAY_SECONDS": "600"}, "RETENTION_DAYS"),
        ({"LEASE_MARGIN_SECONDS": "0.001"}, "LEASE_MARGIN_SECONDS"),
        ({"RETRY_DELAY_SECONDS": "1e12"}, "RETRY_DELAY_SECONDS"),
    ],
)
def test_what_could_never_deliver_is_refused(
    monkeypatch: pytest.MonkeyPatch, together: dict[str, str], named: str
) -> None:
    """An event would expire between two attempts, no lease would leave time for a POST, no countdown be so long."""
    for name, value in together.items():
        monkeypatch.setenv(f"LESSONHOOK_{name}", value)
    with pytest.raises(InvalidSettings, match=f"LESSONHOOK_{named}"):
        read_settings()


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("ATTEMPTS", "three", "must be a whole number"),
        ("RETRY_DELAY_SECONDS", "0", "must be above 0"),
        ("LOG_FORMAT", "xml", "must be 'json' or 'console'"),
        ("TASK_EVENTS", "perhaps", "must be true or false"),
        ("ALLOWED_PRIVATE_NETWORKS", '["10.1.0.0/33"]', "must be a network, such as 10.1.0.0/16 or fd00::/8"),
        ("PAGE_HOME_URL", "http://[", "must be a whole address, such as https://lms.example/webhook/"),
        ("NOTICE_FROM", "the LMS", "must be an e-mail address"),
        ("NOTICE_FROM", "hooks@lms.example\nBcc: other@lms.example", "must be an e-mail address"),
    ],
)
def test_a_rule_is_stated_once_and_in_words(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, rule: str
) -> None:
    """A reader knows what to write, and sees nothing of Python's types."""
    monkeypatch.setenv(f"LESSONHOOK_{variable}", value)
    with pytest.raises(InvalidSettings) as caught:
        read_settings()
    assert str(caught.value) == f"LESSONHOOK_{variable}: {rule}"


def _what_is_said() -> str:
    try:
        read_settings()
    except InvalidSettings as error:
        return str(error)
    return ""


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_says_what_it_should_be(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """`is not valid` would leave a reader to guess: each kind of error that a setting can have is put into words."""
    variable = str(Settings.model_fields[setting].validation_alias or f"LESSONHOOK_{setting.upper()}")
    said = []
    for value in ("-1", "0", "1e999", "x", "[", "[1]", "{}", "9" * 20, "redis://[::1", "http://"):
        monkeypatch.setenv(variable, value)
        said.append(_what_is_said())
    assert not [line for line in said if "is not valid" in line]


def test_ten_settings_are_for_everybody_and_the_rest_is_rarely_needed() -> None:
    """The README shows the ten; an operator finds the others when there is a need."""
    assert everyday_settings() == {
        "redis_url",
        "broker_url_setting",
        "attempts",
        "retry_delay_seconds",
        "request_deadline_seconds",
        "allowed_private_networks",
        "proxy_url",
        "encryption_keys",
        "metrics_port",
        "worker_slots",
    }
    assert everyday_settings() < set(Settings.model_fields)


def test_the_parts_of_a_redis_url_are_read_in_one_place() -> None:
    """The settings' check, Celery's broker and the ledger's client all use this reader."""
    url = RedisUrl.parse("sentinel://u%40x:p%2Fw@one:26380;two,[::1]/main?db=4")
    assert (url.username, url.password) == ("u@x", "p/w")
    assert url.hosts == (("one", 26380), ("two", 26379), ("::1", 26379))
    assert [str(host) for host in url.hosts] == ["one:26380", "two:26379", "[::1]:26379"]
    assert (url.master, url.database, url.options) == ("main", 4, {"db": 4})
    assert "p%2Fw" not in repr(url)


def test_a_redis_url_without_optional_parts_has_their_defaults() -> None:
    """No credentials, no port, database 0, and the master's usual name."""
    url = RedisUrl.parse("redis://host")
    assert (url.username, url.password, url.hosts, url.database) == (None, None, (("host", None),), 0)
    assert RedisUrl.parse("sentinel://one").master == "mymaster"

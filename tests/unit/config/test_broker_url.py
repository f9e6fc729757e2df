"""How the broker is named to Celery where that differs from how the ledger's Redis is named."""

import pytest

from lessonhook.config import InvalidBroker, LessonhookCelery, Settings, broker_of, celery_defaults
from lessonhook.config.redis_url_options import FORMS


def connected(url: str) -> dict[str, object]:
    """Return what kombu would connect with."""
    settings = Settings(redis_url=url)
    app = LessonhookCelery(lambda each: celery_defaults(each, connect_timeout_seconds=1, timeout_seconds=1), settings)
    connection = app.connection_for_write()
    parameters: dict[str, object] = connection.info()
    parameters["driver"] = connection.get_transport_cls().__name__
    return parameters


@pytest.mark.parametrize(
    "url",
    [
        "redis://:pw@host:7000/3",
        "redis://",
        "redis:///2",
        "redis://a/0;redis://b/0",
        "amqp://guest@rabbit//",
        "redis+socket:///run/r.sock",
    ],
)
def test_what_celery_speaks_is_left_as_it_is(url: str) -> None:
    """A URL that needs no translation is not touched."""
    assert broker_of(url) == (url, {}, None)


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("redis://host:7000?db=3", "3"),
        ("redis://host:7000/1?db=3&max_connections=10", "3"),
        ("redis://host:7000/1?socket_timeout=5&client_name=lms", "1"),
    ],
)
def test_an_option_behind_the_question_mark_is_kept_out_of_kombus_url(url: str, database: str) -> None:
    """It takes none of them there, and would say so when the first event was recorded already."""
    assert connected(url)["virtual_host"] == database


@pytest.mark.parametrize("form", sorted({"redis", "rediss", "unix", "sentinel", "sentinels"}))
@pytest.mark.parametrize("name", sorted(set(FORMS["redis"]) - {"db", "max_connections"}))
def test_each_option_of_a_connection_is_passed_on(form: str, name: str) -> None:
    """For every form: what the ledger's connections get, those to the broker get."""
    where = "/run/redis.sock" if form == "unix" else "host/main" if form.startswith("sentinel") else "host"
    settings = Settings(redis_url=f"{form}://{where}?{name}=7")
    options = celery_defaults(settings, connect_timeout_seconds=1, timeout_seconds=1)["broker_transport_options"]
    assert str(options[name]).removesuffix(".0") == "7"


def test_the_first_of_several_urls_gives_the_options() -> None:
    """Celery has one set of them for all."""
    broker = broker_of("redis://a/0?client_name=one;redis://b/0?client_name=two")
    assert (broker.url, broker.transport_options) == ("redis://a/0;redis://b/0", {"client_name": "one"})


def test_a_unix_socket_is_named_as_kombu_names_it() -> None:
    """`unix://` and its database become `redis+socket://` and its virtual host."""
    assert broker_of("unix:///run/redis.sock?db=2").url == "redis+socket:///run/redis.sock?virtual_host=2"
    assert broker_of("unix:///run/redis.sock?db=2&max_connections=9") == broker_of("unix:///run/redis.sock?db=2")
    assert broker_of("unix://u:p@/run/redis.sock").url == "redis+socket://u:p@/run/redis.sock?virtual_host=0"


def test_each_sentinel_is_named_with_the_master_and_its_credentials() -> None:
    """Celery wants a URL for each Sentinel, and the master's name beside them."""
    broker = broker_of("sentinel://u:p@one:26380;two/main?db=4")
    assert broker.url == "sentinel://u:p@one:26380/4;sentinel://u:p@two:26379/4"
    assert broker.transport_options == {"master_name": "main"}
    parameters = connected("sentinel://u:p@one:26380;two/main?db=4")
    assert parameters["driver"] == "SentinelTransport"
    assert parameters["hostname"] == "one"
    assert parameters["virtual_host"] == "4"


def test_a_sentinel_url_in_kombus_own_form_is_refused_with_the_right_one() -> None:
    """A path that is a database number is a master that nobody has."""
    with pytest.raises(InvalidBroker, match="names the master"):
        broker_of("sentinel://one:26379/0")


def test_tls_verifies_the_server_unless_the_url_says_otherwise() -> None:
    """Left to itself, kombu would take any certificate."""
    assert connected("rediss://host:6380/1")["ssl"] == {"ssl_cert_reqs": 2}
    assert connected("rediss://host:6380/1?ssl_cert_reqs=CERT_NONE")["ssl"] == {"ssl_cert_reqs": 0}


def test_a_cluster_is_refused_as_a_broker_and_says_what_to_do() -> None:
    """Celery would take it for another transport without a word."""
    with pytest.raises(InvalidBroker, match="LESSONHOOK_BROKER_URL"):
        broker_of("redis+cluster://one:7000")


def test_a_broker_that_celery_does_not_speak_to_is_refused_when_settings_are_read() -> None:
    """Found out by the first publish, an event would be recorded by then, and `.delay()` raise a bare KeyError."""
    with pytest.raises(InvalidBroker, match="does not speak"):
        broker_of("carrier-pigeon://loft")

"""Which error replies are about the server: one table, whatever class redis-py makes of them."""

import pytest
from kombu.exceptions import OperationalError
from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from lessonhook.config import ServerRefusal, closed_by_refusals, code_of, explain
from tests.anomaly.faults import ERRORS


def parse(reply: str) -> Exception:
    """Return what redis-py makes of an error reply."""
    error: Exception = BaseParser.parse_error(reply)  # type: ignore[no-untyped-call]  # redis-py leaves it so
    return error


class Connection:
    """Stands for one of redis-py's: the next reply is what a test says."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.closed = False

    def read_response(self, *, disconnect_on_error: bool) -> None:
        """Raise what redis-py makes of the reply. Whether it closes on silence is asked of it each time."""
        assert disconnect_on_error
        raise parse(self.reply)

    def connect_check_health(self) -> None:
        """Connect, and read the reply to the greeting."""
        self.read_response(disconnect_on_error=True)

    def disconnect(self) -> None:
        """Note that it was closed."""
        self.closed = True


@pytest.mark.parametrize("code", [name for name in ERRORS if name not in {"ERR", "FUNCTION", "NONSENSE"}])
def test_the_code_of_a_reply_is_its_first_word(code: str) -> None:
    """Some of redis-py's classes keep it from their text, others do not."""
    error = parse(ERRORS[code].format(port=6379))
    assert code_of(error) == code
    wrapped = OperationalError(str(error))
    wrapped.__cause__ = error
    assert code_of(wrapped) == code


@pytest.mark.parametrize(
    "code", ["READONLY", "UNBLOCKED", "MASTERDOWN", "MISCONF", "NOREPLICAS", "MOVED", "CLUSTERDOWN"]
)
def test_a_reply_about_the_server_closes_its_connection(code: str) -> None:
    """It is raised as a lost connection, so that redis-py connects again, and Celery's consumer reconnects."""
    connection = closed_by_refusals(Connection)(ERRORS[code].format(port=6379))
    with pytest.raises(RedisConnectionError) as raised:
        connection.read_response()
    assert isinstance(raised.value, ServerRefusal)
    assert (raised.value.code, connection.closed) == (code, True)
    assert explain(raised.value) == f"Redis refuses ({code})"


@pytest.mark.parametrize("code", ["OOM", "NOPERM", "BUSY", "NOSCRIPT", "ERR", "FUNCTION", "NONSENSE"])
def test_any_other_reply_leaves_its_connection_open(code: str) -> None:
    """A full server is no less full by another connection."""
    connection = closed_by_refusals(Connection)(ERRORS[code])
    with pytest.raises(ResponseError):
        connection.read_response()
    assert not connection.closed


@pytest.mark.parametrize("code", ["MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"])
def test_the_client_of_a_cluster_follows_the_cluster_by_itself(code: str) -> None:
    """It needs the reply as redis-py raises it."""
    connection = closed_by_refusals(Connection, of_a_cluster=True)(f"{code} 3999 127.0.0.1:6379")
    with pytest.raises(ResponseError):
        connection.read_response()
    assert not connection.closed


@pytest.mark.parametrize("code", ["MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"])
def test_a_greeting_that_is_refused_closes_the_connection_to_a_cluster_too(code: str) -> None:
    """redis-py would follow it without a connection, and end in an AttributeError."""
    connection = closed_by_refusals(Connection, of_a_cluster=True)(f"{code} 3999 127.0.0.1:6379")
    with pytest.raises(ServerRefusal):
        connection.connect_check_health()
    assert connection.closed
    with pytest.raises(ResponseError):
        connection.read_response()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("WRONGPASS", "Redis refuses (WRONGPASS): the user or the password is wrong"),
        ("NOAUTH", "Redis refuses (NOAUTH): the password is missing or wrong"),
        ("NOPERM", "Redis refuses (NOPERM): the user lacks a right, see docs/operations.md"),
        ("LOADING", "Redis refuses (LOADING)"),
    ],
)
def test_what_is_wrong_is_explained_in_words(code: str, words: str) -> None:
    """Some of it is no outage: no waiting mends it."""
    assert explain(parse(ERRORS[code])) == words


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("ERR DB index is out of range", "it has no database of this number"),
        ("ERR unknown command `FUNCTION`, with args beginning with: `LOAD`, ", "it is older than Redis 7.0"),
        ("ERR unknown command 'FCALL', with args beginning with: 'a' ", "it is older than Redis 7.0"),
        (
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'",
            "it is older than Redis 7.0",
        ),
    ],
)
def test_a_reply_without_a_code_is_explained_if_it_is_known(reply: str, words: str) -> None:
    """A wrong database or an old server stays wrong, however often an LMS sends its completion again."""
    assert explain(parse(reply)) == f"Redis refuses (ResponseError): {words}"


def test_an_outage_is_explained_in_words() -> None:
    """Nothing of an address or a value is quoted."""
    assert (
        explain(RedisConnectionError("Error 111 connecting to 10.0.0.1")) == "Redis is not reachable (ConnectionError)"
    )
    assert explain(RedisError("x")) == "Redis did not reply (RedisError)"
    assert explain(OSError("x")) == "the broker failed (OSError)"

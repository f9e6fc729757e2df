"""What this machine lacks says nothing about an endpoint: the POST did not start, and nobody is charged."""

import errno
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from typing import Any

import pytest

from lessonhook.config import Settings, shortage_in
from lessonhook.ledger import Kind, Subscription
from lessonhook.worker.client import Client, Post, failure
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure, NotStarted, while_shaking_hands, while_talking
from lessonhook.worker.client.tls_identity import TlsIdentity
from tests.support.patience import PATIENCE_SECONDS

_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
#: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY of OpenSSL.
_ISSUER_MISSING = 20
#: Posts to each URL that is given, once the process has no file left.
_WITHOUT_FILES = """
import json, os, resource, sys
from lessonhook.config import Settings
from lessonhook.ledger import Subscription
from lessonhook.worker.client import Client, Post
from lessonhook.worker.event_loop import LoopThread

loop = LoopThread()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass

with Client(Settings(allowed_private_networks=("127.0.0.0/8", "::1/128")), loop) as client:
    def attempt(url):
        subscription = Subscription(subscriber="acme", callback_url=url)
        outcome = client.post(Post(event_id="event-1", subscription=subscription, body=b"{}"))
        return [str(outcome.kind), outcome.detail]

    without = [attempt(url) for url in sys.argv[1:]]
    for each in taken:
        os.close(each)
    print(json.dumps([without, [attempt(url) for url in sys.argv[1:]]]))
loop.close()
"""


def attempt(url: str) -> Any:
    """Make one attempt."""
    subscription = Subscription(subscriber="acme", callback_url=url)
    with Client(Settings(allowed_private_networks=("127.0.0.0/8", "::1/128"))) as client:
        return client.post(Post(event_id="event-1", subscription=subscription, body=b"{}"))


@pytest.mark.parametrize("number", _SHORTAGES, ids=lambda number: errno.errorcode[number])
def test_a_post_for_which_no_socket_can_be_opened_did_not_start(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has its last file descriptor in use, or the machine its memory."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    outcome = attempt("http://127.0.0.1:9/hook")
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("this machine has too few ")


def test_a_post_for_which_no_look_up_can_be_started_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python cannot start one more thread."""
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "lessonhook-resolve":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    outcome = attempt("http://hook.example.com/in")
    assert (outcome.kind, outcome.detail) == (Kind.NOT_STARTED, "no thread can be started for a look-up")


def test_a_process_without_a_file_left_charges_nobody_and_goes_on_with_one() -> None:
    """A socket, a look-up and the authorities of TLS each need one."""
    urls = ["http://127.0.0.1:9/", "http://localhost:9/", "https://127.0.0.1:9/"]
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_FILES, *urls],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    without, with_files = json.loads(done.stdout)
    assert without == [["not-started", "this machine has too few file descriptors for this process"]] * len(urls)
    assert [kind for kind, _ in with_files] == ["failed"] * len(urls)


def test_an_authority_that_could_not_be_read_is_no_fault_of_the_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL looks it up in a folder, and says that there is none. A bundle is in memory."""
    unknown = ssl.SSLCertVerificationError(1, "certificate verify failed")
    unknown.verify_code, unknown.verify_message = _ISSUER_MISSING, "unable to get local issuer certificate"
    deadline, bundle = Deadline(5.0), TlsIdentity(ca_bundle="its own")
    assert isinstance(while_shaking_hands(unknown, deadline, TlsIdentity()), Failure)
    monkeypatch.setattr(failure, "shortage_now", lambda: "this machine has too few file descriptors")
    assert isinstance(while_shaking_hands(unknown, deadline, TlsIdentity()), NotStarted)
    assert isinstance(while_shaking_hands(unknown, deadline, bundle), Failure)


@pytest.mark.parametrize("number", _SHORTAGES, ids=lambda number: errno.errorcode[number])
def test_a_connection_that_breaks_for_want_of_ours_is_no_attempt(number: int) -> None:
    """In the handshake and after it."""
    error, deadline = OSError(number, os.strerror(number)), Deadline(5.0)
    assert isinstance(while_shaking_hands(error, deadline, TlsIdentity()), NotStarted)
    assert isinstance(while_talking(error, deadline, TlsIdentity(), reused=False), NotStarted)


def test_other_errors_are_no_shortage() -> None:
    """A look-up has numbers of its own, and so has OpenSSL."""
    assert shortage_in(MemoryError()) == shortage_in(socket.gaierror(socket.EAI_MEMORY, "Memory"))
    for other in (
        ConnectionResetError(errno.ECONNRESET, "reset"),
        socket.gaierror(errno.ENOMEM, "another number"),
        ssl.SSLError(1, "bad"),
        ValueError(),
        TimeoutError(),
    ):
        assert shortage_in(other) == ""


@pytest.mark.parametrize("number", [errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.ENETDOWN])
def test_a_machine_that_has_no_way_out_charges_nobody(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system says so at once, before a packet goes out; of an IPv6 address it may mean that there is no IPv6."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    outcome = attempt("http://127.0.0.1:9/hook")
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("this machine")
    assert attempt("http://[::1]:9/hook").kind is Kind.FAILED

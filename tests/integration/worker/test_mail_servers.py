"""Mail servers as operators have them: with STARTTLS or TLS, a login, a private authority, and in trouble."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from lessonhook.config import Settings
from lessonhook.console.processes import free_port, wait_until
from lessonhook.ledger import State
from lessonhook.worker import create_app
from lessonhook.worker.notices import CustomerNotices, sender_of
from lessonhook.worker.notices.notice_state import NoticeStates
from tests.conftest import NewCustomer
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.mail_server import MailServer, mail_server
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

_ADA, _BOB = "ada@acme.example", "bob@acme.example"
#: The time of a test's server goes on by itself, so what is to be tried again is tried at the next look.
_AT_ONCE = 0.001
NewNotices = Callable[[str], "Notices"]


class Notices:
    """The notices of one worker, and what its log says of them."""

    def __init__(self, settings: Settings, url: str) -> None:
        changed = {"notice_smtp_url": url, "notice_from": "Hööks <hooks@lms.example>"}
        self.runtime = create_app(Settings.model_validate({**settings.model_dump(), **changed})).runtime
        sender = sender_of(self.runtime.app.settings)
        assert sender is not None
        self._notices = CustomerNotices(self.runtime, sender, retry_seconds=_AT_ONCE)

    def next_line(self) -> dict[str, Any]:
        """Look until a mail was tried, and return what was logged of it."""
        found: list[Any] = []

        def was_tried() -> bool:
            with capture_logs() as logged:
                self._notices.look()
            found.extend(line for line in logged if line["event"].startswith("customer_notice."))
            return bool(found)

        wait_until(was_tried, PATIENCE_SECONDS, "a mail is tried")
        [line] = found
        return dict(line)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """Serve mail."""
    with mail_server() as served:
        yield served


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    """Return a customer whose two people get the notices."""
    return new_customer("acme", notice_addresses=(_ADA, _BOB))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return a private authority that this machine trusts, as an operator sets it up."""
    made = Authority(tmp_path / "trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate_file))
    return made


@pytest.fixture
def notices(settings: Settings) -> Iterator[NewNotices]:
    """Return what makes a worker's notices, with the URL of a mail server."""
    made: list[Notices] = []

    def make(url: str) -> Notices:
        made.append(Notices(settings, url))
        return made[-1]

    yield make
    for each in made:
        each.runtime.ledger.redis.close()


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
@pytest.mark.parametrize("password", [("p%40ss%2Fword", "p@ss/word"), ("p%C3%A4ss", "päss")], ids=["ascii", "beyond"])
def test_a_mail_goes_encrypted_and_with_a_login(
    scheme: str,
    password: tuple[str, str],
    mail: MailServer,
    authority: Authority,
    *,
    notices: NewNotices,
    stored: Stored,
) -> None:
    """The password is percent-encoded in the URL, and of any letters."""
    mail.scheme, mail.tls = scheme, authority.server_context("127.0.0.1")
    mail.login = f"hooks@lms\0{password[1]}"
    stored.pausing("17")
    line = notices(mail.url_for(f"hooks%40lms:{password[0]}")).next_line()
    assert (line["event"], line["addresses"], line["refused"]) == ("customer_notice.sent", 2, 0)
    assert mail.recipients == [[_ADA, _BOB]]
    assert mail.encrypted == [True]
    assert str(mail.mails[0]["From"]) == "Hööks <hooks@lms.example>"


@dataclass(frozen=True)
class Trouble:
    """What is wrong, and how an operator reads it."""

    words: str
    #: Of the server.
    changes: dict[str, Any] = field(default_factory=dict)
    #: Of the URL that the operator wrote.
    credentials: str = ""
    scheme: str = ""
    is_trusted: bool = True


_TROUBLES = {
    "wrong password": Trouble("is refused (535)", {"login": "hooks\0right"}, credentials="hooks:wrong"),
    "wrong letters": Trouble("is refused (535)", {"login": "hooks\0right"}, credentials="hooks:wr%C3%B6ng"),
    "no login": Trouble("is refused (530)", {"login": "hooks\0right"}),
    "not trusted": Trouble("its certificate is not trusted", is_trusted=False),
    "no STARTTLS": Trouble("STARTTLS extension not supported", {"scheme": "smtp"}, scheme="smtp+starttls"),
    "no AUTH": Trouble("AUTH extension not supported", credentials="hooks:right"),
    "no TLS": Trouble("no TLS; ", {"scheme": "smtp"}, scheme="smtps"),
    "every address": Trouble("each address is refused (451)", {"is_refusing": True}),
}


@pytest.mark.parametrize("trouble", _TROUBLES.values(), ids=_TROUBLES)
def test_what_a_mail_server_refuses_is_logged_in_words(
    trouble: Trouble,
    mail: MailServer,
    authority: Authority,
    tmp_path: Path,
    *,
    notices: NewNotices,
    stored: Stored,
    customer: Customer,
) -> None:
    """It is tried again; no thread and no attempt is lost to it, and one notice of the day is counted."""
    signed_by = authority if trouble.is_trusted else Authority(tmp_path / "strangers")
    mail.scheme, mail.tls = "smtp+starttls", signed_by.server_context("127.0.0.1")
    for name, value in trouble.changes.items():
        setattr(mail, name, value)
    held = stored.pausing("17")
    attempts = customer.attempts(held)
    threads = threading.active_count()
    made = notices(mail.url_for(trouble.credentials, trouble.scheme))
    for failures in (1, 2):
        line = made.next_line()
        assert (line["event"], line["then"], line["topic"]) == ("customer_notice.failed", "tried again", "paused")
        assert trouble.words in line["why"]
        assert "hooks" not in str(line)
        state = NoticeStates(made.runtime.ledger.redis).read()["acme"]
        assert (state.failures, state.sent) == (failures, 1)
    assert mail.mails == []
    wait_until(lambda: threading.active_count() <= threads, PATIENCE_SECONDS, "the connections end")
    assert (customer.state(held), customer.attempts(held)) == (State.HELD, attempts)


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
@pytest.mark.parametrize(("host", "words"), [("127.0.0.1", "the connection is refused"), ("mail.invalid", "not known")])
def test_a_mail_server_that_is_away_is_logged_in_words(
    scheme: str, host: str, words: str, notices: NewNotices, stored: Stored
) -> None:
    """Its port may be closed, and its name unknown."""
    stored.pausing("17")
    line = notices(f"{scheme}://{host}:{free_port()}").next_line()
    assert line["event"] == "customer_notice.failed"
    assert words in line["why"]


def test_one_address_that_is_refused_keeps_the_mail_from_nobody(
    mail: MailServer, notices: NewNotices, stored: Stored
) -> None:
    """The others get it once; how many were refused is logged."""
    mail.refused_address = _ADA
    stored.pausing("17")
    line = notices(mail.url).next_line()
    assert (line["event"], line["refused"]) == ("customer_notice.sent", 1)
    assert mail.recipients == [[_BOB]]


def test_a_mail_that_was_accepted_is_not_sent_again(mail: MailServer, notices: NewNotices, stored: Stored) -> None:
    """Whatever the server says to the farewell."""
    mail.farewell = "451 not now"
    stored.pausing("17")
    made = notices(mail.url)
    assert made.next_line()["event"] == "customer_notice.sent"
    assert NoticeStates(made.runtime.ledger.redis).read()["acme"].pending is None
    assert len(mail.mails) == 1

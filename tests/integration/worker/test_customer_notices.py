"""A customer is told of a change by a real mail server: once, in its language, and without harm to anything else."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import RedisError

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer
from lessonhook.worker import create_app
from lessonhook.worker.celery_app.services import ServicesStep
from lessonhook.worker.notices import CustomerNotice, CustomerNotices, sender_of
from tests.conftest import NewCustomer
from tests.support.endpoints.mail_server import MailServer, mail_server
from tests.support.endpoints.receiver import Receiver
from tests.support.error_frames import frames_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.server import Server

#: The time of a test's server goes on by itself, so what must be over is over at once.
_AT_ONCE = 0.001
MakeNotices = Callable[..., CustomerNotices]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """Serve mail."""
    with mail_server() as served:
        yield served


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    """Return a customer whose people are told, in German."""
    return new_customer("acme", notice_addresses=("ada@acme.example", "bob@acme.example"), notice_language="de")


@pytest.fixture
def notices(settings: Settings, mail: MailServer) -> Iterator[MakeNotices]:
    """Return what makes the notices of one more worker; each has connections of its own."""
    made = []

    def make(**changes: Any) -> CustomerNotices:
        given = {
            "notice_smtp_url": mail.url,
            "notice_from": "hooks@lms.example",
            "notice_failing_after_seconds": _AT_ONCE,
            "notice_back_after_seconds": _AT_ONCE,
            **changes,
        }
        changed = Settings.model_validate({**settings.model_dump(), **given})
        runtime = create_app(changed).runtime
        made.append(runtime)
        sender = sender_of(changed)
        assert sender is not None
        return CustomerNotices(runtime, sender, retry_seconds=_AT_ONCE)

    yield make
    for runtime in made:
        runtime.ledger.redis.close()


def _look_until(notices: CustomerNotices, mail: MailServer, mails: int) -> None:
    def is_there() -> bool:
        notices.look()
        return len(mail.mails) >= mails

    wait_until(is_there, PATIENCE_SECONDS, f"{mails} mails")


def test_a_failure_is_told_in_the_customer_s_language(mail: MailServer, notices: MakeNotices, stored: Stored) -> None:
    """Plain and as HTML, to each address; nothing of the endpoint's response is in it."""
    told = notices(page_home_url="https://lms.example/webhook?a=1&b=2")
    stored.retrying("17")
    _look_until(told, mail, 1)
    assert "nicht angenommen" in mail.mails[0]["Subject"]
    assert mail.recipients[0] == ["ada@acme.example", "bob@acme.example"]
    plain = mail.mails[0].get_body(("plain",))
    rich = mail.mails[0].get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert "Ihr Endpunkt hatte einen eigenen Fehler (500)." in plain.get_content()
    assert "oops" not in plain.get_content()
    assert '<html lang="de" dir="ltr">' in rich.get_content()
    assert 'href="https://lms.example/webhook?a=1&amp;b=2"' in rich.get_content()
    assert mail.mails[0]["Auto-Submitted"] == "auto-generated"


def test_a_pause_and_its_end_are_told(mail: MailServer, notices: MakeNotices, stored: Stored) -> None:
    """Between them nothing more, however often it is looked at."""
    told = notices(notice_failing_after_seconds=3_600)
    stored.pausing("17")
    for _ in range(5):
        told.look()
    assert [each["Subject"] for each in mail.mails] == ["Angehalten: Ihr Endpunkt nimmt keine Abschlüsse an"]
    stored.delivered("18")
    _look_until(told, mail, 2)
    assert "Es geht wieder" in mail.mails[1]["Subject"]
    for _ in range(5):
        told.look()
    assert len(mail.mails) == 2


def test_many_workers_tell_once(mail: MailServer, notices: MakeNotices, stored: Stored) -> None:
    """One leads; when it goes, the next one knows what was told."""
    first, second = notices(), notices()
    stored.pausing("17")
    first.look()
    second.look()
    assert len(mail.mails) == 1
    first.start()
    first.stop()
    for _ in range(3):
        second.look()
    assert len(mail.mails) == 1


def test_a_mail_that_fails_is_sent_later(mail: MailServer, notices: MakeNotices, stored: Stored) -> None:
    """The notice waits in Redis, so a worker that ends takes nothing along."""
    mail.is_refusing = True
    stored.pausing("17")
    first = notices(sweep_interval_seconds=0.05)
    first.start()
    wait_until(lambda: mail.connections > 1, PATIENCE_SECONDS, "two attempts to send")
    first.stop()
    assert mail.mails == []
    mail.is_refusing = False
    _look_until(notices(), mail, 1)


def test_the_dead_addresses_of_some_delay_nobody_s_notice(
    mail: MailServer, notices: MakeNotices, new_customer: NewCustomer, producer: Producer
) -> None:
    """More customers than failures that end a look have an address that the server refuses: the last one is told."""
    mail.refused_address = "nobody@dead.example"
    for number in range(6):
        dead = new_customer(f"dead-{number}", notice_addresses=(mail.refused_address,))
        Stored(producer.ledger, dead).pausing()
    told = notices()
    told.look()
    assert (mail.connections, mail.mails) == (6, [])
    Stored(producer.ledger, new_customer("well", notice_addresses=("ada@acme.example",))).pausing()
    _look_until(told, mail, 1)
    assert mail.recipients == [["ada@acme.example"]]


def test_a_look_that_fails_holds_no_address_in_its_frames(
    own_server: Server, own_settings: Settings, own_producer: Producer, receiver: Receiver
) -> None:
    """The mail server has refused the address, and Redis dies before that is written down: both errors are logged."""
    address = "nobody@marked-5e0d.example"
    with mail_server() as mail:
        mail.refused_address = address
        mail.on_refusal = own_server.kill
        options = {"notice_addresses": (address,)}
        customer = Customer("acme", own_producer, receiver, BrokerView(own_server), options)
        Stored(own_producer.ledger, customer).pausing()
        given = {"notice_smtp_url": mail.url, "notice_from": "hooks@lms.example"}
        settings = Settings.model_validate({**own_settings.model_dump(), **given})
        runtime, sender = create_app(settings).runtime, sender_of(settings)
        assert sender is not None
        with pytest.raises(RedisError) as caught:
            CustomerNotices(runtime, sender).look()
        runtime.ledger.redis.close()
    frames = frames_of(caught.value, without=__file__)
    assert "acme" in frames
    assert "5e0d" not in frames


def test_a_mail_server_that_hangs_holds_up_no_end(
    mail: MailServer, notices: MakeNotices, stored: Stored, producer: Producer
) -> None:
    """Its thread waits alone: events are delivered, and the worker ends within seconds."""
    mail.is_hanging = True
    stored.pausing("17")
    told = notices(sweep_interval_seconds=0.05)
    told.start()
    wait_until(lambda: mail.connections, PATIENCE_SECONDS, "the connection that hangs")
    stored.delivered("18")
    told.stop()
    mail.released.set()
    assert producer.ledger.lanes.status("acme").delivered == 1


def test_nobody_is_told_without_an_address(
    mail: MailServer, notices: MakeNotices, stored: Stored, producer: Producer, customer: Customer
) -> None:
    """Of a mail server nothing is asked then."""
    told = notices()
    producer.subscriptions.change(customer.name, notice_addresses=None)
    stored.pausing("18")
    told.look()
    assert mail.connections == 0


def test_a_function_of_the_lms_is_called(
    monkeypatch: pytest.MonkeyPatch, notices: MakeNotices, stored: Stored, mail: MailServer
) -> None:
    """In place of a mail server; one that raises is called again."""
    given: list[CustomerNotice] = []
    module = ModuleType("lms_mails_of_a_test")

    def send(notice: CustomerNotice) -> None:
        given.append(notice)
        if len(given) == 1:
            raise RuntimeError("the LMS is being deployed")

    module.send = send  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    told = notices(notice_sender=f"{module.__name__}:send")
    stored.pausing("17")

    def is_called_again() -> bool:
        told.look()
        return len(given) > 1

    wait_until(is_called_again, PATIENCE_SECONDS, "the second call")
    assert given[1].subscriber == "acme"
    assert given[1].topic == "paused"
    assert mail.connections == 0


def test_nothing_is_sent_unless_it_is_configured(settings: Settings) -> None:
    """Then there is no thread either."""
    assert sender_of(settings) is None


def test_a_worker_has_the_service(settings: Settings, mail: MailServer) -> None:
    """It starts and ends with the others."""
    given = {"notice_smtp_url": mail.url, "notice_from": "hooks@lms.example"}
    worker = SimpleNamespace(app=create_app(Settings.model_validate({**settings.model_dump(), **given})))
    step = ServicesStep(worker)
    step.start(worker)
    try:
        assert any(isinstance(each, CustomerNotices) for each in step._services)
    finally:
        step.stop(worker)

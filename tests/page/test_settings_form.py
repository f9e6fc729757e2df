"""What the form says and offers beside the vendor's fields: dates of the secrets, our addresses, notices by e-mail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path

import pytest
from werkzeug.test import Client

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.translation import translation_of
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import Producer, Subscription
from tests.page.conftest import KEY
from tests.page.visitor import Visitor
from tests.support.endpoints.certificates import Authority
from tests.support.people.customer import Customer
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import Stored

Visit = Callable[..., Visitor]
_URL = "https://acme.example/hook"


def _visitor(desk: Desk, viewer: Viewer, *, notices: bool | None = None) -> Visitor:
    return Visitor(Client(WsgiPage(SettingsPage(key=KEY, desk=desk, notices=notices), lambda _: viewer)), "/")


def test_a_secret_says_since_when_and_by_whom(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """In the viewer's language; the value itself is nowhere. Who may only look reads it too."""
    one = desk.of("acme")
    one.save(_URL, authorization="Token secret", by="bob <b@acme.example>")
    shown = visit(ada).get().text
    assert "by \u2068bob &lt;b@acme.example&gt;\u2069." in shown
    assert "No value is set." in shown
    one.rotate_secret(by="eve")
    for viewer in (ada, replace(ada, may_edit=False)):
        shown = visit(viewer).get().text
        assert "by \u2068bob" in shown
        assert "by \u2068eve\u2069." in shown
        assert "Token secret" not in shown
    assert "von \u2068eve\u2069." in visit(replace(ada, language="de")).get().text


def test_an_lms_that_names_nobody_is_not_named(visit: Visit, ada: Viewer, producer: Producer) -> None:
    """The date stands alone."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token 1"))
    shown = visit(ada).get().text
    assert "Set on " in shown
    assert "the LMS" not in shown


def test_a_customer_reads_which_addresses_to_let_in(
    ada: Viewer, settings: Settings, stored: Stored, visit: Visit
) -> None:
    """At the URL, and at the command to send by hand; nothing is said where the operator says nothing."""
    event_id = stored.delivered("17")
    text = "Our requests come from these addresses"
    assert text not in visit(ada).get().text
    named = tuple(map(ip_network, ("203.0.113.7", "198.51.100.0/24", "2001:db8::1")))
    with running_producer(settings.model_copy(update={"egress_addresses": named})) as other:
        visitor = _visitor(Desk(other), ada)
        for shown in (visitor.get().text, visitor.get("event", query_string={"id": event_id}).text):
            assert text in shown
            assert '<code dir="ltr">203.0.113.7</code>, <code dir="ltr">198.51.100.0/24</code>' in shown
            assert "2001:db8::1<" in shown
        assert text in _visitor(Desk(other), replace(ada, may_edit=False)).get().text


def test_a_customer_says_who_is_told_and_in_which_language(ada: Viewer, desk: Desk, customer: Customer) -> None:
    """Each address once; written with the commas of one's own language; empty is nobody."""
    visitor = _visitor(desk, ada, notices=True)
    url = desk.of(customer.name).subscription().callback_url
    saved = visitor.post(
        "save", callback_url=url, notice_addresses="a@acme.example, b@acme.example،a@acme.example", notice_language="de"
    )
    assert saved.status_code == HTTPStatus.SEE_OTHER
    view = desk.of("acme").subscription()
    assert (view.notice_addresses, view.notice_language) == (("a@acme.example", "b@acme.example"), "de")
    shown = visitor.get().text
    assert 'value="a@acme.example, b@acme.example"' in shown
    assert '<option value="de" lang="de" selected>Deutsch</option>' in shown
    visitor.post("save", callback_url=url, notice_addresses=" ", notice_language="de")
    assert desk.of("acme").subscription().notice_addresses is None


@pytest.mark.parametrize(
    "wrong",
    [
        "ada",
        "ada@",
        "ada@acme..example",
        "ada@acme.example\r\nBcc: eve@evil.example",
        "ada\u202e@acme.example",
        "ada\x9b31m@acme.example",
        f"{'a' * 65}@acme.example",
        f"ada@{'a.' * 130}example",
        ",".join(f"a{number}@acme.example" for number in range(11)),
    ],
)
def test_wrong_addresses_are_said_beside_their_field_and_nothing_is_saved(
    ada: Viewer, desk: Desk, customer: Customer, wrong: str
) -> None:
    """What was written stays in the field."""
    url = desk.of(customer.name).subscription().callback_url
    refused = _visitor(desk, ada, notices=True).post(
        "save", callback_url=url, notice_addresses=wrong, notice_language="en"
    )
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Enter at most 10 e-mail addresses, separated by commas." in refused.text
    assert 'id="lh-notice_addresses-problem"' in refused.text
    assert desk.of("acme").subscription().notice_addresses is None


def test_an_unknown_language_is_refused(ada: Viewer, desk: Desk, customer: Customer) -> None:
    """A form that was made by hand."""
    url = desk.of(customer.name).subscription().callback_url
    refused = _visitor(desk, ada, notices=True).post("save", callback_url=url, notice_language="tlh")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_what_is_not_offered_is_not_changed(ada: Viewer, desk: Desk, customer: Customer, settings: Settings) -> None:
    """Neither emptied by a form without the field, nor set by one that was made by hand."""
    desk.of(customer.name).save(notice_addresses=("a@acme.example",), by="operator")
    url = desk.of("acme").subscription().callback_url
    assert "notice_addresses" not in _visitor(desk, ada).get().text
    _visitor(desk, ada).post("save", callback_url=url, notice_addresses="eve@evil.example", notice_language="de")
    view = desk.of("acme").subscription()
    assert (view.notice_addresses, view.notice_language) == (("a@acme.example",), "en")
    sending = settings.model_copy(update={"notice_sender": "lms.mails:send"})
    with running_producer(sending) as other:
        assert "notice_addresses" in _visitor(Desk(other), ada).get().text
        assert "notice_addresses" not in _visitor(Desk(other), ada, notices=False).get().text


def test_who_must_act_on_the_form_finds_it_on_top(
    visit: Visit, ada: Viewer, customer: Customer, stored: Stored
) -> None:
    """Before the list for who sets it up or must correct it; below it otherwise."""
    stored.delivered()
    usual = visit(ada).get().text
    assert usual.index("lh-recent") < usual.index('id="lh-settings"')
    wrong = visit(ada).post("save", callback_url="acme.example").text
    assert wrong.index("lh-settings") < wrong.index("lh-recent")
    new = visit(replace(ada, subscriber="new")).get().text
    assert "lh-settings" in new
    assert "lh-recent" not in new
    del customer


def test_an_operator_reads_why_the_page_is_away(
    ada: Viewer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A customer reads only that it is; the log names the server and no password."""
    away = settings.model_copy(update={"redis_url": "redis://:marked-password@127.0.0.1:9/0"})
    with running_producer(away) as producer:
        shown = _visitor(Desk(producer), ada).get()
    assert shown.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "127.0.0.1" not in shown.text
    assert "page.unavailable subscriber=acme" in caplog.text
    assert "marked-password" not in caplog.text


def test_a_new_company_is_offered_its_own_language(ada: Viewer, desk: Desk) -> None:
    """That of the viewer."""
    shown = _visitor(desk, replace(ada, language="pt-BR"), notices=True).get().text
    assert '<option value="pt" lang="pt" selected>português</option>' in shown


def test_what_the_operator_keeps_secure_is_told_at_the_url(
    ada: Viewer, desk: Desk, visit: Visit, tmp_path: Path
) -> None:
    """The form has no field for certificates; a problem with one would mark nothing."""
    authority = Authority(tmp_path)
    desk.of("acme").save(_URL, ca_bundle=authority.pem, by="bob")
    refused = visit(ada).post("save", callback_url="http://acme.example/hook")
    assert refused.text.count("because certificates secure the connection.") == 1
    assert desk.of("acme").subscription().callback_url == _URL
    assert visit(ada).post("save", callback_url="https://acme.example/new").status_code == HTTPStatus.SEE_OTHER
    assert desk.of("acme").subscription().ca_bundle == authority.pem


def test_who_looks_reads_until_when_certificates_are_good(
    ada: Viewer, desk: Desk, visit: Visit, tmp_path: Path
) -> None:
    """The LMS sets them; the customer sees that they are there, and neither the certificate nor its key."""
    authority = Authority(tmp_path)
    assert "Certificates" not in visit(ada).get().text
    desk.of("acme").save(_URL, ca_bundle=authority.pem, by="bob")
    assert "of an authority that was agreed with you" in visit(ada).get().text
    for days, words in ((90, "it ends on "), (1, "it ends on ")):
        certificate, key = authority.client_parts("lms", ends=timedelta(days=days))
        desk.of("acme").save(_URL, client_certificate=certificate + key, by="bob")
        ends = desk.of("acme").subscription().client_certificate_ends
        assert ends is not None
        date = translation_of("en").named_day(datetime.fromtimestamp(ends, UTC))
        for viewer in (ada, replace(ada, may_edit=False)):
            shown = visit(viewer).get().text
            assert f"{words}{date}." in shown
            assert "BEGIN" not in shown
    assert visit(ada).post("save", callback_url="https://acme.example/new").status_code == HTTPStatus.SEE_OTHER
    assert desk.of("acme").subscription().client_certificate_set


def test_a_token_that_is_provided_leaves_nothing_to_enter(ada: Viewer, desk: Desk, visit: Visit) -> None:
    """The form says so, and everything else of it is saved as before."""
    desk.of("acme").save(_URL, authorization=None, authorization_from_provider=True, by="bob")
    shown = visit(ada).get().text
    assert "There is nothing to enter." in shown
    assert 'name="authorization"' not in shown
    assert visit(ada).post("save", callback_url="https://acme.example/new").status_code == HTTPStatus.SEE_OTHER
    view = desk.of("acme").subscription()
    assert (view.callback_url, view.authorization_from_provider) == ("https://acme.example/new", True)


def test_what_workers_give_back_is_our_fault_and_not_the_endpoints(ada: Viewer, visit: Visit, stored: Stored) -> None:
    """Such as for want of a token: the customer can do nothing, and is not told that its endpoint asked us to wait."""
    _, delivery = stored.in_flight("17")
    stored.settle(delivery, Outcome(kind=Kind.NOT_STARTED, reason=Reason.CRASH, detail="no token"))
    shown = visit(ada).get().text
    assert "Failing: a fault on our side; we look into it." in shown
    assert "your endpoint asked" not in shown

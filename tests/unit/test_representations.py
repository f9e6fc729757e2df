"""Nothing secret or personal is in an object's representation: error reporters send those of local variables."""

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from lessonhook.config import Settings
from lessonhook.ledger import Delivery, Step, Subscription, Vault
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl
from lessonhook.ledger.subscriptions.certificates import ClientCertificate
from lessonhook.producer import CompletionEvent, Lesson, Token, User
from lessonhook.worker.client import Post, prepare
from lessonhook.worker.client.proxy import Proxy
from lessonhook.worker.client.tls_identity import TlsIdentity

MARK = "MARK"
KEY = Fernet.generate_key().decode()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROXY = f"http://user:{MARK}@proxy.example:3128"
SUBSCRIPTION = Subscription(
    subscriber="acme", callback_url=f"http://x.example/?key={MARK}", authorization=MARK, signing_secret=SECRET
)
POST = Post(event_id="event-1", subscription=SUBSCRIPTION, body=MARK.encode())
DELIVERY = Delivery(
    event_id="event-1",
    body=POST.body,
    subscription=SUBSCRIPTION.to_document(),
    attempt=1,
    token="1",
    wait_seconds=0,
    lease_seconds=25,
    recorded_ms=1,
    first=True,
)
OBJECTS = (
    SUBSCRIPTION,
    SUBSCRIPTION.view(),
    POST,
    prepare(POST),
    DELIVERY,
    Step(subscriber="acme", state=None, attempts=0, due_ms=0, now_ms=1, delivery=DELIVERY),
    CallbackUrl.parse(SUBSCRIPTION.callback_url),
    Proxy.parse(PROXY),
    Token(f"Bearer {MARK}"),
    TlsIdentity(ca_bundle=MARK, client_certificate=MARK),
    ClientCertificate(MARK, ends=1),
    Vault([KEY]),
    Settings(
        redis_url=f"redis://:{MARK}@x.example/0",
        proxy_url=SecretStr(PROXY),
        encryption_keys=(SecretStr(KEY),),
        operator_webhook_url=SecretStr(f"http://x.example/{MARK}"),
    ),
    CompletionEvent(
        subscriber="acme",
        user=User(id=MARK, name=MARK, email=f"{MARK}@x.example", custom_fields={MARK: MARK}),
        lesson=Lesson(id="1", title=MARK),
        completed_at=datetime.now(UTC),
    ),
)


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: type(thing).__name__)
def test_no_representation_has_a_secret_or_a_person(thing: object) -> None:
    """Neither as it is written by `repr` nor by `str`."""
    for text in (repr(thing), str(thing)):
        assert not any(mark in text for mark in (MARK, "TUFSSw", KEY, SECRET[6:]))

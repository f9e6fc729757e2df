"""Every way in which a delivery can end, with marked data: what is written and shown meanwhile must not have a mark."""

import json
from functools import partial
from typing import Any

from cryptography.fernet import Fernet

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.ledger import State
from lessonhook.ledger.transitions.keys import key
from tests.support.endpoints.exchange import DROPS, HANGS, Script
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.people.marks import QUERY, SIGNING_SECRET, TOKEN, echo, marked_completion

#: Where nobody listens.
_ELSEWHERE = f"http://{LOOPBACK}:9/?{QUERY}"
_BLOCKED = "http://10.0.0.1/"
#: The failing responses of endpoints, each to one customer.
_FAILURES: dict[str, Script] = {
    "failed with 500": echo(500),
    "failed with 410": echo(410),
    "failed with a redirect": echo(302, ("Location", _ELSEWHERE)),
    "dropped": DROPS,
}


class Story:
    """A house in which everything happens once."""

    def __init__(self, house: House) -> None:
        self.house = house
        #: The event ids, by what became of them.
        self.events: dict[str, str] = {}

    def tell(self) -> None:
        """Have it happen; at the end one event hangs and one waits for its retry."""
        self._accepted()
        self._failed()
        self._crashed()
        self._in_hand()

    def _customer(self, url: str | None = None) -> Customer:
        customer = self.house.customer()
        # The address that is blocked can be saved only where it is allowed.
        subscribe = partial(customer.subscribe_where_allowed, "10.0.0.0/8") if url == _BLOCKED else customer.subscribe
        subscribe(
            callback_url=f"{url or self.house.receiver.url(customer.path)}?{QUERY}",
            authorization=TOKEN,
            signing_secret=SIGNING_SECRET,
            external_user_ids=True,
        )
        return customer

    def _publish(self, customer: Customer, what: str) -> str:
        event = marked_completion(customer.name, number=len(self.events))
        self.events[what] = self.house.producer.send_completion.delay(event).id
        return self.events[what]

    def _accepted(self) -> None:
        customer = self._customer()
        customer.respond(echo(200))
        for number in range(5):
            self._publish(customer, f"accepted {number}")
        customer.wait_for(delivered=5)
        # The marks did go out: what is searched for is really there.
        assert b"Marked Name" in customer.posts[0].body
        assert customer.posts[0].header("authorization") == TOKEN

    def _failed(self) -> None:
        """By responses of endpoints; and where nothing listens, the address is not allowed, or there is no TLS."""
        without_tls = self.house.receiver.url("/").replace("http://", "https://")
        nobody = {"refused": f"http://{LOOPBACK}:{free_port()}/", "blocked": _BLOCKED, "tls": without_tls}
        customers = {what: self._customer() for what in _FAILURES} | {
            what: self._customer(url) for what, url in nobody.items()
        }
        for what, script in _FAILURES.items():
            customers[what].respond(script)
        for what, customer in customers.items():
            self._publish(customer, what)
        for customer in customers.values():
            customer.wait_for(paused=True)

    def _crashed(self) -> None:
        """Damage what is stored before a worker reads it: a body of another key, a subscription that is none."""
        another_keys = Fernet(Fernet.generate_key()).encrypt(b"Marked Body")
        self._crash("a body that no key opens", body=b"sealed:fernet:" + another_keys)
        self._crash("a token that can't be sent", subscription={"authorization": f"{TOKEN}\r\nX: \u2603"})
        self._crash("a URL that is none", subscription={"callback_url": f"Marked nonsense {QUERY}"})
        self._crash("a token that is no text", subscription={"authorization": {"Marked": TOKEN}})
        self._crash("no subscription at all", subscription=[TOKEN])

    def _crash(self, what: str, *, body: bytes | None = None, subscription: Any = None) -> None:
        customer, ledger = self._customer(), self.house.ledger
        ledger.pause(customer.name)
        event_id = self._publish(customer, what)
        if body:
            ledger.redis.set(key("body", customer.name, event_id), body, keepttl=True)
        else:
            stored = ledger.subscriptions.get(customer.name)
            assert stored is not None
            if isinstance(subscription, dict):
                subscription = json.loads(stored.to_document()) | subscription
            ledger.redis.hset(key("subscription", customer.name), "document", json.dumps(subscription).encode())
        self.house.resume(customer)
        wait_until(lambda: event_id in self.house.worker.logs(), PATIENCE_SECONDS, f"a word of the worker's on {what}")

    def _in_hand(self) -> None:
        later = self._customer()
        later.respond(echo(503, ("Retry-After", "600")))
        waiting = self._publish(later, "waiting for its retry")
        wait_until(lambda: later.state(waiting) is State.RETRYING, PATIENCE_SECONDS, "the retry's countdown")
        hanging = self._customer()
        hanging.respond(HANGS)
        self._publish(hanging, "in flight")
        hanging.wait_for_posts(1)

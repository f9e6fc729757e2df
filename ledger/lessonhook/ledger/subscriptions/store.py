"""The subscriptions that the ledger has saved, credentials included: sealed on the way in, opened on the way out."""

import contextlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.errors import Undecipherable
from lessonhook.ledger.redis.mark import Mark
from lessonhook.ledger.subscriptions.credential_dates import DATE_FIELDS, changed_credentials, dated_view
from lessonhook.ledger.subscriptions.private_addresses import Network, refuse_private_address
from lessonhook.ledger.subscriptions.pull_token import PullToken
from lessonhook.ledger.subscriptions.subscription import Subscription, SubscriptionView
from lessonhook.ledger.transitions.acts import Act
from lessonhook.ledger.transitions.keys import SHARDS, key, subscribers, subscribers_key
from lessonhook.ledger.transitions.results import Step, SubscriptionChanged

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.transitions.scripts import Scripts
    from lessonhook.ledger.transitions.transitions import Transitions

#: The field of the sealed document.
_DOCUMENT: Final = "document"
#: What `subscribe.lua` takes for "there was none"; no document reads so, sealed or not.
_NONE_FOUND: Final = b"none"
#: Subscriptions that are read in one round trip: some 100 kB, and 7 MB if each has all the certificates that it may.
_AT_ONCE: Final = 100
#: Shards that are asked for their certificates in one round trip. Each takes Redis a microsecond a subscriber, and it
#: may look at all of them before it replies to anybody else.
_SHARDS_AT_ONCE: Final = 4
#: When a client certificate was set; absent until one is.
_CERTIFICATE_SET: Final = "client_certificate_set_at"
#: As long as a digest, and none.
_NO_DIGEST: Final = b"-" * 64


@lru_cache(maxsize=1024)
def _open(vault: "Vault", subscriber: str, document: bytes) -> Subscription:
    """Read a document, which a worker receives with each event of a subscriber, and which hardly ever changes."""
    subscription = Subscription.from_document(vault.open(document, key("subscription", subscriber)))
    # A value that is not bound to its place, because it is plain or of an older form, must name its own subscriber.
    if subscription.subscriber != subscriber:
        raise Undecipherable("a stored subscription names another subscriber; put it again")
    return subscription


class SubscriptionStore:
    """The subscriptions of one ledger. Reading raises `Undecipherable` for a document that must not be read.

    Saving a callback URL raises `PrivateAddress` if it has a private address outside of `allowed_networks`.
    """

    def __init__(
        self,
        redis: "Redis",
        vault: "Vault",
        transitions: "Transitions",
        scripts: "Scripts",
        *,
        allowed_networks: tuple[Network, ...] = (),
    ) -> None:
        self._redis = redis
        self._vault = vault
        self._transitions = transitions
        self._scripts = scripts
        self._mark = Mark(redis)
        self._allowed_networks = allowed_networks

    def get(self, subscriber: str) -> Subscription | None:
        """Read a subscription; None if there is none."""
        document = self.document(subscriber)
        return None if document is None else self.open(subscriber, document)

    def view(self, subscriber: str) -> SubscriptionView | None:
        """Read the part of a subscription that may be shown, with since when and by whom its credentials are set."""
        fields: Any = self._redis.hmget(key("subscription", subscriber), _DOCUMENT, *DATE_FIELDS)
        document, *dates = fields
        return None if document is None else dated_view(self.open(subscriber, document), dates)

    def views(self) -> Iterator[SubscriptionView]:
        """Yield the view of every subscription, in the order of the subscribers' names."""
        for name, (document, *dates) in self._stored(_DOCUMENT, *DATE_FIELDS):
            yield dated_view(self.open(name, document), dates)

    def readable(self) -> Iterator[Subscription]:
        """Yield every subscription that can be opened, in the order of the subscribers' names."""
        for name, document in self.documents():
            with contextlib.suppress(Undecipherable):
                yield self.open(name, document)

    def certificate_ends(self, names: Iterable[str] | None = None) -> dict[str, int]:
        """Return when the client certificates of these subscribers, or of all, end: in seconds since 1970, by name.

        Without those that have none, and without a subscription that cannot be opened. Only the subscriptions in which
        a certificate was ever set are opened: most companies have none, and there may be thousands. For all of them,
        Redis is asked once a shard which these are.
        """
        found: dict[str, int] = {}
        if names is None:
            with_one = self._ever_with_a_certificate()
        else:
            with_one = [name for name, _ in self._stored(_CERTIFICATE_SET, names=names)]
        for name, (document,) in self._stored(_DOCUMENT, names=with_one):
            subscription = self._readable(name, document)
            if subscription is not None and subscription.client_certificate_ends is not None:
                found[name] = subscription.client_certificate_ends
        return found

    def _ever_with_a_certificate(self) -> list[str]:
        calls = [(subscribers_key(shard),) for shard in range(SHARDS)]
        shards = self._scripts.call_each("certificates", calls, at_once=_SHARDS_AT_ONCE)
        return sorted(name.decode() for names in shards for name in names)

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Yield every subscription as it is stored, with its subscriber, in the order of the names."""
        yield from ((name, document) for name, (document,) in self._stored(_DOCUMENT))

    def _stored(self, *fields: str, names: Iterable[str] | None = None) -> Iterator[tuple[str, list[Any]]]:
        """Yield the fields of the subscriptions of these subscribers, or of all, if they have the first one."""
        left = iter(subscribers(self._redis) if names is None else names)
        while chunk := list(islice(left, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.hmget(key("subscription", name), list(fields))
                found: list[list[Any]] = pipeline.execute()
            # A removed subscription, which has no document, is among the names while its lane holds undelivered events.
            yield from ((name, values) for name, values in zip(chunk, found, strict=True) if values[0] is not None)

    def put(self, subscription: Subscription, *, by: str = "", act: Act = Act.PUT, changed: str = "") -> Step:
        """Save a subscription over any other; the caller publishes what the step asks for.

        `by`, `act` and `changed` (names of fields) are for the audit.
        """
        refuse_private_address(subscription.callback_url, self._allowed_networks)
        while True:
            document = self.document(subscription.subscriber)
            former = self._readable(subscription.subscriber, document)
            try:
                return self._save(subscription, by=by, act=act, changed=changed, former=former, over=document)
            except SubscriptionChanged:
                # Another writer's subscription was saved: this one follows it, and its credentials are compared anew.
                continue

    def change(
        self, subscriber: str, change: Callable[[Subscription], Subscription], *, by: str, act: Act, changed: str
    ) -> tuple[Subscription, Step] | None:
        """Read a subscription, change it and save it, as one step; return None if there is none.

        `change` is called again with what is stored then, if it was saved anew meanwhile: nobody's change is lost.
        Of the fields in `changed` the audit names those that have another value now: a form gives all of its fields.
        A callback URL that stays as it is may be private: otherwise its secret could not be rotated.
        """
        while (document := self.document(subscriber)) is not None:
            former = self.open(subscriber, document)
            subscription = change(former)
            if subscription.callback_url != former.callback_url:
                refuse_private_address(subscription.callback_url, self._allowed_networks)
            try:
                differing = _differing(changed, former, subscription)
                step = self._save(subscription, by=by, act=act, changed=differing, former=former, over=document)
            except SubscriptionChanged:
                # Another writer's change was saved, so this loop ends when all of them are.
                continue
            return subscription, step
        return None

    def replace(
        self, subscriber: str, make: Callable[[Subscription | None], Subscription], *, by: str
    ) -> tuple[Subscription, Step]:
        """Save, as one step, what `make` returns for the saved subscription, or for None if there is none.

        `make` is called again with what is stored then, if it was saved anew meanwhile: what it keeps is never older.
        """
        while True:
            document = self.document(subscriber)
            former = None if document is None else self.open(subscriber, document)
            subscription = make(former)
            refuse_private_address(subscription.callback_url, self._allowed_networks)
            try:
                return subscription, self._save(
                    subscription, by=by, act=Act.PUT, changed="", former=former, over=document
                )
            except SubscriptionChanged:
                # Another writer's subscription was saved, so this loop ends when all of them are.
                continue

    def _readable(self, subscriber: str, document: bytes | None) -> Subscription | None:
        """Return what a document holds; None for one that must not be read, which is put again to mend it."""
        try:
            return None if document is None else self.open(subscriber, document)
        except Undecipherable:
            return None

    def _save(
        self,
        subscription: Subscription,
        *,
        by: str,
        act: Act,
        changed: str,
        former: Subscription | None,
        over: bytes | None,
    ) -> Step:
        """Save it in place of `over`, the document that `former` was read from; None for none."""
        self._mark.set()
        return self._transitions.subscribe(
            subscription.subscriber,
            document=self._vault.seal(subscription.to_document(), key("subscription", subscription.subscriber)),
            endpoint=self._vault.fingerprint(subscription.endpoint_digest()),
            rendering=subscription.rendering,
            by=by,
            act=act,
            changed=changed,
            former=_NONE_FOUND if over is None else over,
            credentials=changed_credentials(former, subscription),
            **subscription.lane_numbers(),
        )

    def remove(self, subscriber: str, *, by: str = "") -> bool:
        """Remove a subscription and return whether there was one; its lane is kept and stopped."""
        return self._transitions.unsubscribe(subscriber, by=by)

    def has_pull_token(self, token: PullToken) -> bool:
        """Return whether a token is the one that its subscriber has now; the comparison takes the same time for all."""
        kept: Any = self._redis.hget(key("subscription", token.subscriber), "pull_token_digest")
        return hmac.compare_digest(kept or _NO_DIGEST, token.digest.encode())

    def open(self, subscriber: str, document: bytes) -> Subscription:
        """Read the document that a `Delivery` to the subscriber carries."""
        return _open(self._vault, subscriber, document)

    def document(self, subscriber: str) -> bytes | None:
        """Read a subscription as it is stored; None if there is none."""
        document: Any = self._redis.hget(key("subscription", subscriber), _DOCUMENT)
        return document  # type: ignore[no-any-return]  # redis-py declares no type for it


def _differing(changed: str, former: Subscription, now: Subscription) -> str:
    return ", ".join(name for name in changed.split(", ") if name and getattr(former, name) != getattr(now, name))

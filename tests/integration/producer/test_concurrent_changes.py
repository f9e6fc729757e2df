"""Several people, or several processes, who change one subscription at one moment: nobody's change is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.ledger import Subscription
from lessonhook.producer import Producer

_CHANGES: Final = 30


def test_each_of_many_changes_is_kept(producer: Producer) -> None:
    """Two forms are saved again and again, each with a field of its own: both fields have their last value."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))

    def change(of_pace: bool) -> None:
        for number in range(1, _CHANGES + 1):
            if of_pace:
                producer.subscriptions.change("acme", max_per_second=number)
            else:
                producer.subscriptions.change("acme", max_in_flight=number)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(change, [True, False]))
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert (saved.max_in_flight, saved.max_per_second) == (_CHANGES, _CHANGES)


def test_a_rotation_keeps_what_is_changed_meanwhile(producer: Producer, settings: Settings) -> None:
    """A new secret is made while a form is saved: the former secret signs too, and the form's field is there."""
    del settings
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))

    def act(number: int) -> str:
        if number % 2:
            return Desk(producer).of("acme").rotate_secret(by="ada")
        producer.subscriptions.change("acme", max_in_flight=number + 1)
        return ""

    with ThreadPoolExecutor(4) as threads:
        secrets = {secret for secret in threads.map(act, range(_CHANGES)) if secret}
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert saved.max_in_flight is not None
    for kept in (saved.signing_secret, saved.previous_signing_secret):
        assert kept is not None
        assert kept.get_secret_value() in secrets


def test_a_replacement_keeps_the_credential_that_was_saved_meanwhile(producer: Producer) -> None:
    """It is made again from what is stored then, whether there was a subscription before or none."""
    url = "https://acme.example/hook"
    tokens = iter(["Token first", "Token second"])
    seen: list[str | None] = []

    def make(saved: Subscription | None) -> Subscription:
        kept = saved.authorization if saved else None
        seen.append(kept.get_secret_value() if kept else None)
        if token := next(tokens, None):
            # Another one saves between the reading and the saving.
            producer.subscriptions.put(Subscription(subscriber="acme", callback_url=url, authorization=token))
        return Subscription(subscriber="acme", callback_url=f"{url}/new", authorization=kept)

    producer.ledger.subscriptions.replace("acme", make, by="ada")
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert saved.authorization is not None
    assert (saved.callback_url, saved.authorization.get_secret_value()) == (f"{url}/new", "Token second")
    assert seen == [None, "Token first", "Token second"]

"""A copy of yesterday is restored: the rehearsal of `docs/backup.md`, step by step."""

from collections import Counter
from pathlib import Path

from lessonhook.console.processes import wait_until
from lessonhook.desk import Desk, Fate
from lessonhook.producer import CompletionEvent, Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.producing import running_producer
from tests.support.processes.workers import running_workers
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

NAMES = ("before", "after", "last")


def completion(name: str) -> CompletionEvent:
    """Return a completion of its own learner, so that none waits for another."""
    sample = sample_event("acme", event_id=name)
    return sample.model_copy(update={"user": sample.user.model_copy(update={"id": name})})


def wait_delivered(producer: Producer, number: int) -> None:
    """Return when so many events are delivered."""
    wait_until(
        lambda: producer.ledger.lanes.status("acme").delivered == number, PATIENCE_SECONDS, f"{number} deliveries"
    )


def test_a_restored_copy_and_the_lms_record_bring_everything(
    own_server: Server, receiver: Receiver, tmp_path: Path
) -> None:
    """What was delivered since the copy is delivered once more, under its webhook-id; nothing is missing."""
    settings = short_settings(own_server.url)
    with running_producer(settings) as producer, running_workers(settings, tmp_path) as workers:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))
        producer.send_completion.delay(completion("before"))
        copy = own_server.copy_data()
        worker = workers.start()
        producer.send_completion.delay(completion("after"))
        wait_delivered(producer, 2)
        worker.terminate()
        worker.wait()
        producer.send_completion.delay(completion("last"))

        own_server.crash_back_to(copy)
        assert producer.ledger.lanes.status("acme").recorded == 1
        lines = [completion(name).model_dump_json().encode() for name in NAMES]
        fates = Counter(line.fate for line in Desk(producer).rebuild(lines))
        assert fates == {Fate.KNOWN: 1, Fate.PUBLISHED: 2}
        workers.start()
        wait_delivered(producer, 3)
        ids = [post.header("webhook-id") for post in receiver.posts]
        assert Counter(ids) == {"before": 2, "after": 2, "last": 1}

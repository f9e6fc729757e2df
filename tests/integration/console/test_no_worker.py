"""Nobody works: every view says so on top, and since when."""

import pytest

from lessonhook.desk import Condition, Desk
from lessonhook.producer import Producer
from lessonhook.producer.sample import sample_event
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.processes.command_line import Cli
from tests.support.processes.workers import Workers


def test_status_says_on_top_that_nobody_works(
    cli: Cli, producer: Producer, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subscriber waits for a worker, and does not look as if it were being sent to."""
    del customer
    # A heartbeat is not to grow old while the command runs on a busy machine.
    monkeypatch.setenv("LESSONHOOK_SWEEP_INTERVAL_SECONDS", str(PATIENCE_SECONDS))
    producer.send_completion.delay(sample_event("acme"))
    ran = cli("status")
    assert ran.out.splitlines()[0] == "no worker takes from completions, and none did in the last day"
    assert "waiting for a worker" in " ".join(ran.out.split())
    document = cli("status", "--json").json
    assert [queue["queue"] for queue in document["unserved_queues"]] == ["completions", "retries"]
    assert document["subscribers"][0]["waits_for_worker"]
    producer.ledger.heartbeats.beat("one@host", consuming=True, queues=["completions", "retries"])
    assert "no worker" not in cli("status").out
    assert cli("status", "--json").json["unserved_queues"] == []


def test_after_a_worker_ended_it_says_since_when(
    cli: Cli, producer: Producer, customer: Customer, worker_process: Workers
) -> None:
    """At once, and not when its heartbeat has grown old."""
    del customer
    worker = worker_process.start()
    worker.terminate()
    worker.wait()
    producer.send_completion.delay(sample_event("acme"))
    assert cli("status").out.startswith("no worker takes from completions since ")
    with Desk(producer) as desk:
        assert desk.of("acme").state().condition is Condition.NO_WORKER
        [queue, _] = desk.board.page("", 0, 10).totals.unserved
        assert queue.words.startswith("no worker takes from completions since ")

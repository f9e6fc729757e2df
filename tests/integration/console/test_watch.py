"""`lessonhook watch`: what goes on, as it happens."""

import signal
import sys
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.desk import Watch
from lessonhook.ledger import publish
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import GONE, Stored
from tests.support.processes.child import Process
from tests.support.processes.command_line import Cli
from tests.support.processes.terminal import TerminalProcess
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

_COMMAND = (sys.executable, "-m", "lessonhook.console", "watch", "--every", "0.2")


@pytest.fixture
def watch(producer: Producer, customer: Customer) -> Watch:
    """Return a watch that has looked once, before anything happened."""
    assert customer.name == "acme"
    watching = Watch(producer.ledger)
    assert watching.look().happened == []
    return watching


def test_a_pause_is_seen_as_it_happens_and_once(watch: Watch, stored: Stored) -> None:
    """With its reason; what stays as it is, is no news."""
    stored.pausing()
    assert watch.look().happened == ["acme: paused: attempts used up: 410: gone for good"]
    assert watch.look().happened == []


def test_a_resumption_is_seen(watch: Watch, producer: Producer, stored: Stored) -> None:
    """By a worker's settlement or by an operator's command."""
    stored.pausing()
    watch.look()
    publish(producer.app, producer.ledger.resume("acme"), ledger=producer.ledger)
    assert watch.look().happened == ["acme: resumed"]


def test_a_refused_event_is_seen(watch: Watch, stored: Stored) -> None:
    """With the last result, since no pause will tell of it."""
    stored.delivered()
    _, refused = stored.in_flight()
    _, accepted = stored.in_flight()
    watch.look()
    stored.settle(accepted)
    stored.settle(refused, GONE)
    assert watch.look().happened == ["acme: 1 refused, the last result was 410: gone for good"]


def test_a_lane_that_has_nothing_left_is_counted_once_more(watch: Watch, stored: Stored) -> None:
    """So that the last deliveries are in the rate; then it goes out of view."""
    _, delivery = stored.in_flight()
    assert [state.subscriber for state in watch.look().states] == ["acme"]
    stored.settle(delivery)
    look = watch.look()
    assert look.total.delivered > 0
    assert [state.delivered for state in look.states] == [1]
    assert watch.look().states == []


def test_without_a_terminal_there_are_plain_lines(cli: Cli, stored: Stored) -> None:
    """Whole ones, for a file or a pipe, with the time."""
    stored.pausing()
    ran = cli("watch", "--looks", "1")
    assert ran.code == 0
    # No worker runs in this test, so two lines say that first.
    *alarms, line = ran.out.splitlines()
    assert [words.split("UTC ")[1].split(",")[0] for words in alarms] == [
        f"no worker takes from {queue}" for queue in ("completions", "retries")
    ]
    assert "UTC acme: paused in_flight=0 queued=0 retrying=0 held=1" in line
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_it_well(
    settings: Settings, stored: Stored, tmp_path: Path, number: signal.Signals
) -> None:
    """Exit code 0, and no traceback."""
    stored.held()
    process = Process("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
    process.start()
    wait_until(lambda: "held=1" in process.logs(), PATIENCE_SECONDS, process.logs)
    process.send(number)
    assert process.wait() == 0
    assert "Traceback" not in process.logs()


def test_an_outage_of_redis_is_reported_and_waited_for(own_server: Server, tmp_path: Path) -> None:
    """Who watches a restart of Redis goes on watching; the lane is seen again with what changed meanwhile."""
    settings = short_settings(own_server.url)
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        producer.send_completion.delay(sample_event("acme"))
        process = Process("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
        process.start()
        wait_until(lambda: "acme: waiting for a worker" in process.logs(), PATIENCE_SECONDS, process.logs)
        own_server.kill()
        wait_until(lambda: "Redis does not reply; trying again" in process.logs(), PATIENCE_SECONDS, process.logs)
        own_server.restart()
        wait_until(lambda: "Redis replies again" in process.logs(), PATIENCE_SECONDS, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.logs().count("does not reply") == 1


def test_a_watch_that_starts_during_an_outage_waits_for_its_end(own_server: Server, tmp_path: Path) -> None:
    """It says why, once, and which server it asks; then it watches."""
    settings = short_settings(own_server.url)
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        producer.send_completion.delay(sample_event("acme"))
        own_server.kill()
        process = Process("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
        process.start()
        wait_until(lambda: "Redis does not reply; trying again" in process.logs(), PATIENCE_SECONDS, process.logs)
        own_server.restart()
        wait_until(lambda: "acme: waiting for a worker" in process.logs(), PATIENCE_SECONDS, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.logs().count("see LESSONHOOK_REDIS_URL") == 1


def test_looks_that_were_all_in_vain_end_with_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a script that wants a few looks knows that it had none."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", "redis://127.0.0.1:1/0")
    ran = cli("watch", "--looks", "2", "--every", "0.2")
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.err


def test_at_a_terminal_a_table_renews_itself(settings: Settings, stored: Stored, tmp_path: Path) -> None:
    """A real terminal shows it; Ctrl-C gives the terminal back as it was."""
    stored.pausing()
    process = TerminalProcess("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
    process.start()
    wait_until(lambda: "paused" in process.logs() and "events/s" in process.logs(), PATIENCE_SECONDS, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    # The end of the alternate screen, by which the shell's own is back.
    assert "\x1b[?1049l" in process.logs()

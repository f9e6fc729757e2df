"""`lessonhook watch`: what goes on, as it happens."""

import signal
import sys
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.console.watching import Watch
from lessonhook.ledger import publish
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.integration.console.conftest import Cli
from tests.support.customer import Customer
from tests.support.environment import environment_of
from tests.support.processes import Process
from tests.support.producing import running_producer
from tests.support.servers import Server
from tests.support.shortened import short_settings
from tests.support.stored import GONE, Stored
from tests.support.terminal import TerminalProcess
from tests.support.waiting import wait_until

_COMMAND = (sys.executable, "-m", "lessonhook.console", "watch", "--every", "0.2")


@pytest.fixture
def watch(producer: Producer, customer: Customer) -> Watch:
    """Answer a watch that has looked once, before anything happened."""
    assert customer.name == "acme"
    watching = Watch(producer.ledger)
    assert watching.look().happened == []
    return watching


def test_a_pause_is_seen_as_it_happens_and_once(watch: Watch, stored: Stored) -> None:
    """With its reason; what stays as it is, is no news."""
    stored.pausing()
    assert watch.look().happened == ["acme: paused: attempts used up: status: 410: gone for good"]
    assert watch.look().happened == []


def test_a_resumption_is_seen(watch: Watch, producer: Producer, stored: Stored) -> None:
    """Whoever brought it about."""
    stored.pausing()
    watch.look()
    publish(producer.app, producer.ledger.resume("acme"))
    assert watch.look().happened == ["acme: resumed"]


def test_a_refused_event_is_seen(watch: Watch, stored: Stored) -> None:
    """With the last answer, since no pause will tell of it."""
    stored.delivered()
    _, refused = stored.in_flight()
    _, accepted = stored.in_flight()
    watch.look()
    stored.settle(accepted)
    stored.settle(refused, GONE)
    assert watch.look().happened == ["acme: 1 refused, the last answer was status: 410: gone for good"]


def test_a_lane_that_has_nothing_left_is_counted_once_more(watch: Watch, stored: Stored) -> None:
    """So that the last deliveries are in the rate; then it goes out of view."""
    _, delivery = stored.in_flight()
    assert [lane.subscriber for lane in watch.look().lanes] == ["acme"]
    stored.settle(delivery)
    look = watch.look()
    assert look.total.delivered > 0
    assert [lane.delivered for lane in look.lanes] == [1]
    assert watch.look().lanes == []


def test_without_a_terminal_there_are_plain_lines(cli: Cli, stored: Stored) -> None:
    """Whole ones, for a file or a pipe, with the time."""
    stored.pausing()
    ran = cli("watch", "--looks", "1")
    assert ran.code == 0
    [line] = ran.out.splitlines()
    assert "UTC acme: paused in_flight=0 queued=0 retrying=0 held=1" in line
    assert "\x1b" not in ran.out


def test_ctrl_c_ends_it_well(settings: Settings, stored: Stored, tmp_path: Path) -> None:
    """Exit code 0, and no traceback."""
    stored.held()
    process = Process("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
    process.start()
    wait_until(lambda: "held=1" in process.logs(), 20, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert "Traceback" not in process.logs()


def test_an_outage_of_redis_is_told_and_waited_for(own_server: Server, tmp_path: Path) -> None:
    """Who watches a restart of Redis goes on watching; the lane is seen again with what changed meanwhile."""
    settings = short_settings(own_server.url)
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        producer.send_completion.delay(sample_event("acme"))
        process = Process("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
        process.start()
        wait_until(lambda: "acme: sending" in process.logs(), 20, process.logs)
        own_server.kill()
        wait_until(lambda: "Redis does not answer; trying again" in process.logs(), 20, process.logs)
        own_server.restart()
        wait_until(lambda: "Redis answers again" in process.logs(), 20, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.logs().count("does not answer") == 1


def test_at_a_terminal_a_table_renews_itself(settings: Settings, stored: Stored, tmp_path: Path) -> None:
    """A real terminal shows it; Ctrl-C gives the terminal back as it was."""
    stored.pausing()
    process = TerminalProcess("watch", _COMMAND, environment_of(settings), tmp_path / "watch.log")
    process.start()
    wait_until(lambda: "paused" in process.logs() and "events/s" in process.logs(), 20, process.logs)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    # The end of the alternate screen, by which the shell's own is back.
    assert "\x1b[?1049l" in process.logs()

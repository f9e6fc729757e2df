"""`lessonhook replay`: stored events go again, one at a time, and the lane and its pause stay as they are."""

import signal
import sys
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import State
from lessonhook.producer import Producer
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Response
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.child import Process
from tests.support.processes.command_line import Cli


def test_a_replay_sends_the_stored_bytes_to_where_the_subscription_points_now(
    cli: Cli, customer: Customer, stored: Stored
) -> None:
    """The same body and webhook-id, the present URL and token; and it is written down, with who sent it."""
    event_id = stored.pausing()
    body = cli("event", event_id, "--show-body", "--json").json["body"]
    customer.subscribe(authorization="Token corrected")
    ran = cli("replay", event_id)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 accepted")
    [post] = customer.posts
    assert (post.header("webhook-id"), post.body.decode()) == (event_id, body)
    assert post.header("authorization") == "Token corrected"
    event = cli("event", event_id, "--json").json
    assert (event["state"], len(event["attempts"])) == ("delivered", 2)
    assert event["last_attempt"]["worker"].startswith("replay by ")
    [day] = cli("reconcile", "acme", "--json").json["days"]
    assert (day["delivered"], day["posts_accepted"], day["replayed"]) == (1, 0, 1)


def test_a_replay_does_not_touch_the_pause(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Accepted or not: the pause is for a fresh event or an operator to lift, and the window is the lane's own."""
    exhausted = stored.pausing()
    before = customer.status
    customer.respond(FAILED, ACCEPTED)
    assert cli("replay", exhausted).code == 1
    assert customer.state(exhausted) is State.HELD
    assert cli("replay", exhausted).code == 0
    after = customer.status
    assert after.paused == before.paused
    assert after.paused is not None
    assert (after.window, after.failures_in_a_row) == (before.window, before.failures_in_a_row)
    assert (after.held, after.delivered) == (0, 1)


def test_events_go_in_the_order_of_their_completions(cli: Cli, customer: Customer, stored: Stored) -> None:
    """One at a time, so that a receiver that overwrites ends with the newest result, whenever each was recorded."""
    stored.held()
    older = customer.completion("learner", event_id="older")
    customer.publish("learner", event_id="newer")
    customer.publish("learner", event_id="older", completed_at=older.completed_at)
    ran = cli("replay", "newer", "older")
    assert ran.code == 0
    assert customer.arrived == ["older", "newer"]
    assert customer.most_in_flight == 1


def test_events_are_chosen_by_state_and_time(cli: Cli, customer: Customer, stored: Stored) -> None:
    """And by subscriber; what does not fit is not sent."""
    delivered, held = stored.delivered(), stored.pausing()
    assert cli("replay", "--subscriber", "acme", "--state", "held").code == 0
    assert customer.arrived == [held]
    assert cli("replay", "--state", "delivered", "--since", "1h", "--until", "30m").out == "no such events\n"
    assert cli("replay", "--state", "delivered", "--since", "1h").code == 0
    assert customer.arrived == [held, delivered, held]


def test_a_dry_run_sends_nothing(cli: Cli, customer: Customer, stored: Stored) -> None:
    """It names the events and counts them by state."""
    delivered, held = stored.delivered(), stored.pausing()
    ran = cli("replay", "--subscriber", "acme", "--dry-run")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "would send 2 events of acme: 1 held, 1 delivered"
    assert delivered in ran.out
    assert held in ran.out
    assert customer.posts == []


def test_many_events_need_a_yes(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Above ten; a script says it with --yes, and learns how many it would have been."""
    stored.held()
    customer.publish_many(10)
    ran = cli("replay", "--subscriber", "acme")
    assert (ran.code, customer.posts) == (2, [])
    assert "11 events of acme: 11 held" in ran.err
    ran = cli("replay", "--subscriber", "acme", "--yes")
    assert (ran.code, len(customer.posts)) == (0, 11)
    assert ran.out.splitlines()[-1] == "11 accepted"


def test_a_failing_endpoint_is_left_alone_after_ten(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Each of the others may cost a whole deadline, and would bring nothing."""
    stored.held()
    customer.publish_many(14)
    customer.respond(FAILED)
    ran = cli("replay", "--subscriber", "acme", "--yes")
    assert (ran.code, len(customer.posts)) == (1, 10)
    assert ran.out.splitlines()[-1] == "10 failed, 5 skipped"
    assert customer.status.held == 15


def test_an_endpoint_that_asks_to_slow_down_is_waited_for(cli: Cli, customer: Customer, stored: Stored) -> None:
    """The next event goes no sooner than `Retry-After` says."""
    stored.held()
    customer.publish()
    customer.respond(Response(status=429, headers=(("Retry-After", "1"),)), ACCEPTED)
    assert cli("replay", "--subscriber", "acme").code == 1
    first, second = customer.posts
    assert second.arrived - first.arrived >= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name event ids"),
        (("some-id", "--state", "held"), "exclude each other"),
        (
            ("--state", "queued"),
            "only delivered, refused, superseded, dropped, retrying, held events can be sent again",
        ),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    """Nothing is sent for want of a choice."""
    ran = cli("replay", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_what_a_worker_is_about_to_send_is_left_to_it(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Sent from here too, it would arrive twice for certain."""
    queued = customer.publish()
    ran = cli("replay", queued)
    assert (ran.code, customer.posts) == (1, [])
    assert "a worker is about to send it" in ran.err
    assert stored is not None


def test_without_a_subscription_there_is_nowhere_to_send_to(cli: Cli, customer: Customer, stored: Stored) -> None:
    """The event is skipped and stays."""
    event_id = stored.pausing()
    customer.leave()
    ran = cli("replay", event_id, "--subscriber", "acme", "--json")
    assert ran.code == 1
    [event] = ran.json["events"]
    assert (event["replayed"], event["state"], event["status"]) == ("skipped", "held", None)


def test_no_secret_and_no_body_is_shown(cli: Cli, customer: Customer, stored: Stored) -> None:
    """Also where the endpoint echoes what it was sent."""
    event_id = stored.pausing()
    customer.respond(lambda post: Response(status=500, body=f"{post.header('authorization')}".encode() + post.body))
    for arguments in (("--dry-run",), (), ("--json",)):
        ran = cli("replay", event_id, *arguments)
        for secret in ("secret-of-acme", "l1@example.com", "Learner 1"):
            assert secret not in ran.out + ran.err


def test_refused_events_go_again_once_the_receiver_is_mended(
    cli: Cli, customer: Customer, stored: Stored, producer: Producer
) -> None:
    """The way back for what was set aside: it is delivered, and leaves the list of the refused."""
    event_id = stored.refused()
    ran = cli("replay", "--state", "refused", "--json")
    assert [event["event_id"] for event in ran.json["events"]] == [event_id]
    status = producer.ledger.lanes.status("acme")
    assert (status.refused, status.delivered) == (0, 3)
    assert customer.arrived == [event_id]


def test_ctrl_c_tells_of_the_post_that_was_on_its_way(
    settings: Settings, customer: Customer, stored: Stored, tmp_path: Path
) -> None:
    """It may have arrived, whatever the count of those that were sent says."""
    customer.subscribe()
    event_id = stored.held()
    customer.respond(HANGS)
    process = Process(
        "replay",
        [sys.executable, "-m", "lessonhook.console", "replay", event_id],
        environment_of(settings.model_copy(update={"request_deadline_seconds": PATIENCE_SECONDS})),
        tmp_path / "replay.log",
    )
    process.start()
    customer.wait_for_posts(1)
    process.send(signal.SIGINT)
    assert process.wait() == 130
    expected = "interrupted: 0 of 1 were sent or skipped; a POST that was on its way may have arrived\n"
    assert process.logs().endswith(expected)

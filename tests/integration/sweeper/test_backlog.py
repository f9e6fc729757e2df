"""What waits in the broker is not lost: a healthy backlog is never published twice, however long it is."""

import time
from itertools import pairwise

from lessonhook.config import COMPLETIONS, RETRIES, Settings
from lessonhook.console.processes import wait_until
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import ACCEPTED, FAILED, Lanes
from tests.support.patience import PATIENCE_SECONDS


def sweep_for(sweeper: Sweeper, seconds: float) -> int:
    """Sweep again and again for so long; return how many events were published again."""
    ends, published = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        published += sweeper.sweep()
    return published


def test_what_waits_is_left_alone(lanes: Lanes, sweeper: Sweeper, settings: Settings) -> None:
    """Forty messages wait for three times as long as a lost one is given: still forty."""
    lanes.published(40)
    assert sweep_for(sweeper, 3 * settings.republish_after_seconds) == 0
    assert len(lanes.waiting()) == 40


def test_a_lost_message_is_published_once_those_before_it_are_taken(
    lanes: Lanes, sweeper: Sweeper, settings: Settings
) -> None:
    """While an older one waits it may as well be behind that one; when all that wait are younger, it is gone."""
    lanes.published(10)
    oldest, lost, *_ = lanes.waiting()
    lanes.lose(lost)
    assert sweep_for(sweeper, 2 * settings.republish_after_seconds) == 0
    lanes.lose(oldest)
    # To its end: a lease of it that ran out meanwhile would be published too.
    lanes.settle(oldest.subscriber, lanes.admit(oldest.subscriber, oldest.event_id), ACCEPTED)
    wait_until(lambda: sweeper.sweep() == 1, PATIENCE_SECONDS, "the lost event's message")
    assert [(each.subscriber, each.event_id) for each in lanes.waiting()][-1] == (lost.subscriber, lost.event_id)
    assert len(lanes.waiting()) == 9


def test_a_slow_queue_of_retries_does_not_hide_what_the_other_queue_lost(lanes: Lanes, sweeper: Sweeper) -> None:
    """Messages of failing subscribers may wait for long, by design; a lost first attempt does not wait for them."""
    lanes.subscribe("failing")
    first = lanes.publish("failing")
    lanes.lose_all()
    lanes.settle("failing", lanes.admit("failing", first), FAILED)
    second = lanes.publish("failing")
    [lost] = lanes.published(1).items()
    lanes.lose_all(COMPLETIONS)
    wait_until(lambda: sweeper.sweep() == 1, PATIENCE_SECONDS, "the lost event's message")
    assert [(each.subscriber, each.event_id) for each in lanes.waiting()] == [lost]
    assert [each.event_id for each in lanes.waiting(RETRIES)] == [second]


def test_a_message_that_is_lost_again_and_again_is_given_longer_each_time(
    lanes: Lanes, sweeper: Sweeper, settings: Settings
) -> None:
    """A slow worker is not a lost message: at most one more message in each time span, and the span doubles."""
    lanes.published(1)
    moments = []
    for _ in range(3):
        lanes.lose_all()
        wait_until(lambda: sweeper.sweep() == 1, PATIENCE_SECONDS, "the message")
        moments.append(time.monotonic())
    first, second = (later - sooner for sooner, later in pairwise(moments))
    assert first >= 2 * settings.republish_after_seconds - 0.1
    assert second >= 4 * settings.republish_after_seconds - 0.1

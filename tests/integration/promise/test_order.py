"""For one learner and one lesson, completions arrive in the order in which they were completed."""

from collections import defaultdict
from datetime import UTC, datetime

from lessonhook.console.processes import wait_until
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

_FIRST = datetime(2026, 3, 1, 9, tzinfo=UTC)
_RETAKE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_retake_arrives_after_the_first_try_across_a_pause(house: House) -> None:
    """The fresh event lifts the pause, and the older one of its learner and lesson goes in its stead, as the probe."""
    customer = house.customer()
    customer.respond(FAILED)
    first = customer.publish("ann", completed_at=_FIRST)
    customer.wait_for(paused=True)
    customer.respond(ACCEPTED)
    retake = customer.publish("ann", completed_at=_RETAKE)
    customer.wait_for(delivered=2)
    assert customer.arrived == [first] * 3 + [first, retake]


def test_a_retake_waits_while_the_first_try_is_retried_and_others_overtake_both(house: House) -> None:
    """Only the learner's own events wait for each other."""
    customer = house.customer()

    def fail_ann_once(post: Post) -> Response:
        return FAILED if post.header("webhook-id") == "ann-first" and len(customer.posts) == 1 else ACCEPTED

    customer.respond(fail_ann_once)
    customer.publish("ann", completed_at=_FIRST, event_id="ann-first")
    customer.publish("ann", completed_at=_RETAKE, event_id="ann-retake")
    customer.publish("bob", event_id="bob")
    customer.wait_for(delivered=3)
    assert [event_id for event_id in customer.arrived if event_id != "bob"] == ["ann-first", "ann-first", "ann-retake"]


def test_an_earlier_completion_that_is_published_late_waits_for_the_one_in_flight(house: House) -> None:
    """The receiver never has two of one learner and lesson at once, of which either could be written last."""
    customer = house.customer()
    customer.publish_many(2)
    customer.wait_for(delivered=2, window=3)
    customer.respond(Response(hangs=True), ACCEPTED)
    customer.publish("ann", completed_at=_RETAKE, event_id="retake")
    customer.wait_for_posts(3)
    customer.publish("ann", completed_at=_FIRST, event_id="first-told-late")
    customer.publish("bob", event_id="bob")
    customer.wait_for(delivered=3)
    assert customer.arrived[2:] == ["retake", "bob"]
    customer.release()
    customer.wait_for(delivered=5)
    assert customer.arrived[4:] == ["first-told-late"]


def test_other_lessons_of_the_same_learner_do_not_wait(house: House) -> None:
    """While one lesson's completion hangs, another lesson's goes."""
    customer = house.customer()
    customer.publish_many(2)
    customer.wait_for(delivered=2, window=3)
    customer.respond(Response(hangs=True), ACCEPTED)
    customer.publish("ann", event_id="hanging")
    customer.wait_for_posts(3)
    customer.publish("ann", event_id="behind-it")
    customer.publish("ann", event_id="other-lesson", lesson={"id": "2000", "title": "First Aid"})
    customer.wait_for(delivered=3)
    assert customer.arrived[2:] == ["hanging", "other-lesson"]
    customer.release()
    customer.wait_for(delivered=5)
    assert customer.arrived[4:] == ["behind-it"]


def test_every_retake_of_many_learners_arrives_in_order_through_an_outage(house: House) -> None:
    """Fifty learners with four tries each, an endpoint that fails for a while: each learner's tries are in order."""
    customer = house.customer()
    customer.respond(*[FAILED] * 15, ACCEPTED)
    for _ in range(4):
        for learner in range(50):
            customer.publish(f"learner-{learner}")

    def recovered() -> bool:
        # One event may have failed three times, if the machine had no time for the others in between.
        if customer.status.paused:
            house.resume(customer)
        return customer.status.delivered == 200

    wait_until(recovered, PATIENCE_SECONDS, lambda: f"recovery; it is {customer.status}")
    tries = defaultdict(list)
    for post in customer.posts:
        tries[post.json()["user"]["id"]].append(post.json()["completed_at"])
    for learner in range(50):
        completed = tries[f"learner-{learner}"]
        assert completed == sorted(completed)
        assert len(set(completed)) == 4

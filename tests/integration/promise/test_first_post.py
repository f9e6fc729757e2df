"""A completion is posted once, at once, as the subscription says."""

import json
import time

import pytest

from lessonhook.producer.sample import sample_event
from tests.support.people.house import House

#: Where the vendor's sample stands, byte for byte.
VENDORS_SAMPLE = (
    b'{"user": {"id": "1", "name": "Sample Sampleson", "email": "sample@company.com", '
    b'"custom_fields": {"Custom Field Name": "Custom Field Value"}}, '
    b'"lesson": {"id": "1000", "title": "A Sample Lesson", "retake_score": 85}, "score_percent": 100.0, '
    b'"started_at": "2015-04-28T14:36:22Z", "completed_at": "2015-04-28T14:36:24Z", '
    b'"assigned_at": "2015-04-28T14:36:18Z", "report_card_url": "http://sample.lesson.ly/assignments/100"}'
)


def test_a_completion_is_posted_once_with_the_vendors_bytes_and_our_headers(house: House) -> None:
    """One POST, the sample's bytes, its id and the time of the attempt."""
    customer = house.customer()
    before = int(time.time())
    publication = house.producer.send_completion.delay(sample_event(customer.name))
    customer.wait_for(delivered=1)
    [post] = customer.posts
    assert (post.method, post.body) == ("POST", VENDORS_SAMPLE)
    assert post.header("content-type") == "application/json"
    assert post.header("user-agent").startswith("lessonhook/")
    assert post.header("webhook-id") == publication.id
    assert before <= int(post.header("webhook-timestamp")) <= time.time()
    assert post.values("authorization") == []
    assert post.values("webhook-signature") == []


@pytest.mark.parametrize("authorization", ["Token abc", "Odd  blanks  inside "])
def test_the_authorization_is_passed_exactly_as_written(house: House, authorization: str) -> None:
    """Byte for byte, a trailing blank included, and once."""
    customer = house.customer(authorization=authorization)
    customer.publish()
    [post] = customer.wait_for_posts(1)
    assert post.values("authorization") == [authorization]


def test_the_callback_url_is_used_verbatim(house: House) -> None:
    """Nothing of path or query is encoded anew."""
    customer = house.customer()
    target = f"{customer.path}?sig=a%2fb%7E+c&empty=&z=%20"
    customer.subscribe(callback_url=house.receiver.url(target))
    customer.publish()
    [post] = customer.wait_for_posts(1)
    assert post.target == target


def test_a_subscriptions_options_change_its_body_alone(house: House) -> None:
    """Two customers complete the same; each gets what its receiver reads."""
    plain, optioned = house.customer(), house.customer(external_user_ids=True, numeric_ids=True, deprecated_score=True)
    for customer in (plain, optioned):
        house.producer.send_completion.delay(sample_event(customer.name))
        customer.wait_for(delivered=1)
    assert json.loads(plain.posts[0].body)["lesson"]["id"] == "1000"
    body = json.loads(optioned.posts[0].body)
    assert (body["lesson"]["id"], body["user"]["ext_uid"], body["score"]) == (1000, "1234567890", 1.0)


def test_a_dict_is_published_as_an_event_is(house: House) -> None:
    """An LMS need not build the models."""
    customer = house.customer()
    event = sample_event(customer.name).model_dump(mode="json")
    publication = house.producer.send_completion.apply_async(kwargs={"event": event}, task_id="lms-7")
    assert publication.id == "lms-7"
    [post] = customer.wait_for_posts(1)
    assert (post.header("webhook-id"), post.body) == ("lms-7", VENDORS_SAMPLE)

"""The pytest plugin for an LMS's tests: no Redis, and in all else as the real thing."""

import inspect
import subprocess
import sys

import pytest
import responses

from lessonhook.ledger import Ledger
from lessonhook.ledger.subscriptions.store import SubscriptionStore
from lessonhook.producer import (
    CompletionDict,
    InvalidCompletion,
    Producer,
    PublishFailed,
    Recorded,
    Subscription,
    send_completion,
    subscriptions,
)
from lessonhook.producer.sample import sample_event
from lessonhook.producer.testing import Outbox, recording
from lessonhook.producer.testing.ledger import MemoryLedger, MemorySubscriptions
from tests.support.patience import PATIENCE_SECONDS

pytest_plugins = ["pytester", "lessonhook.producer.testing"]

URL = "https://acme.example/hook?sig=a%2fb"


@pytest.fixture
def acme(sent_completions: Outbox) -> Outbox:
    """Return the outbox, with a subscription for `acme`."""
    subscriptions.put(Subscription(subscriber="acme", callback_url=URL, authorization="Token abc "))
    return sent_completions


def test_it_keeps_what_would_have_been_sent(acme: Outbox) -> None:
    """Bytes, id, URL and headers, as the receiver would see them."""
    publication = send_completion.delay(sample_event("acme"))
    assert (publication.recorded, publication.accepted) == (Recorded.QUEUED, True)
    [sent] = acme
    assert (sent.subscriber, sent.id, sent.url) == ("acme", publication.id, URL)
    assert sent.payload["lesson"] == {"id": "1000", "title": "A Sample Lesson", "retake_score": 85}
    assert sent.body.startswith(b'{"user": {"id": "1", "name": "Sample Sampleson"')
    assert sent.headers["Authorization"] == "Token abc "
    assert sent.headers["webhook-id"] == publication.id


def test_a_wrong_completion_is_refused_as_in_production(acme: Outbox) -> None:
    """Fields and rules are named, and nothing is kept."""
    wrong: CompletionDict = {
        "subscriber": "acme",
        "user": {"id": " ", "name": "Ada", "email": ""},
        "lesson": {"id": 1, "title": "Fire Safety"},
        "completed_at": "2026-03-01T12:00:00",
    }
    with pytest.raises(InvalidCompletion, match=r"^user\.id: must not be blank; completed_at: must have a zone"):
        send_completion.delay(wrong)
    with pytest.raises(InvalidCompletion, match="countdown: can't be set"):
        send_completion.apply_async((sample_event("acme"),), countdown=5)  # type: ignore[arg-type]  # refused on purpose
    assert len(acme) == 0


def test_a_repeat_is_known_and_a_stranger_is_not_sent_to(acme: Outbox) -> None:
    """The same completion is kept once; to a subscriber without a subscription nothing is sent."""
    recorded = [send_completion.delay(sample_event(name)).recorded for name in ("acme", "acme", "unknown")]
    assert recorded == [Recorded.QUEUED, Recorded.DUPLICATE, Recorded.NO_SUBSCRIPTION]
    assert len(acme) == 1
    assert subscriptions.delete("acme")
    assert send_completion.delay(sample_event("acme", "another")).recorded is Recorded.NO_SUBSCRIPTION


def test_a_subscriptions_options_change_the_body(acme: Outbox) -> None:
    """Also those that are changed while the process remembers the former ones."""
    every = Subscription(
        subscriber="acme", callback_url=URL, external_user_ids=True, numeric_ids=True, deprecated_score=True
    )
    subscriptions.put(every)
    send_completion.delay(sample_event("acme", "first"))
    subscriptions.put(Subscription(subscriber="acme", callback_url=URL))
    send_completion.delay(sample_event("acme", "second"))
    first, second = acme.of("acme")
    assert (first.payload["user"]["id"], first.payload["user"]["ext_uid"], first.payload["score"]) == (
        1,
        "1234567890",
        1,
    )
    assert (second.payload["user"]["id"], set(second.payload) & {"score"}) == ("1", set())


def test_an_option_that_refused_events_can_be_taken_back(acme: Outbox) -> None:
    """A process that remembers an option of a subscription asks again before it refuses an event for it."""
    subscriptions.put(Subscription(subscriber="acme", callback_url=URL, numeric_ids=True))
    send_completion.delay(sample_event("acme", "first"))
    named = sample_event("acme", "second").model_dump(mode="json") | {"lesson": {"id": "fire", "title": "Fire Safety"}}
    with pytest.raises(InvalidCompletion, match=r"^lesson\.id: must be a whole number"):
        send_completion.apply_async(kwargs={"event": named})
    subscriptions.put(Subscription(subscriber="acme", callback_url=URL))
    assert send_completion.apply_async(kwargs={"event": named}).recorded is Recorded.QUEUED
    assert acme[-1].payload["lesson"]["id"] == "fire"


def test_an_lms_can_test_what_it_does_when_redis_is_down(acme: Outbox) -> None:
    """The real error, with the real text, and at once."""
    with acme.redis_down():
        with pytest.raises(PublishFailed, match="its id keeps it from arriving twice"):
            send_completion.delay(sample_event("acme"))
        with pytest.raises(PublishFailed):
            subscriptions.list()
    assert send_completion.delay(sample_event("acme")).recorded is Recorded.QUEUED
    acme.clear()
    assert list(acme) == []


@responses.activate
def test_responses_sees_what_is_posted_and_nothing_else(acme: Outbox) -> None:
    """Publishing makes no HTTP call; `post` makes one, by `requests`."""
    endpoint = responses.post(URL, status=201)
    send_completion.delay(sample_event("acme"))
    assert endpoint.call_count == 0
    assert acme[0].post().status_code == 201
    request = endpoint.calls[0].request
    assert (request.body, request.headers["Authorization"]) == (acme[0].body, "Token abc ")


def test_what_is_shown_of_a_completion_is_no_secret(acme: Outbox) -> None:
    """A failing assertion prints it."""
    send_completion.delay(sample_event("acme", "42"))
    assert repr(acme[0]) == "SentCompletion(subscriber='acme', id='42')"


def test_a_producer_of_the_lmss_own_is_recorded_too() -> None:
    """And is itself again afterwards, with the ledger that it had."""
    producer = Producer()
    real = producer.ledger
    for expected in ({"ledger": real}, {}):
        with recording(producer.send_completion) as outbox:
            producer.subscriptions.put(Subscription(subscriber="acme", callback_url=URL))
            producer.send_completion.delay(sample_event("acme"))
            assert [sent.subscriber for sent in outbox] == ["acme"]
        assert {name: value for name, value in vars(producer.publisher).items() if name == "ledger"} == expected
        vars(producer.publisher).pop("ledger", None)


def test_an_lms_uses_it_by_one_line_in_its_conftest(pytester: pytest.Pytester) -> None:
    """Each test has an outbox of its own, and there is no Redis to be found."""
    pytester.makeconftest("""
        from lessonhook.producer.testing import Outbox

        pytest_plugins = ["lessonhook.producer.testing"]
    """)
    pytester.makepyfile("""
        import pytest
        from lessonhook.producer import Subscription, send_completion, subscriptions
        from lessonhook.producer.sample import sample_event

        @pytest.mark.parametrize("time", [1, 2])
        def test_completing_a_lesson_sends_it(sent_completions, time):
            assert subscriptions.list() == []
            subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example"))
            send_completion.delay(sample_event("acme"))
            assert sent_completions[0].payload["score_percent"] == 100.0
    """)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:valkey", "-W", "error")
    result.assert_outcomes(passed=2)


def test_an_lms_that_has_no_pytest_records_too() -> None:
    """Under `manage.py test` or plain `unittest`, by the context manager."""
    program = """
import sys
sys.modules["pytest"] = None
from lessonhook.producer import Subscription, send_completion, subscriptions
from lessonhook.producer.sample import sample_event
from lessonhook.producer.testing import recording
with recording(send_completion) as outbox:
    subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example"))
    send_completion.delay(sample_event("acme"))
    print(outbox[0].payload["score_percent"])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert ran.stdout == "100.0\n", ran.stderr


def test_it_costs_nothing_where_it_is_not_asked_for(pytester: pytest.Pytester) -> None:
    """Installed beside any other project's tests, it is not imported."""
    pytester.makepyfile("""
        import sys

        def test_nothing_of_it_is_there():
            assert [name for name in sys.modules if name.startswith("lessonhook")] == []
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:valkey").assert_outcomes(passed=1)


def test_the_stand_in_is_called_as_the_ledger_is() -> None:
    """A new argument of the real one must not be missing here."""
    assert inspect.signature(MemoryLedger.record) == inspect.signature(Ledger.record)


@pytest.mark.parametrize("name", [name for name in vars(MemorySubscriptions) if not name.startswith("_")])
def test_the_stand_ins_subscriptions_are_called_as_the_ledgers_are(name: str) -> None:
    """A new argument of the real one must not be missing here."""
    assert inspect.signature(getattr(MemorySubscriptions, name)) == inspect.signature(getattr(SubscriptionStore, name))


def test_an_outbox_is_compared_as_a_list(acme: Outbox) -> None:
    """As mail.outbox of Django is."""
    assert acme == []
    send_completion.delay(sample_event("acme"))
    assert acme != []
    assert acme == [acme[0]]
    assert acme == acme.of("acme")
    assert acme != "text"


def test_an_outbox_says_why_a_completion_is_not_there(acme: Outbox) -> None:
    """Where a test fails, pytest shows the repr of a fixture; an address in memory would help nobody."""
    assert repr(acme) == "<Outbox: nothing was published; what delay_on_commit took is published at the commit>"
    send_completion.delay(sample_event("Acme"))
    send_completion.delay_many([sample_event("Acme")])
    assert repr(acme) == "<Outbox: sent []; not sent: 2 of 'Acme', which had no subscription>"
    acme.clear()
    published = send_completion.delay(sample_event("acme"))
    assert repr(acme) == f"<Outbox: sent [SentCompletion(subscriber='acme', id='{published.id}')]>"

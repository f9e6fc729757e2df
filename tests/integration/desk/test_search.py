"""What a person knows of a completion finds it: the learner, the lesson, the beginning of its id."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lessonhook.desk import AsyncDesk, Desk, InvalidCursor, LedgerUnavailable
from lessonhook.ledger import State
from lessonhook.producer import InvalidSubscription, Lesson, Producer, Settings
from lessonhook.producer.sample import sample_event
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

_OTHER_LESSON = Lesson(id="2000", title="First Aid")


def test_events_are_found_by_learner_and_lesson(desk: Desk, stored: Stored) -> None:
    """In any state, newest first; both together narrow it down."""
    delivered = stored.delivered("17")
    other_lesson = stored.delivered("17", lesson=_OTHER_LESSON)
    other_learner = stored.retrying("18")
    one = desk.of("acme")
    assert [event.event_id for event in one.event_page(learner="17").events] == [other_lesson, delivered]
    assert [event.event_id for event in one.event_page(lesson="1000").events] == [other_learner, delivered]
    assert [event.event_id for event in one.event_page(learner="17", lesson="1000").events] == [delivered]
    assert one.event_page(learner="17", states=[State.RETRYING]).events == []
    assert one.event_page(learner="1").events == []
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert one.event_page(learner="17", since=tomorrow).events == []


@pytest.mark.parametrize("filters", [{}, {"learner": "17"}, {"lesson": "1000"}, {"learner": "17", "lesson": "1000"}])
def test_pages_hold_every_event_once_although_new_ones_come(
    desk: Desk, customer: Customer, filters: dict[str, str]
) -> None:
    """A cursor names a place among the events and not a number, so what is recorded meanwhile moves nothing."""
    desk.of("acme").pause(by="ada")
    published = [customer.publish("17") for _ in range(7)]
    found, after = [], None
    while True:
        page = desk.of("acme").event_page(limit=3, after=after, **filters)  # type: ignore[arg-type]  # texts only
        found += [event.event_id for event in page.events]
        customer.publish("17")
        if page.next is None:
            break
        after = page.next
    assert found == published[::-1]


def test_a_cursor_that_no_page_gave_is_refused(desk: Desk, stored: Stored) -> None:
    """As an error that names it, for a page that has it from its URL."""
    stored.delivered()
    for cursor in ("?", "bm90aGluZw", "ä"):
        with pytest.raises(InvalidCursor):
            desk.of("acme").event_page(after=cursor)


def test_one_text_is_searched_as_id_beginning_learner_and_lesson(desk: Desk, stored: Stored) -> None:
    """Signs that mean something to a pattern of Redis are plain signs."""
    first = stored.delivered("17")
    second = stored.delivered("18", event_id="[odd]*id?", lesson=_OTHER_LESSON)
    one = desk.of("acme")
    assert [event.event_id for event in one.search(first)] == [first]
    assert [event.event_id for event in one.search(first[:8])] == [first]
    assert [event.event_id for event in one.search("[odd]*")] == [second]
    assert [event.event_id for event in one.search("17")] == [first]
    assert [event.event_id for event in one.search(" 2000 ")] == [second]
    assert [one.search("odd]*id?"), one.search("****"), one.search("  "), one.search("1")] == [[], [], [], []]


def test_a_search_over_all_subscribers_names_those_that_have_it(desk: Desk, stored: Stored) -> None:
    """By a whole id, or by the beginning of an event's."""
    event_id = stored.delivered("17")
    assert [(event.subscriber, event.event_id) for event in desk.search("17")] == [("acme", event_id)]
    assert desk.search(event_id)[0].event_id == event_id
    assert desk.search(event_id[:4])[0].event_id == event_id
    assert desk.search(event_id[:3]) == []
    assert desk.search("nobody") == []


def test_saving_keeps_what_is_not_given(desk: Desk, customer: Customer) -> None:
    """The credentials above all, because a form cannot show them."""
    one = desk.of(customer.name)
    assert one.save(max_in_flight=2, by="ada").authorization_set
    view = one.save("https://acme.example/other", authorization=None, by="ada")
    assert (view.callback_url, view.authorization_set, view.max_in_flight) == ("https://acme.example/other", False, 2)
    assert desk.of("fresh").save("https://fresh.example/hook", by="ada").callback_url == "https://fresh.example/hook"
    with pytest.raises(InvalidSubscription, match="callback_url"):
        desk.of("none").save(max_in_flight=2, by="ada")


def test_a_search_over_all_subscribers_ends_with_enough(
    desk: Desk, stored: Stored, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand companies may have a lesson of the same id."""
    stored.delivered("17")
    for name in ("beta", "gamma"):
        desk.of(name).save("https://beta.example/hook", by="ada")
        producer.send_completion.delay(sample_event(name))
    read: list[str] = []
    of = producer.ledger.events.of

    def noted(subscriber: str, **sought: Any) -> Any:
        read.append(subscriber)
        return of(subscriber, **sought)

    monkeypatch.setattr(producer.ledger.events, "of", noted)
    assert [event.subscriber for event in desk.search("1000", limit=2)] == ["acme", "beta"]
    assert set(read) == {"acme", "beta"}


def test_what_was_prepared_names_a_redis_that_dies(own_server: Server) -> None:
    """An act in steps is of the desk as well: what would be dropped, and what would be erased."""
    with Desk(Producer(short_settings(own_server.url))) as desk:
        desk.of("acme").save("https://acme.example/hook", by="ada")
        dropping, erasure = desk.of("acme").dropping(), desk.of("acme").erasure("17")
        own_server.kill()
        for act in (dropping.count, lambda: dropping.drop("over", by="ada"), lambda: list(erasure.find())):
            with pytest.raises(LedgerUnavailable):
                act()


def test_a_redis_that_is_away_is_an_error_of_lessonhooks_own(settings: Settings) -> None:
    """Also when an iterator is read, and for the twins that are awaited."""
    away = Producer(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}))
    with Desk(away) as desk:
        with pytest.raises(LedgerUnavailable, match="try again"):
            desk.of("acme").state()
        with pytest.raises(LedgerUnavailable):
            desk.board.page("", 0, 10)

    async def ask() -> None:
        async with AsyncDesk(away) as twin:
            await twin.of("acme").state()

    with pytest.raises(LedgerUnavailable):
        asyncio.run(ask())


def test_the_twins_return_what_the_desk_returns(desk: Desk, producer: Producer, stored: Stored) -> None:
    """Each public call of one has its counterpart, or is left out on purpose."""
    event_id = stored.delivered("17")

    async def ask() -> None:
        twin = AsyncDesk(producer)
        one = twin.of("acme")
        assert (await one.state()).document() == desk.of("acme").state().document()
        assert await one.event(event_id) == desk.of("acme").event(event_id)
        assert await one.event_page(learner="17") == desk.of("acme").event_page(learner="17")
        assert await one.search("17") == await twin.search("17") == desk.of("acme").search("17")
        assert (
            (await one.save(max_in_flight=3, by="ada")).max_in_flight == (await one.subscription()).max_in_flight == 3
        )
        assert await twin.subscribers() == ["acme"]

    asyncio.run(ask())

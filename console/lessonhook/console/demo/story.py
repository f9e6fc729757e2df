"""The story, chapter by chapter. Each step waits for an event; only to show the pause, time must pass."""

import json
import time
from http import HTTPStatus
from typing import Final

from lessonhook.console.demo.account import Account, settle_account
from lessonhook.console.demo.book import Book, Entry
from lessonhook.console.demo.cast import CAST, OUTAGE, SLOW, STEADY
from lessonhook.console.demo.completions import Completions
from lessonhook.console.demo.parts import RETRY_DELAY_SECONDS, Parts
from lessonhook.console.demo.stage import Stage
from lessonhook.console.demo.tables import account_table, releases_table
from lessonhook.console.receiver import DOWN, Arrival
from lessonhook.console.views.lane_table import lanes_table
from lessonhook.desk import SubscriberState
from lessonhook.desk.words import count
from lessonhook.ledger import State
from lessonhook.producer import Subscription
from lessonhook.producer.sample import sample_event

_ATTEMPTS: Final = 3
#: A bound for every wait, long enough for a busy machine; not an expectation.
_PATIENCE_SECONDS: Final = 30.0
_EACH: Final = 14
_DURING_THE_OUTAGE: Final = 8
_HEADERS_SHOWN: Final = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "authorization")


class Story:
    """One run of the demo."""

    def __init__(self, parts: Parts, stage: Stage) -> None:
        self._parts = parts
        self._stage = stage
        self._receiver = parts.receiver
        self._book = Book(parts.producer)
        self._completions = Completions()

    def subscribe(self) -> None:
        """Save the companies' subscriptions and set their endpoints up."""
        for company in CAST:
            self._receiver.respond(company.name, HTTPStatus.OK, seconds=company.response_seconds)
            subscription = Subscription(
                subscriber=company.name, callback_url=self._receiver.url(company.name), **company.options
            )
            self._parts.producer.subscriptions.put(subscription)
            self._stage.fact(f"{company.name:<15} {company.part}")

    def sample(self) -> None:
        """Publish the vendor's sample and show the POST as it came in."""
        self._stage.chapter(
            "A learner completes a lesson", "The LMS calls send_completion.delay(event); the company's URL gets a POST."
        )
        entry = self._book.publish(sample_event(STEADY.name))
        self._all_arrive([entry])
        arrival = self._receiver.arrivals(STEADY.name)[0]
        self._stage.fact(f"POST /{STEADY.name}   arrived {_milliseconds(entry, arrival)} after .delay()", "green")
        for name, value in arrival.headers:
            if name.lower() in _HEADERS_SHOWN:
                self._stage.fact(f"{name}: {value}")
        self._stage.fact("and the body, one line of JSON, laid out here:", "dim")
        for line in json.dumps(json.loads(arrival.body), indent=2, ensure_ascii=False).splitlines():
            self._stage.fact(line, "dim")

    def many(self) -> None:
        """Publish a few dozen for all companies."""
        self._stage.chapter(
            f"{_EACH * len(CAST)} more, for three companies",
            "Each company has a lane of its own. It opens as far as its endpoint keeps up, and delays no other lane.",
        )
        entries = [
            self._book.publish(event) for company in CAST for event in self._completions.take(company.name, _EACH)
        ]
        self._all_arrive(entries)
        for company in CAST:
            mine = [entry for entry in entries if entry.subscriber == company.name]
            last = max(self._accepted(entry).at for entry in mine) - mine[0].at
            self._stage.fact(f"{company.name:<15} {len(mine)} arrived, the last after {last:.2f} s", "green")

    def outage(self) -> list[Entry]:
        """Take one endpoint down; return what was published for it meanwhile."""
        self._stage.chapter(
            f"The endpoint of {OUTAGE.name} goes down",
            f"It responds with {int(DOWN)} from now on. An event gets {_ATTEMPTS} attempts, {RETRY_DELAY_SECONDS} s "
            "apart here and 300 s apart by default; the other companies must not notice.",
        )
        self._receiver.respond(OUTAGE.name, DOWN)
        missed = [
            self._book.publish(event)
            for event in self._completions.take(OUTAGE.name, _DURING_THE_OUTAGE, retakes=False)
        ]
        numbers = f"#{missed[0].number} to #{missed[-1].number}"
        self._stage.fact(f"published {count(len(missed), 'event')} for {OUTAGE.name}: {numbers}")
        others = [
            self._book.publish(event) for company in (STEADY, SLOW) for event in self._completions.take(company.name, 3)
        ]
        self._all_arrive(others)
        slowest = max(self._accepted(entry).at - entry.at for entry in others if entry.subscriber == STEADY.name)
        self._stage.fact(f"meanwhile {STEADY.name} gets its events within {slowest * 1000:.0f} ms", "green")
        for attempt in range(1, _ATTEMPTS + 1):
            self._see_attempt(missed[0], attempt)
        return missed

    def pause(self, missed: list[Entry]) -> None:
        """Show the pause, and that it holds."""
        self._stage.chapter(
            f"{OUTAGE.name} is paused",
            "An event has used its attempts: nothing more is sent until new data is available. The rest is held.",
        )
        self._stage.wait(lambda: self._lane().paused is not None, _PATIENCE_SECONDS, "the pause")
        posts = len(self._receiver.arrivals(OUTAGE.name))
        over = time.monotonic() + RETRY_DELAY_SECONDS
        # The retries of the other events come due during the pause, and must not be sent.
        self._stage.wait(
            lambda: time.monotonic() >= over and self._lane().held == len(missed),
            _PATIENCE_SECONDS,
            f"a retry's delay, {RETRY_DELAY_SECONDS} s, in which nothing must be sent",
        )
        self._stage.show("")
        self._stage.show(lanes_table(self._lanes()))
        self._stage.show("")
        since = len(self._receiver.arrivals(OUTAGE.name)) - posts
        self._stage.fact(
            f"{count(len(missed), 'event')} held; POSTs in the {RETRY_DELAY_SECONDS} s since the pause: {since}",
            "green" if not since else "red",
        )

    def recovery(self, missed: list[Entry]) -> list[Entry]:
        """Bring the endpoint back and publish a fresh event; return what was held, oldest first."""
        self._stage.chapter(
            "The endpoint is back, and a fresh event comes",
            "The fresh event lifts the pause and is sent first. When it is accepted, the held ones follow.",
        )
        self._receiver.respond(OUTAGE.name, HTTPStatus.OK)
        (event,) = self._completions.take(OUTAGE.name, 1, retakes=False)
        fresh = self._book.publish(event)
        self._stage.fact(f"published #{fresh.number}")
        self._all_arrive([fresh, *missed])
        released = sorted((self._accepted(entry).at, entry) for entry in [fresh, *missed])
        rows = [(entry, self._accepted(entry), len(self._posts(entry))) for _, entry in released]
        self._stage.show("")
        self._stage.show(releases_table(rows))
        return missed

    def account(self, held: list[Entry]) -> Account:
        """Compare the three records."""
        self._stage.chapter(
            "The account", "Three records that must agree: what was published, the ledger's, and the receiver's own."
        )
        account = settle_account(
            self._book.entries,
            {entry.event_id: self._state(entry) for entry in self._book.entries},
            self._receiver.arrivals(),
            held,
        )
        self._stage.show("")
        self._stage.show(account_table(account))
        return account

    def _lanes(self) -> list[SubscriberState]:
        return self._parts.desk.states(company.name for company in CAST)

    def _lane(self) -> SubscriberState:
        self._parts.check()
        return self._parts.desk.of(OUTAGE.name).state()

    def _state(self, entry: Entry) -> State | None:
        event = self._parts.producer.ledger.events.get(entry.subscriber, entry.event_id)
        return event.state if event else None

    def _posts(self, entry: Entry) -> list[Arrival]:
        return [arrival for arrival in self._receiver.arrivals(entry.subscriber) if arrival.event_id == entry.event_id]

    def _accepted(self, entry: Entry) -> Arrival:
        return next(arrival for arrival in self._posts(entry) if arrival.accepted)

    def _all_arrive(self, entries: list[Entry]) -> None:
        def settled() -> bool:
            self._parts.check()
            return all(self._state(entry) is State.DELIVERED for entry in entries)

        self._stage.wait(settled, _PATIENCE_SECONDS, f"{count(len(entries), 'event')} to be delivered")

    def _see_attempt(self, entry: Entry, attempt: int) -> None:
        def seen() -> bool:
            self._parts.check()
            return len(self._posts(entry)) >= attempt

        self._stage.wait(seen, _PATIENCE_SECONDS, f"attempt {attempt} of event #{entry.number}")
        arrival = self._posts(entry)[attempt - 1]
        after = arrival.at - self._posts(entry)[0].at
        self._stage.fact(f"attempt {attempt} of #{entry.number} at {after:4.1f} s: status {arrival.status}", "yellow")


def _milliseconds(entry: Entry, arrival: Arrival) -> str:
    return f"{(arrival.at - entry.at) * 1000:.0f} ms"
